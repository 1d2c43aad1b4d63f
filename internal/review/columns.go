package review

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// aliasHit is what a column's name means.
type aliasHit struct {
	field *field
	rank  int  // 0 is best
	part  bool // one part of the field, to be joined with others
}

// aliasIndex finds a field by normalised name.
var aliasIndex = sync.OnceValue(func() map[string]aliasHit {
	index := map[string]aliasHit{}
	add := func(name string, hit aliasHit) {
		if key := normalizeName(name); index[key].field == nil {
			index[key] = hit
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

// lookupName finds the meaning of a column's name; field is nil if unknown.
func lookupName(name string) aliasHit {
	return aliasIndex()[normalizeName(name)]
}

// overrides is Options.Map resolved: field by column name or number.
type overrides struct {
	byName   map[string]*field
	byNumber map[int]*field // 1-based
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
	names  []string // unique, never empty
	fields []*field // nil: passed through in Extra
	how    []string // "name", "alias", "part", "contains", "map" or ""
	known  int      // how many different fields have a column
}

// newColumns reads a header row.
func newColumns(header []string, over overrides) *columns {
	c := &columns{
		names:  uniqueNames(header),
		fields: make([]*field, len(header)),
		how:    make([]string, len(header)),
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
	}
	c.assignAliases(header, taken)
	c.known = len(taken)
	return c
}

// assignAliases gives each field that is still free its best column.
func (c *columns) assignAliases(header []string, taken map[*field]bool) {
	best := map[*field]int{}
	hits := make([]aliasHit, len(header))
	for i, name := range header {
		if c.fields[i] != nil {
			continue
		}
		hits[i] = lookupName(name)
		if f := hits[i].field; f != nil && !taken[f] {
			if j, ok := best[f]; !ok || hits[i].rank < hits[j].rank {
				best[f] = i
			}
		}
	}
	for i, hit := range hits {
		f := hit.field
		if f == nil || taken[f] {
			continue
		}
		j := best[f]
		switch {
		case hits[j].part && hit.part:
			c.fields[i], c.how[i] = f, "part"
		case i == j:
			c.fields[i], c.how[i] = f, "alias"
			if normalizeName(f.name) == normalizeName(header[i]) {
				c.how[i] = "name"
			}
		}
	}
	for f := range best {
		taken[f] = true
	}
	if text := fieldByName("text"); !taken[text] {
		i := slices.IndexFunc(header, func(name string) bool {
			return len(name) < 64 && slices.ContainsFunc(aliasWithin, func(w string) bool { return strings.Contains(name, w) })
		})
		if i >= 0 && c.fields[i] == nil {
			c.fields[i], c.how[i], taken[text] = text, "contains", true
		}
	}
}

// has reports whether one of the named fields has a column.
func (c *columns) has(names ...string) bool {
	return slices.ContainsFunc(c.fields, func(f *field) bool { return f != nil && slices.Contains(names, f.name) })
}

// record reads the cells of one row. Cells may be fewer than columns.
func (c *columns) record(cells []string) (Record, *fault) {
	for i := len(c.names); i < len(cells); i++ {
		if strings.TrimSpace(cells[i]) != "" {
			return Record{}, &fault{
				reason: fmt.Sprintf("%d cells, but the header has %d columns", len(cells), len(c.names)),
				remedy: "quote the cell that holds the delimiter, or give the delimiter",
			}
		}
	}
	var r Record
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
			if v := cleanCell(cell, true); v != "" {
				any = true
				r.setExtra(c.names[i], v)
			}
		case c.how[i] == "part":
			if v := cleanCell(cell, false); v != "" {
				any = true
				p := f.ptr(&r).(*string)
				*p = strings.TrimSpace(*p + " " + v)
			}
		default:
			any = any || cleanCell(cell, f.kind == kindText) != ""
			f.set(&r, cell, false)
		}
	}
	if !any {
		return r, &fault{reason: "no value in any column"}
	}
	r.finish()
	return r, nil
}

// setExtra passes a cell through as a JSON string.
func (r *Record) setExtra(name, value string) {
	raw, err := json.Marshal(value)
	if err != nil {
		return // a string always marshals
	}
	if r.Extra == nil {
		r.Extra = map[string]json.RawMessage{}
	}
	r.Extra[name] = raw
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
