package classifier

import (
	"encoding/binary"
	"math"
	"slices"
	"unicode/utf8"

	"chaping/internal/matcher"
	"chaping/lexicon"
)

// part is a row of elements without a gap. It is read-only once built, and
// patterns share it.
type part struct {
	row []*words
	// leads and trails are what it may begin and end with.
	leads, trails charset
	anchor        stretch        // the one that is cheapest to look for
	proof         stretch        // see evidence
	groups        [scopes]uint16 // of atoms one of which it always has, noGroup where none was made
}

// commonest are characters that stand in every second review.
const commonest = "的一是不了在有我这个来就也都很好大小多没到说买还用上给下得要会再比送收才次样"

// builder collects the atoms of an engine.
type builder struct {
	*engine
	ids      map[string]int32         // atom → index
	strings  [][]rune                 // by atom
	uses     []listed[use]            // key: the atom's number * stages + the stage
	members  [scopes][]listed[uint16] // key: the atom's number; the groups that it belongs to, in order
	words    map[string]*words        // by key of the element
	numbered uint32                   // words made
	parts    map[string]*part         // by the numbers of its words
	charsets map[charset]uint16       // → index
	// frequent has the words of cues (没有, 这, 和): they stand everywhere.
	frequent map[string]bool
}

func newBuilder(e *engine) *builder {
	const usual = 1 << 14 // atoms and words of a large industry, so that maps need not grow
	b := &builder{
		engine: e, ids: make(map[string]int32, usual), words: make(map[string]*words, usual), parts: make(map[string]*part, usual),
		charsets: map[charset]uint16{}, frequent: map[string]bool{},
	}
	b.charset(anyChar)
	return b
}

func (b *builder) addFrequent(cues []lexicon.Cue) {
	for _, r := range commonest {
		b.frequent[string(r)] = true
	}
	for _, c := range cues {
		for _, w := range b.row(c.Pattern.Parts[0]) {
			for _, s := range w.strings {
				b.frequent[s] = true
			}
		}
	}
}

// finish makes the tables of the engine.
func (b *builder) finish() (err error) {
	b.atoms = make([]atom, len(b.strings))
	from, all := gather(b.uses, len(b.atoms)*int(stages))
	b.engine.uses = all
	for id := range b.atoms {
		copy(b.atoms[id].uses[:], from[id*int(stages):])
	}
	for in := range scopes {
		from, groups := gather(b.members[in], len(b.atoms))
		g := &b.groups[in]
		for id := range b.atoms {
			a := &b.atoms[id].groups[in]
			a[0] = int32(len(g.bits))
			for _, group := range groups[from[id]:from[id+1]] {
				g.bits = addBit(g.bits, int(a[0]), group)
			}
			a[1] = int32(len(g.bits))
		}
	}
	b.match, err = matcher.New(b.strings)
	return err
}

// listed is a value that belongs to the list with the number key.
type listed[T any] struct {
	key   int32
	value T
}

// gather lays n lists out in one piece, each in the order given: list i is
// all[from[i]:from[i+1]].
func gather[T any](values []listed[T], n int) (from []int32, all []T) {
	from = make([]int32, n+2) // first the lengths, moved by two
	for _, v := range values {
		from[v.key+2]++
	}
	for i := range n {
		from[i+2] += from[i+1]
	}
	all = make([]T, len(values))
	for _, v := range values {
		all[from[v.key+1]] = v.value
		from[v.key+1]++
	}
	return from[:n+1], all
}

func (b *builder) add(p lexicon.Pattern, q pattern) {
	q.gap, q.across, q.atStart, q.atEnd = int32(p.Gap), p.Across, p.AtStart, p.AtEnd
	for _, elements := range p.Parts {
		q.parts = append(q.parts, b.part(b.row(elements)))
	}
	b.place(q)
}

