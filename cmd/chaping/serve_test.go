package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// serve runs the command on a free port until the test ends and returns its address.
func serve(t *testing.T, args ...string) (address string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	pr, pw := io.Pipe()
	code := make(chan int, 1)
	var stderr bytes.Buffer
	go func() {
		code <- run(ctx, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...), nil, pw, &stderr)
		pw.Close()
	}()
	line, err := bufio.NewReader(pr).ReadString('\n')
	if err != nil {
		t.Fatalf("serve: %v, exit code %d\n%s", err, <-code, stderr.String())
	}
	t.Cleanup(func() {
		cancel()
		if got := <-code; got != exitOK {
			t.Errorf("serve ends with %d\n%s", got, stderr.String())
		}
		if strings.Contains(stderr.String(), "太酸") {
			t.Errorf("the log has the text of a review:\n%s", stderr.String())
		}
	})
	return strings.TrimPrefix(strings.TrimSpace(line), "chaping: listening on ")
}

// TestServeReadme runs the examples of the READMEs against a server.
func TestServeReadme(t *testing.T) {
	address := serve(t, "--data", filepath.Join(t.TempDir(), "shop"), "--industry", "food")
	blocks := regexp.MustCompile("(?s)```(curl|python|go)\n(.*?)```")
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		found := blocks.FindAllSubmatch(text, -1)
		if len(found) != 3 {
			t.Errorf("%s has %d examples, want 3", name, len(found))
		}
		for _, b := range found {
			source := strings.ReplaceAll(string(b[2]), "http://127.0.0.1:8650", address)
			var cmd *exec.Cmd
			switch string(b[1]) {
			case "curl":
				cmd = exec.Command("sh", "-c", source)
			case "python":
				cmd = exec.Command("python3", "-c", source)
			case "go":
				path := filepath.Join(t.TempDir(), "main.go")
				if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
					t.Fatal(err)
				}
				cmd = exec.Command("go", "run", path)
			}
			if _, err := exec.LookPath(cmd.Args[0]); err != nil {
				t.Logf("%s: %s is not installed: its example is not run", name, cmd.Args[0])
				continue
			}
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "product.taste") || !strings.Contains(string(out), "courier.slow") {
				t.Errorf("%s: %s prints %s, %v", name, b[1], out, err)
			}
		}
	}
}

// TestServeImport uploads the sample dump and finds a review of it.
func TestServeImport(t *testing.T) {
	address := serve(t, "--data", filepath.Join(t.TempDir(), "shop"), "--industry", "food")
	file, err := os.Open(filepath.Join("..", "..", "testdata", "reviews", "food_gbk.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	post, err := http.Post(address+"/api/v1/import?name=food_gbk.csv", "application/octet-stream", file)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(post.Body)
	if post.Body.Close(); err != nil || !strings.Contains(string(answer), `"added":96`) || strings.Contains(string(answer), os.TempDir()) {
		t.Errorf("import: %s, %v", answer, err)
	}
	get, err := http.Get(address + "/api/v1/search?size=0&q=courier:%E5%9C%86%E9%80%9A")
	if err != nil {
		t.Fatal(err)
	}
	answer, err = io.ReadAll(get.Body)
	if get.Body.Close(); err != nil || strings.Contains(string(answer), `"total":0`) || !strings.Contains(string(answer), `"total":`) {
		t.Errorf("search: %s, %v", answer, err)
	}
}

// TestServeRefuses checks what serve does not start with.
func TestServeRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"elsewhere without tokens": {[]string{"--addr", "0.0.0.0:0"}, "give it --token-file"},
		"no token":                 {[]string{"--token-file", os.DevNull}, "no token: write a line"},
		"unknown industry":         {[]string{"--industry", "shoes"}, "unknown industry"},
	} {
		var stderr bytes.Buffer
		if code := run(t.Context(), append([]string{"serve"}, tc.args...), nil, io.Discard, &stderr); code != exitError || !strings.Contains(stderr.String(), tc.want) {
			t.Errorf("%s: exit code %d, %s", name, code, stderr.String())
		}
	}
}
