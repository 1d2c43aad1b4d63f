package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"chaping": func() { os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

var hashField = regexp.MustCompile(`,"lexicon":"[0-9a-f]*"`)

// TestScript runs every testdata/script/*.txtar with the real command line.
func TestScript(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("REVIEWS", filepath.Join(root, "testdata", "reviews"))
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			// without-lexicon FROM TO leaves out the lexicon's hash, which changes with every rule.
			"without-lexicon": func(ts *testscript.TestScript, neg bool, args []string) {
				text := hashField.ReplaceAllString(ts.ReadFile(args[0]), "")
				ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o644))
			},
			// fill FROM TO ID=LABELS... fills in the last column of a table for correcting.
			"fill": func(ts *testscript.TestScript, neg bool, args []string) {
				var out strings.Builder
				for line := range strings.Lines(ts.ReadFile(args[0])) {
					for _, arg := range args[2:] {
						if id, labels, _ := strings.Cut(arg, "="); strings.Contains(line, ","+id+",") {
							line = strings.TrimSuffix(line, "\n") + labels + "\n"
						}
					}
					out.WriteString(line)
				}
				ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(out.String()), 0o644))
			},
			// lines FILE N checks how many lines a file has.
			"lines": func(ts *testscript.TestScript, neg bool, args []string) {
				if got := strconv.Itoa(strings.Count(ts.ReadFile(args[0]), "\n")); got != args[1] {
					ts.Fatalf("%s has %s lines, want %s", args[0], got, args[1])
				}
			},
		},
	})
}
