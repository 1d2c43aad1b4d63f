package review

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
)

// headerRows is how many rows are searched for the one with the names.
const headerRows = 20

// textFile is a text stream whose encoding has been settled.
type textFile struct {
	f      *File
	name   string
	r      *bufio.Reader
	sample []byte // the beginning, not consumed
	whole  bool   // the sample is all there is
	dec    rowDecoder
	told   string // encoding for the description
	broken *fault // of the first row of the sample that cannot be read
}

// openText finds encoding and format of a text stream and opens its table.
func (f *File) openText(br *bufio.Reader, sample []byte, whole bool, name string) (table, error) {
	t := &textFile{f: f, name: name, r: br, sample: sample, whole: whole}
	if err := t.settleEncoding(); err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(t.sample)) == 0 && t.whole {
		return nil, noReviews("%s: the file is %w", name, errEmpty)
	}
	if t.isJSON() {
		return t.openJSON()
	}
	return t.openTable()
}

// settleEncoding finds the encoding, drops the byte order mark and decodes the
// stream where rows cannot be decoded one by one.
func (t *textFile) settleEncoding() error {
	name, bom := detectEncoding(t.sample, t.whole)
	t.dec = rowDecoder{name: name}
	t.told = name
	if want := t.f.opt.Encoding; want != "" {
		forced, e, err := namedEncoding(want)
		if err != nil {
			return err
		}
		t.dec.name, t.dec.forced, t.told = forced, true, forced
		if bom > 0 && forced != name {
			bom = 0
		}
		if e != nil {
			t.discard(bom)
			return t.stream(func(r io.Reader) io.Reader { return decodeStream(r, forced, e) })
		}
	}
	t.discard(bom)
	if name := t.dec.name; name == encUTF16LE || name == encUTF16BE {
		return t.stream(func(r io.Reader) io.Reader { return decodeStream(r, name, nil) })
	}
	return nil
}

func (t *textFile) discard(n int) {
	n, _ = t.r.Discard(n) // at most what has been peeked
	t.sample = t.sample[n:]
}

// stream puts a decoder over the whole stream and takes a new sample.
func (t *textFile) stream(over func(io.Reader) io.Reader) error {
	t.r = bufio.NewReaderSize(over(t.r), sampleSize)
	t.dec.streamed = true
	sample, err := t.r.Peek(sampleSize)
	if err != nil && err != io.EOF {
		return fmt.Errorf("%s: reading: %w", t.name, cutShort(err))
	}
	t.sample, t.whole = sample, err == io.EOF
	return nil
}

// terminator is the byte that ends lines. Files of the old Mac, which end them
// with a carriage return, may have line feeds inside cells.
func (t *textFile) terminator() byte {
	lf, cr := bytes.IndexByte(t.sample, '\n'), bytes.IndexByte(t.sample, '\r')
	alone := bytes.Count(t.sample, []byte{'\r'}) - bytes.Count(t.sample, []byte("\r\n"))
	if cr >= 0 && (lf < 0 || cr < lf-1 && alone > bytes.Count(t.sample, []byte{'\n'})) {
		return '\r'
	}
	return '\n'
}

var jsonStart = regexp.MustCompile(`^(?:/\*\*/)?\s*(?:(?:[A-Za-z_$][\w$.]{0,99})?\s*\(\s*)?(?:\[\s*(?:[\[\]{]|$)|\{\s*(?:["}]|$))`)

// isJSON reports whether the text is JSON, from its first bytes; where its
// first line is broken, from its name.
func (t *textFile) isJSON() bool {
	head := bytes.TrimLeft(t.sample[:min(len(t.sample), 4<<10)], " \t\r\n")
	if jsonStart.Match(head) {
		return true
	}
	switch strings.ToLower(path.Ext(strings.TrimSuffix(t.name, ".gz"))) {
	case ".jsonl", ".ndjson", ".json":
		return true
	}
	return false
}

