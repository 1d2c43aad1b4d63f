package review

import (
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// sheetRows reads the rows of a sheet one after the other.
type sheetRows struct {
	w     *workbook
	x     *xmlScan
	cells []string // of the current row, by column
	row   int      // 1-based number of the current row
	left  int64    // cells that may still come
	size  int      // bytes of the current row
	fault *fault   // what is wrong with the current row
	value []byte   // of the current cell
	over  bool     // the value is longer than a row may be
}

// next reads the next row that has a value. Its cells are valid until the next
// call. The fault concerns this row only; the error is final.
func (s *sheetRows) next() (*fault, error) {
	for {
		err := s.x.next()
		if err != nil {
			return nil, err
		}
		if !s.x.is(xmlStart, "row") {
			continue
		}
		number := s.row + 1
		if n, err := strconv.Atoi(string(s.x.attr("r"))); err == nil {
			number = n
		}
		if number <= s.row {
			return nil, fmt.Errorf("row %d comes after row %d; the sheet is damaged", number, s.row)
		}
		s.row = number
		if err := s.readRow(); err != nil {
			return nil, err
		}
		if s.fault != nil || !s.blank() {
			return s.fault, nil
		}
	}
}

func (s *sheetRows) blank() bool {
	for _, c := range s.cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// readRow reads the cells up to </row>.
func (s *sheetRows) readRow() error {
	s.cells, s.size, s.fault = s.cells[:0], 0, nil
	column := 0
	for {
		if err := s.x.next(); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		switch {
		case s.x.is(xmlEnd, "row"):
			return nil
		case s.x.is(xmlStart, "c"):
			if s.left--; s.left < 0 {
				return fmt.Errorf("more than %d cells, the limit; save the sheet as CSV", s.w.f.opt.MaxCells)
			}
			at := column
			if ref := s.x.attr("r"); ref != nil {
				at = columnIndex(ref)
			}
			text, err := s.readCell()
			if err != nil {
				return err
			}
			if text != "" {
				s.put(at, text)
			}
			column = at + 1
		}
	}
}

// put stores a cell, or finds fault with the row.
func (s *sheetRows) put(at int, text string) {
	s.size += len(text)
	switch {
	case at < 0 || at >= s.w.f.opt.MaxColumns:
		s.fault = &fault{reason: fmt.Sprintf("a cell in column %d, the limit is %d", at+1, s.w.f.opt.MaxColumns)}
	case s.size > s.w.f.opt.MaxRecord || s.over:
		s.fault = &fault{reason: fmt.Sprintf("row of more than %d bytes, the limit", s.w.f.opt.MaxRecord)}
	case !utf8.ValidString(text):
		s.fault = &fault{reason: fmt.Sprintf("bytes in column %d that are not UTF-8", at+1)}
	default:
		for len(s.cells) <= at {
			s.cells = append(s.cells, "")
		}
		s.cells[at] = text
	}
}

// columnIndex is the 0-based column of a reference such as "AB12"; -1 if it is none.
func columnIndex(ref []byte) int {
	n := 0
	for i, c := range ref {
		switch {
		case c >= 'A' && c <= 'Z' && i < 4:
			n = n*26 + int(c-'A') + 1
		case c >= 'a' && c <= 'z' && i < 4:
			n = n*26 + int(c-'a') + 1
		case c >= '0' && c <= '9' && i > 0:
			return n - 1
		default:
			return -1
		}
	}
	return n - 1
}

// readCell reads up to </c> and gives the cell's value as text.
func (s *sheetRows) readCell() (string, error) {
	kind := string(s.x.attr("t"))
	style, _ := strconv.Atoi(string(s.x.attr("s"))) // 0 is the default style
	s.value, s.over = s.value[:0], false
	var run textRun
	inValue := false
	for {
		if err := s.x.next(); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return "", err
		}
		switch {
		case s.x.is(xmlEnd, "c"):
			return s.cellText(kind, style), nil
		case s.x.kind != xmlText && string(s.x.name) == "v":
			inValue = s.x.kind == xmlStart
		case s.x.kind == xmlText && inValue:
			s.add(s.x.text)
		default:
			if text := run.see(s.x); text != nil {
				s.add(text)
			}
		}
	}
}

// add appends to the value, as far as a row may be long.
func (s *sheetRows) add(b []byte) {
	if len(s.value)+len(b) > s.w.f.opt.MaxRecord {
		s.over = true
		return
	}
	s.value = append(s.value, b...)
}

// cellText gives a value as text. Numbers keep their digits as the file has
// them; those that are shown as moments are written out.
func (s *sheetRows) cellText(kind string, style int) string {
	v := string(s.value)
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(v))
		if err != nil {
			i = -1
		}
		text, ok := s.w.strings.at(i)
		if !ok && v != "" {
			s.fault = &fault{reason: fmt.Sprintf("shared string %q does not exist; the workbook is damaged", v)}
		}
		return excelEscapes(text)
	case "str", "inlineStr":
		return excelEscapes(v)
	case "b":
		if v == "1" {
			return "TRUE"
		}
		return "FALSE"
	case "e", "d":
		return v
	}
	v = strings.TrimSpace(v)
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return v
	}
	if style >= 0 && style < len(s.w.dates) && s.w.dates[style] {
		if t, ok := numericTime("", f+float64(s.w.from)); ok {
			return t.Format(time.DateTime)
		}
	}
	// A number of more than 15 digits is rounded, unless a program has written
	// digits that no floating point number has.
	if len(v) > 15 && allDigits(v) && strconv.FormatFloat(f, 'f', -1, 64) == v {
		return strconv.FormatFloat(f, 'E', -1, 64)
	}
	// 4.5999999999999996 is how Excel stores what it shows as 4.6.
	if strings.Contains(v, ".") && !strings.ContainsAny(v, "eE") {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return v
}

