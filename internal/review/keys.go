package review

import (
	"encoding/json"
	"errors"
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

	best    [][]candidate // by field, of the object being read
	members [][]member    // by depth, of the object being read
}

// newKeyMapper maps keys by over first, then by the aliases.
func newKeyMapper(over map[string]*field, need []string) *keyMapper {
	return &keyMapper{
		over: over, need: need, known: map[string]aliasHit{},
		best: make([][]candidate, len(fields)), members: make([][]member, maxNested+1),
	}
}

// quiet is a copy that leaves no trace of the keys that it meets.
func (k *keyMapper) quiet() *keyMapper { return newKeyMapper(k.over, k.need) }

// lookup finds the meaning of a key or dotted path.
func (k *keyMapper) lookup(key string) aliasHit {
	if hit, ok := k.known[key]; ok {
		return hit
	}
	var hit aliasHit
	if hits := lookupName(key); hits != nil {
		hit = hits[0]
	}
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
	raw  []byte
	top  []byte // the whole value of the top-level key
}

// maxNested is how deep inside a record a field may lie.
const maxNested = 3

// record reads one object. data is not kept.
func (k *keyMapper) record(data []byte) (Record, *fault) {
	if !json.Valid(data) {
		var v any
		return Record{}, &fault{reason: "not a JSON object: " + jsonReason(json.Unmarshal(data, &v))}
	}
	if !isJSON(data, '{') {
		var v map[string]any
		return Record{}, &fault{reason: "not a JSON object: " + jsonReason(json.Unmarshal(data, &v))}
	}
	object := splitObject(data, k.members[0][:0])
	k.members[0] = object
	if len(object) == 0 && len(k.need) > 0 {
		return Record{}, &fault{reason: "empty object"}
	}
	var r Record
	for i := range k.best {
		k.best[i] = k.best[i][:0]
	}
	for _, m := range object {
		switch {
		case m.key == "extra" && isJSON(m.raw, '{') && json.Unmarshal(m.raw, &r.Extra) == nil:
			continue
		case m.key == "damaged" && isJSON(m.raw, '['):
			var list []Damage
			if json.Unmarshal(m.raw, &list) == nil {
				r.Damaged = list
				continue
			}
		}
		if !k.collect(m, m.key, m.raw, 0) && !isNull(m.raw) {
			r.pass(m.key, m.raw)
		}
	}
	seenText, f := k.fill(&r)
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
func (k *keyMapper) collect(top member, path string, raw []byte, depth int) bool {
	if isJSON(raw, '{') {
		if depth == maxNested {
			return false
		}
		inner := splitObject(raw, k.members[depth+1][:0])
		k.members[depth+1] = inner
		all := len(inner) > 0
		for _, m := range inner {
			all = (k.collect(top, path+"."+m.key, m.raw, depth+1) || isNull(m.raw)) && all
		}
		return all
	}
	hit := k.lookup(path)
	if hit.field == nil {
		return false
	}
	c := candidate{top.key, path, hit.rank, hit.part, raw, top.raw}
	list := k.best[hit.field.index]
	for i := range list {
		if list[i].path == path { // a key given twice: the last counts, as in encoding/json
			list[i] = c
			return true
		}
	}
	k.best[hit.field.index] = append(list, c)
	return true
}

// fill sets the fields from their best candidates and passes the others on. It
// reports whether a needed key was there, even if it was null.
func (k *keyMapper) fill(r *Record) (seen bool, _ *fault) {
	taobao := slices.ContainsFunc(k.members[0], func(m member) bool { return m.key == "auction" })
	for _, f := range fields {
		list := k.best[f.index]
		if len(list) == 0 {
			continue
		}
		seen = seen || slices.Contains(k.need, f.name)
		if len(list) > 1 {
			slices.SortStableFunc(list, func(a, b candidate) int { return a.rank - b.rank })
			list = preferValues(list)
		}
		for i, c := range list {
			value, ok := jsonScalar(c.raw)
			switch {
			case !ok && f.name == "text" && i == 0:
				return seen, &fault{column: c.key, reason: "the text is no string"}
			case i == 0 && ok:
				if c.part {
					value = cleanCell(value, false)
				}
				if taobao {
					value = taobaoValue(c.path, value)
				}
				f.set(r, value, true)
			case c.part && list[0].part && ok:
				p := f.ptr(r).(*string)
				*p = strings.TrimSpace(*p + " " + cleanCell(value, false))
			case !isNull(c.raw):
				r.pass(c.key, c.top)
			}
		}
	}
	if !r.FollowUpBasis.valid() {
		r.FollowUpBasis = ""
	}
	return seen, nil
}

// taobaoRates are the ratings of Taobao's review pages, whose reviews have an "auction".
var taobaoRates = map[string]string{"1": "好评", "0": "中评", "-1": "差评"}

// taobaoValue spells out values of Taobao's review pages: a rate of 1 is the best
// there, and days are counted from the receipt.
func taobaoValue(path, value string) string {
	switch {
	case path == "append.dayAfterConfirm" && allDigits(value):
		return "收货后" + value + "天"
	case path == "rate" && taobaoRates[value] != "":
		return taobaoRates[value]
	}
	return value
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
func (k *keyMapper) missing(object []member) *fault {
	keys := make([]string, len(object))
	for i, m := range object {
		keys[i] = m.key
	}
	return &fault{
		noText: true,
		reason: "no " + strings.Join(k.need, " or ") + " among the keys: " + quoteList(keys),
		remedy: "name the key with --map " + k.need[0] + "=KEY",
	}
}

// pass keeps a value that is no field.
func (r *Record) pass(key string, raw []byte) {
	if r.Extra == nil {
		r.Extra = map[string]json.RawMessage{}
	}
	r.Extra[key] = append(json.RawMessage(nil), raw...)
}

// valid reports whether b is one of the known starting points.
func (b Basis) valid() bool {
	return b == "" || b == BasisReview || b == BasisReceipt || b == BasisOrder
}

// jsonReason is an error of encoding/json without its package name.
func jsonReason(err error) string {
	if err == nil {
		return "it is null"
	}
	if e := (*json.UnmarshalTypeError)(nil); errors.As(err, &e) {
		if e.Value == "array" {
			return "it is an array"
		}
		return "it is a " + e.Value
	}
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