// openTable opens a text table: it settles delimiter and header.
func (t *textFile) openTable() (table, error) {
	delim, head, err := t.settleDelimiter()
	if err != nil {
		return nil, err
	}
	// A bar is a possible second byte of a GB18030 character.
	if delim == '|' && !t.dec.streamed && t.dec.name == encGB18030 {
		if err := t.stream(func(r io.Reader) io.Reader { return decodeStream(r, encGB18030, nil) }); err != nil {
			return nil, err
		}
	}
	dec := t.dec
	rows := &csvRows{
		buf: newLineBuffer(t.r, t.f.opt.MaxRecord, t.terminator()),
		dec: &dec, delim: delim, maxCells: t.f.opt.MaxColumns,
	}
	if head.index < 0 {
		rows.width, rows.fits = len(head.cols.names), head.cols.fits
	}
	about := &Table{
		File: t.name, Format: "table", Encoding: t.told, HeaderRow: head.row,
		Columns: head.cols.describe(),
	}
	if delim != 0 {
		about.Delimiter = string(rune(delim))
	}
	return &csvTable{rows: rows, cols: head.cols, src: Source{File: t.name}, skip: head.index + 1, about: about}, nil
}

// header is the row with the names of the columns.
type header struct {
	index int // 0-based among the rows that are not blank; -1: there is none
	row   int // 1-based line or row, 0: there is none
	cols  *columns
}

// settleDelimiter tries each delimiter on the sample and takes the one with
// which most columns are understood.
func (t *textFile) settleDelimiter() (byte, header, error) {
	delims := []byte{',', '\t', ';', '|', 0}
	if d := t.f.opt.Delimiter; d != 0 {
		if d > 0x7F || d == '"' || d == '\n' || d == '\r' {
			return 0, header{}, fmt.Errorf("%s: delimiter %q is not possible; use one ASCII character", t.name, d)
		}
		delims = []byte{byte(d)}
	}
	var (
		best      header
		bestDelim byte
		found     bool
		failure   error
		seenWidth int
	)
	for _, d := range delims {
		rows, lines := t.sampleRows(d)
		h, err := t.f.findHeader(rows, lines, t.name)
		if err != nil {
			if w := widest(rows); failure == nil || w > seenWidth {
				failure, seenWidth = err, w
			}
			continue
		}
		// One column looks the same with any delimiter: then there is none.
		if !found || h.cols.known > best.cols.known || d == 0 && len(best.cols.names) == 1 {
			best, bestDelim, found = h, d, true
		}
	}
	if !found && seenWidth == 0 && t.broken != nil {
		return 0, header{}, noReviews("%s: no rows that can be read: %s; %s", t.name, t.broken.reason, t.broken.remedy)
	}
	if !found {
		return 0, header{}, failure
	}
	return bestDelim, best, nil
}

// sampleRows splits the beginning of the file.
func (t *textFile) sampleRows(delim byte) (rows [][]string, lines []int) {
	dec := t.dec
	sample := t.sample
	if !t.whole { // the last line is cut
		if i := bytes.LastIndexByte(sample, t.terminator()); i >= 0 {
			sample = sample[:i+1]
		}
	}
	r := &csvRows{
		buf: newLineBuffer(bytes.NewReader(sample), min(t.f.opt.MaxRecord, sampleSize), t.terminator()),
		dec: &dec, delim: delim, maxCells: t.f.opt.MaxColumns,
	}
	limit := max(headerRows, t.f.opt.HeaderRow)
	for len(rows) < limit {
		row, f, err := r.next()
		if err != nil {
			break
		}
		if f != nil && t.broken == nil {
			t.broken = f
		}
		rows, lines = append(rows, slices.Clone(row.cells)), append(lines, row.row)
	}
	return rows, lines
}

func widest(rows [][]string) int {
	w := 0
	for _, r := range rows {
		w = max(w, len(r))
	}
	return w
}