var excelEscape = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// excelEscapes decodes _x000D_ and its like; carriage returns are dropped.
func excelEscapes(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return excelEscape.ReplaceAllStringFunc(s, func(e string) string {
		n, err := strconv.ParseUint(e[2:6], 16, 16)
		switch {
		case err != nil || n == 0:
			return e
		case n == '\r':
			return ""
		}
		return string(rune(n))
	})
}

// sheetTable reads Records from a sheet.
type sheetTable struct {
	rows   *sheetRows
	cols   *columns
	src    Source
	about  *Table
	queued []queuedRow // rows behind the header that have been read to find it
}

type queuedRow struct {
	row   int
	cells []string
	fault *fault
}

func (t *sheetTable) describe() *Table { return t.about }

func (t *sheetTable) counts() (short, recoded int64) { return 0, 0 }

// openSheet finds the header of a sheet.
func (w *workbook) openSheet(ref sheetRef) (table, error) {
	where := w.name + "[" + ref.name + "]"
	r, closer, err := w.open(ref.part)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	if r == nil {
		return nil, fmt.Errorf("%s: part %s is missing; the workbook is damaged", where, ref.part)
	}
	w.f.inner = append(w.f.inner, closer)
	rows := &sheetRows{w: w, x: newXMLScan(r, w.f.opt.MaxRecord), left: w.f.opt.MaxCells}
	var queue []queuedRow
	var head [][]string
	var lines []int
	for len(queue) < max(headerRows, w.f.opt.HeaderRow) && rows.row < max(headerRows, w.f.opt.HeaderRow) {
		f, err := rows.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			if rows.row > 0 {
				where = fmt.Sprintf("%s:%d", where, rows.row)
			}
			return nil, fmt.Errorf("%s: reading: %w", where, cutShort(err))
		}
		q := queuedRow{rows.row, append([]string(nil), rows.cells...), f}
		queue, head, lines = append(queue, q), append(head, q.cells), append(lines, q.row)
	}
	if len(queue) == 0 {
		return nil, noReviews("%s: the sheet is %w", where, errEmpty)
	}
	h, err := w.f.sheetHeader(head, lines, where)
	if err != nil {
		return nil, err
	}
	return &sheetTable{
		rows: rows, cols: h.cols, src: Source{File: w.name, Sheet: ref.name}, queued: queue[h.index+1:],
		about: &Table{File: w.name, Sheet: ref.name, Format: "xlsx", HeaderRow: h.row, Columns: h.cols.describe()},
	}, nil
}

// sheetHeader is findHeader with HeaderRow as the number of a row in the
// sheet, where blank rows count.
func (f *File) sheetHeader(head [][]string, lines []int, where string) (header, error) {
	if f.opt.HeaderRow == 0 {
		return f.findHeader(head, lines, where)
	}
	for i, line := range lines {
		if line == f.opt.HeaderRow {
			h, err := f.givenHeader(head[:i+1], lines, where, i)
			return h, err
		}
	}
	return header{}, noReviews("%s: header row %d is empty", where, f.opt.HeaderRow)
}

// next gives the next row that is not the header once more.
func (t *sheetTable) next() (q queuedRow, err error) {
	for {
		if len(t.queued) > 0 {
			q, t.queued = t.queued[0], t.queued[1:]
		} else {
			var f *fault
			f, err = t.rows.next()
			q = queuedRow{t.rows.row, t.rows.cells, f}
		}
		if err != nil || q.fault != nil || !t.cols.isHeader(q.cells) {
			return q, err
		}
	}
}

// Read implements [Reader].
func (t *sheetTable) Read() (Record, error) {
	q, err := t.next()
	if err != nil {
		src := t.src
		src.Row = q.row
		return Record{}, readError(src, err)
	}
	src := t.src
	src.Row = q.row
	f := q.fault
	var r Record
	if f == nil {
		r, f = t.cols.record(q.cells)
	}
	if f != nil {
		return Record{}, f.at(src, []byte(strings.Join(q.cells, "\t")))
	}
	r.Source = src
	return r, nil
}
