package classifier

import (
	"encoding/binary"
	"slices"
	"sort"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"chaping/lexicon"
)

// states are those of an automaton that were made so far: some ten thousand are
// all that reviews ever need. They only grow, and who finds takes no lock: what
// leads to a state is stored after the state itself.
type states struct {
	begin [1 << 16]atomic.Int32 // the steps from the beginning by character
	list  atomic.Pointer[[]state]
	steps atomic.Pointer[[]atomic.Uint64] // the tables of all states
	ends  atomic.Pointer[[]int32]         // patterns that are looked for by a part that ends here, of all states
	sets  atomic.Pointer[[]wordBits]      // the numbered parts that end here, of all states

	// What follows serves to make more of them.
	members []members        // by state
	ids     map[string]int32 // state by key of its members
	setIDs  map[string]piece // piece of sets by key of the parts
}

// state is a set of places of an automaton. It is read-only once made.
type state struct {
	next      charset // what may come next
	steps     uint64  // a table, loaded and stored atomically
	ends, set piece   // of states.ends and states.sets
}

func (s *state) table() table { return table(atomic.LoadUint64(&s.steps)) }

// members are what a state is a set of, in order.
type members struct {
	places []int32
	inside []inside
}

// inside is a place within the words of an edge: those listed from lo to hi,
// exclusive, begin with the characters walked, depth of them.
type inside uint64 // 22 bits of edge, 15 of lo, 15 of hi, 12 of depth

func within(edge int32, lo, hi, depth int) inside {
	return inside(edge)<<42 | inside(lo)<<27 | inside(hi)<<12 | inside(depth)
}

func (i inside) edge() int32 { return int32(i >> 42) }
func (i inside) lo() int     { return int(i >> 27 & (1<<15 - 1)) }
func (i inside) hi() int     { return int(i >> 12 & (1<<15 - 1)) }
func (i inside) depth() int  { return int(i & (1<<12 - 1)) }

// The first states.
const (
	unknown   = iota // none: nobody made that step yet
	nowhere          // nothing goes on
	beginning        // of every walk
)

// maxStates bounds the states that are kept, and the memory to some 30 MB.
const maxStates = 1 << 16

// get returns the state after a step, unknown if nobody made it yet.
func (k *states) get(from int32, r rune) int32 {
	if from == beginning && r < 1<<16 {
		return k.begin[r].Load()
	}
	return (*k.list.Load())[from].table().get(*k.steps.Load(), r)
}

// forget begins anew with no states but the first ones.
func (a *automaton) forget() *states {
	a.mu.Lock()
	defer a.mu.Unlock()
	k := &states{members: make([]members, beginning), ids: map[string]int32{}, setIDs: map[string]piece{}}
	list := make([]state, beginning)
	k.list.Store(&list)
	steps := make([]atomic.Uint64, 1)
	k.steps.Store(&steps)
	k.ends.Store(new([]int32))
	k.sets.Store(new([]wordBits))
	a.made.clear()
	a.enter(0)
	a.state(k)
	a.states.Store(k)
	return k
}

func (m *members) clear() { m.places, m.inside = m.places[:0], m.inside[:0] }

// enter adds a place to the state being made, and those that may be reached
// from it over nothing.
func (a *automaton) enter(at int32) {
	if a.open[at] {
		return
	}
	a.open[at] = true
	a.made.places = append(a.made.places, at)
	for e := a.places[at].edges; e != none; e = a.edges[e].next {
		if a.edges[e].words.optional {
			a.enter(a.edges[e].to)
		}
	}
}

// step returns the state after one by a character and makes the step known.
func (a *automaton) step(k *states, from int32, r rune) int32 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if to := k.get(from, r); to != unknown {
		return to // somebody was faster
	}
	a.made.clear()
	m := &k.members[from]
	if from == beginning {
		for _, i := range a.beginWith(r) {
			a.advance(i.edge(), i.lo(), i.hi(), 0, r)
		}
	} else {
		for _, p := range m.places {
			for e := a.places[p].edges; e != none; e = a.edges[e].next {
				if a.edges[e].first.has(r) {
					a.advance(e, 0, len(a.edges[e].words.strings), 0, r)
				}
			}
		}
	}
	for _, i := range m.inside {
		a.advance(i.edge(), i.lo(), i.hi(), i.depth(), r)
	}
	to := int32(nowhere)
	if len(a.made.places)+len(a.made.inside) > 0 {
		to = a.state(k)
	}
	if from == beginning && r < 1<<16 {
		k.begin[r].Store(to)
	} else {
		k.put(from, r, to)
	}
	return to
}

// beginWith returns where a walk from the beginning may be with r ahead. There
// are thousands of words that a part may begin with.
func (a *automaton) beginWith(r rune) []inside {
	if a.begin == nil {
		a.begin = map[rune][]inside{}
		for _, p := range a.states.Load().members[beginning].places {
			for e := a.places[p].edges; e != none; e = a.edges[e].next {
				w := a.edges[e].words
				if w.number {
					for _, r := range lexicon.Numerals {
						a.begin[r] = append(a.begin[r], within(e, 0, 0, 0))
					}
				}
				for lo, until := 0, 0; lo < len(w.strings); lo = until {
					first, _ := utf8.DecodeRuneInString(w.strings[lo])
					for until < len(w.strings) && strings.HasPrefix(w.strings[until], string(first)) {
						until++
					}
					a.begin[first] = append(a.begin[first], within(e, lo, until, 0))
				}
			}
		}
	}
	return a.begin[r]
}

