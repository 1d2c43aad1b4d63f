package classifier

import (
	"slices"
	"unicode/utf8"

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
	strings  []string // those listed, sorted, without the empty one
	first    charset  // what the words begin with
	groups   []group  // the strings by their first character, or the numerals; in order
	// spelled has the strings one after the other with a 0 behind each, and
	// starts where they begin: see spell.
	spelled []rune
	starts  []uint32
	// alternatives hold those that are not listed, each a row of elements.
	alternatives [][]*words
}

// group are the strings of words from lo to hi, exclusive, that begin with r.
type group struct {
	r      rune
	lo, hi uint16
}

// wordsOf returns the words of an element. Equal keys share them.
func (b *builder) wordsOf(e lexicon.Element) *words {
	if w := b.words[e.Key]; w != nil {
		return w
	}
	w := new(words)
	switch {
	case e.IsNumber():
		w.number = true
	case e.Listable() && e.Size() <= maxListed:
		w.strings = e.Strings()
	default:
		for _, part := range e.Alternatives() {
			w.addAlternative(b, part)
		}
	}
	w.finish()
	b.words[e.Key] = w
	return w
}

// listed returns the set of these strings.
func listed(list []string) *words {
	w := &words{strings: list}
	w.finish()
	return w
}

// addAlternative lists a part of a single element that is small enough and
// keeps any other as a row.
func (w *words) addAlternative(b *builder, part lexicon.Part) {
	switch {
	case len(part) == 0:
		w.optional = true
	case len(part) == 1 && part[0].Listable() && part[0].Size() <= maxListed:
		w.strings = append(w.strings, part[0].Strings()...)
	case len(part) == 1 && !part[0].IsNumber():
		for _, p := range part[0].Alternatives() {
			w.addAlternative(b, p)
		}
	default:
		w.alternatives = append(w.alternatives, b.row(part))
	}
}

// finish puts the strings in order and notes what the words begin with.
func (w *words) finish() {
	slices.Sort(w.strings)
	w.strings = slices.Compact(w.strings)
	if len(w.strings) > 0 && w.strings[0] == "" {
		w.optional = true
		w.strings = w.strings[1:]
	}
	if w.number {
		w.first = numerals
		for _, r := range numeralRunes {
			w.groups = append(w.groups, group{r: r})
		}
	}
	for i, s := range w.strings {
		r, _ := utf8.DecodeRuneInString(s)
		if n := len(w.groups); n > 0 && w.groups[n-1].r == r {
			w.groups[n-1].hi++
			continue
		}
		w.first.add(r)
		w.groups = append(w.groups, group{r, uint16(i), uint16(i + 1)})
	}
	for _, row := range w.alternatives {
		for _, inner := range row {
			w.first.join(inner.first)
			if !inner.optional {
				break
			}
		}
	}
}

// spell makes the strings ready to be looked at by character. Most never are.
func (w *words) spell() {
	if w.starts != nil {
		return
	}
	w.starts = make([]uint32, len(w.strings))
	for i, s := range w.strings {
		w.starts[i] = uint32(len(w.spelled))
		w.spelled = append(append(w.spelled, []rune(s)...), 0)
	}
}

// at returns a character of a string, 0 where it ends.
func (w *words) at(n, i int) rune { return w.spelled[int(w.starts[n])+i] }

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

func (c *charset) add(r rune) { c[uint32(r)>>6&3] |= 1 << (uint32(r) & 63) }

func (c *charset) has(r rune) bool { return c[uint32(r)>>6&3]&(1<<(uint32(r)&63)) != 0 }

func (c *charset) join(o charset) {
	for i := range c {
		c[i] |= o[i]
	}
}

// numeralRunes and numerals are the characters of numbers, in order.
var numeralRunes, numerals = func() ([]rune, charset) {
	var c charset
	list := []rune(lexicon.Numerals)
	slices.Sort(list)
	for _, r := range list {
		c.add(r)
	}
	return list, c
}()
