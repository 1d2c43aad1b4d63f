package review

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// keyMapper reads JSON objects whose keys name fields, in any dialect. It is
// not safe for concurrent use.
type keyMapper struct {
	over  map[string]*field
	need  []string
	known map[string]aliasHit // cache of lookups
	order []string            // the keys of known, as first met
}

// newKeyMapper maps keys by over first, then by the aliases.
func newKeyMapper(over map[string]*field, need []string) *keyMapper {
	return &keyMapper{over: over, need: need, known: map[string]aliasHit{}}
}

// quiet is a copy that leaves no trace of the keys that it meets.
func (k *keyMapper) quiet() *keyMapper { return newKeyMapper(k.over, k.need) }

// lookup finds the meaning of a key or dotted path.
func (k *keyMapper) lookup(key string) aliasHit {
	if hit, ok := k.known[key]; ok {
		return hit
	}
	hit := lookupName(key)
	if f := k.over[key]; f != nil {
		hit = aliasHit{field: f, rank: -1}
	}
	if len(k.known) < 4096 {
		k.known[key] = hit
		k.order = append(k.order, key)
	}
	return hit
}

// candidate is a value that may fill a field.
type candidate struct {
	key  string // top-level key that it came from
	path string
	rank int
	part bool
	raw  json.RawMessage
}

// record reads one object.
func (k *keyMapper) record(data []byte) (Record, *fault) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
		return Record{}, &fault{reason: "not a JSON object: " + jsonReason(err)}
	}
	if len(object) == 0 && len(k.need) > 0 {
		return Record{}, &fault{reason: "empty object"}
	}
	var r Record
	best := map[*field][]candidate{}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		raw := object[key]
		switch {
		case key == "extra" && isJSON(raw, '{'):
			if json.Unmarshal(raw, &r.Extra) == nil {
				continue
			}
		case key == "damaged" && isJSON(raw, '['):
			if json.Unmarshal(raw, &r.Damaged) == nil {
				continue
			}
			r.Damaged = nil
		}
		if !k.collect(best, key, key, raw, 0) && !isNull(raw) {
			r.pass(key, raw)
		}
	}
	seenText, f := k.fill(&r, best, object)
	if f != nil {
		return r, f
	}
	if !seenText && len(k.need) > 0 {
		return r, k.missing(object)
	}
	r.finish()
	return r, nil
}

// collect files a value under the field that its path means. It reports
// whether the whole value has found a place.
func (k *keyMapper) collect(best map[*field][]candidate, key, path string, raw json.RawMessage, depth int) bool {
	if isJSON(raw, '{') {
		if depth == 3 {
			return false
		}
		var inner map[string]json.RawMessage
		if json.Unmarshal(raw, &inner) != nil {
			return false
		}
		all := len(inner) > 0
		for _, name := range slices.Sorted(maps.Keys(inner)) {
			all = k.collectInner(best, key, path+"."+name, inner[name], depth+1) && all
		}
		return all
	}
	hit := k.lookup(path)
	if hit.field == nil {
		return false
	}
	best[hit.field] = append(best[hit.field], candidate{key, path, hit.rank, hit.part, raw})
	return true
}

// collectInner is collect for a value inside another, where null is no loss.
func (k *keyMapper) collectInner(best map[*field][]candidate, key, path string, raw json.RawMessage, depth int) bool {
	return k.collect(best, key, path, raw, depth) || isNull(raw)
}

// fill sets the fields from their best candidates and passes the others on. It
// reports whether a needed key was there, even if it was null.
func (k *keyMapper) fill(r *Record, best map[*field][]candidate, object map[string]json.RawMessage) (seen bool, _ *fault) {
	for _, f := range fields {
		list := best[f]
		if len(list) == 0 {
			continue
		}
		seen = seen || slices.Contains(k.need, f.name)
		slices.SortStableFunc(list, func(a, b candidate) int { return a.rank - b.rank })
		list = preferValues(list)
		for i, c := range list {
			value, ok := jsonScalar(c.raw)
			switch {
			case !ok && f.name == "text" && i == 0:
				return seen, &fault{column: c.key, reason: "the text is no string"}
			case i == 0 && ok:
				if c.part {
					value = cleanCell(value, false)
				}
				f.set(r, value, true)
			case c.part && list[0].part && ok:
				p := f.ptr(r).(*string)
				*p = strings.TrimSpace(*p + " " + cleanCell(value, false))
			case !isNull(c.raw):
				r.pass(c.key, object[c.key])
			}
		}
	}
	if !r.FollowUpBasis.valid() {
		r.FollowUpBasis = ""
	}
	return seen, nil
}

// preferValues puts the first candidate that has a value in front.
func preferValues(list []candidate) []candidate {
	i := slices.IndexFunc(list, func(c candidate) bool { return !isNull(c.raw) && string(c.raw) != `""` })
	if i > 0 {
		c := list[i]
		copy(list[1:i+1], list[:i])
		list[0] = c
	}
	return list
}

// missing names the keys seen in an object without a needed one.
func (k *keyMapper) missing(object map[string]json.RawMessage) *fault {
	keys := slices.Sorted(maps.Keys(object))
	return &fault{
		noText: true,
		reason: "no " + strings.Join(k.need, " or ") + " among the keys: " + quoteList(keys),
		remedy: "name the key with --map " + k.need[0] + "=KEY",
	}
}

// pass keeps a value that is no field.
func (r *Record) pass(key string, raw json.RawMessage) {
	if r.Extra == nil {
		r.Extra = map[string]json.RawMessage{}
	}
	r.Extra[key] = append(json.RawMessage(nil), raw...)
}

// valid reports whether b is one of the known starting points.
func (b Basis) valid() bool {
	return b == "" || b == BasisReview || b == BasisReceipt || b == BasisOrder
}

// jsonScalar gives a JSON value as a cell would hold it; ok is false for null,
// arrays and objects. Numbers keep their digits.
func jsonScalar(raw json.RawMessage) (value string, ok bool) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return "", false
	}
	switch raw[0] {
	case '"':
		if json.Unmarshal(raw, &value) != nil {
			return "", false
		}
		return value, true
	case 'n':
		return "", true
	case '{', '[':
		return "", false
	}
	return string(raw), true
}

func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }

// isJSON reports whether a value begins with the given bracket.
func isJSON(raw json.RawMessage, open byte) bool {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	return len(raw) > 0 && raw[0] == open
}

// jsonReason is an error of encoding/json without its package name.
func jsonReason(err error) string {
	return strings.TrimPrefix(err.Error(), "json: ")
}

// quoteList joins names for a message, the first thirty of them.
func quoteList(names []string) string {
	const most = 30
	more := ""
	if len(names) > most {
		names, more = names[:most], ", …"
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		if r := []rune(n); len(r) > 40 {
			n = string(r[:40]) + "…"
		}
		quoted[i] = `"` + n + `"`
	}
	return strings.Join(quoted, ", ") + more
}
