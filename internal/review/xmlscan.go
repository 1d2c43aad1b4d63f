package review

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// xmlScan reads the XML of spreadsheets token by token, in bounded memory and
// without allocating. encoding/xml takes several times as long for a sheet.
// Document type declarations are refused, so there are no entities but the
// five of XML: nothing can be fetched or multiplied.
type xmlScan struct {
	r          io.Reader
	buf        []byte
	start, end int
	eof        bool
	max        int // bytes of the longest token

	kind  xmlKind
	name  []byte // of an element, without its prefix
	attrs []byte // raw attributes of a start tag
	text  []byte // decoded character data
	empty bool   // <a/>: the end follows by itself
}

type xmlKind int

const (
	xmlStart xmlKind = iota
	xmlEnd
	xmlText
)

func newXMLScan(r io.Reader, max int) *xmlScan {
	return &xmlScan{r: r, buf: make([]byte, 64<<10), max: max}
}

// next reads a token. It returns io.EOF at the end. An empty element gives a
// start and an end.
func (x *xmlScan) next() error {
	if x.kind == xmlStart && x.empty {
		x.kind, x.empty = xmlEnd, false
		return nil
	}
	for {
		c, err := x.byte(0)
		if err != nil {
			return err
		}
		if c != '<' {
			n, err := x.find('<', 0)
			if err == io.EOF {
				n, err = x.end-x.start, nil
			}
			if err != nil {
				return err
			}
			raw := x.buf[x.start : x.start+n]
			x.start += n
			x.kind = xmlText
			x.text, err = decodeEntities(raw)
			return err
		}
		done, err := x.markup()
		if done || err != nil {
			return err
		}
	}
}

// markup reads what begins with <. It reports whether that was a token.
func (x *xmlScan) markup() (bool, error) {
	c, err := x.byte(1)
	if err != nil {
		return false, x.cut(err)
	}
	switch c {
	case '?':
		return false, x.drop("?>")
	case '!':
		if _, err := x.byte(8); err != nil && err != io.EOF {
			return false, err
		}
		head := x.buf[x.start:x.end]
		switch {
		case bytes.HasPrefix(head, []byte("<!--")):
			x.start += 4
			return false, x.drop("-->")
		case bytes.HasPrefix(head, []byte("<![CDATA[")):
			x.start += 9
			n, err := x.findString("]]>")
			if err != nil {
				return false, x.cut(err)
			}
			x.kind, x.text = xmlText, x.buf[x.start:x.start+n]
			x.start += n + 3
			return true, nil
		}
		return false, errors.New("a document type declaration, which no spreadsheet program writes: refused")
	}
	n, err := x.tagEnd()
	if err != nil {
		return false, x.cut(err)
	}
	tag := x.buf[x.start+1 : x.start+n]
	x.start += n + 1
	x.element(tag)
	return true, nil
}

// element takes a tag apart.
func (x *xmlScan) element(tag []byte) {
	x.kind, x.empty = xmlStart, false
	if len(tag) > 0 && tag[0] == '/' {
		x.kind, tag = xmlEnd, tag[1:]
	} else if n := len(tag); n > 0 && tag[n-1] == '/' {
		x.empty, tag = true, tag[:n-1]
	}
	i := bytes.IndexAny(tag, " \t\r\n")
	if i < 0 {
		i = len(tag)
	}
	x.name, x.attrs = tag[:i], tag[i:]
	if i := bytes.IndexByte(x.name, ':'); i >= 0 {
		x.name = x.name[i+1:]
	}
}

// attr gives the raw value of an attribute by its local name, nil if it is missing.
func (x *xmlScan) attr(name string) []byte {
	rest := x.attrs
	for {
		eq := bytes.IndexByte(rest, '=')
		if eq < 0 {
			return nil
		}
		key := bytes.TrimSpace(rest[:eq])
		rest = bytes.TrimLeft(rest[eq+1:], " \t\r\n")
		if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			return nil
		}
		n := bytes.IndexByte(rest[1:], rest[0])
		if n < 0 {
			return nil
		}
		value := rest[1 : 1+n]
		rest = rest[n+2:]
		if i := bytes.IndexByte(key, ':'); i >= 0 {
			key = key[i+1:]
		}
		if string(key) == name {
			return value
		}
	}
}

