package review

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// maxRaw is how many bytes of a row that is too long are kept for the report.
const maxRaw = 4 << 10

// resyncLines is how many lines a quoted cell may have inside a stretch in
// which a quote has already been found not to fit. It keeps reading linear.
const resyncLines = 32

// csvRows splits a text table into rows of cells. encoding/csv is not used
// because it gives up, or swallows the rest of the file, at a quote that does
// not fit; here one such quote costs one row at most.
type csvRows struct {
	buf   *lineBuffer
	dec   *rowDecoder
	delim byte
	width int // columns of the header, 0 before it is known

	maxCells int // Options.MaxColumns

	// fits reports whether cells look like a row of the table.
	fits    func(cells []string) bool
	cells   []string
	suspect int64 // up to here in the stream, quotes have been found not to fit
	passed  int64 // bytes consumed
}

// csvRow is one row.
type csvRow struct {
	row   int // 1-based line on which it begins
	raw   []byte
	cells []string // valid until the next row
	stray bool     // has a quote that encloses nothing
}

// next reads the next row that is not blank. A fault concerns this row only;
// the error is final.
func (c *csvRows) next() (csvRow, *fault, error) {
	for {
		row := csvRow{row: c.buf.row}
		end, next, err := c.buf.line(0)
		if errors.Is(err, errTooLong) {
			return c.tooLong(row)
		}
		if err != nil {
			return row, nil, err
		}
		line := trimCR(c.buf.bytes(end))
		if blank(line, c.delim) {
			c.consume(next)
			continue
		}
		if bytes.IndexByte(line, '"') < 0 {
			f := c.split(&row, line, splitLiteral)
			if n := len(row.cells); f == nil && n < c.width && c.fits != nil {
				next = c.mend(&row, end, next)
			}
			c.consume(next)
			return row, f, nil
		}
		return c.quoted(row, end, next)
	}
}

// mendLines is how many lines may belong to a row with unquoted line breaks.
const mendLines = 8

// mend joins a row that is too short with the lines that follow when they make
// up the right number of cells and these fit their columns: the row was torn by
// line breaks that the writer did not quote. It returns the offset of the next row.
func (c *csvRows) mend(row *csvRow, end, next int) int {
	cells, from := len(row.cells), next
	for range mendLines {
		if from == end { // the last line
			break
		}
		var to int
		var err error
		if end, to, err = c.buf.line(from); err != nil {
			break
		}
		line := trimCR(c.buf.bytes(end)[from:])
		if bytes.IndexByte(line, '"') >= 0 {
			break
		}
		if c.delim != 0 {
			cells += bytes.Count(line, []byte{c.delim})
		}
		if cells > c.width {
			break
		}
		if cells == c.width {
			joined := csvRow{row: row.row}
			if f := c.split(&joined, trimCR(c.buf.bytes(end)), splitLiteral); f == nil && c.fits(joined.cells) {
				*row = joined
				return to
			}
			break
		}
		from = to
	}
	c.split(row, trimCR(c.buf.bytes(lineEnd(c.buf.bytes(next), c.buf.term))), splitLiteral)
	return next
}

// lineEnd is the length of a line without its terminator.
func lineEnd(line []byte, term byte) int {
	if n := len(line); n > 0 && line[n-1] == term {
		return n - 1
	}
	return len(line)
}

func (c *csvRows) consume(n int) {
	c.buf.consume(n)
	c.passed += int64(n)
}

// tooLong reports and drops a line over the limit.
func (c *csvRows) tooLong(row csvRow) (csvRow, *fault, error) {
	row.raw = bytes.Clone(c.buf.bytes(min(maxRaw, c.buf.end-c.buf.start)))
	size := c.buf.skipLine()
	c.passed += size
	if c.buf.err != nil {
		return row, nil, c.buf.err
	}
	return row, longFault(size, c.buf.max), nil
}

// longFault words the refusal of a row over the limit.
func longFault(size int64, limit int) *fault {
	return &fault{
		reason: fmt.Sprintf("row of %d bytes, the limit is %d", size, limit),
		remedy: "look for a missing line end",
		size:   size,
	}
}

// quoted reads a row with quotes, which may reach over several lines.
func (c *csvRows) quoted(row csvRow, end, next int) (csvRow, *fault, error) {
	first, firstNext := end, next
	scan := quoteScan{delim: c.delim}
	scan.line(trimCR(c.buf.bytes(end)))
	lines := 1
	for scan.inside {
		if c.passed < c.suspect && lines >= resyncLines {
			break
		}
		begin := next
		var err error
		if begin == end { // the last line has no terminator
			break
		}
		if end, next, err = c.buf.line(begin); err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, errTooLong) {
				return row, nil, err
			}
			end, next = begin, begin
			break
		}
		scan.line(trimCR(c.buf.bytes(end)[begin:]))
		lines++
	}
	if lines == 1 && !scan.inside {
		f := c.oneLine(&row, trimCR(c.buf.bytes(end)), scan.bare)
		c.consume(next)
		return row, f, nil
	}
	return c.manyLines(row, scan, first, firstNext, end, next)
}

// oneLine splits a row that is complete on its line.
func (c *csvRows) oneLine(row *csvRow, line []byte, bare bool) *fault {
	f := c.split(row, line, splitQuoted)
	if f != nil || c.width == 0 || len(row.cells) == c.width {
		return f
	}
	lenient := len(row.cells)
	if f = c.split(row, line, splitLiteral); f == nil && len(row.cells) == c.width {
		return nil
	}
	f = c.split(row, line, splitQuoted)
	row.stray = lenient < c.width && (bare || bytes.Count(line, []byte{'"'})%2 == 1)
	return f
}

