package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// killRounds is how often TestServeKilled kills the server.
const killRounds = 8

// acknowledged is what a server said that it has, over all its lives.
type acknowledged struct {
	mu        sync.Mutex
	kept      map[uint64]string // key by number of the correction
	undone    map[uint64]bool
	doubtful  map[uint64]bool // being undone when the server died
	imported  []string        // products of imports, which are theirs alone
	attempted []string
}

// TestServeKilled kills a server (SIGKILL) that is corrected and imports, at any
// moment, and starts it again: no correction, undoing or import that it acknowledged
// is lost, imports are whole or absent, and the index agrees with the corrections.
func TestServeKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server", killRounds, "times")
	}
	folder := filepath.Join(t.TempDir(), "shop")
	said := &acknowledged{kept: map[uint64]string{}, undone: map[uint64]bool{}, doubtful: map[uint64]bool{}}
	r := rand.New(rand.NewPCG(1, 2))
	for round := range killRounds + 1 {
		cmd := exec.CommandContext(t.Context(), "chaping", "serve", "--addr", "127.0.0.1:0", "--data", folder, "--industry", "food")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		var log logBuffer
		cmd.Stderr = &log
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatalf("round %d: the server does not start again: %v\n%s", round, err, &log)
		}
		address := strings.TrimPrefix(strings.TrimSpace(line), "chaping: listening on ")
		said.check(t, round, address, folder)
		if round < killRounds {
			said.work(t, round, address, time.Duration(100+r.IntN(600))*time.Millisecond, cmd)
		} else if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait() // it was killed
	}
	if len(said.kept) < killRounds || len(said.undone) == 0 || len(said.imported) < killRounds {
		t.Errorf("too little happened to prove anything: %d corrections, %d undone, %d imports", len(said.kept), len(said.undone), len(said.imported))
	}
	t.Logf("%d kills: %d corrections, %d undone, %d of %d imports acknowledged", killRounds, len(said.kept), len(said.undone), len(said.imported), len(said.attempted))
}

// ask makes a request; ok is false where the server is gone.
func ask(method, address, kind, body string) (answer []byte, ok bool) {
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return nil, false
	}
	r.Header.Set("Content-Type", kind)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, false
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	return answer, err == nil && resp.StatusCode == http.StatusOK
}

// work corrects and imports until the server is killed after a time.
func (a *acknowledged) work(t *testing.T, round int, address string, after time.Duration, cmd *exec.Cmd) {
	var wg sync.WaitGroup
	wg.Go(func() { a.importing(round, address) })
	wg.Go(func() { a.correcting(address) })
	time.Sleep(after)
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	wg.Wait()
}

// importing imports files of three reviews of one product.
func (a *acknowledged) importing(round int, address string) {
	for i := 0; ; i++ {
		product := fmt.Sprintf("p%dx%d", round, i)
		var file strings.Builder
		for n := range 3 {
			fmt.Fprintf(&file, `{"id":"%s-%d","text":"太酸了 %d","product":"%s"}`+"\n", product, n, n, product)
		}
		a.mu.Lock()
		a.attempted = append(a.attempted, product)
		a.mu.Unlock()
		if _, ok := ask("POST", address+"/api/v1/import?name=a.jsonl", "application/jsonl", file.String()); !ok {
			return
		}
		a.mu.Lock()
		a.imported = append(a.imported, product)
		a.mu.Unlock()
	}
}

// correcting removes a label from one review or several, and undoes every third act.
func (a *acknowledged) correcting(address string) {
	for i := 0; ; i++ {
		text, ok := ask("GET", address+fmt.Sprintf("/api/v1/search?size=%d&sort=time&q=category:product.taste", 1+i%3), "", "")
		var found struct{ Hits []struct{ Key string } }
		if !ok || json.Unmarshal(text, &found) != nil {
			return
		}
		list := []map[string]string{}
		for _, h := range found.Hits {
			list = append(list, map[string]string{"key": h.Key, "action": "remove", "category": "product.taste"})
		}
		if len(list) == 0 { // nothing is imported yet
			time.Sleep(5 * time.Millisecond)
			continue
		}
		body, err := json.Marshal(list)
		if err != nil {
			return
		}
		var kept struct {
			Corrections []struct {
				Seq uint64
				Key string
			}
		}
		if text, ok = ask("POST", address+"/api/v1/corrections", "application/json", string(body)); !ok || json.Unmarshal(text, &kept) != nil {
			return
		}
		a.mu.Lock()
		for _, c := range kept.Corrections {
			a.kept[c.Seq] = c.Key
		}
		a.mu.Unlock()
		if i%3 != 0 {
			continue
		}
		seq := kept.Corrections[0].Seq
		a.doubtful[seq] = true
		if _, ok := ask("DELETE", fmt.Sprintf("%s/api/v1/corrections/%d", address, seq), "", ""); !ok {
			return
		}
		a.undone[seq] = true
	}
}

// check holds what a server has against what was acknowledged before.
func (a *acknowledged) check(t *testing.T, round int, address, folder string) {
	t.Helper()
	get := func(path string, to any) {
		t.Helper()
		text, ok := ask("GET", address+path, "", "")
		if !ok {
			t.Fatalf("round %d: %s: %s", round, path, text)
		}
		if err := json.Unmarshal(text, to); err != nil {
			t.Fatal(err)
		}
	}
	var has struct {
		Corrections []struct {
			Seq uint64
			Key string
		}
	}
	get("/api/v1/corrections", &has)
	keys := map[string]bool{}
	there := map[uint64]string{}
	for _, c := range has.Corrections {
		keys[c.Key], there[c.Seq] = true, c.Key
	}
	for seq, key := range a.kept {
		switch {
		case a.undone[seq] && there[seq] != "":
			t.Errorf("round %d: correction %d was undone and is there", round, seq)
		case !a.doubtful[seq] && there[seq] != key:
			t.Errorf("round %d: correction %d of %s was acknowledged and is lost", round, seq, key)
		}
	}
	count := func(q string) (n int) {
		t.Helper()
		var found struct{ Total int }
		get("/api/v1/search?size=0&q="+url.QueryEscape(q), &found)
		return found.Total
	}
	if n := count("corrected:true"); n != len(keys) {
		t.Errorf("round %d: the index has %d corrected reviews, there are %d", round, n, len(keys))
	}
	for _, product := range a.attempted {
		if n := count("product:" + product); n != 3 && (n != 0 || slices.Contains(a.imported, product)) {
			t.Errorf("round %d: %d of 3 reviews of an import are there, acknowledged: %v", round, n, slices.Contains(a.imported, product))
		}
	}
	if left, err := filepath.Glob(filepath.Join(folder, "incoming-*")); err != nil || len(left) > 0 {
		t.Errorf("round %d: uploads are left: %v, %v", round, left, err)
	}
}
