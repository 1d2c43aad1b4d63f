package review_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"chaping/internal/review"
)

// outcome is what reading a hostile input came to.
type outcome struct {
	records int
	rejects []*review.RowError
	final   error // nil at a clean end
}

func readInto(t testing.TB, r io.Reader, name string, opt review.Options) outcome {
	t.Helper()
	f, err := review.OpenReader(r, name, opt)
	if err != nil {
		return outcome{final: err}
	}
	defer f.Close()
	var o outcome
	a := newAccount(t, f)
	a.trust = true
	for {
		rec, err := f.Read()
		if !a.see(rec, err) {
			if err != io.EOF {
				o.final = err
			}
			return o
		}
		var row *review.RowError
		if errors.As(err, &row) {
			o.rejects = append(o.rejects, row)
		} else {
			o.records++
		}
	}
}

// TestHostile reads what is meant to hurt. Every case ends with a clear error
// or with rejects, and the rows around the bad place are read.
func TestHostile(t *testing.T) {
	head := "评价内容,星级\n好,5\n"
	tests := []struct {
		name    string
		input   func(t *testing.T) io.Reader
		opt     review.Options
		records int
		rejects int
		reason  string // in the first reject
		final   string // in the final error
	}{
		{name: "a million lines after a quote that is never closed", records: 100_002,
			input: text(head, "\"没关,1\n", strings.Repeat("还行,4\n", 100_000))},
		{name: "a quote that is never closed on each line", records: 50_001,
			input: text(head, strings.Repeat("\"没关,1\n", 50_000))},
		{name: "a quote that is never closed on each line, without the other cell", records: 1, rejects: 50_000, reason: "never closed",
			input: text(head, strings.Repeat("\"没关\n", 50_000))},
		{name: "quotes that open and close on other lines", records: 1, rejects: 50_000, reason: "quote",
			input: text(head, strings.Repeat("\"甲\"乙,\"丙,丁,戊\n", 50_000))},
		{name: "a line longer than the limit", records: 2, rejects: 1, reason: "row of 3000000 bytes, the limit is 100000",
			opt: review.Options{MaxRecord: 100_000}, input: text(head, strings.Repeat("长", 1_000_000), "\n差,1\n")},
		{name: "a million characters in one cell", records: 3,
			input: text(head, strings.Repeat("长", 1_000_000), ",2\n差,1\n")},
		{name: "a million cells in one row", records: 2, rejects: 1, reason: "more than 4096 cells",
			input: text(head, strings.Repeat(",a", 1_000_000), "\n差,1\n")},
		{name: "ten thousand columns", final: "more than 4096 columns",
			input: text("评价内容", strings.Repeat(",x", 10_000), "\n好\n")},
		{name: "NUL bytes everywhere", final: "no rows that can be read: NUL byte",
			input: func(*testing.T) io.Reader { return bytes.NewReader(make([]byte, 1<<20)) }},
		{name: "random bytes", final: "", rejects: -1,
			input: func(*testing.T) io.Reader { return io.LimitReader(&noise{1}, 1<<20) }},
		{name: "JSON nested deep", records: 1, rejects: 1, reason: "nest more than 64 deep",
			input: text(`{"text":"a"}`, "\n", `{"text":"b","c":`, strings.Repeat("[", 100_000), strings.Repeat("]", 100_000), "}\n")},
		{name: "JSON wrapped deep", rejects: 1, reason: "nest more than 32 deep",
			input: text(strings.Repeat(`{"a":`, 100_000))},
		{name: "an array of open brackets", rejects: 1, reason: "ends inside this object",
			input: text(strings.Repeat("[", 100_000))},
		{name: "an element longer than the limit", records: 2, rejects: 1, reason: "the limit is 1000",
			opt: review.Options{MaxRecord: 1000}, input: text(`[{"text":"a"},{"text":"`, strings.Repeat("x", 1<<20), `"},{"text":"b"}]`)},
		{name: "gzip bomb", records: -1, rejects: -1, final: "more than 300 times its size",
			input: func(t *testing.T) io.Reader { return gzipOf(t, head, strings.Repeat("好", 10_000)+",5\n", 64<<20) }},
		{name: "gzip over the size limit", opt: review.Options{MaxExpanded: 1 << 20}, records: -1, final: "expands to more than 1048576 bytes",
			input: func(t *testing.T) io.Reader { return gzipOf(t, head, strings.Repeat("好", 1000)+",5\n", 2<<20) }},
		{name: "gzip cut off", records: -1, final: "unexpected EOF",
			input: func(t *testing.T) io.Reader {
				data, err := io.ReadAll(gzipOf(t, head, "好,5\n", 100_000))
				check(t, err)
				return bytes.NewReader(data[:len(data)-6])
			}},
		{name: "zip with too many members", opt: review.Options{MaxMembers: 3}, final: "4 members, the limit is 3",
			input: func(t *testing.T) io.Reader {
				return bytes.NewReader(zipped(t, member{name: "a.csv"}, member{name: "b.csv"}, member{name: "c.csv"}, member{name: "d.csv"}))
			}},
		{name: "zip in zip in zip", final: "nest more than 4 deep",
			input: func(t *testing.T) io.Reader {
				data := []byte(head)
				for range 6 {
					data = zipped(t, member{name: "a.zip", data: string(data)})
				}
				return bytes.NewReader(data)
			}},
		{name: "zip cut off", final: "was not downloaded whole",
			input: func(t *testing.T) io.Reader {
				data := zipped(t, member{name: "a.csv", data: head})
				return bytes.NewReader(data[:len(data)-30])
			}},
		{name: "zip with a path out of its folder", records: 1,
			input: func(t *testing.T) io.Reader {
				return bytes.NewReader(zipped(t, member{name: "../../etc/a.csv", data: head}))
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := readInto(t, tt.input(t), "input", tt.opt)
			checkOutcome(t, got, tt.records, tt.rejects, tt.reason, tt.final)
		})
	}
}

