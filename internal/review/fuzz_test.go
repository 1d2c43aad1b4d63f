package review_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chaping/internal/review"
)

// fuzzOptions are limits low enough for a fuzzer to meet.
var fuzzOptions = review.Options{
	MaxRecord: 4 << 10, MaxColumns: 32, MaxExpanded: 1 << 20, MaxRatio: 50,
	MaxMembers: 8, MaxStrings: 16 << 10, MaxCells: 2000,
}

// readAll reads an input to its end and checks the promises of Reader: no
// panic, no row unaccounted for, rows that grow, records that round trip.
func readAll(t *testing.T, data []byte, name string, opt review.Options) {
	t.Helper()
	f, err := review.OpenReader(bytes.NewReader(data), name, opt)
	if err != nil {
		if strings.TrimSpace(err.Error()) == "" {
			t.Error("an error without text")
		}
		return
	}
	defer f.Close()
	a := newAccount(t, f)
	for range 10 * (len(data) + 10) {
		if r, err := f.Read(); !a.see(r, err) {
			if _, again := f.Read(); again != err {
				t.Errorf("after the final error %v comes %v", err, again)
			}
			return
		}
	}
	t.Errorf("reading %d bytes does not end", len(data))
}

// seed adds the inputs of testdata/exports with the given extensions.
func seed(f *testing.F, extensions ...string) {
	f.Helper()
	for _, ext := range extensions {
		paths, err := filepath.Glob(filepath.Join(exportsDir, "*", "input"+ext))
		if err != nil {
			f.Fatal(err)
		}
		for _, p := range paths {
			data, err := os.ReadFile(p)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
}

// FuzzOpen reads anything as what it looks like.
func FuzzOpen(f *testing.F) {
	seed(f, ".*")
	f.Fuzz(func(t *testing.T, data []byte) { readAll(t, data, "fuzz", fuzzOptions) })
}

// FuzzTable reads text tables: quotes, delimiters, encodings, headers.
func FuzzTable(f *testing.F) {
	seed(f, ".csv", ".tsv", ".txt")
	f.Fuzz(func(t *testing.T, data []byte) {
		readAll(t, append([]byte("订单号,评价内容,星级\n"), data...), "fuzz.csv", fuzzOptions)
	})
}

// FuzzJSONL reads objects one a line.
func FuzzJSONL(f *testing.F) {
	seed(f, ".jsonl")
	f.Fuzz(func(t *testing.T, data []byte) {
		readAll(t, append([]byte(`{"id":1,"text":"a"}`+"\n"), data...), "fuzz.jsonl", fuzzOptions)
	})
}

// FuzzJSON reads arrays and the documents of APIs.
func FuzzJSON(f *testing.F) {
	seed(f, ".json", ".js")
	f.Fuzz(func(t *testing.T, data []byte) {
		readAll(t, data, "fuzz.json", fuzzOptions)
		readAll(t, append([]byte(`{"comments":[`), data...), "fuzz.json", fuzzOptions)
	})
}

// FuzzSheet reads the XML of a sheet and of the shared strings of a workbook.
func FuzzSheet(f *testing.F) {
	f.Add([]byte(sheetXML), []byte(stringsXML))
	f.Add([]byte(`<worksheet><sheetData><row r="1"><c t="inlineStr"><is><t>评价内容</t></is></c></row><row r="7"><c r="B7"><v>1E400</v></c><c r="A7" s="1" t="d"><v>x</v></c></row></sheetData>`), []byte(""))
	f.Add([]byte(`<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><worksheet><row><c><v>&b;</v></c></row></worksheet>`), []byte("<sst><si><t>a</t><rPh><t>b</t></rPh></si></sst>"))
	f.Fuzz(func(t *testing.T, sheet, shared []byte) {
		readAll(t, workbookOf(t, string(sheet), string(shared)), "fuzz.xlsx", fuzzOptions)
	})
}

const (
	sheetXML = `<?xml version="1.0"?><worksheet xmlns="x"><sheetData>` +
		`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>` +
		`<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2"><v>5</v></c></row>` +
		`<row r="3"><c r="A3" t="inlineStr"><is><t>慢&amp;差&#10;</t></is></c><c r="B3" s="1"><v>46082.5</v></c></row>` +
		`</sheetData></worksheet>`
	stringsXML = `<sst><si><t>评价内容</t></si><si><t>星级</t></si><si><r><t>很</t></r><r><t>好</t></r><rPh sb="0" eb="1"><t>hen</t></rPh></si></sst>`
)

// workbookOf wraps a sheet and shared strings into the least workbook there is.
func workbookOf(t testing.TB, sheet, shared string) []byte {
	t.Helper()
	const rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	return zipped(t,
		member{"_rels/.rels", `<Relationships><Relationship Id="a" Type="` + rels + `officeDocument" Target="xl/workbook.xml"/></Relationships>`, false},
		member{"xl/workbook.xml", `<workbook><sheets><sheet name="表" sheetId="1" r:id="r1"/></sheets></workbook>`, false},
		member{"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r1" Type="` + rels + `worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="r2" Type="` + rels + `sharedStrings" Target="/xl/sharedStrings.xml"/>` +
			`<Relationship Id="r3" Type="` + rels + `styles" Target="styles.xml"/></Relationships>`, false},
		member{"xl/styles.xml", `<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>`, false},
		member{"xl/sharedStrings.xml", shared, false},
		member{"xl/worksheets/sheet1.xml", sheet, false},
	)
}

// FuzzRecord checks that a Record that is read from JSON writes what it reads.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"text":"a","star":"5星","extra":{"x":1},"time":1772323200,"damaged":[]}`))
	f.Add([]byte(`{"text":"a","order_id":"''1","sku":"=\"1\"","afterDays":"收货后5天"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var r review.Record
		if r.UnmarshalJSON(data) != nil {
			return
		}
		(&account{t: t}).roundTrip(r)
	})
}

var _ io.Reader = onlyReader{}