// manyLines decides whether a quoted cell that reaches over lines is what the
// writer meant, or the work of a quote that was never closed. The row's own
// line is believed when it alone has as many cells as the header.
func (c *csvRows) manyLines(row csvRow, scan quoteScan, first, firstNext, end, next int) (csvRow, *fault, error) {
	whole := -1 // cells of the whole record, if it can be read
	if !scan.inside {
		if f := c.split(&row, trimCR(c.buf.bytes(end)), splitQuoted); f == nil {
			whole = len(row.cells)
		}
		if whole >= 0 && (c.width == 0 || !scan.bare && whole == c.width) {
			c.consume(next)
			return row, nil, nil
		}
	}
	c.suspect = max(c.suspect, c.passed+int64(next))
	f := c.split(&row, trimCR(c.buf.bytes(first)), splitLiteral)
	if f != nil || c.width > 0 && len(row.cells) == c.width {
		c.consume(firstNext)
		return row, f, nil
	}
	if whole >= 0 && (whole == c.width || !scan.bare) {
		f = c.split(&row, trimCR(c.buf.bytes(end)), splitQuoted)
		c.consume(next)
		return row, f, nil
	}
	c.consume(firstNext)
	return row, &fault{
		reason: "a quote is opened and never closed where a cell could end",
		remedy: `double the quotes inside cells ("")`,
	}, nil
}

// split decodes and splits a row. The raw bytes are copied.
func (c *csvRows) split(row *csvRow, raw []byte, how func(string, byte, []string, int) []string) *fault {
	row.raw = raw
	text, f := c.dec.decode(raw)
	if f != nil {
		row.cells = nil
		return f
	}
	c.cells = how(string(text), c.delim, c.cells, c.maxCells)
	row.cells = c.cells
	if len(c.cells) > c.maxCells {
		f = &fault{reason: fmt.Sprintf("more than %d cells, the limit", c.maxCells), remedy: "is the delimiter right?"}
	}
	return f
}

// trimCR takes away the carriage return of a DOS line.
func trimCR(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\r' {
		return b[:n-1]
	}
	return b
}

// csvTable reads Records from a text table.
type csvTable struct {
	rows  *csvRows
	cols  *columns
	src   Source
	skip  int // rows up to and including the header
	about *Table
	short int64 // records whose row had fewer cells than the header
}

func (t *csvTable) describe() *Table { return t.about }

func (t *csvTable) counts() (short, recoded int64) { return t.short, t.rows.dec.other }

// Read implements [Reader].
func (t *csvTable) Read() (Record, error) {
	for {
		row, f, err := t.rows.next()
		src := t.src
		src.Row = row.row
		if err != nil {
			return Record{}, readError(src, err)
		}
		if t.skip > 0 {
			if t.skip--; t.skip == 0 {
				t.rows.width, t.rows.fits = len(t.cols.names), t.cols.fits
			}
			continue
		}
		if f != nil {
			return Record{}, f.at(src, row.raw)
		}
		if t.cols.isHeader(row.cells) {
			continue
		}
		r, f := t.cols.shaped(row)
		if f != nil {
			return Record{}, f.at(src, row.raw)
		}
		if len(row.cells) < len(t.cols.names) {
			t.short++
		}
		r.Source = src
		return r, nil
	}
}

// shaped reads a row that may have fewer cells than the header: spreadsheets
// leave out empty cells at the end. When the cells that are there don't fit
// their columns, the row was rather torn by a line break.
func (c *columns) shaped(row csvRow) (Record, *fault) {
	r, f := c.record(row.cells)
	if f != nil || len(row.cells) >= len(c.names) {
		return r, f
	}
	short := &fault{
		reason: fmt.Sprintf("%d cells, but the header has %d columns", len(row.cells), len(c.names)),
		remedy: "quote cells that hold line breaks",
	}
	switch {
	case row.stray:
		return Record{}, short
	case len(r.Damaged) > 0:
		short.reason += fmt.Sprintf(", and %s %q is %s", r.Damaged[0].Field, r.Damaged[0].Value, r.Damaged[0].Reason)
		return Record{}, short
	}
	for _, f := range c.fields[:len(row.cells)] {
		if f != nil && f.name == "text" {
			return r, nil
		}
	}
	if c.has("text") {
		return Record{}, short
	}
	return r, nil
}

// fits reports whether cells are surely a row: every value can be read, and
// among them is one that hardly any text can be, a rating or a time.
func (c *columns) fits(cells []string) bool {
	r, f := c.record(cells)
	return f == nil && len(r.Damaged) == 0 &&
		(r.Star > 0 || r.ScoreD > 0 || r.ScoreS > 0 || r.ScoreL > 0 || !r.Time.IsZero() || !r.OrderTime.IsZero())
}

// readError makes a final error of one that came from below.
func readError(src Source, err error) error {
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return fmt.Errorf("%s: reading: %w", src, cutShort(err))
}

// cutShort adds the remedy to an error that comes of a damaged archive.
func cutShort(err error) error {
	var corrupt flate.CorruptInputError
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, zip.ErrChecksum) || errors.As(err, &corrupt) {
		return fmt.Errorf("%w; the file is damaged or was not downloaded whole: get it again", err)
	}
	return err
}
