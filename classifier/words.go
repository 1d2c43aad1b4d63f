package classifier

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"

	"chaping/lexicon"
)

// maxListed is how many strings of an element are listed; one that stands for
// more is kept as its alternatives.
const maxListed = 200

// words is a set of strings, one of which stands at a place: an element of a
// pattern. It is read-only once built.
type words struct {
	optional bool     // the empty string is one of them
	number   bool     // any number is one of them; nothing is listed then
	strings  []string // those listed
	// byFirst and byLast find those listed by their first and last character.
	byFirst, byLast wordIndex
	// first and last are the characters that the words begin and end with.
	first, last charset
	// alternatives hold those that are not listed, each a row of elements.
	alternatives [][]*words
}

// wordsOf returns the words of an element. Equal keys share them.
func (b *builder) wordsOf(e lexicon.Element) *words {
	if w := b.words[e.Key]; w != nil {
		return w
	}
	w := &words{}
	switch {
	case e.IsNumber():
		w.number = true
	case e.Listable() && e.Size() <= maxListed:
		w.list(e.Strings())
	default:
		for _, part := range e.Alternatives() {
			w.addAlternative(b, part)
		}
	}
	w.index()
	b.words[e.Key] = w
	return w
}

// addAlternative lists a part of a single element that is small enough and
// keeps any other as a row.
func (w *words) addAlternative(b *builder, part lexicon.Part) {
	switch {
	case len(part) == 0:
		w.optional = true
	case len(part) == 1 && part[0].Listable() && part[0].Size() <= maxListed:
		w.list(part[0].Strings())
	case len(part) == 1 && !part[0].IsNumber():
		for _, p := range part[0].Alternatives() {
			w.addAlternative(b, p)
		}
	default:
		w.alternatives = append(w.alternatives, b.row(part))
	}
}

func (w *words) list(list []string) {
	w.strings = append(w.strings, list...)
}

// A wordIndex finds words by one of their characters: those with keys[i] are
// texts[from[i]:from[i+1]]. Keys are sorted.
type wordIndex struct {
	keys  []rune
	from  []int32
	texts [][]rune
}

func newWordIndex(texts [][]rune, key func([]rune) rune) wordIndex {
	x := wordIndex{texts: slices.Clone(texts)}
	slices.SortStableFunc(x.texts, func(a, b []rune) int { return cmp.Compare(key(a), key(b)) })
	for i, t := range x.texts {
		if i == 0 || key(t) != x.keys[len(x.keys)-1] {
			x.keys = append(x.keys, key(t))
			x.from = append(x.from, int32(i))
		}
	}
	x.from = append(x.from, int32(len(x.texts)))
	return x
}

// with returns the words with this key.
func (x *wordIndex) with(key rune) [][]rune {
	lo, hi := 0, len(x.keys)
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); x.keys[mid] < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(x.keys) || x.keys[lo] != key {
		return nil
	}
	return x.texts[x.from[lo]:x.from[lo+1]]
}

// index makes the words ready to be found.
func (w *words) index() {
	if w.number {
		w.first, w.last = numerals, numerals
	}
	var texts [][]rune
	for _, s := range w.strings {
		if s == "" {
			w.optional = true
			continue
		}
		r := []rune(s)
		w.first.add(r[0])
		w.last.add(r[len(r)-1])
		texts = append(texts, r)
	}
	w.byFirst = newWordIndex(texts, func(t []rune) rune { return t[0] })
	w.byLast = newWordIndex(texts, func(t []rune) rune { return t[len(t)-1] })
	for _, row := range w.alternatives {
		w.first.join(leading(row))
		w.last.join(trailing(row))
	}
}

// row returns the words of each element of a part.
func (b *builder) row(part lexicon.Part) []*words {
	out := make([]*words, len(part))
	for i, e := range part {
		out[i] = b.wordsOf(e)
	}
	return out
}

// charset is a set of characters that may hold some more (a Bloom filter with
// one hash): what it lacks is surely not among them. It spares most look-ups.
type charset [4]uint64

