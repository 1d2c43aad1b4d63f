package classifier

import (
	"sync"
	"sync/atomic"

	"chaping/lexicon"
)

// automaton finds parts of patterns in a text: a walk from a character on tells
// all that begin there. Parts that begin with the same elements share their
// places, which makes it nondeterministic; its states, the sets of places where
// a walk may be, are made when a text first leads there, see [states]. It is
// built by one goroutine, then any number may find.
type automaton struct {
	places []place
	edges  []edge
	byEdge map[edgeKey]int32 // the place behind an edge
	forms  []form            // by pattern
	parts  int32             // how many have a number

	limit int // how many states are kept

	states atomic.Pointer[states]
	mu     *sync.Mutex // held while a state is made, guards what follows and words
	made   members     // the state being made
	open   []bool      // by place: one of its places
	key    []byte
	begin  map[rune][]inside // see beginWith
}

// place stands between two elements of a part.
type place struct {
	edges int32   // index of the first of those that lead on, none where there is none
	ends  []int32 // patterns that are looked for by a part that ends here
	part  int32   // number of the part that ends here, 0 where nobody asks for it
}

// edge leads from a place over one of the words to another place.
type edge struct {
	first charset // of the words
	words *words
	to    int32
	next  int32 // the next edge of the same place
}

type edgeKey struct {
	place int32
	words *words
}

const none = -1

func newAutomaton(mu *sync.Mutex) *automaton {
	return &automaton{mu: mu, limit: maxStates, places: []place{{edges: none}}, byEdge: map[edgeKey]int32{}}
}

// form says how the occurrences of a pattern's part are found.
type form struct {
	every bool // all of them: the part is nothing but a list of words
	apart bool // for finder.gapped
}

// lookFor makes a part lead to a pattern.
func (a *automaton) lookFor(row []*words, pattern int32, apart bool) {
	a.forms = append(a.forms, make([]form, int(pattern)+1-len(a.forms))...)
	a.forms[pattern] = form{len(row) == 1 && len(row[0].alternatives) == 0, apart}
	p := &a.places[a.end(row)]
	p.ends = append(p.ends, pattern)
}

// number returns the number of a part, by which it is known where it stands.
func (a *automaton) number(row []*words) int32 {
	p := &a.places[a.end(row)]
	if p.part == 0 {
		a.parts++
		p.part = a.parts
	}
	return p.part
}

// end returns the place where a part ends.
func (a *automaton) end(row []*words) int32 {
	at := int32(0)
	for _, w := range row {
		to, ok := a.byEdge[edgeKey{at, w}]
		if !ok {
			to = a.place()
			a.byEdge[edgeKey{at, w}] = to
			a.connect(at, w, to)
		}
		at = to
	}
	return at
}

func (a *automaton) place() int32 {
	a.places = append(a.places, place{edges: none})
	return int32(len(a.places) - 1)
}

// connect leads from one place to another over the words, and over each row of
// those that are not listed.
func (a *automaton) connect(from int32, w *words, to int32) {
	a.edges = append(a.edges, edge{w.first, w, to, a.places[from].edges})
	a.places[from].edges = int32(len(a.edges) - 1)
	for _, row := range w.alternatives {
		at := from
		for i, inner := range row {
			next := to
			if i < len(row)-1 {
				next = a.place()
			}
			a.connect(at, inner, next)
			at = next
		}
	}
}

// finish makes the automaton ready for texts.
func (a *automaton) finish() {
	a.byEdge = nil
	a.open = make([]bool, len(a.places))
	a.forget()
}

// longestPart is how many characters a part may have that is found, so that the
// work stays linear in the text.
const longestPart = 64

// occurrence says that a part stands in the text, by which a pattern is looked for.
type occurrence struct {
	pattern    int32
	start, end int32
	stands     int32 // how many of finder.stands begin before start
}

// stand says which numbered parts stand somewhere: those of a piece of states.sets.
type stand struct {
	set        piece
	start, end int32
}

// piece is a part of a list.
type piece struct{ from, n int32 }

// finder is the work space of [automaton.find].
type finder struct {
	states  *states
	found   []occurrence // in order of start
	gapped  []occurrence // those of patterns with gaps, in order of start
	stands  []stand      // in order of start
	reached []int32      // by pattern: where the last occurrence ends; all zero in the beginning
}

// begin forgets what was found and gets ready to find in a text.
func (f *finder) begin(a *automaton) {
	for _, list := range [][]occurrence{f.found, f.gapped} {
		for i := range list {
			f.reached[list[i].pattern] = 0
		}
	}
	f.found, f.gapped, f.stands = f.found[:0], f.gapped[:0], f.stands[:0]
	f.states = a.states.Load()
	if len(*f.states.list.Load()) > a.limit {
		f.states = a.forget()
	}
}

// find adds what begins in text from one place to another: the parts by which
// patterns are looked for, the longest from each place and none within another
// of the same pattern, but all of those that are a list of words; and where the
// numbered parts stand. White space or an emoji that ends a clause is no place
// to be in the middle of a part. Later calls are for places farther on.
func (a *automaton) find(f *finder, text *lexicon.Text, from, to int) {
	k := f.states
	list, steps, ends := *k.list.Load(), *k.steps.Load(), *k.ends.Load()
	gaps := text.Gaps
	var passed [longestPart]struct { // where parts end on one walk
		ends piece
		at   int32
	}
	for i := from; i < to; i++ {
		at := k.get(beginning, text.Runes[i])
		if at == nowhere {
			continue
		}
		if at == unknown {
			if at = a.step(k, beginning, text.Runes[i]); at == nowhere {
				continue
			}
		}
		for len(gaps) > 0 && int(gaps[0]) <= i {
			gaps = gaps[1:]
		}
		limit := min(i+longestPart, len(text.Runes))
		if len(gaps) > 0 {
			limit = min(limit, int(gaps[0]))
		}
		stands := int32(len(f.stands))
		n := 0
		for j := i + 1; at != nowhere; j++ {
			if int(at) >= len(list) { // new since find began
				list, ends = *k.list.Load(), *k.ends.Load()
			}
			s := &list[at]
			if s.set.n > 0 {
				f.stands = append(f.stands, stand{s.set, int32(i), int32(j)})
			}
			if s.ends.n > 0 {
				passed[n].ends, passed[n].at = s.ends, int32(j)
				n++
			}
			if j == limit || !s.next.has(text.Runes[j]) {
				break
			}
			t := s.table()
			if t.from() >= len(steps) {
				steps = *k.steps.Load()
			}
			next := t.get(steps, text.Runes[j])
			if next == unknown {
				next = a.step(k, at, text.Runes[j])
			}
			at = next
		}
		for n--; n >= 0; n-- { // the longest first
			o := occurrence{start: int32(i), end: passed[n].at, stands: stands}
			for _, o.pattern = range ends[passed[n].ends.from:][:passed[n].ends.n] {
				form := a.forms[o.pattern]
				if !form.every && f.reached[o.pattern] >= o.end {
					continue
				}
				f.reached[o.pattern] = o.end
				if form.apart {
					f.gapped = append(f.gapped, o)
				} else {
					f.found = append(f.found, o)
				}
			}
		}
	}
}
