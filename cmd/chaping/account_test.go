package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var accountLine = regexp.MustCompile(`(\d+) rows in = (\d+) out \+ (\d+) rejected \+ (\d+) duplicates`)

// TestRowsAreAccountedFor classifies every export of testdata/exports twice over in
// one run: rows in are rows out, rejected or duplicates, and the output has as
// many lines as are said to be out.
func TestRowsAreAccountedFor(t *testing.T) {
	inputs, err := filepath.Glob("../../testdata/exports/*/input.*")
	if err != nil || len(inputs) == 0 {
		t.Fatalf("no exports: %v", err)
	}
	read := 0
	for _, input := range inputs {
		t.Run(filepath.Base(filepath.Dir(input)), func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), []string{"classify", "--format", "jsonl", input, input}, nil, &stdout, &stderr)
			m := accountLine.FindStringSubmatch(stderr.String())
			if m == nil {
				if code != exitError {
					t.Fatalf("exit code %d without an account of the rows:\n%s", code, stderr.String())
				}
				return // not an export that can be read; said on standard error
			}
			read++
			var in, out, rejected, duplicates int
			fmt.Sscan(strings.Join(m[1:], " "), &in, &out, &rejected, &duplicates)
			if in != out+rejected+duplicates || in%2 != 0 || strings.Count(stdout.String(), "\n") != out {
				t.Errorf("%s, and %d lines out", m[0], strings.Count(stdout.String(), "\n"))
			}
		})
	}
	if read < 30 {
		t.Errorf("only %d exports of %d could be read", read, len(inputs))
	}
}
