package review

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// aliasHit is what a column's name means.
type aliasHit struct {
	field *field
	rank  int  // 0 is best
	part  bool // one part of the field, to be joined with others
}

// aliasIndex finds the fields that a normalised name may mean, the likeliest
// first.
var aliasIndex = sync.OnceValue(func() map[string][]aliasHit {
	index := map[string][]aliasHit{}
	add := func(name string, hit aliasHit) {
		key := normalizeName(name)
		if !slices.ContainsFunc(index[key], func(h aliasHit) bool { return h.field == hit.field }) {
			index[key] = append(index[key], hit)
		}
	}
	for _, f := range fields {
		add(f.name, aliasHit{field: f})
	}
	for _, f := range fields {
		for i, name := range aliases[f.name] {
			add(name, aliasHit{field: f, rank: i + 1})
		}
		for i, name := range aliasParts[f.name] {
			add(name, aliasHit{field: f, rank: i + 1000, part: true})
		}
	}
	return index
})

// normalizeName makes names comparable: full-width forms, case, spaces,
// underscores, hyphens and bracketed remarks do not count.
func normalizeName(s string) string {
	if len(s) > 256 {
		return s
	}
	s = strings.ToLower(norm.NFKC.String(cleanCell(s, false)))
	s = strings.Trim(s, "()[]【】 ")
	if i := strings.IndexAny(s, "([【"); i > 0 {
		s = s[:i]
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\r', '\n', '_', '-', '*', ':', '"', '\'', '#', '\ufeff', '\u200b':
			return -1
		}
		return r
	}, s)
}

// lookupName finds what a column's name may mean, nil if it is unknown.
func lookupName(name string) []aliasHit {
	return aliasIndex()[normalizeName(name)]
}

// overrides is Options.Map resolved: field by column name or number.
type overrides struct {
	byName   map[string]*field
	byNumber map[int]*field // 1-based
	verbatim []string       // Options.Verbatim
}

// newOverrides checks that every field exists.
func newOverrides(m map[string]string) (overrides, error) {
	o := overrides{byName: map[string]*field{}, byNumber: map[int]*field{}}
	for name, column := range m {
		f := fieldByName(name)
		if f == nil {
			return o, fmt.Errorf("review: map %s=%s: no field is called %q; fields are %s",
				name, column, name, strings.Join(FieldNames(), ", "))
		}
		if digits, ok := strings.CutPrefix(column, "#"); ok {
			if n, err := strconv.Atoi(digits); err == nil && n > 0 {
				o.byNumber[n] = f
				continue
			}
		}
		o.byName[strings.TrimSpace(column)] = f
	}
	return o, nil
}

// onlyNumbers reports whether columns are given by number alone.
func (o overrides) onlyNumbers() bool { return len(o.byNumber) > 0 && len(o.byName) == 0 }

// columns says what each column of a table means.
type columns struct {
	header []string // as the file has it
	names  []string // unique, never empty
	fields []*field // nil: passed through in Extra
	how    []string // as in [Column]
	spare  []int    // columns that fill a text field when its own is empty
	taobao bool     // the keys of Taobao's review pages, flattened
	known  int      // how many different fields have a column, for comparison
	// verbatim are the columns of Options.Verbatim.
	verbatim []bool
	row      Record // that record fills
}

// newColumns reads a header row.
func newColumns(header []string, over overrides) *columns {
	c := &columns{
		header: header,
		names:  uniqueNames(header),
		fields: make([]*field, len(header)),
		how:    make([]string, len(header)),

		verbatim: make([]bool, len(header)),
	}
	taken := map[*field]bool{}
	for i := range header {
		f := over.byNumber[i+1]
		if f == nil {
			f = over.byName[strings.TrimSpace(cleanCell(header[i], false))]
		}
		if f != nil && !taken[f] {
			c.fields[i], c.how[i], taken[f] = f, "map", true
		}
		c.verbatim[i] = slices.Contains(over.verbatim, c.names[i])
		c.taobao = c.taobao || strings.HasPrefix(c.names[i], "auction.")
	}
	c.assignAliases(header, taken)
	c.known = 2 * len(taken)
	if text := fieldByName("text"); !taken[text] && c.assignWithin(header, text) {
		c.known++
	}
	return c
}

// assignAliases gives each field that is still free its best column. A column
// whose name may mean two fields serves the second when the first has a better one.
func (c *columns) assignAliases(header []string, taken map[*field]bool) {
	hits := make([][]aliasHit, len(header))
	for i, name := range header {
		if c.fields[i] == nil {
			hits[i] = lookupName(name)
		}
	}
	for _, f := range fields {
		if taken[f] {
			continue
		}
		best, bestHit := -1, aliasHit{}
		for i := range hits {
			if hit, ok := hitOf(hits[i], f); ok && c.fields[i] == nil && (best < 0 || hit.rank < bestHit.rank) {
				best, bestHit = i, hit
			}
		}
		if best < 0 {
			continue
		}
		taken[f] = true
		c.fields[best], c.how[best] = f, howNamed(f, header[best])
		for i := range hits {
			hit, ok := hitOf(hits[i], f)
			switch {
			case !ok || c.fields[i] != nil && i != best:
			case bestHit.part && hit.part:
				c.fields[i], c.how[i] = f, "part"
			case i != best && f.kind == kindText && utf8.RuneCountInString(normalizeName(header[i])) > 2:
				c.fields[i], c.how[i] = f, "spare"
				c.spare = append(c.spare, i)
			}
		}
	}
}