// part returns the part with these elements. Equal ones share it.
func (b *builder) part(row []*words) *part {
	key := make([]byte, 0, 4*len(row))
	for _, w := range row {
		key = binary.LittleEndian.AppendUint32(key, w.id)
	}
	if p := b.parts[string(key)]; p != nil {
		return p
	}
	p := &part{row: row, leads: leading(row), trails: trailing(row), anchor: b.cheapest(row)}
	b.parts[string(key)] = p
	return p
}

// place gives a pattern its anchor and its number. A pattern without a stretch
// that can be listed is placed once for each alternative of an element.
func (b *builder) place(q pattern) {
	q.anchored = 0
	for k, p := range q.parts {
		if p.anchor.cost < q.parts[q.anchored].anchor.cost {
			q.anchored = k
		}
	}
	if !math.IsInf(q.parts[q.anchored].anchor.cost, 1) {
		b.patterns = append(b.patterns, q)
		b.index(&q)
		return
	}
	for k, p := range q.parts {
		for i, w := range p.row {
			if w.optional || w.number {
				continue
			}
			rows := w.alternatives
			if len(w.strings) > 0 {
				listed := b.newWords()
				listed.list(slices.DeleteFunc(slices.Clone(w.strings), func(s string) bool { return s == "" }))
				listed.index()
				rows = append(slices.Clip(rows), []*words{listed})
			}
			for _, row := range rows {
				one := q
				one.parts = slices.Clone(q.parts)
				one.parts[k] = b.part(slices.Concat(p.row[:i], row, p.row[i+1:]))
				b.place(one)
			}
			return
		}
	}
}

// index makes the atoms of the last pattern's anchor lead to it.
func (b *builder) index(q *pattern) {
	p := q.parts[q.anchored]
	u := use{
		pattern: int32(len(b.patterns) - 1), owner: q.rule, kind: q.kind,
		left: b.charset(trailing(p.row[:p.anchor.from])), right: b.charset(leading(p.row[p.anchor.to:])),
	}
	if q.kind == kindCue {
		u.owner = int32(q.cue)
	}
	switch {
	case p.anchor.to-p.anchor.from < len(p.row):
		u.extent = isSlice
	case len(q.parts) == 1:
		u.extent = isPattern
	default:
		u.extent = isPart
	}
	at := q.stage()
	in := inText
	if at == stageRules && !q.across {
		in, u.inClause = inClause, true
	}
	if at != stageClauses { // what is looked for before the groups are known
		u.before, u.after = b.guard(q.parts[:q.anchored], in), b.guard(q.parts[q.anchored+1:], in)
	}
	u.onHit = q.kind == kindNot || q.kind == kindUnless
	for _, s := range p.anchor.strings {
		id := b.atom(s)
		b.uses = append(b.uses, listed[use]{id*int32(stages) + int32(at), u})
	}
}

// guard returns a group of atoms one of which stands wherever all the parts do,
// noGroup where none is known.
func (b *builder) guard(parts []*part, in scope) uint16 {
	var best *part
	for _, p := range parts {
		if best == nil || p.evidence(b).cost < best.evidence(b).cost {
			best = p
		}
	}
	if best == nil || math.IsInf(best.evidence(b).cost, 1) {
		return noGroup
	}
	if best.groups[in] == noGroup {
		best.groups[in] = b.newGroup(best.evidence(b).strings, in)
	}
	return best.groups[in]
}

// newGroup makes a group of atoms, noGroup where there is no room for more.
func (b *builder) newGroup(strings []string, in scope) uint16 {
	g := &b.groups[in]
	if g.n == math.MaxUint16 {
		return noGroup
	}
	g.n++
	for _, s := range strings {
		id := b.atom(s)
		b.members[in] = append(b.members[in], listed[uint16]{id, g.n})
	}
	return g.n
}

