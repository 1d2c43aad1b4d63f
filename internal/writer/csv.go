package writer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"io"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"chaping/internal/pipeline"
)

// csvWriter writes comma-separated values for spreadsheets: UTF-8 with a byte order
// mark, and no cell that a spreadsheet would take for a formula.
type csvWriter struct {
	out *bufio.Writer
	opt Options
	err error
}

func newCSV(w io.Writer, opt Options) *csvWriter {
	c := &csvWriter{out: bufio.NewWriterSize(w, 64<<10), opt: opt}
	c.out.WriteString("\uFEFF")
	line, err := newCSVLiner().line(columns)
	c.out.Write(line)
	c.err = err
	return c
}

func (c *csvWriter) Encode(a *pipeline.Annotation) ([]byte, error) {
	l := csvLines.Get().(*csvLiner)
	defer csvLines.Put(l)
	l.cells = c.opt.row(l.cells[:0], a)
	for i := range l.cells {
		l.cells[i] = Neutral(l.cells[i])
	}
	return l.line(l.cells)
}

func (c *csvWriter) Write(_ *pipeline.Annotation, line []byte) error {
	if c.err != nil {
		return c.err
	}
	_, err := c.out.Write(line)
	return err
}

func (c *csvWriter) Close() error { return c.out.Flush() }

// csvLines makes lines: a csv.Writer with its buffers for whoever needs one.
var csvLines = sync.Pool{New: func() any { return newCSVLiner() }}

func newCSVLiner() *csvLiner {
	l := new(csvLiner)
	l.w = csv.NewWriter(&l.b)
	return l
}

type csvLiner struct {
	cells []string
	b     bytes.Buffer
	w     *csv.Writer
}

func (l *csvLiner) line(cells []string) ([]byte, error) {
	l.b.Reset()
	l.w.Write(cells)
	l.w.Flush()
	return bytes.Clone(l.b.Bytes()), l.w.Error()
}

// Neutral keeps a spreadsheet from reading a cell as a formula
// (OWASP, CSV Injection).
func Neutral(cell string) string {
	switch r, _ := utf8.DecodeRuneInString(cell); r {
	case '=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r':
		return "'" + cell
	}
	return cell
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateTime)
}