// anyChar has every character.
var anyChar = charset{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}

func (c *charset) add(r rune) { c[uint32(r)>>6&3] |= 1 << (uint32(r) & 63) }

func (c *charset) has(r rune) bool { return c[uint32(r)>>6&3]&(1<<(uint32(r)&63)) != 0 }

func (c *charset) join(o charset) {
	for i := range c {
		c[i] |= o[i]
	}
}

// numerals are the characters of numbers.
var numerals = func() (c charset) {
	for _, r := range lexicon.Numerals {
		c.add(r)
	}
	return c
}()

// isNumeral reports whether a number may be written with r.
func isNumeral(r rune) bool { return numerals.has(r) && strings.ContainsRune(lexicon.Numerals, r) }

// leading returns what a row of elements may begin with: any character where it may be empty.
func leading(row []*words) charset {
	var c charset
	for _, w := range row {
		c.join(w.first)
		if !w.optional {
			return c
		}
	}
	return anyChar
}

// trailing returns what a row of elements may end with: any character where it may be empty.
func trailing(row []*words) charset {
	var c charset
	for i := len(row) - 1; i >= 0; i-- {
		c.join(row[i].last)
		if !row[i].optional {
			return c
		}
	}
	return anyChar
}

// A mask is a set of places: bit i stands for the place i characters away from
// an origin. Places 64 and more characters away are not reached.
type mask uint64

func (m mask) farthest() int32 { return int32(63 - bits.LeadingZeros64(uint64(m))) }

// equal is slices.Equal for short runs, which it is not worth a call for.
func equal(a, b []rune) bool {
	for i, r := range a {
		if r != b[i] {
			return false
		}
	}
	return true
}

// forward returns the places where the words may end that begin at one of m,
// counted forward from origin.
func (w *words) forward(text []rune, origin int32, m mask) mask {
	var out, begun mask // begun: places where a word may begin by its character
	if w.optional {
		out = m
	}
	for rest := m; rest != 0; rest &= rest - 1 {
		at := bits.TrailingZeros64(uint64(rest))
		from := text[min(int(origin)+at, len(text)):]
		if len(from) == 0 || !w.first.has(from[0]) {
			continue
		}
		begun |= rest & -rest
		if w.number {
			for n := 0; n < min(len(from), 63-at) && isNumeral(from[n]); n++ {
				out |= 1 << (at + n + 1)
			}
		}
		for _, t := range w.byFirst.with(from[0]) {
			if n := len(t); n <= len(from) && at+n < 64 && equal(t[1:], from[1:n]) {
				out |= 1 << (at + n)
			}
		}
	}
	for _, row := range w.alternatives {
		places := m & begun
		for i := 0; i < len(row) && places != 0; i++ {
			places = row[i].forward(text, origin, places)
		}
		out |= places
	}
	return out
}

// backward returns the places where the words may begin that end at one of m,
// counted backward from origin.
func (w *words) backward(text []rune, origin int32, m mask) mask {
	var out, begun mask // begun: places where a word may end by its character
	if w.optional {
		out = m
	}
	for rest := m; rest != 0; rest &= rest - 1 {
		at := bits.TrailingZeros64(uint64(rest))
		until := text[:max(int(origin)-at, 0)]
		if len(until) == 0 || !w.last.has(until[len(until)-1]) {
			continue
		}
		begun |= rest & -rest
		if w.number {
			for n := 0; n < min(len(until), 63-at) && isNumeral(until[len(until)-1-n]); n++ {
				out |= 1 << (at + n + 1)
			}
		}
		for _, t := range w.byLast.with(until[len(until)-1]) {
			if n := len(t); n <= len(until) && at+n < 64 && equal(t[:n-1], until[len(until)-n:len(until)-1]) {
				out |= 1 << (at + n)
			}
		}
	}
	for _, row := range w.alternatives {
		places := m & begun
		for i := len(row) - 1; i >= 0 && places != 0; i-- {
			places = row[i].backward(text, origin, places)
		}
		out |= places
	}
	return out
}