// checkOutcome compares; -1 records or rejects are any number.
func checkOutcome(t *testing.T, got outcome, records, rejects int, reason, final string) {
	t.Helper()
	if records >= 0 && got.records != records && !(rejects == -1 && records == 0) {
		t.Errorf("%d records, want %d", got.records, records)
	}
	if rejects >= 0 && len(got.rejects) != rejects {
		t.Errorf("%d rejects, want %d", len(got.rejects), rejects)
	}
	if reason != "" && (len(got.rejects) == 0 || !strings.Contains(got.rejects[0].Reason, reason)) {
		t.Errorf("no reject with reason %q: %v", reason, first(got.rejects))
	}
	switch {
	case final == "" && got.final != nil && rejects != -1:
		t.Errorf("final error %v, want none", got.final)
	case final != "" && (got.final == nil || !strings.Contains(got.final.Error(), final)):
		t.Errorf("final error %v, want one with %q", got.final, final)
	}
}

func first(rows []*review.RowError) error {
	if len(rows) == 0 {
		return nil
	}
	return rows[0]
}

// text gives strings one after the other as a stream.
func text(parts ...string) func(*testing.T) io.Reader {
	return func(*testing.T) io.Reader {
		readers := make([]io.Reader, len(parts))
		for i, p := range parts {
			readers[i] = strings.NewReader(p)
		}
		return io.MultiReader(readers...)
	}
}

// repeated is a line over and over.
type repeated struct {
	line string
	at   int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		k := copy(p[n:], r.line[r.at:])
		n += k
		r.at = (r.at + k) % len(r.line)
	}
	return n, nil
}

// noise is a fixed sequence of bytes without a pattern.
type noise struct{ state uint64 }

func (r *noise) Read(p []byte) (int, error) {
	for i := range p {
		r.state = r.state*6364136223846793005 + 1442695040888963407
		p[i] = byte(r.state >> 56)
	}
	return len(p), nil
}

