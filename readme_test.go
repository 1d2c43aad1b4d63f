package chaping_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadme runs every command of the README files in a copy of the tree.
// Only the test command itself is left out.
func TestReadme(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the program a dozen times")
	}
	dir := t.TempDir()
	copyTree(t, dir)
	done := map[string]bool{"go test ./...": true} // the languages share most commands
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		commands := shellLines(string(text))
		if len(commands) < 5 {
			t.Fatalf("%s has only %d commands", name, len(commands))
		}
		for _, line := range commands {
			if done[line] {
				continue
			}
			done[line] = true
			cmd := exec.Command("sh", "-c", line)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %s: %v\n%s", name, line, err, out)
			}
		}
	}
}

// shellLines returns the lines of the ```sh blocks.
func shellLines(markdown string) []string {
	var out []string
	inside := false
	for line := range strings.Lines(markdown) {
		line = strings.TrimSpace(line)
		switch {
		case line == "```sh":
			inside = true
		case line == "```":
			inside = false
		case inside && line != "":
			out = append(out, line)
		}
	}
	return out
}

// copyTree copies what git would track, near enough: all but hidden folders.
func copyTree(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(dir, path), 0o755)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, path), data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestReadmeSameCommands checks that both languages have the same commands but for --lang.
func TestReadmeSameCommands(t *testing.T) {
	var all []string
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.ReplaceAll(strings.Join(shellLines(string(text)), "\n"), " --lang en", ""))
	}
	if all[0] != all[1] {
		t.Errorf("the commands differ:\n%s\n\n%s", all[0], all[1])
	}
}
