package review

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// maxPart is the size of the small parts of a workbook that are read whole.
const maxPart = 32 << 20

// workbook is what the sheets of an XLSX file share. Only the parts that hold
// values are read: pictures and the like cost nothing. The reader is our own
// because excelize reads a whole file, pictures included, into memory.
type workbook struct {
	f       *File
	name    string
	parts   map[string]*zip.File // by lower-case path without leading slash
	sheets  []sheetRef
	strings sharedStrings
	dates   []bool // by style: numbers are moments
	from    int    // days to add to serial numbers: 1462 in files of the old Mac
}

type sheetRef struct {
	name string
	part string
}

// enterWorkbook reads what the sheets share and queues them.
func (f *File) enterWorkbook(zr *zip.Reader, name string) error {
	w := &workbook{f: f, name: name, parts: map[string]*zip.File{}}
	for _, m := range zr.File {
		w.parts[partName(m.Name)] = m
	}
	rels, err := w.readBook()
	if err != nil {
		return fmt.Errorf("%s: workbook: %w", name, err)
	}
	if err := w.readStyles(rels["styles"]); err != nil {
		return fmt.Errorf("%s: styles: %w", name, err)
	}
	if err := w.readStrings(rels["sharedStrings"]); err != nil {
		return fmt.Errorf("%s: shared strings: %w", name, err)
	}
	var parts []pending
	var names []string
	for _, s := range w.sheets {
		names = append(names, s.name)
		if f.opt.Sheet != "" && s.name != f.opt.Sheet {
			continue
		}
		parts = append(parts, pending{name: name + "[" + s.name + "]", optional: true, open: func() (table, error) { return w.openSheet(s) }})
	}
	if len(parts) == 0 {
		if f.opt.Sheet == "" {
			return noReviews("%s: the workbook has no sheets", name)
		}
		return noReviews("%s: no sheet %q; sheets are %s", name, f.opt.Sheet, quoteList(names))
	}
	f.front(parts)
	return nil
}

func partName(s string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(s, `\`, "/"), "/"))
}

// open opens a part, guarded against bombs; nil if the workbook has none.
func (w *workbook) open(part string) (io.Reader, io.Closer, error) {
	m := w.parts[partName(part)]
	if m == nil {
		return nil, nil, nil
	}
	rc, err := m.Open()
	if err != nil {
		return nil, nil, err
	}
	r := w.f.limited(rc, m, w.name+"!"+m.Name)
	head := make([]byte, 3)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
		rc.Close()
		return nil, nil, err
	}
	rest := io.MultiReader(bytes.NewReader(head[:n]), r)
	switch enc, bom := detectEncoding(head[:n], false); {
	case enc == encUTF16LE || enc == encUTF16BE:
		return decodeStream(rest, enc, nil), rc, nil
	case bom == 3:
		return r, rc, nil
	}
	return rest, rc, nil
}

// scan calls each for every token of a part; a missing part has none.
func (w *workbook) scan(part string, maxBytes int64, each func(*xmlScan) error) error {
	r, closer, err := w.open(part)
	if err != nil || r == nil {
		return err
	}
	defer closer.Close()
	limited := &io.LimitedReader{R: r, N: maxBytes + 1}
	x := newXMLScan(limited, w.f.opt.MaxRecord)
	for {
		err := x.next()
		if limited.N == 0 {
			return fmt.Errorf("more than %d bytes, the limit", maxBytes)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := each(x); err != nil {
			return err
		}
	}
}

// relation is a line of a .rels part.
type relation struct{ id, kind, target string }

func (w *workbook) relations(part string) ([]relation, error) {
	dir, base := path.Split(part)
	var out []relation
	err := w.scan(dir+"_rels/"+base+".rels", maxPart, func(x *xmlScan) error {
		if !x.is(xmlStart, "Relationship") {
			return nil
		}
		target := attrText(x, "Target")
		if strings.HasPrefix(target, "/") {
			target = target[1:]
		} else {
			target = path.Join(dir, target)
		}
		out = append(out, relation{attrText(x, "Id"), path.Base(attrText(x, "Type")), target})
		return nil
	})
	return out, err
}

func attrText(x *xmlScan, name string) string {
	b, err := decodeEntities(bytes.Clone(x.attr(name)))
	if err != nil {
		return string(x.attr(name))
	}
	return string(b)
}

// readBook lists the sheets. It returns the other parts by kind.
func (w *workbook) readBook() (map[string]string, error) {
	book := "xl/workbook.xml"
	top, err := w.relations("")
	if err != nil {
		return nil, err
	}
	for _, r := range top {
		if r.kind == "officeDocument" {
			book = r.target
		}
	}
	if w.parts[partName(book)] == nil {
		if w.parts["xl/workbook.bin"] != nil {
			return nil, errors.New("a binary workbook (.xlsb); save it as .xlsx")
		}
		return nil, fmt.Errorf("part %s is missing; the file is damaged", book)
	}
	list, err := w.relations(book)
	if err != nil {
		return nil, err
	}
	byKind, byID := map[string]string{}, map[string]relation{}
	for _, r := range list {
		byKind[r.kind], byID[r.id] = r.target, r
	}
	err = w.scan(book, maxPart, func(x *xmlScan) error {
		switch {
		case x.is(xmlStart, "workbookPr"):
			if v := string(x.attr("date1904")); v == "1" || v == "true" {
				w.from = 1462
			}
		case x.is(xmlStart, "sheet"):
			// The relation's id is r:id; sheetId has another name.
			if r := byID[attrText(x, "id")]; r.kind == "worksheet" {
				w.sheets = append(w.sheets, sheetRef{attrText(x, "name"), r.target})
			}
		}
		return nil
	})
	return byKind, err
}

var (
	formatLiteral = regexp.MustCompile(`"[^"]*"|\\.|\[[^\]]*\]|_.`)
	formatDate    = regexp.MustCompile(`(?i)[ymdhs年月日时分秒]`)
)