// templates returns a group of atoms of which every phrase has one.
func (b *builder) templates(phrases []lexicon.Template) uint16 {
	const gate = 4 // characters at the beginning of a phrase
	var strings []string
	for _, p := range phrases {
		r := []rune(p.Phrase)
		strings = append(strings, string(r[:min(len(r), gate)]))
	}
	return b.newGroup(strings, inText)
}

// atom returns the number of an atom.
func (b *builder) atom(s string) int32 {
	id, ok := b.ids[s]
	if !ok {
		id = int32(len(b.strings))
		b.ids[s] = id
		b.strings = append(b.strings, []rune(s))
	}
	return id
}

// charset returns the index of a set of characters, that of [anyChar] where
// there is no room for more.
func (b *builder) charset(c charset) uint16 {
	id, ok := b.charsets[c]
	if !ok && len(b.engine.charsets) < math.MaxUint16 {
		id = uint16(len(b.engine.charsets))
		b.charsets[c] = id
		b.engine.charsets = append(b.engine.charsets, c)
	}
	return id
}

// stretch is a slice of the elements of a part that stands for listed strings.
type stretch struct {
	from, to int // the elements [from,to)
	strings  []string
	cost     float64 // of looking for it, +Inf where that cannot be done
}

// maxAnchor is how many strings an anchor of several elements may stand for.
const maxAnchor = 24

// cheapest returns the stretch of elements that is cheapest to look for.
func (b *builder) cheapest(row []*words) stretch {
	best := stretch{cost: math.Inf(1)}
	for from := range row {
		strings := []string{""}
		for to := from; to < len(row); to++ {
			w := row[to]
			if len(w.alternatives) > 0 || w.number {
				break // not all strings are listed
			}
			n := len(strings) * len(w.strings)
			if to > from && n > maxAnchor || float64(n)*leastCost >= best.cost {
				break // longer stretches stand for no fewer strings
			}
			if to == from {
				strings = w.strings
			} else {
				strings = product(strings, w.strings)
			}
			if c := b.anchorCost(strings); c < best.cost {
				best = stretch{from, to + 1, strings, c}
			}
		}
	}
	best.strings = slices.Clone(best.strings)
	slices.Sort(best.strings)
	best.strings = slices.Compact(best.strings)
	return best
}

// product appends each tail to each head.
func product(heads, tails []string) []string {
	out := make([]string, 0, len(heads)*len(tails))
	for _, h := range heads {
		for _, t := range tails {
			out = append(out, h+t)
		}
	}
	return out
}

// leastCost is what a string costs at least, see anchorCost.
const leastCost = 0.01

// anchorCost estimates what it costs to look for strings.
func (b *builder) anchorCost(strings []string) float64 {
	cost := 0.0
	for _, s := range strings {
		switch n, frequent := utf8.RuneCountInString(s), b.frequent[s]; {
		case n == 0:
			return math.Inf(1)
		case frequent && n == 1:
			cost += 10
		case frequent:
			cost += 2
		case n == 1:
			cost += 1
		case n == 2:
			cost += 0.04
		default:
			cost += leastCost
		}
	}
	return cost
}

// evidence returns strings of which the part has one wherever it stands: those
// of its anchor, or of all alternatives of an element.
func (p *part) evidence(b *builder) stretch {
	if p.proof.strings == nil {
		p.proof = p.anchor
		for _, w := range p.row {
			if e := w.evidence(b); e.cost < p.proof.cost {
				p.proof = e
			}
		}
	}
	return p.proof
}

// evidence returns strings of which each of the words has one.
func (w *words) evidence(b *builder) stretch {
	e := stretch{strings: slices.Clone(w.strings), cost: b.anchorCost(w.strings)}
	if w.optional || w.number {
		e.cost = math.Inf(1)
	}
	for _, row := range w.alternatives {
		best := b.cheapest(row)
		for _, inner := range row {
			if i := inner.evidence(b); i.cost < best.cost {
				best = i
			}
		}
		e.strings, e.cost = append(e.strings, best.strings...), e.cost+best.cost
	}
	return e
}
