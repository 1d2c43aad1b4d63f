package review

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// jsonDocs reads Records from JSON documents: arrays of objects, objects that
// are no lines, and API answers that hold an array of reviews somewhere inside,
// with or without a JSONP callback. A row is the 1-based number of an element.
type jsonDocs struct {
	in      *jsonInput
	dec     *rowDecoder
	keys    *keyMapper
	src     Source
	about   *Table
	records bool // top-level objects are records, not wrappers

	row    int
	path   []byte  // open brackets around the current place
	array  element // what the elements of the innermost open array are
	found  bool    // an array of reviews has been seen in this document
	ever   bool    // … or in any
	inDoc  bool
	unread []string
}

// element says what the elements of an array are.
type element int

const (
	elementNone    element = iota // not in an array
	elementReview                 // rows
	elementUnknown                // to be judged by the first object
)

// maxWrap is how deep an array of reviews may lie.
const maxWrap = 32

func (t *jsonDocs) describe() *Table {
	t.about.Columns = t.keys.describe()
	return t.about
}

func (t *jsonDocs) counts() (short, recoded int64) { return 0, t.dec.other }

// Read implements [Reader].
func (t *jsonDocs) Read() (Record, error) {
	for {
		c, err := t.in.peek()
		if err != nil {
			return Record{}, t.ended(err)
		}
		switch {
		case t.array != elementNone:
			if r, done, err := t.inArray(c); done {
				return r, err
			}
		case len(t.path) > 0:
			if rowErr := t.inObject(c); rowErr != nil {
				return Record{}, rowErr
			}
		default:
			if r, done, err := t.atTop(c); done {
				return r, err
			}
		}
	}
}

// atTop reads between documents.
func (t *jsonDocs) atTop(c byte) (Record, bool, error) {
	switch {
	case c == '[':
		t.in.skip()
		t.begun()
		t.array, t.found, t.ever = elementReview, true, true
	case c == '{' && t.records:
		t.ever = true
		r, err := t.element()
		return r, true, err
	case c == '{':
		t.in.skip()
		t.begun()
		t.path = append(t.path, '{')
	case c == ',' || c == ';' || c == ')' || c == 0x1E:
		t.in.skip()
	default:
		if t.in.callback() {
			return Record{}, false, nil
		}
		return Record{}, true, t.refuse("not JSON")
	}
	return Record{}, false, nil
}

func (t *jsonDocs) begun() { t.inDoc, t.found = true, false }

// inArray reads inside an array.
func (t *jsonDocs) inArray(c byte) (Record, bool, error) {
	switch c {
	case ',':
		t.in.skip()
		return Record{}, false, nil
	case ']':
		t.in.skip()
		t.array = elementNone
		t.closed()
		return Record{}, false, nil
	}
	if t.array == elementReview {
		r, err := t.element()
		return r, true, err
	}
	raw, err := t.in.value()
	if err == nil && isJSON(raw, '{') {
		if _, f := decodeObject(raw, t.dec, t.keys.quiet()); f == nil {
			t.array, t.found, t.ever = elementReview, true, true
			r, err := t.decode(raw)
			return r, true, err
		}
	}
	// Tags, statistics, pictures: no reviews.
	if err := t.in.skipArray(); err != nil {
		return Record{}, true, t.refuse(err.Error())
	}
	t.array = elementNone
	return Record{}, false, nil
}

// inObject reads inside an object that wraps others.
func (t *jsonDocs) inObject(c byte) error {
	switch {
	case c == ',':
		t.in.skip()
	case c == '}':
		t.in.skip()
		t.path = t.path[:len(t.path)-1]
		return t.closed()
	case c == '"':
		raw, err := t.in.value()
		if err != nil || len(raw) > 1<<10 {
			return t.refuse("a key that is never closed")
		}
		key, _ := jsonScalar(raw)
		if next, err := t.in.peek(); err != nil || next != ':' {
			return t.refuse("a key without a value")
		}
		t.in.skip()
		return t.wrapped(key)
	default:
		return t.refuse(fmt.Sprintf("%q where a key was due", rune(c)))
	}
	return nil
}

