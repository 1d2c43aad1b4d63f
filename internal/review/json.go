package review

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// openJSON opens JSON objects one a line, an array of them, or documents that
// hold such an array somewhere inside, as the platforms' APIs give them.
func (t *textFile) openJSON() (table, error) {
	keys := newKeyMapper(t.f.over.byName, t.f.opt.Need)
	if len(t.f.over.byNumber) > 0 {
		return nil, fmt.Errorf("%s: --map with #NUMBER is for tables; name the key instead", t.name)
	}
	src := Source{File: t.name}
	about := &Table{File: t.name, Format: "json", Encoding: t.told}
	shape := t.jsonShape(keys)
	if shape == shapeLines {
		about.Format = "jsonl"
		buf := newLineBuffer(t.r, t.f.opt.MaxRecord, t.terminator())
		dec := t.dec
		return &jsonlTable{buf: buf, dec: &dec, keys: keys, src: src, about: about}, nil
	}
	// Second bytes of GB18030 look like brackets: decode before scanning.
	if t.dec.name == encGB18030 && !t.dec.streamed {
		if err := t.stream(func(r io.Reader) io.Reader { return decodeStream(r, encGB18030, nil) }); err != nil {
			return nil, err
		}
	}
	dec := t.dec
	return &jsonDocs{
		in: newJSONInput(t.r, t.f.opt.MaxRecord), dec: &dec, keys: keys, src: src, about: about,
		records: shape == shapeRecords,
	}, nil
}

// jsonShape is how records lie in a JSON text.
type jsonShape int

const (
	shapeLines   jsonShape = iota // one object a line
	shapeRecords                  // an array of objects, or objects over several lines
	shapeWrapped                  // objects that hold an array of records
)

// jsonShape judges by the beginning of the text.
func (t *textFile) jsonShape(keys *keyMapper) jsonShape {
	sample := t.sample
	if t.dec.name == encGB18030 && !t.dec.streamed {
		if out, ok := (&rowDecoder{}).decodeGB(sample); ok || len(out) > 0 {
			sample = out
		}
	}
	sample = bytes.TrimLeft(sample, " \t\r\n")
	if len(sample) == 0 {
		return shapeLines
	}
	if sample[0] == '[' {
		return shapeRecords
	}
	if sample[0] != '{' { // a JSONP callback, or a broken first line
		if i := bytes.IndexByte(sample, '('); i >= 0 && jsonStart.Match(sample) {
			if rest := bytes.TrimLeft(sample[i+1:], " \t\r\n"); len(rest) > 0 && rest[0] == '[' {
				return shapeRecords
			}
			return shapeWrapped
		}
		return shapeLines
	}
	return t.objectShape(sample, keys)
}

// objectShape judges a text that begins with an object.
func (t *textFile) objectShape(sample []byte, keys *keyMapper) jsonShape {
	names, nested, complete := topKeys(sample)
	quiet := keys.quiet() // the keys of a wrapper are not those of reviews
	hasText := slices.ContainsFunc(names, func(k string) bool {
		f := quiet.lookup(k).field
		return f != nil && slices.Contains(keys.need, f.name)
	})
	line, rest, more := bytes.Cut(sample, []byte{t.terminator()})
	oneLine := json.Valid(bytes.TrimSpace(line)) || !more
	if more && !oneLine {
		next := bytes.TrimLeft(rest, " \t\r\n")
		pretty := len(bytes.TrimSpace(line)) == 1 || len(next) > 0 && (next[0] == '"' || next[0] == '}')
		oneLine = !pretty
	}
	switch {
	case hasText && oneLine:
		return shapeLines
	case hasText:
		return shapeRecords
	case nested && (complete || !oneLine || !more):
		return shapeWrapped
	case oneLine:
		return shapeLines
	}
	return shapeRecords
}

// topKeys lists the keys with plain values of the object that the text begins
// with, as far as it goes, and whether another holds an array or object.
func topKeys(sample []byte) (names []string, nested, complete bool) {
	d := json.NewDecoder(bytes.NewReader(sample))
	depth, key, name := 0, false, ""
	for len(names) < 1000 {
		tok, err := d.Token()
		if err != nil {
			return names, nested, false
		}
		delim, isDelim := tok.(json.Delim)
		switch {
		case isDelim && (delim == '{' || delim == '['):
			nested = nested || depth == 1
			depth++
			key = depth == 1
			continue
		case isDelim:
			depth--
			if depth == 0 {
				return names, nested, true
			}
			key = depth == 1
			continue
		}
		if depth != 1 {
			continue
		}
		if key {
			name, _ = tok.(string)
		} else {
			names = append(names, name)
		}
		key = !key
	}
	return names, nested, false
}

// jsonlTable reads Records from JSON objects, one a line.
type jsonlTable struct {
	buf   *lineBuffer
	dec   *rowDecoder
	keys  *keyMapper
	src   Source
	about *Table
}

func (t *jsonlTable) describe() *Table {
	t.about.Columns = t.keys.describe()
	return t.about
}

func (t *jsonlTable) counts() (short, recoded int64) { return 0, t.dec.other }

// Read implements [Reader].
func (t *jsonlTable) Read() (Record, error) {
	for {
		src := t.src
		src.Row = t.buf.row
		end, next, err := t.buf.line(0)
		if errors.Is(err, errTooLong) {
			raw := bytes.Clone(t.buf.bytes(min(maxRaw, t.buf.end-t.buf.start)))
			size := t.buf.skipLine()
			if t.buf.err != nil {
				return Record{}, readError(src, t.buf.err)
			}
			return Record{}, longFault(size, t.buf.max).at(src, raw)
		}
		if err != nil {
			return Record{}, readError(src, err)
		}
		raw := trimCR(t.buf.bytes(end))
		if blank(raw, 0) {
			t.buf.consume(next)
			continue
		}
		r, f := decodeObject(raw, t.dec, t.keys)
		var rowErr error
		if f != nil {
			rowErr = f.at(src, raw)
			r = Record{}
		}
		t.buf.consume(next)
		r.Source = src
		return r, rowErr
	}
}

// decodeObject reads the bytes of one object.
func decodeObject(raw []byte, dec *rowDecoder, keys *keyMapper) (Record, *fault) {
	text, f := dec.decode(raw)
	if f != nil {
		return Record{}, f
	}
	if f := tooDeep(text); f != nil {
		return Record{}, f
	}
	return keys.record(text)
}

// tooDeep refuses what no export has and what costs most to unpack.
func tooDeep(b []byte) *fault {
	const most = 64
	depth := 0
	inside := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inside && c == '\\':
			i++
		case c == '"':
			inside = !inside
		case inside:
		case c == '{' || c == '[':
			if depth++; depth > most {
				return &fault{reason: fmt.Sprintf("objects nest more than %d deep", most)}
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// reviewArrays are the names under which APIs give their reviews. An array
// under another name is taken for reviews when its first object has a text.
var reviewArrays = map[string]bool{
	"comments": true, "ratelist": true, "traderate": true, "reviewvolist": true, "reviews": true,
	"commentlist": true, "reviewlist": true, "feedbacks": true,
}

func isReviewArray(key string) bool { return reviewArrays[strings.ToLower(normalizeName(key))] }
