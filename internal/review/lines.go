package review

import (
	"bytes"
	"errors"
	"io"
)

// errTooLong says that a row has more bytes than Options.MaxRecord.
var errTooLong = errors.New("row too long")

// lineBuffer reads a stream line by line, with as much looking ahead as one
// record may be long. Its memory is bounded by about twice max.
type lineBuffer struct {
	r     io.Reader
	buf   []byte
	start int   // first byte not yet consumed
	end   int   // end of the bytes read
	eof   bool  // nothing more to read
	err   error // why reading ended, when not at the end
	row   int   // 1-based line number of start
	max   int   // bytes of the longest record
	term  byte  // '\n', or '\r' for files of the old Mac
}

func newLineBuffer(r io.Reader, max int, term byte) *lineBuffer {
	return &lineBuffer{r: r, buf: make([]byte, min(64<<10, max+1)), row: 1, max: max, term: term}
}

// more reads at least one byte, or sets eof.
func (b *lineBuffer) more() {
	if b.start > 0 && (b.end == len(b.buf) || b.start > len(b.buf)/2) {
		copy(b.buf, b.buf[b.start:b.end])
		b.end -= b.start
		b.start = 0
	}
	if b.end == len(b.buf) {
		grown := make([]byte, 2*len(b.buf))
		copy(grown, b.buf[:b.end])
		b.buf = grown
	}
	for range 100 {
		n, err := b.r.Read(b.buf[b.end:])
		b.end += n
		if err != nil {
			b.eof = true
			if err != io.EOF {
				b.err = err
			}
			return
		}
		if n > 0 {
			return
		}
	}
	b.eof, b.err = true, io.ErrNoProgress
}

// line finds the line that begins at offset at behind start. It returns the
// offset of its terminator and of the next line; these are equal for a last
// line without terminator. It returns io.EOF when there is no line at at, and
// errTooLong when the end is further than max from start.
func (b *lineBuffer) line(at int) (end, next int, err error) {
	from := at
	for {
		if i := bytes.IndexByte(b.buf[b.start+from:b.end], b.term); i >= 0 {
			end = from + i
			if end > b.max {
				return 0, 0, errTooLong
			}
			return end, end + 1, nil
		}
		from = b.end - b.start
		if from > b.max {
			return 0, 0, errTooLong
		}
		if b.eof {
			if b.err != nil {
				return 0, 0, b.err
			}
			if at >= from {
				return 0, 0, io.EOF
			}
			return from, from, nil
		}
		b.more()
	}
}

// bytes gives n bytes from start; they are valid until the next call of line.
func (b *lineBuffer) bytes(n int) []byte { return b.buf[b.start : b.start+n] }

// consume moves start over n bytes that hold whole lines.
func (b *lineBuffer) consume(n int) {
	b.row += bytes.Count(b.buf[b.start:b.start+n], []byte{b.term})
	b.start += n
}

// skipLine drops a line of any length and returns its size without terminator.
func (b *lineBuffer) skipLine() (size int64) {
	for {
		if i := bytes.IndexByte(b.buf[b.start:b.end], b.term); i >= 0 {
			b.start += i + 1
			b.row++
			return size + int64(i)
		}
		size += int64(b.end - b.start)
		b.start = b.end
		if b.eof {
			return size
		}
		b.more()
	}
}