// readStyles finds the styles that show numbers as moments.
func (w *workbook) readStyles(part string) error {
	custom := map[int]bool{}
	inXfs := false
	return w.scan(part, maxPart, func(x *xmlScan) error {
		switch {
		case x.is(xmlStart, "numFmt"):
			id, _ := strconv.Atoi(string(x.attr("numFmtId"))) // 0 is no date
			code := formatLiteral.ReplaceAllString(attrText(x, "formatCode"), "")
			custom[id] = formatDate.MatchString(code) && !strings.ContainsAny(code, "0#?")
		case x.is(xmlStart, "cellXfs"):
			inXfs = true
		case x.is(xmlEnd, "cellXfs"):
			inXfs = false
		case inXfs && x.is(xmlStart, "xf"):
			id, _ := strconv.Atoi(string(x.attr("numFmtId"))) // 0 is no date
			is, ok := custom[id]
			if !ok {
				is = id >= 14 && id <= 17 || id == 22 || id >= 27 && id <= 31 || id == 36 || id >= 50 && id <= 54 || id == 57 || id == 58
			}
			w.dates = append(w.dates, is)
		}
		return nil
	})
}

// sharedStrings is a workbook's table of texts, packed: a slice of strings
// would cost 16 bytes and an allocation each.
type sharedStrings struct {
	bytes []byte
	ends  []uint32 // byte offset of the end of each; MaxStrings keeps it below 4 GiB
}

// at gives a text by number.
func (s *sharedStrings) at(i int) (string, bool) {
	if i < 0 || i >= len(s.ends) {
		return "", false
	}
	from := uint32(0)
	if i > 0 {
		from = s.ends[i-1]
	}
	return string(s.bytes[from:s.ends[i]]), true
}

// readStrings reads the table of texts.
func (w *workbook) readStrings(part string) error {
	s := &w.strings
	limit := min(w.f.opt.MaxStrings, 4<<30-1)
	var run textRun
	return w.scan(part, 16<<30, func(x *xmlScan) error {
		switch {
		case x.is(xmlStart, "si"):
			run = textRun{}
		case x.is(xmlEnd, "si"):
			s.ends = append(s.ends, uint32(len(s.bytes)))
		default:
			if text := run.see(x); text != nil {
				s.bytes = append(s.bytes, text...)
			}
		}
		if int64(len(s.bytes))+4*int64(len(s.ends)) > limit {
			return fmt.Errorf("more than %d bytes of text, the limit; save the file as CSV", limit)
		}
		return nil
	})
}

// textRun picks the character data of <t> out of rich text, leaving out the
// phonetic readings of East Asian text (<rPh>).
type textRun struct {
	inText   bool
	phonetic bool
}

// see returns character data that belongs to the text, else nil.
func (t *textRun) see(x *xmlScan) []byte {
	switch {
	case x.kind == xmlText:
		if t.inText && !t.phonetic {
			return x.text
		}
	case string(x.name) == "t":
		t.inText = x.kind == xmlStart
	case string(x.name) == "rPh":
		t.phonetic = x.kind == xmlStart
	}
	return nil
}