func gzipOf(t testing.TB, head, line string, size int64) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, head)
	if size > 0 {
		if _, err := io.Copy(w, io.LimitReader(&repeated{line: line}, size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

// TestHostileWorkbook reads workbooks that are meant to hurt.
func TestHostileWorkbook(t *testing.T) {
	const row1 = `<row r="1"><c r="A1" t="inlineStr"><is><t>评价内容</t></is></c></row>`
	good := `<row><c t="inlineStr"><is><t>好</t></is></c></row>`
	wrap := func(rows string) string { return "<worksheet><sheetData>" + rows + "</sheetData></worksheet>" }
	tests := []struct {
		name          string
		sheet, shared string
		opt           review.Options
		records       int
		rejects       int
		reason, final string
	}{
		{name: "entity from a file", final: "document type declaration",
			sheet: `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>` + wrap(row1+`<row><c t="inlineStr"><is><t>&e;</t></is></c></row>`)},
		{name: "entities that multiply", final: "document type declaration",
			sheet: wrap(row1), shared: `<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><sst><si><t>&b;</t></si></sst>`},
		{name: "undefined entity", records: 31, final: `entity "&b;" is not defined`, sheet: wrap(row1 + good + `<row><c><v>&b;</v></c></row>`)},
		{name: "more cells than the limit", opt: review.Options{MaxCells: 1000}, records: 999, final: "more than 1000 cells",
			sheet: wrap(row1 + strings.Repeat(good, 2000))},
		{name: "a column far out", records: 32, rejects: 1, reason: "a cell in column 16384, the limit is 4096",
			sheet: wrap(row1 + good + `<row><c r="XFD3"><v>1</v></c></row>` + good)},
		{name: "a reference that is none", records: 31, rejects: 1, reason: "column",
			sheet: wrap(row1 + good + `<row><c r="9"><v>1</v></c></row>`)},
		{name: "rows out of order", records: 31, final: "row 1 comes after row 32", sheet: wrap(row1 + good + `<row r="1"/>`)},
		{name: "row number that overflows", records: 30, final: "comes after", sheet: wrap(row1 + `<row r="9223372036854775807"/>` + good)},
		{name: "shared string that does not exist", records: 31, rejects: 1, reason: `shared string "7" does not exist`,
			sheet: wrap(row1 + `<row><c t="s"><v>7</v></c></row>` + good)},
		{name: "shared strings over the limit", opt: review.Options{MaxStrings: 1000}, final: "more than 1000 bytes of text",
			sheet: wrap(row1), shared: "<sst>" + strings.Repeat("<si><t>aaaaaaaaaa</t></si>", 1000) + "</sst>"},
		{name: "cell longer than the limit", opt: review.Options{MaxRecord: 100_000}, records: 30, final: "of more than 100000 bytes",
			sheet: wrap(row1 + `<row><c t="inlineStr"><is><t>` + strings.Repeat("x", 1<<20) + `</t></is></c></row>`)},
		{name: "cell longer than the limit, in pieces", opt: review.Options{MaxRecord: 100_000}, records: 31, rejects: 1, reason: "row of more than 100000 bytes",
			sheet: wrap(row1 + `<row><c t="inlineStr"><is>` + strings.Repeat("<r><t>"+strings.Repeat("x", 1000)+"</t></r>", 200) + `</is></c></row>` + good)},
		{name: "sheet cut off", records: 31, final: "input.xlsx[表]:33: reading: unexpected EOF; the file is damaged or was not downloaded whole", sheet: `<worksheet><sheetData>` + row1 + good + `<row><c>`},
		{name: "sheet bomb", opt: review.Options{MaxExpanded: 1 << 20}, records: 30, final: "expands to more than 1048576 bytes",
			sheet: wrap(row1 + strings.Repeat(" ", 2<<20) + good)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// Thirty rows before the fault: the search for the header is not what meets it.
			sheet := strings.Replace(tt.sheet, row1, row1+strings.Repeat(good, 30), 1)
			got := readInto(t, bytes.NewReader(workbookOf(t, sheet, tt.shared)), "input.xlsx", tt.opt)
			checkOutcome(t, got, tt.records, tt.rejects, tt.reason, tt.final)
		})
	}
}

// TestZipBombHeader reads a zip whose header lies about the size of a member.
func TestZipBombHeader(t *testing.T) {
	data := zipped(t, member{name: "a.csv", data: "评价内容\n" + strings.Repeat("好\n", 100_000)})
	i := bytes.LastIndex(data, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(data[i+24:], 30) // expanded size in the directory
	got := readInto(t, bytes.NewReader(data), "input.zip", review.Options{})
	if got.final == nil {
		t.Errorf("%d records from a member that lies about its size, want an error", got.records)
	}
}

// TestMemory reads inputs far larger than memory may grow.
func TestMemory(t *testing.T) {
	const size = 200 << 20
	head := "评价内容,星级\n"
	tests := []struct {
		name  string
		input io.Reader
		opt   review.Options
	}{
		{"one line of 200 MB", io.MultiReader(strings.NewReader(head), io.LimitReader(&repeated{line: strings.Repeat("一直写", 1000)}, size), strings.NewReader("\n好,5\n")), review.Options{}},
		{"200 MB in a quote", io.MultiReader(strings.NewReader(head+"\"开,1\n"), io.LimitReader(&repeated{line: strings.Repeat("还行", 1000) + ",4\n"}, size), strings.NewReader("\n好,5\n")), review.Options{}},
		{"a JSON string of 200 MB", io.MultiReader(strings.NewReader(`[{"text":"`), io.LimitReader(&repeated{line: strings.Repeat("x", 4096)}, size), strings.NewReader(`"},{"text":"好"}]`)), review.Options{}},
		{"a JSON line of 200 MB", io.MultiReader(strings.NewReader(`{"text":"`), io.LimitReader(&repeated{line: strings.Repeat("x", 4096)}, size), strings.NewReader("\"}\n{\"text\":\"好\"}\n")), review.Options{}},
	}
	if testing.Short() {
		t.Skip("reads 800 MB; run without -short")
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			f, err := review.OpenReader(tt.input, "input", tt.opt)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			records := 0
			for {
				_, err := f.Read()
				var row *review.RowError
				if err == nil {
					records++
				} else if !errors.As(err, &row) {
					if err != io.EOF {
						t.Fatal(err)
					}
					break
				}
			}
			runtime.ReadMemStats(&after)
			if records == 0 {
				t.Error("the last record was not read")
			}
			if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 200<<20 {
				t.Errorf("heap grew by %d MB", grown>>20)
			}
		})
	}
}

// TestFiles reads several exports, with a glob, and adds up their figures.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string]string{"a.csv": "评价内容\n好\n差\n", "b.jsonl": "{\"text\":\"x\"}\nbad\n", "c[1].csv": "评价内容\n中\n"} {
		check(t, os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644))
	}
	paths, err := review.Expand([]string{filepath.Join(dir, "c[1].csv"), filepath.Join(dir, "[ab].*"), "-"})
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) != 4 || paths[3] != "-" || filepath.Base(paths[0]) != "c[1].csv" || filepath.Base(paths[1]) != "a.csv" {
		t.Fatalf("Expand gives %q", paths)
	}
	fs, err := review.OpenAll(paths, review.Options{Stdin: strings.NewReader("评价内容\n标准输入\n")})
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for {
		r, err := fs.Read()
		if err == io.EOF {
			break
		}
		var row *review.RowError
		if err != nil && !errors.As(err, &row) {
			t.Fatal(err)
		}
		if err == nil {
			texts = append(texts, r.Text)
		}
	}
	if got := strings.Join(texts, " "); got != "中 好 差 x 标准输入" {
		t.Errorf("texts %q", got)
	}
	if s := fs.Stats(); s.Rows != 6 || s.Records != 5 || s.Rejects != 1 {
		t.Errorf("stats %+v", s)
	}
	check(t, fs.Close())
	for _, bad := range []string{dir, filepath.Join(dir, "*.xlsx"), filepath.Join(dir, "none.csv")} {
		if paths, err := review.Expand([]string{bad}); err == nil {
			t.Errorf("Expand(%q) gives %q, want an error", bad, paths)
		}
	}
}
