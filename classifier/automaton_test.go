package classifier

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chaping/lexicon"
)

// ends returns where the words may end that begin at a place, by a look at
// every string.
func (w *words) endsAt(text []rune, at int) []int {
	var out []int
	if w.optional {
		out = append(out, at)
	}
	if w.number {
		for n := at; n < len(text) && slices.Contains([]rune(lexicon.Numerals), text[n]); n++ {
			out = append(out, n+1)
		}
	}
	for _, s := range w.strings {
		if r := []rune(s); len(r) <= len(text)-at && slices.Equal(text[at:at+len(r)], r) {
			out = append(out, at+len(r))
		}
	}
	for _, row := range w.alternatives {
		out = append(out, rowEndsAt(row, text, at)...)
	}
	return out
}

func rowEndsAt(row []*words, text []rune, at int) []int {
	ends := []int{at}
	for _, w := range row {
		var next []int
		for _, e := range ends {
			next = append(next, w.endsAt(text, e)...)
		}
		ends = next
	}
	slices.Sort(ends)
	return slices.Compact(ends)
}

// TestAutomaton compares an automaton with a look at every string at every
// place: random parts, texts of few characters with white space. Several
// goroutines find at once, and few states are kept, so that they are made anew
// meanwhile.
func TestAutomaton(t *testing.T) {
	const letters = "酸甜不太𠮷好3a"
	random := rand.New(rand.NewPCG(1, 2))
	str := func(longest int) string {
		var out []rune
		for range 1 + random.IntN(longest) {
			out = append(out, []rune(letters)[random.IntN(8)])
		}
		return string(out)
	}
	var element func(depth int) *words
	element = func(depth int) *words {
		var list []string
		for range 1 + random.IntN(5) {
			list = append(list, str(3))
		}
		w := &words{strings: list, optional: random.IntN(4) == 0}
		if depth > 0 && random.IntN(4) == 0 {
			number := &words{number: true}
			number.finish()
			w.alternatives = [][]*words{{element(depth - 1), number}}
		}
		w.finish()
		return w
	}
	for range 30 {
		var rows [][]*words
		var numbers []int32
		a := newAutomaton(new(sync.Mutex))
		a.limit = 20
		for p := range 1 + random.IntN(12) {
			row := []*words{element(1)}
			row[0].optional = false
			for range random.IntN(3) {
				row = append(row, element(1))
			}
			rows = append(rows, row)
			a.lookFor(row, int32(p), form{apart: p%2 == 1, across: p%4 == 3, ask: int32(p % 3)})
			numbers = append(numbers, a.number(row))
		}
		a.finish()
		var wg sync.WaitGroup
		for range 3 {
			var texts []string
			for range 40 {
				texts = append(texts, str(12)+" "+str(9))
			}
			wg.Go(func() {
				f := finder{reached: make([]int32, len(rows))}
				for _, s := range texts {
					if diff := cmp.Diff(naive(rows, numbers, s), found(a, &f, s)); diff != "" {
						t.Errorf("find in %q mismatch (-want +got):\n%s", s, diff)
					}
				}
			})
		}
		wg.Wait()
	}
}

// found writes down what find finds in two steps.
func found(a *automaton, f *finder, s string) []string {
	text := lexicon.Normalize(s)
	f.begin(a)
	half := len(text.Runes) / 2
	wanted := newBitset(3)
	wanted.add(0)
	wanted.add(2)
	a.find(f, text, 0, half, wanted)
	a.find(f, text, half, len(text.Runes), wanted)
	var out []string
	for _, o := range f.found {
		out = append(out, fmt.Sprintf("pattern %d at %d-%d", o.pattern, o.start, o.end))
	}
	for i, k := range slices.Concat(f.keyed, f.across) {
		for _, d := range pieceOf(f.outputs.dues, k.due) {
			if a.forms[d.pattern].across != (i >= len(f.keyed)) {
				out = append(out, "a pattern in the wrong list")
			}
			if wanted.has(d.ask) && f.passes(a, d.pattern, k.end) {
				out = append(out, fmt.Sprintf("pattern %d at %d-%d", d.pattern, k.start, k.end))
			}
		}
	}
	for _, w := range f.stands {
		for _, word := range pieceOf(f.outputs.sets, w.set) {
			for i := range int32(64) {
				if word.bits>>i&1 != 0 {
					out = append(out, fmt.Sprintf("part %d at %d-%d", word.word*64+i, w.start, w.end))
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

// naive writes down what find should find.
func naive(rows [][]*words, numbers []int32, s string) []string {
	text := lexicon.Normalize(s)
	var out []string
	for p, row := range rows {
		list := len(row) == 1 && len(row[0].alternatives) == 0
		reached := 0
		for at := range text.Runes {
			until := len(text.Runes)
			for _, g := range text.Gaps {
				if int(g) > at {
					until = min(until, int(g))
				}
			}
			ends := rowEndsAt(row, text.Runes[:until], at)
			for k, end := range ends {
				out = append(out, fmt.Sprintf("part %d at %d-%d", numbers[p], at, end))
				if p%3 != 1 && (list || k == len(ends)-1 && end > reached) {
					out = append(out, fmt.Sprintf("pattern %d at %d-%d", p, at, end))
				}
			}
			if len(ends) > 0 {
				reached = max(reached, ends[len(ends)-1])
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
