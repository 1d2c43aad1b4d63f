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
	maker
}

// place stands between two elements of a part.
type place struct {
	edges int32   // index of the first of those that lead on, none where there is none
	part  int32   // number of the part that ends here, 0 where nobody asks for it
	ends  []int32 // patterns that are looked for by a part that ends here
}

// edge leads from a place over one of the words to another place.
type edge struct {
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
	every  bool // all of them: the part is nothing but a list of words
	apart  bool // for finder.keyed
	across bool // for finder.across
	// ask is a number that whoever finds must ask for, or else the occurrence is
	// of no use. All ask for 0.
	ask int32
}

// lookFor makes a part lead to a pattern.
func (a *automaton) lookFor(row []*words, pattern int32, f form) {
	a.forms = append(a.forms, make([]form, int(pattern)+1-len(a.forms))...)
	f.every = len(row) == 1 && len(row[0].alternatives) == 0
	a.forms[pattern] = f
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
	a.edges = append(a.edges, edge{w, to, a.places[from].edges})
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
	a.renew(nil)
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

// keyed says that parts stand in the text by which patterns with gaps are looked
// for: those of a piece of outputs.dues. Most of them are of no use, since the
// clause lacks the other parts.
type keyed struct {
	due        piece
	start, end int32
	stands     int32
}

// stand says which numbered parts stand somewhere: those of a piece of outputs.sets.
type stand struct {
	set        piece
	start, end int32
}

// piece is a part of a list.
type piece struct{ from, n int32 }

func pieceOf[T any](list []T, p piece) []T { return list[p.from:][:p.n] }

// passed is where parts end on a walk.
type passed struct {
	out *output
	end int32
}

// finder is the work space of [automaton.find].
type finder struct {
	states  *states
	known   int32 // states with smaller numbers are in what load returned
	outputs *outputs
	found   []occurrence // in order of start
	keyed   []keyed      // of patterns with gaps, in order of start
	across  []keyed      // the same, of patterns that reach over the end of a clause
	stands  []stand      // in order of start
	reached []int32      // by pattern: where the last occurrence ends; all zero in the beginning
	touched []int32      // the patterns that have reached something
}

// begin forgets what was found and gets ready to find in a text.
func (f *finder) begin(a *automaton) {
	for _, p := range f.touched {
		f.reached[p] = 0
	}
	f.found, f.keyed, f.across, f.stands, f.touched = f.found[:0], f.keyed[:0], f.across[:0], f.stands[:0], f.touched[:0]
	f.states = a.states.Load()
	if len(f.states.outputs.Load().list) > a.limit {
		f.states = a.renew(nil)
	}
}

// passes reports whether an occurrence of a pattern counts: the longest from
// each place and none within another, but all of those that are a list of words.
// It is asked once each, in order of start and the longest first.
func (f *finder) passes(a *automaton, pattern, end int32) bool {
	before := f.reached[pattern]
	if before >= end && !a.forms[pattern].every {
		return false
	}
	if before == 0 {
		f.touched = append(f.touched, pattern)
	}
	f.reached[pattern] = end
	return true
}

// note adds what ended on a walk from start, before which so many stands begin.
func (f *finder) note(a *automaton, walk []passed, start, stands int32, wanted bitset) {
	for n := len(walk) - 1; n >= 0; n-- { // the longest first
		o, end := walk[n].out, walk[n].end
		for _, d := range pieceOf(f.outputs.dues, o.ends) {
			if wanted.has(d.ask) && f.passes(a, d.pattern, end) {
				f.found = append(f.found, occurrence{d.pattern, start, end, stands})
			}
		}
		if o.keys.n > 0 {
			f.keyed = append(f.keyed, keyed{o.keys, start, end, stands})
		}
		if o.across.n > 0 {
			f.across = append(f.across, keyed{o.across, start, end, stands})
		}
	}
}

// find adds what begins in text from one place to another: the parts by which
// patterns are looked for, if the number they ask for is wanted, and where the
// numbered parts stand. White space or an emoji that ends a clause is no place
// to be in the middle of a part. Later calls are for places farther on.
func (a *automaton) find(f *finder, text *lexicon.Text, from, to int, wanted bitset) {
	// One function: it runs for every character, and calls would cost as much.
	steps, records := f.load()
	runes, gaps := text.Runes, text.Gaps
	var walk [longestPart]passed
	made := false // a state, since the walk began
	for i := from; i < to; i++ {
		if made && int(f.states.count.Load()) > a.limit {
			f.states, made = a.renew(f.states), false
			steps, records = f.load()
		}
		r := runes[i]
		var at arrival
		if uint32(r) < 1<<16 {
			at = arrival(f.states.begin[r].Load())
		} else {
			at = steps.get(beginning, r)
		}
		if at == unknown {
			at, made = a.step(f.states, beginning, r), true
		}
		if at == nowhere || !at.says() && (at.last() || i+1 == len(runes) || !f.states.paired(r, runes[i+1])) {
			continue
		}
		for len(gaps) > 0 && int(gaps[0]) <= i {
			gaps = gaps[1:]
		}
		limit := min(i+longestPart, len(runes))
		if len(gaps) > 0 {
			limit = min(limit, int(gaps[0]))
		}
		stands, n := int32(len(f.stands)), 0
		for j := i + 1; ; j++ {
			if at.state() >= f.known {
				steps, records = f.load()
			}
			if at.says() {
				o := &f.outputs.list[records[at.state()].out]
				if o.set.n > 0 {
					f.stands = append(f.stands, stand{o.set, int32(i), int32(j)})
				}
				if o.ends.n|o.keys.n|o.across.n != 0 {
					walk[n] = passed{o, int32(j)}
					n++
				}
			}
			if at.last() || j == limit {
				break
			}
			c := runes[j]
			if j == i+1 && !f.states.paired(r, c) || j > i+1 && !records[at.state()].next.has(c) {
				break
			}
			next := steps.get(at.state(), c)
			if next == unknown {
				next, made = a.step(f.states, at.state(), c), true
				steps = f.states.steps.Load()
			}
			if next == nowhere {
				break
			}
			at = next
		}
		if n > 0 {
			f.note(a, walk[:n], int32(i), stands, wanted)
		}
	}
}
