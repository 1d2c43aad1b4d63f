package review_test

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"chaping/internal/review"
)

// TestInspect checks what `chaping inspect` has to say.
func TestInspect(t *testing.T) {
	t.Chdir(exportsDir)
	tests := []struct {
		input   string
		tables  int
		problem string // part of it
		missing []string
		check   func(t *testing.T, in *review.Inspection)
	}{
		{input: "crm-dump/input.csv", tables: 1, missing: []string{"order_id", "courier", "score_d", "score_s", "score_l"}},
		{input: "taobao-gb18030-csv/input.csv", tables: 1, missing: []string{"courier", "province", "score_d", "score_s", "score_l"},
			check: func(t *testing.T, in *review.Inspection) {
				if d := in.Tables[0].Damaged; len(d) != 1 || d[0].Field != "order_id" {
					t.Errorf("damaged %+v, want the order id in scientific notation", d)
				}
				if tb := in.Tables[0]; tb.Encoding != "gb18030" || tb.Delimiter != "," || tb.HeaderRow != 1 {
					t.Errorf("table %+v", tb.Table)
				}
			}},
		{input: "xlsx-sheets/input.xlsx", tables: 2,
			check: func(t *testing.T, in *review.Inspection) {
				if len(in.Skipped) != 2 {
					t.Errorf("skipped %+v, want two sheets", in.Skipped)
				}
			}},
		{input: "zip-of-exports/input.zip", tables: 3},
		{input: "jsonl/input.jsonl", tables: 1,
			check: func(t *testing.T, in *review.Inspection) {
				if n := len(in.Tables[0].Rejects); n != 2 {
					t.Errorf("%d rejects, want 2", n)
				}
				if s := in.Stats; s.Rows != s.Records+s.Rejects || s.Rejects != 2 {
					t.Errorf("stats %+v", s)
				}
			}},
		{input: "no-text-column/input.csv", problem: `columns seen: "编号", "星级", "颜色"`},
		{input: "xlsx-without-text/input.xlsx", problem: "looks like an order export"},
	}
	for _, tt := range tests {
		t.Run(filepath.Dir(tt.input), func(t *testing.T) {
			in, err := review.Inspect(tt.input, review.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(in.Tables) != tt.tables {
				t.Fatalf("%d tables, want %d: %s", len(in.Tables), tt.tables, in.Problem)
			}
			if !strings.Contains(in.Problem, tt.problem) || tt.problem == "" && in.Problem != "" {
				t.Errorf("problem %q, want %q", in.Problem, tt.problem)
			}
			if tt.missing != nil {
				var got []string
				for _, m := range in.Tables[0].Missing {
					got = append(got, m.Field)
				}
				if !slices.Equal(got, tt.missing) {
					t.Errorf("missing %q, want %q", got, tt.missing)
				}
			}
			if tt.check != nil {
				tt.check(t, in)
			}
			if data, err := json.Marshal(in); err != nil || strings.Contains(string(data), ":null") {
				t.Errorf("as JSON: %v %s; want lists, not null", err, data)
			}
		})
	}
	if _, err := review.Inspect("none.csv", review.Options{}); err == nil {
		t.Error("a file that does not exist: want an error")
	}
}

// TestInspectRows stops after its thousand rows and says that there are more.
func TestInspectRows(t *testing.T) {
	in, err := review.InspectReader(strings.NewReader("评价内容\n"+strings.Repeat("好\n", 2000)), "-", review.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if tb := in.Tables[0]; tb.Rows != 1000 || !tb.Partial || len(tb.Sample) != 5 {
		t.Errorf("%d rows, partial %v, %d samples; want 1000, true, 5", tb.Rows, tb.Partial, len(tb.Sample))
	}
	in, err = review.InspectReader(strings.NewReader("评价内容\n好\n"+strings.Repeat("好,坏\n", 20)), "-", review.Options{Delimiter: ','})
	if err != nil {
		t.Fatal(err)
	}
	if tb := in.Tables[0]; tb.Rejected != 20 || len(tb.Rejects) != 5 {
		t.Errorf("%d rejected, %d of them shown; want 20, 5", tb.Rejected, len(tb.Rejects))
	}
}

// TestDuplicates tells a review that is given twice from two that look alike.
func TestDuplicates(t *testing.T) {
	day := time.Date(2026, 3, 1, 8, 0, 0, 0, review.Shanghai)
	tests := []struct {
		name   string
		a, b   review.Record
		want   bool
		reason string
	}{
		{name: "same id", a: review.Record{ID: "1", Text: "a"}, b: review.Record{ID: "1", Text: "a"}, want: true},
		{name: "same id, other text", a: review.Record{ID: "1", Text: "a"}, b: review.Record{ID: "1", Text: "b"},
			reason: "two exports that number their rows from 1"},
		{name: "same id, other platform", a: review.Record{ID: "1", Platform: "京东", Text: "好"}, b: review.Record{ID: "1", Platform: "天猫", Text: "好"}},
		{name: "same text alone", a: review.Record{Text: "好"}, b: review.Record{Text: "好"}},
		{name: "same order", a: review.Record{OrderID: "1", Product: "p", Time: day, Text: "a"}, b: review.Record{OrderID: "1", Product: "p", Time: day, Text: "a"}, want: true},
		{name: "same order, other product", a: review.Record{OrderID: "1", Product: "p", Time: day, Text: "a"}, b: review.Record{OrderID: "1", Product: "q", Time: day, Text: "a"}},
		{name: "same order, two ids", a: review.Record{ID: "1", OrderID: "1", Time: day, Text: "a"}, b: review.Record{ID: "2", OrderID: "1", Time: day, Text: "a"}},
		{name: "same order, no time", a: review.Record{OrderID: "1", Text: "a"}, b: review.Record{OrderID: "1", Text: "a"},
			reason: "two items of an order may have got the same word"},
		{name: "same order, text added later", a: review.Record{OrderID: "1", Time: day, Text: "a"}, b: review.Record{OrderID: "1", Time: day, Text: "a", FollowUp: "b"}},
	}
	for _, tt := range tests {
		var d review.Duplicates
		if d.Seen(&tt.a) {
			t.Errorf("%s: the first is a duplicate", tt.name)
		}
		if got := d.Seen(&tt.b); got != tt.want {
			t.Errorf("%s: Seen = %v, want %v (%s)", tt.name, got, tt.want, tt.reason)
		}
	}
	var d review.Duplicates
	for round := range 2 {
		for i := range 100_000 {
			r := review.Record{ID: string(rune('a'+i%26)) + time.Duration(i).String(), Text: "好"}
			if d.Seen(&r) != (round == 1) {
				t.Fatalf("round %d: record %d", round, i)
			}
		}
	}
	if d.Count != 100_000 {
		t.Errorf("Count = %d, want 100000", d.Count)
	}
}

// TestOptionErrors checks that a wrong option is told, with what would be right.
func TestOptionErrors(t *testing.T) {
	tests := []struct {
		name, input, want string
		opt               review.Options
	}{
		{"unknown field", "评价内容\n好\n", `no field is called "txt"; fields are id,`, review.Options{Map: map[string]string{"txt": "评价内容"}}},
		{"unknown encoding", "评价内容\n好\n", `encoding "klingon" is not known; use utf-8`, review.Options{Encoding: "klingon"}},
		{"delimiter that is none", "评价内容\n好\n", `delimiter '"' is not possible`, review.Options{Delimiter: '"'}},
		{"column number out of range", "评价内容,a\n好,b\n", "map star=#3: there are only 2 columns", review.Options{Map: map[string]string{"star": "#3"}}},
		{"header row that is not there", "评价内容\n好\n", "header row 9, but there are only 2 rows", review.Options{HeaderRow: 9}},
		{"sheet of a text", "", "the file is empty", review.Options{Sheet: "x"}},
		{"column number for JSON", `{"text":"a"}`, "is for tables; name the key", review.Options{Map: map[string]string{"text": "#1"}}},
		{"wrong encoding", "评价内容\n好\n\xff\n", "", review.Options{Encoding: "utf-8"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := review.OpenReader(strings.NewReader(tt.input), "input", tt.opt)
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
	if _, err := review.Open("-", review.Options{}); err == nil {
		t.Error("- without Stdin: want an error")
	}
	if _, err := review.Open(t.TempDir(), review.Options{}); err == nil || !strings.Contains(err.Error(), "directory") {
		t.Errorf("a directory: error %v", err)
	}
}

// TestSheetOption reads one sheet, and names the others when there is none such.
func TestSheetOption(t *testing.T) {
	t.Chdir(filepath.Join(exportsDir, "xlsx-sheets"))
	f, err := review.Open("input.xlsx", review.Options{Sheet: "二月"})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if r, err := f.Read(); err != nil || r.Text != "送到家门口" || r.Source.Sheet != "二月" {
		t.Errorf("Read = %+v, %v", r, err)
	}
	if _, err := f.Read(); err != io.EOF {
		t.Errorf("second Read: %v, want EOF", err)
	}
	if _, err := review.Open("input.xlsx", review.Options{Sheet: "三月"}); err == nil || !strings.Contains(err.Error(), `sheets are "说明", "一月", "二月", "空表"`) {
		t.Errorf("unknown sheet: %v", err)
	}
}

// TestTempFiles leaves nothing behind after a workbook that came as a stream.
func TestTempFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	data, err := os.ReadFile(filepath.Join(exportsDir, "zip-of-exports", "input.zip"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := review.OpenReader(onlyReader{strings.NewReader(string(data))}, "-", review.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := f.Read(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestLongText reads a review of ten thousand characters whole.
func TestLongText(t *testing.T) {
	long := strings.Repeat("这双鞋😀", 2500)
	f, err := review.OpenReader(strings.NewReader("评价内容,星级\n\""+long+"\",1\n"), "-", review.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := f.Read(); err != nil || r.Text != long {
		t.Errorf("%d bytes, %v; want %d", len(r.Text), err, len(long))
	}
}

// TestVerbatim passes words for nothing on where a column is said to mean them.
func TestVerbatim(t *testing.T) {
	f, err := review.OpenReader(strings.NewReader("评价内容,标签,其他\n太酸,无,无\n很甜, - ,x\n不错,,\n"), "x.csv", review.Options{Verbatim: []string{"标签", "评价内容"}})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, want := range []string{`map[标签:"无"]`, `map[其他:"x" 标签:"-"]`, `map[]`} {
		r, err := f.Read()
		if got := fmt.Sprintf("%s", r.Extra); err != nil || got != want {
			t.Errorf("extra is %s, %v, want %s", got, err, want)
		}
	}
}
