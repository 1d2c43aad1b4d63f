package correction_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"chaping/internal/correction"
)

// killed tells this test binary to correct in a loop until it is killed.
const killed = "CHAPING_TEST_CORRECT_UNTIL_KILLED"

// batch is how many acts of every second round are made at once.
const batch = 7

func TestMain(m *testing.M) {
	if path := os.Getenv(killed); path != "" {
		fmt.Fprintln(os.Stderr, correctForever(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// correctForever writes a line to standard output for each round that was acknowledged.
func correctForever(path string) error {
	s, err := correction.Open(path)
	if err != nil {
		return err
	}
	for round := 0; ; round++ {
		name := fmt.Sprintf("%d-%d", os.Getpid(), round)
		var list []correction.Correction
		for i := range 1 + round%2*(batch-1) {
			list = append(list, correction.Correction{Key: fmt.Sprintf("%s/%d", name, i), Action: correction.Remove, Category: "x"})
		}
		added, err := s.Add(list...)
		if err != nil {
			return err
		}
		if round%6 == 5 {
			if _, err := s.UndoBatch(added[0].Batch); err != nil {
				return err
			}
			fmt.Println("undone", name)
			continue
		}
		fmt.Println("kept", name)
	}
}

// TestKilled kills a process that corrects, at any moment: what it acknowledged
// is there, and batches are whole or absent.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a process twenty times")
	}
	path := filepath.Join(t.TempDir(), "c.db")
	r := rand.New(rand.NewPCG(1, 1))
	acknowledged := map[string]string{} // round → kept or undone
	for range 20 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), killed+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Duration(20+r.IntN(150))*time.Millisecond, func() { cmd.Process.Kill() })
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var what, name string
			if n, _ := fmt.Sscan(lines.Text(), &what, &name); n == 2 {
				acknowledged[name] = what
			}
		}
		cmd.Wait() // it was killed
		s, err := correction.Open(path)
		if err != nil {
			t.Fatalf("after a kill: %v", err)
		}
		all, err := s.All()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		there := map[string]int{}
		for _, c := range all {
			there[filepath.Dir(c.Key)]++
		}
		for name, n := range there {
			if n != 1 && n != batch {
				t.Errorf("%s has %d acts, of a batch of %d", name, n, batch)
			}
			if acknowledged[name] == "undone" {
				t.Errorf("%s was undone and is there again", name)
			}
		}
		for name, what := range acknowledged {
			if what == "kept" && there[name] == 0 {
				t.Errorf("%s was acknowledged and is lost", name)
			}
		}
	}
	if len(acknowledged) < 20 {
		t.Errorf("only %d rounds were acknowledged before the kills: nothing was tested", len(acknowledged))
	}
}