func hitOf(hits []aliasHit, f *field) (aliasHit, bool) {
	for _, h := range hits {
		if h.field == f {
			return h, true
		}
	}
	return aliasHit{}, false
}

func howNamed(f *field, name string) string {
	if normalizeName(f.name) == normalizeName(name) {
		return "name"
	}
	return "alias"
}

// assignWithin takes a column for the text because of a word in its name.
func (c *columns) assignWithin(header []string, text *field) bool {
	for i, name := range header {
		if c.fields[i] == nil && len(name) < 64 && !strings.ContainsAny(name, "\t,;|") &&
			slices.ContainsFunc(aliasWithin, func(w string) bool { return strings.Contains(name, w) }) {
			c.fields[i], c.how[i] = text, "contains"
			return true
		}
	}
	return false
}

// has reports whether one of the named fields has a column.
func (c *columns) has(names ...string) bool {
	return slices.ContainsFunc(c.fields, func(f *field) bool { return f != nil && slices.Contains(names, f.name) })
}

// isHeader reports whether a row is the header once more, as it stands in files
// that were glued together.
func (c *columns) isHeader(cells []string) bool {
	if len(cells) < 2 || len(cells) != len(c.header) {
		return false
	}
	for i, name := range c.header {
		if cells[i] != name && strings.Trim(cells[i], "\ufeff \t") != strings.Trim(name, "\ufeff \t") {
			return false
		}
	}
	return true
}

// record reads the cells of one row. Cells may be fewer than columns.
func (c *columns) record(cells []string) (Record, *fault) {
	for i := len(c.names); i < len(cells); i++ {
		if strings.TrimSpace(cells[i]) != "" {
			return Record{}, &fault{
				reason: fmt.Sprintf("%d cells, but the header has %d columns", len(cells), len(c.names)),
				remedy: "quote the cell that holds the delimiter",
			}
		}
	}
	r := &c.row
	*r = Record{}
	any := false
	for i, cell := range cells {
		if i >= len(c.fields) {
			break
		}
		if cell == "" {
			continue
		}
		f := c.fields[i]
		switch {
		case f == nil:
			v := cleanCell(cell, true)
			if v == "" && c.verbatim[i] {
				v = strings.TrimSpace(cell)
			}
			if v != "" {
				any = true
				r.setExtra(c.names[i], v)
			}
		case c.how[i] == "spare": // below
		case c.how[i] == "part":
			if v := cleanCell(cell, false); v != "" {
				any = true
				p := f.ptr(r).(*string)
				*p = strings.TrimSpace(*p + " " + v)
			}
		default:
			any = any || cleanCell(cell, f.kind == kindText) != ""
			if c.taobao {
				cell = taobaoValue(c.names[i], cell)
			}
			f.set(r, cell, false)
		}
	}
	any = c.fillSpare(r, cells) || any
	if !any {
		return *r, &fault{reason: "no value in any column"}
	}
	r.finish()
	return *r, nil
}

// fillSpare uses the second columns of text fields where the first is empty. It
// reports whether one had a value.
func (c *columns) fillSpare(r *Record, cells []string) (any bool) {
	for _, i := range c.spare {
		if i >= len(cells) {
			continue
		}
		v := cleanCell(cells[i], true)
		if v == "" {
			continue
		}
		any = true
		if p := c.fields[i].ptr(r).(*string); *p == "" {
			c.fields[i].set(r, cells[i], false)
		} else {
			r.setExtra(c.names[i], v)
		}
	}
	return any
}

// setExtra passes a cell through as a JSON string.
func (r *Record) setExtra(name, value string) {
	if r.Extra == nil {
		r.Extra = map[string]json.RawMessage{}
	}
	r.Extra[name] = jsonString(value)
}

// jsonString is a string as JSON, with < and > as they are.
func jsonString(s string) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return json.RawMessage("null") // a string always encodes
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// uniqueNames makes column names usable as keys: unnamed columns are numbered,
// repeated names too.
func uniqueNames(header []string) []string {
	names := make([]string, len(header))
	seen := map[string]bool{}
	for i, name := range header {
		name = strings.TrimSpace(cleanCell(name, false))
		if name == "" {
			name = fmt.Sprintf("column %d", i+1)
		}
		base := name
		for n := 2; seen[name]; n++ {
			name = fmt.Sprintf("%s (%d)", base, max(n, i+1))
		}
		seen[name] = true
		names[i] = name
	}
	return names
}
