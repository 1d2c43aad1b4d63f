package classifier

import (
	"math/bits"
	"strings"
	"sync"
	"unicode/utf8"

	"chaping/lexicon"
)

// maxListed is how many strings of an element are listed; one that stands for
// more is kept as its alternatives.
const maxListed = 200

// words is a set of strings, one of which stands at a place: an element of a
// pattern. It is read-only once built.
type words struct {
	id       uint32   // numbers the words of an engine
	optional bool     // the empty string is one of them
	number   bool     // any number is one of them; nothing is listed then
	strings  []string // those listed
	// byFirst and byLast find those listed by their first and last character;
	// they are made when first needed, see ready.
	byFirst, byLast wordIndex
	indexed         sync.Once
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
	w := b.newWords()
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

func (b *builder) newWords() *words {
	b.numbered++
	return &words{id: b.numbered}
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

// index notes what the words begin and end with.
func (w *words) index() {
	if w.number {
		w.first, w.last = numerals, numerals
	}
	for _, s := range w.strings {
		if s == "" {
			w.optional = true
			continue
		}
		first, _ := utf8.DecodeRuneInString(s)
		last, _ := utf8.DecodeLastRuneInString(s)
		w.first.add(first)
		w.last.add(last)
	}
	for _, row := range w.alternatives {
		w.first.join(leading(row))
		w.last.join(trailing(row))
	}
}

// ready makes the words ready to be found, at the first call. Most words never
// come to that: they are anchors, or stand beside rare ones.
func (w *words) ready() {
	w.indexed.Do(func() {
		w.byFirst = newWordIndex(w.strings, func(t []rune) rune { return t[0] })
		w.byLast = newWordIndex(w.strings, func(t []rune) rune { return t[len(t)-1] })
	})
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

// charPlace is where a character is in a [charset].
type charPlace struct {
	word uint32
	bit  uint64
}

func placeOf(r rune) charPlace { return charPlace{uint32(r) >> 6 & 3, 1 << (uint32(r) & 63)} }

// outside is the place of what is no character: only [anyChar] has it.
var outside = placeOf(0)

func (c *charset) hasAt(p charPlace) bool { return c[p.word&3]&p.bit != 0 }

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

// forward returns the places where the words may end that begin at one of m,
// counted forward from origin.
func (w *words) forward(text []rune, origin int32, m mask) mask {
	w.ready()
	var out, begun mask // begun: places where a word may begin by its character
	if w.optional {
		out = m
	}
	for rest := m; rest != 0; rest &= rest - 1 {
		at := int32(bits.TrailingZeros64(uint64(rest)))
		from := origin + at
		if from >= int32(len(text)) || !w.first.has(text[from]) {
			continue
		}
		begun |= rest & -rest
		if w.number {
			for n := from; n < int32(len(text)) && n-origin < 63 && isNumeral(text[n]); n++ {
				out |= 1 << (n - origin + 1)
			}
		}
		if list := w.byFirst.with(text[from]); len(list) > 0 {
			here := window(text, from)
			for k := range list {
				if e := &list[k]; at+e.length < 64 && e.at(text, from, here) {
					out |= 1 << (at + e.length)
				}
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
	w.ready()
	var out, begun mask // begun: places where a word may end by its character
	if w.optional {
		out = m
	}
	for rest := m; rest != 0; rest &= rest - 1 {
		at := int32(bits.TrailingZeros64(uint64(rest)))
		until := origin - at
		if until <= 0 || !w.last.has(text[until-1]) {
			continue
		}
		begun |= rest & -rest
		if w.number {
			for n := until; n > 0 && origin-n < 63 && isNumeral(text[n-1]); n-- {
				out |= 1 << (origin - n + 1)
			}
		}
		list := w.byLast.with(text[until-1])
		for k := range list {
			e := &list[k]
			if start := until - e.length; start >= 0 && at+e.length < 64 && e.at(text, start, window(text, start)) {
				out |= 1 << (at + e.length)
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