// advance adds to the state being made what a character makes of a place within
// the words of an edge.
func (a *automaton) advance(e int32, lo, hi, depth int, r rune) {
	w := a.edges[e].words
	if w.number {
		if strings.ContainsRune(lexicon.Numerals, r) {
			a.enter(a.edges[e].to)
			a.made.inside = append(a.made.inside, within(e, 0, 0, 0))
		}
		return
	}
	w.spell()
	lo += sort.Search(hi-lo, func(k int) bool { return w.at(lo+k, depth) >= r })
	until := lo
	for until < hi && w.at(until, depth) == r {
		until++
	}
	if depth++; lo < until && w.at(lo, depth) == 0 { // the shortest comes first
		a.enter(a.edges[e].to)
		lo++
	}
	if lo < until {
		a.made.inside = append(a.made.inside, within(e, lo, until, depth))
	}
}

// state returns the number of the state being made, a new one if it has none.
func (a *automaton) state(k *states) int32 {
	m := &a.made
	for _, p := range m.places {
		a.open[p] = false
	}
	slices.Sort(m.places)
	slices.Sort(m.inside)
	key := a.key[:0]
	for _, p := range m.places {
		key = binary.LittleEndian.AppendUint32(key, uint32(p))
	}
	for _, i := range m.inside {
		key = binary.LittleEndian.AppendUint64(key, uint64(i)|1<<63)
	}
	a.key = key
	if id, ok := k.ids[string(key)]; ok {
		return id
	}
	var s state
	var ends []int32
	parts := newBitset(a.parts + 1)
	for _, at := range m.places {
		p := &a.places[at]
		ends = append(ends, p.ends...)
		parts.add(p.part)
		for e := p.edges; e != none; e = a.edges[e].next {
			s.next.join(a.edges[e].first)
		}
	}
	for _, i := range m.inside {
		w := a.edges[i.edge()].words
		if w.number {
			s.next.join(numerals)
		}
		for n := i.lo(); n < i.hi(); n++ {
			s.next.add(w.at(n, i.depth()))
		}
	}
	parts[0] &^= 1 // no part has the number 0
	s.set = k.set(parts)
	all := *k.ends.Load()
	s.ends = piece{int32(len(all)), int32(len(ends))}
	all = append(all, ends...)
	k.ends.Store(&all)
	id := int32(len(k.members))
	k.ids[string(key)] = id
	k.members = append(k.members, members{slices.Clone(m.places), slices.Clone(m.inside)})
	list := append(*k.list.Load(), s)
	k.list.Store(&list)
	return id
}

// set returns where the words of a set are.
func (k *states) set(parts bitset) piece {
	var set []wordBits
	var key []byte
	for i, bits := range parts {
		if bits != 0 {
			set = append(set, wordBits{int32(i), bits})
			key = binary.LittleEndian.AppendUint32(key, uint32(i))
			key = binary.LittleEndian.AppendUint64(key, bits)
		}
	}
	at, ok := k.setIDs[string(key)]
	if !ok {
		sets := *k.sets.Load()
		at = piece{int32(len(sets)), int32(len(set))}
		sets = append(sets, set...)
		k.sets.Store(&sets)
		k.setIDs[string(key)] = at
	}
	return at
}

// A table is the hash table of the steps from one state: a piece of
// states.steps of 1<<bits slots, as from<<8 | bits. A slot has a character and
// the state after it; a free one is 0. The zero value is the table of a state
// without steps: states.steps[0] is free.
type table uint64

func (t table) from() int { return int(t >> 8) }
func (t table) size() int { return 1 << (t & 31) }

// slots returns the table's own slots.
func (t table) slots(steps []atomic.Uint64) []atomic.Uint64 { return steps[t.from():][:t.size()] }

// hash returns where the search for a character begins.
func hash(r rune) uint32 { return uint32(r) * 0x9E3779B1 >> 16 }

// get returns the state after a step, unknown if the table does not have it.
func (t table) get(steps []atomic.Uint64, r rune) int32 {
	slots := t.slots(steps)
	for i := hash(r); ; i++ {
		slot := slots[i&uint32(len(slots)-1)].Load()
		if rune(slot>>32) == r {
			return int32(slot)
		}
		if slot == 0 {
			return unknown
		}
	}
}

func (t table) put(steps []atomic.Uint64, slot uint64) {
	slots := t.slots(steps)
	i := hash(rune(slot >> 32))
	for slots[i&uint32(len(slots)-1)].Load() != 0 {
		i++
	}
	slots[i&uint32(len(slots)-1)].Store(slot)
}

// put adds a step to the table of a state, a larger one if it is half full.
func (k *states) put(from int32, r rune, to int32) {
	steps := *k.steps.Load()
	s := &(*k.list.Load())[from]
	t := s.table()
	used := 1
	for i := range t.slots(steps) {
		if t.slots(steps)[i].Load() != 0 {
			used++
		}
	}
	if 2*used > t.size() {
		old := t
		t = table(len(steps)<<8) | (old&31 + 1)
		steps = append(steps, make([]atomic.Uint64, t.size())...)
		for i := range old.slots(steps) {
			if slot := old.slots(steps)[i].Load(); slot != 0 {
				t.put(steps, slot)
			}
		}
		k.steps.Store(&steps)
	}
	t.put(steps, uint64(r)<<32|uint64(to))
	atomic.StoreUint64(&s.steps, uint64(t))
}