// is reports whether the token is the start or end of the named element.
func (x *xmlScan) is(kind xmlKind, name string) bool {
	return x.kind == kind && kind != xmlText && string(x.name) == name
}

// byte gives the byte at offset i from the current place.
func (x *xmlScan) byte(i int) (byte, error) {
	for x.start+i >= x.end {
		if err := x.more(); err != nil {
			return 0, err
		}
	}
	return x.buf[x.start+i], nil
}

// find gives the offset of c, from the given offset on.
func (x *xmlScan) find(c byte, from int) (int, error) {
	for {
		if i := bytes.IndexByte(x.buf[x.start+from:x.end], c); i >= 0 {
			return from + i, nil
		}
		from = x.end - x.start
		if err := x.more(); err != nil {
			return 0, err
		}
	}
}

// findString gives the offset of s.
func (x *xmlScan) findString(s string) (int, error) {
	from := 0
	for {
		if i := bytes.Index(x.buf[x.start+from:x.end], []byte(s)); i >= 0 {
			return from + i, nil
		}
		from = max(0, x.end-x.start-len(s)+1)
		if err := x.more(); err != nil {
			return 0, err
		}
	}
}

// tagEnd gives the offset of the > that ends a tag; attributes may hold one.
func (x *xmlScan) tagEnd() (int, error) {
	n, err := x.find('>', 1)
	if err != nil {
		return 0, err
	}
	tag := x.buf[x.start : x.start+n]
	if bytes.Count(tag, []byte{'"'})%2 == 0 && bytes.IndexByte(tag, '\'') < 0 {
		return n, nil
	}
	quote := byte(0)
	for i := 1; ; i++ {
		c, err := x.byte(i)
		if err != nil {
			return 0, err
		}
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i, nil
		}
	}
}

// drop reads to behind a string without keeping what is before.
func (x *xmlScan) drop(s string) error {
	for {
		if i := bytes.Index(x.buf[x.start:x.end], []byte(s)); i >= 0 {
			x.start += i + len(s)
			return nil
		}
		x.start = max(x.start, x.end-len(s)+1)
		if err := x.more(); err != nil {
			return x.cut(err)
		}
	}
}

// more reads at least one byte.
func (x *xmlScan) more() error {
	if x.eof {
		return io.EOF
	}
	if x.start > 0 {
		copy(x.buf, x.buf[x.start:x.end])
		x.end -= x.start
		x.start = 0
	}
	if x.end == len(x.buf) {
		if x.end > x.max {
			return fmt.Errorf("a text or tag of more than %d bytes, the limit", x.max)
		}
		grown := make([]byte, 2*len(x.buf))
		copy(grown, x.buf[:x.end])
		x.buf = grown
	}
	for range 100 {
		n, err := x.r.Read(x.buf[x.end:])
		x.end += n
		if err == io.EOF {
			x.eof = true
		} else if err != nil {
			return err
		}
		if n > 0 {
			return nil
		}
		if x.eof {
			return io.EOF
		}
	}
	return io.ErrNoProgress
}

// cut words an end inside a tag.
func (x *xmlScan) cut(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// decodeEntities replaces &lt; and its like, in place.
func decodeEntities(b []byte) ([]byte, error) {
	i := bytes.IndexByte(b, '&')
	if i < 0 {
		return b, nil
	}
	out := b[:i]
	for i < len(b) {
		if b[i] != '&' {
			out = append(out, b[i])
			i++
			continue
		}
		n := bytes.IndexByte(b[i:min(len(b), i+12)], ';')
		if n < 0 {
			return nil, errors.New("an & without its ;")
		}
		r, ok := entity(string(b[i+1 : i+n]))
		if !ok {
			return nil, fmt.Errorf("entity %q is not defined", b[i:i+n+1])
		}
		// A reference is never shorter than the UTF-8 that it stands for.
		out = utf8.AppendRune(out, r)
		i += n + 1
	}
	return out, nil
}

func entity(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune || n == 0 {
		return 0, false
	}
	return rune(n), true
}