// wrapped reads a value of an object that wraps others.
func (t *jsonDocs) wrapped(key string) error {
	c, err := t.in.peek()
	switch {
	case err != nil:
		return nil // the next peek says it again
	case c == '{':
		t.in.skip()
		if len(t.path) >= maxWrap {
			return t.refuse(fmt.Sprintf("objects nest more than %d deep", maxWrap))
		}
		t.path = append(t.path, '{')
	case c == '[':
		t.in.skip()
		t.array = elementUnknown
		if isReviewArray(key) {
			t.array, t.found, t.ever = elementReview, true, true
		}
	default:
		if _, err := t.in.value(); err != nil && !errors.Is(err, errTooLong) {
			return t.refuse(err.Error())
		}
		if len(t.unread) < 30 {
			t.unread = append(t.unread, key)
		}
	}
	return nil
}

// closed ends a bracket; at the end of a document without reviews that is
// worth a report, lest one vanish.
func (t *jsonDocs) closed() error {
	if len(t.path) > 0 || !t.inDoc {
		return nil
	}
	t.inDoc = false
	if t.found {
		return nil
	}
	t.row++
	f := &fault{reason: "no array of reviews in this document; its plain keys: " + quoteList(t.unread)}
	t.unread = nil
	return f.at(t.place(), nil)
}

func (t *jsonDocs) place() Source {
	src := t.src
	src.Row = t.row
	return src
}

// element reads a row.
func (t *jsonDocs) element() (Record, error) {
	raw, err := t.in.value()
	switch {
	case errors.Is(err, errTooLong):
		t.row++
		f := longFault(t.in.size, t.in.max)
		return Record{}, f.at(t.place(), raw[:min(len(raw), maxRaw)])
	case errors.Is(err, errBroken):
		t.row++
		f := &fault{reason: "a string is never closed on its line"}
		return Record{}, f.at(t.place(), raw)
	case errors.Is(err, io.ErrUnexpectedEOF):
		t.row++
		t.path, t.array, t.inDoc = t.path[:0], elementNone, false
		f := &fault{reason: "the file ends inside this object", remedy: "it was not written or downloaded whole"}
		return Record{}, f.at(t.place(), raw)
	case err != nil:
		return Record{}, readError(t.place(), err)
	case len(bytes.TrimSpace(raw)) == 0:
		return Record{}, t.refuse("a bracket that closes nothing")
	}
	return t.decode(raw)
}

// decode makes a Record of an element's bytes.
func (t *jsonDocs) decode(raw []byte) (Record, error) {
	t.row++
	r, f := decodeObject(raw, t.dec, t.keys)
	if f != nil {
		return Record{}, f.at(t.place(), raw)
	}
	r.Source = t.place()
	return r, nil
}

// refuse gives up a document that cannot be followed and goes on at the next
// line: files with a document a line lose that document only.
func (t *jsonDocs) refuse(reason string) error {
	t.row++
	raw, size := t.in.restOfLine()
	t.path, t.array, t.inDoc = t.path[:0], elementNone, false
	f := &fault{reason: "broken JSON: " + reason, size: size}
	return f.at(t.place(), raw)
}

// ended words the end of the input.
func (t *jsonDocs) ended(err error) error {
	if err != io.EOF {
		return readError(t.place(), err)
	}
	if len(t.path) > 0 || t.array != elementNone {
		t.path, t.array, t.inDoc = t.path[:0], elementNone, false
		t.row++
		f := &fault{reason: "the file ends inside a JSON document", remedy: "it was not written or downloaded whole"}
		return f.at(t.place(), nil)
	}
	if !t.ever && t.row == 0 {
		return noReviews("%s: no array of reviews found in the JSON; keys seen: %s", t.src.File, quoteList(t.unread))
	}
	return io.EOF
}
