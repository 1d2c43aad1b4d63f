package review

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// errBroken says that a string is broken by a line end.
var errBroken = errors.New("broken JSON")

// jsonInput cuts a stream into the raw bytes of JSON values. It follows
// brackets and strings only, so that a value with an error inside does not
// take the rest of the file with it.
type jsonInput struct {
	r    *bufio.Reader
	max  int    // bytes of the longest value
	buf  []byte // the value last read
	size int64  // bytes of the value last read, also when it was too long
}

func newJSONInput(r *bufio.Reader, max int) *jsonInput {
	return &jsonInput{r: r, max: max}
}

// peek gives the next byte that is no white space.
func (in *jsonInput) peek() (byte, error) {
	for {
		c, err := in.r.ReadByte()
		if err != nil {
			return 0, err
		}
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		}
		return c, in.r.UnreadByte()
	}
}

// skip drops the byte that peek gave.
func (in *jsonInput) skip() { in.r.ReadByte() } // it has been peeked

// keep adds a byte to the value, as long as there is room.
func (in *jsonInput) keep(c byte) {
	in.size++
	if len(in.buf) <= in.max {
		in.buf = append(in.buf, c)
	}
}

// value reads one value. The bytes are valid until the next call. errTooLong
// comes with the beginning of the value, all of which has been read over;
// io.ErrUnexpectedEOF with what there was; errBroken with a value in which a
// string is broken by a line end before an object begins. A comma or bracket
// that closes something outside is left in place.
func (in *jsonInput) value() ([]byte, error) {
	in.buf, in.size = in.buf[:0], 0
	var stack []byte // bounded by max, as each level costs a byte
	inside, escaped := false, false
	for {
		c, err := in.r.ReadByte()
		if err != nil {
			return in.end(err, inside || len(stack) > 0)
		}
		switch {
		case escaped:
			escaped = false
		case inside && c == '\\':
			escaped = true
		case inside && c == '"':
			inside = false
			if len(stack) == 0 {
				in.keep(c)
				return in.done()
			}
		case inside && c == '\n' && in.objectBegins():
			return in.buf, errBroken
		case inside:
		case c == '"':
			inside = true
		case c == '{' || c == '[':
			if len(stack) <= in.max {
				stack = append(stack, c)
			}
		case len(stack) == 0 && (c == ',' || c == ']' || c == '}' || c == ':' || c == ')' || c == ';' || c == '\n'):
			in.r.UnreadByte()
			return in.done()
		case c == '}' || c == ']':
			stack = stack[:len(stack)-1]
			if len(stack) == 0 {
				in.keep(c)
				return in.done()
			}
		}
		in.keep(c)
	}
}

// end words the end of the input inside a value.
func (in *jsonInput) end(err error, open bool) ([]byte, error) {
	if err != io.EOF {
		return in.buf, err
	}
	if open {
		return in.buf, io.ErrUnexpectedEOF
	}
	return in.done()
}

func (in *jsonInput) done() ([]byte, error) {
	if len(in.buf) > in.max {
		return in.buf, errTooLong
	}
	return in.buf, nil
}

// objectBegins reports whether an object begins on the line that follows.
func (in *jsonInput) objectBegins() bool {
	next, _ := in.r.Peek(64) // fewer at the end
	next = bytes.TrimLeft(next, " \t\r\n,")
	return len(next) > 1 && next[0] == '{' && (next[1] == '"' || next[1] == '\n' || next[1] == '\r' || next[1] == ' ')
}

// skipArray reads to behind the bracket that closes the open array.
func (in *jsonInput) skipArray() error {
	for {
		c, err := in.peek()
		if err != nil {
			return errors.New("an array is never closed")
		}
		switch c {
		case ',':
			in.skip()
			continue
		case ']':
			in.skip()
			return nil
		case '}', ':', ')', ';':
			return errors.New("brackets that don't match")
		}
		if _, err := in.value(); err != nil && !errors.Is(err, errTooLong) {
			return err
		}
	}
}

// callback reads over the name and bracket of a JSONP callback.
func (in *jsonInput) callback() bool {
	head, _ := in.r.Peek(128) // fewer at the end
	i := bytes.IndexByte(head, '(')
	if i < 0 || !jsonStart.Match(append(bytes.Clone(head[:i+1]), '{', '"')) {
		return false
	}
	in.r.Discard(i + 1)
	return true
}

// restOfLine reads to the end of the line. It returns the beginning of what it
// read, and the size of all if that is more, else 0.
func (in *jsonInput) restOfLine() (raw []byte, size int64) {
	in.buf = in.buf[:0]
	for {
		c, err := in.r.ReadByte()
		if err != nil || c == '\n' {
			if size == int64(len(in.buf)) {
				size = 0
			}
			return in.buf, size
		}
		size++
		if len(in.buf) < maxRaw {
			in.buf = append(in.buf, c)
		}
	}
}