// findHeader picks the row in which most names are known. lines are the
// 1-based places of the rows.
func (f *File) findHeader(rows [][]string, lines []int, name string) (header, error) {
	if f.opt.HeaderRow > 0 {
		return f.givenHeader(rows, lines, name, f.opt.HeaderRow-1)
	}
	best := header{index: -1}
	for i, cells := range rows[:min(len(rows), headerRows)] {
		if len(cells) == 0 || len(cells) > f.opt.MaxColumns {
			continue
		}
		cols := newColumns(cells, overrides{byName: f.over.byName})
		if f.over.onlyNumbers() && cols.known == 0 {
			continue
		}
		cols = newColumns(cells, f.over)
		if cols.has(f.opt.Need...) && (best.cols == nil || cols.known > best.cols.known) {
			best = header{index: i, row: lines[i], cols: cols}
		}
	}
	if best.cols != nil {
		return best, f.checkMap(best.cols, name)
	}
	if w := widest(rows); f.over.onlyNumbers() && w > 0 {
		cols := newColumns(make([]string, w), f.over)
		if cols.has(f.opt.Need...) {
			return header{index: -1, cols: cols}, f.checkMap(cols, name)
		}
	}
	return header{}, f.noHeader(rows, name)
}

// givenHeader takes the row that Options.HeaderRow names, rows[i].
func (f *File) givenHeader(rows [][]string, lines []int, name string, i int) (header, error) {
	if i >= len(rows) {
		return header{}, noReviews("%s: header row %d, but there are only %d rows", name, f.opt.HeaderRow, len(rows))
	}
	if len(rows[i]) > f.opt.MaxColumns {
		return header{}, f.noHeader(rows[i:i+1], name)
	}
	cols := newColumns(rows[i], f.over)
	if !cols.has(f.opt.Need...) {
		return header{}, f.noHeader(rows[i:i+1], name)
	}
	return header{index: i, row: lines[i], cols: cols}, f.checkMap(cols, name)
}

// checkMap makes sure that every column that the user named is there.
func (f *File) checkMap(cols *columns, name string) error {
	for column, field := range f.over.byName {
		if !slices.ContainsFunc(cols.names, func(n string) bool { return n == column }) {
			return fmt.Errorf("%s: map %s=%s: no such column; columns are %s", name, field.name, column, quoteList(cols.names))
		}
	}
	for n, field := range f.over.byNumber {
		if n > len(cols.names) {
			return fmt.Errorf("%s: map %s=#%d: there are only %d columns", name, field.name, n, len(cols.names))
		}
	}
	return nil
}

// noHeader says which columns were seen instead of the one that is needed. It
// shows the row that looks most like a header.
func (f *File) noHeader(rows [][]string, name string) error {
	need := strings.Join(f.opt.Need, " or ")
	var seen []string
	known := -1
	for _, cells := range rows {
		if len(cells) > f.opt.MaxColumns {
			return fmt.Errorf("%s: more than %d columns, the limit; is the delimiter right?", name, f.opt.MaxColumns)
		}
		if k := newColumns(cells, overrides{}).known; k > known || k == known && len(cells) > len(seen) && k > 0 {
			seen, known = cells, k
		}
	}
	if len(seen) == 0 {
		return noReviews("%s: no rows that can be read", name)
	}
	for column, field := range f.over.byName {
		return noReviews("%s: map %s=%s: no such column; columns seen: %s", name, field.name, column, quoteList(seen))
	}
	hint := fmt.Sprintf("name it with --map %s=COLUMN (or #NUMBER)", f.opt.Need[0])
	cols := newColumns(seen, overrides{})
	if need == "order_id" {
		hint = "rename the column with the order numbers to 订单编号"
	}
	if need == "text" && cols.has("order_id") && cols.has("tracking_no", "courier", "courier_info", "address") {
		hint = "this looks like an order export, which --orders takes; if not, " + hint
	}
	return noReviews("%s: no %s column; columns seen: %s; %s", name, need, quoteList(seen), hint)
}
