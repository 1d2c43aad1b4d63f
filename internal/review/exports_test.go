package review_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"chaping/internal/review"
)

var update = flag.Bool("update", false, "rewrite want.jsonl of testdata/exports, and write inputs that are missing")

const exportsDir = "../../testdata/exports"

// TestExports reads testdata/exports/*/input.* and compares what comes out with
// want.jsonl: a line for each table, row, skipped part and final error. Adding
// a folder adds a test. An options.json next to the input is read as Options.
func TestExports(t *testing.T) {
	if *update {
		writeFixtures(t)
	}
	dirs, err := filepath.Glob(filepath.Join(exportsDir, "*", "input.*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no inputs in %s: %v", exportsDir, err)
	}
	for _, input := range dirs {
		dir := filepath.Dir(input)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			opt := readOptions(t, dir)
			got := transcribe(t, input, opt)
			const want = "want.jsonl" // the test is in the input's folder now
			if *update {
				if err := os.WriteFile(want, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			golden, err := os.ReadFile(want)
			if err != nil {
				t.Fatalf("%v; go test -run TestExports -update writes it", err)
			}
			compareLines(t, input, golden, got)
			stream := transcribeReader(t, input, opt)
			if !bytes.Equal(got, stream) {
				t.Errorf("OpenReader(%s) differs from Open:\n%s", input, stream)
			}
		})
	}
}

func readOptions(t *testing.T, dir string) (opt review.Options) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "options.json"))
	if err != nil {
		return opt
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&opt); err != nil {
		t.Fatalf("%s/options.json: %v", dir, err)
	}
	return opt
}

func compareLines(t *testing.T, input string, want, got []byte) {
	t.Helper()
	w, g := bytes.Split(want, []byte("\n")), bytes.Split(got, []byte("\n"))
	for i := range max(len(w), len(g)) {
		var a, b []byte
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s: want.jsonl:%d mismatch:\n-%s\n+%s", input, i+1, a, b)
		}
	}
}

// transcribe opens a file as the user does, from its own folder so that the
// transcript names no place.
func transcribe(t *testing.T, input string, opt review.Options) []byte {
	t.Helper()
	t.Chdir(filepath.Dir(input))
	name := filepath.Base(input)
	f, err := review.Open(name, opt)
	return transcript(t, f, err)
}

// transcribeReader is transcribe through a pipe, which cannot seek.
func transcribeReader(t *testing.T, input string, opt review.Options) []byte {
	t.Helper()
	name := filepath.Base(input) // the test is in its folder now
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := review.OpenReader(onlyReader{bytes.NewReader(data)}, name, opt)
	return transcript(t, f, err)
}

type onlyReader struct{ io.Reader }

// transcript writes down everything that a File gives, and checks that no row
// vanishes and that rows grow.
func transcript(t *testing.T, f *review.File, openErr error) []byte {
	t.Helper()
	var out bytes.Buffer
	line := func(kind string, v any) {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "{%q:%s}\n", kind, bytes.TrimSpace(b.Bytes()))
	}
	if openErr != nil {
		line("error", openErr.Error())
		return out.Bytes()
	}
	defer f.Close()
	a := newAccount(t, f)
	tables := 0
	for {
		r, err := f.Read()
		for ; tables < len(f.Tables()); tables++ {
			line("table", withoutColumns(*f.Tables()[tables]))
		}
		if !a.see(r, err) {
			if err != io.EOF {
				line("error", err.Error())
			}
			break
		}
		var row *review.RowError
		if errors.As(err, &row) {
			line("reject", row)
			continue
		}
		line(r.Source.String(), r)
	}
	for _, s := range f.Skipped() {
		line("skipped", s)
	}
	return out.Bytes()
}

// withoutColumns keeps transcripts short: columns of fields only, as name=field.
func withoutColumns(t review.Table) any {
	fields := []string{}
	for _, c := range t.Columns {
		if c.Field != "" {
			fields = append(fields, c.Name+"="+c.Field)
		}
	}
	return struct {
		Encoding  string   `json:"encoding,omitempty"`
		Format    string   `json:"format"`
		Delimiter string   `json:"delimiter,omitempty"`
		HeaderRow int      `json:"header_row"`
		Fields    []string `json:"fields"`
	}{t.Encoding, t.Format, t.Delimiter, t.HeaderRow, fields}
}

// account checks the promises that every reader makes.
type account struct {
	t                testing.TB
	f                *review.File
	records, rejects int64
	last             map[string]int
	trust            bool // don't try the round trip, which takes longer than reading
}

func newAccount(t testing.TB, f *review.File) *account {
	return &account{t: t, f: f, last: map[string]int{}}
}

// see takes the result of a Read; it reports whether reading goes on.
func (a *account) see(r review.Record, err error) bool {
	a.t.Helper()
	var row *review.RowError
	src := r.Source
	switch {
	case err == nil:
		a.records++
	case errors.As(err, &row):
		a.rejects++
		src = review.Source{File: row.File, Sheet: row.Sheet, Row: row.Row}
		if row.Reason == "" {
			a.t.Errorf("%v: a reject without a reason", err)
		}
	default:
		s := a.f.Stats()
		if s.Rows != s.Records+s.Rejects || s.Records != a.records || s.Rejects != a.rejects {
			a.t.Errorf("rows are not accounted for: %+v, seen %d records and %d rejects", s, a.records, a.rejects)
		}
		return false
	}
	key := src.File + "\x00" + src.Sheet
	if src.Row <= a.last[key] {
		a.t.Errorf("%v: row %d comes after row %d", src, src.Row, a.last[key])
	}
	a.last[key] = src.Row
	if err == nil && !a.trust {
		a.roundTrip(r)
	}
	return true
}

// roundTrip checks that a Record survives being written and read.
func (a *account) roundTrip(r review.Record) {
	a.t.Helper()
	first, err := json.Marshal(r)
	if err != nil {
		a.t.Fatalf("%v: marshal: %v", r.Source, err)
	}
	var again review.Record
	if err := json.Unmarshal(first, &again); err != nil {
		a.t.Fatalf("%v: unmarshal %s: %v", r.Source, first, err)
	}
	second, err := json.Marshal(again)
	if err != nil {
		a.t.Fatalf("%v: marshal again: %v", r.Source, err)
	}
	if !bytes.Equal(first, second) {
		a.t.Errorf("%v: round trip mismatch:\n-%s\n+%s", r.Source, first, second)
	}
}
