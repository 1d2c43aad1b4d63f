package classifier

import (
	"cmp"
	"encoding/binary"
	"runtime"
	"slices"
	"sync/atomic"
)

// maker makes states. Whoever uses it holds automaton.mu.
type maker struct {
	members []member // of the state being made
	open    []bool   // by place: a member
	key     []byte
	begin   map[rune][]member // see beginWith
}

// ahead says what a place within words may become: over r it is what at is.
type ahead struct {
	r    rune
	next int32  // the next of the same bucket of a lookahead
	at   member // within words that all go on with r
}

// lookahead is a hash table of what places within words may become, by what comes
// next.
type lookahead struct {
	list    []ahead
	buckets []int32 // the first of list, none where there is none
}

// renew returns states to take the place of old ones, of which there are too
// many: none but the first. What old states said is said by them too, since a
// text is being read; old is nil where none is.
func (a *automaton) renew(old *states) *states {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.states.Load()
	if old != nil && now != old && now.outputs == old.outputs {
		return now // somebody was faster
	}
	k := &states{made: make([]made, beginning), byHash: make([]int32, 1<<10)}
	k.steps.Store(newSteps(10))
	records := make([]record, 1<<3)
	k.records.Store(&records)
	if old != nil {
		k.outputs = old.outputs
	} else {
		k.outputs = new(atomic.Pointer[outputs])
		k.outputs.Store(&outputs{list: make([]output, 1), ids: map[string]int32{}})
	}
	a.members = a.members[:0]
	a.enter(0)
	a.state(k)
	if now == old || old == nil {
		a.states.Store(k)
	}
	return k
}

// enter adds a place to the state being made, and those that may be reached
// from it over nothing.
func (a *automaton) enter(at int32) {
	if a.open[at] {
		return
	}
	a.open[at] = true
	a.members = append(a.members, isPlace|member(at))
	for e := a.places[at].edges; e != none; e = a.edges[e].next {
		if a.edges[e].words.optional {
			a.enter(a.edges[e].to)
		}
	}
}

// step returns the state after one by a character and makes the step known.
func (a *automaton) step(k *states, from int32, r rune) arrival {
	a.lock()
	defer a.mu.Unlock()
	if to := k.get(from, r); to != unknown {
		return to // somebody was faster
	}
	a.members = a.members[:0]
	if from == beginning {
		for _, m := range a.beginWith(r) {
			a.take(m)
		}
	} else {
		a.takeAll(k, from, r)
	}
	to := nowhere
	if len(a.members) > 0 {
		to = a.state(k)
	}
	if from == beginning && to != nowhere {
		a.eachAhead(pieceOf(k.lists, k.made[to.state()].members), func(next rune, _ member) { k.pair(r, next) })
	}
	k.put(from, r, to)
	return to
}

// lock takes mu, and stays awake for a while: a state is made in microseconds, and
// threads that line up for the mutex lose more than that (measured over 60,000
// reviews: two cores are 1.4 times as fast as one when they sleep, 1.8 times when
// they do not). Where there are more threads than cores, the one that holds it may be
// off its core: then it is time to sleep.
func (a *automaton) lock() {
	for tries := 1; tries < wakeful; tries++ {
		if a.mu.TryLock() {
			return
		}
		if tries%1000 == 0 {
			runtime.Gosched()
		}
	}
	a.mu.Lock()
}

// wakeful is how many tries lock stays awake for, some tenths of a millisecond.
const wakeful = 100_000

// beginWith returns where a walk from the beginning may be with r ahead. There
// are thousands of words that a part may begin with.
func (a *automaton) beginWith(r rune) []member {
	if a.begin == nil {
		a.begin = map[rune][]member{}
		k := a.states.Load()
		a.eachAhead(pieceOf(k.lists, k.made[beginning].members), func(r rune, at member) { a.begin[r] = append(a.begin[r], at) })
	}
	return a.begin[r]
}

// few is how many places within words may be looked at one by one.
const few = 24

// takeAll adds what becomes of the members of a state over r.
func (a *automaton) takeAll(k *states, from int32, r rune) {
	m := &k.made[from]
	members := pieceOf(k.lists, m.members)
	inside, places := members, members[len(members):] // places come last
	for n := len(inside); n > 0 && inside[n-1]&isPlace != 0; n-- {
		inside, places = members[:n-1], members[n-1:]
	}
	for _, x := range places {
		for e := a.places[uint32(x)].edges; e != none; e = a.edges[e].next {
			if w := a.edges[e].words; w.first.has(r) {
				if i, ok := slices.BinarySearchFunc(w.groups, r, func(g group, r rune) int { return cmp.Compare(g.r, r) }); ok {
					a.take(within(e, int(w.groups[i].lo), int(w.groups[i].hi), 0))
				}
			}
		}
	}
	if len(inside) <= few {
		for _, x := range inside {
			a.takeWithin(x, r)
		}
		return
	}
	if m.ahead == nil {
		m.ahead = a.lookahead(inside)
	}
	for i := *m.ahead.bucket(r); i != none; i = m.ahead.list[i].next {
		if x := &m.ahead.list[i]; x.r == r {
			a.take(x.at)
		}
	}
}

// takeWithin is take for those of the words that go on with r.
func (a *automaton) takeWithin(m member, r rune) {
	w := a.edges[m.edge()].words
	if w.number {
		if slices.Contains(numeralRunes, r) {
			a.take(m)
		}
		return
	}
	w.spell()
	lo, hi := m.lo(), m.hi()
	for until := hi; lo < until; {
		if mid := (lo + until) / 2; w.at(mid, m.depth()) < r {
			lo = mid + 1
		} else {
			until = mid
		}
	}
	until := lo
	for until < hi && w.at(until, m.depth()) == r {
		until++
	}
	if lo < until {
		a.take(within(m.edge(), lo, until, m.depth()))
	}
}

// take adds to the state being made what a place within words becomes over the
// character that all of them go on with.
func (a *automaton) take(m member) {
	e := m.edge()
	w := a.edges[e].words
	if w.number {
		a.enter(a.edges[e].to)
		a.members = append(a.members, m)
		return
	}
	w.spell()
	lo, hi, depth := m.lo(), m.hi(), m.depth()+1
	if w.at(lo, depth) == 0 { // the shortest comes first
		a.enter(a.edges[e].to)
		lo++
	}
	if lo < hi && depth < longestPart {
		a.members = append(a.members, within(e, lo, hi, depth))
	}
}

// eachAhead calls do with all that members may become.
func (a *automaton) eachAhead(members []member, do func(r rune, at member)) {
	for _, m := range members {
		if m&isPlace != 0 {
			for e := a.places[uint32(m)].edges; e != none; e = a.edges[e].next {
				for _, g := range a.edges[e].words.groups {
					do(g.r, within(e, int(g.lo), int(g.hi), 0))
				}
			}
			continue
		}
		w := a.edges[m.edge()].words
		if w.number {
			for _, r := range numeralRunes {
				do(r, m)
			}
			continue
		}
		w.spell()
		for lo, until := m.lo(), 0; lo < m.hi(); lo = until {
			r := w.at(lo, m.depth())
			for until = lo; until < m.hi() && w.at(until, m.depth()) == r; until++ {
			}
			do(r, within(m.edge(), lo, until, m.depth()))
		}
	}
}

// lookahead lists what places within words may become.
func (a *automaton) lookahead(members []member) *lookahead {
	l := &lookahead{list: make([]ahead, 0, 2*len(members))}
	a.eachAhead(members, func(r rune, at member) { l.list = append(l.list, ahead{r: r, at: at}) })
	n := 4
	for n < len(l.list)/2 {
		n *= 2
	}
	l.buckets = make([]int32, n)
	for i := range l.buckets {
		l.buckets[i] = none
	}
	for i := range l.list {
		head := l.bucket(l.list[i].r)
		l.list[i].next, *head = *head, int32(i)
	}
	return l
}

func (l *lookahead) bucket(r rune) *int32 {
	return &l.buckets[uint32(r)*0x9E3779B1>>16&uint32(len(l.buckets)-1)]
}

// state returns the state being made, a new one if there is none of these members.
func (a *automaton) state(k *states) arrival {
	for _, m := range a.members {
		if m&isPlace != 0 {
			a.open[uint32(m)] = false
		}
	}
	slices.Sort(a.members)
	a.members = slices.Compact(a.members)
	hash := uint64(0)
	for _, m := range a.members {
		hash = (hash ^ uint64(m)) * 0x9E3779B97F4A7C15
		hash ^= hash >> 29
	}
	i := int(hash) & (len(k.byHash) - 1)
	for ; k.byHash[i] != 0; i = (i + 1) & (len(k.byHash) - 1) {
		id := k.byHash[i]
		if k.made[id].hash == hash && slices.Equal(pieceOf(k.lists, k.made[id].members), a.members) {
			return k.arrival(id)
		}
	}
	id := int32(len(k.made))
	k.byHash[i] = id
	k.made = append(k.made, made{members: piece{int32(len(k.lists)), int32(len(a.members))}, hash: hash})
	k.lists = append(k.lists, a.members...)
	if 2*len(k.made) > len(k.byHash) {
		k.byHash = make([]int32, 2*len(k.byHash))
		for id := beginning; id < len(k.made); id++ {
			i := int(k.made[id].hash) & (len(k.byHash) - 1)
			for k.byHash[i] != 0 {
				i = (i + 1) & (len(k.byHash) - 1)
			}
			k.byHash[i] = int32(id)
		}
	}
	records := *k.records.Load()
	if int(id) >= len(records) {
		records = append(records, make([]record, len(records))...)
		k.records.Store(&records)
	}
	records[id] = record{a.next(), a.output(k)}
	k.count.Store(int32(len(k.made)))
	return k.arrival(id)
}

// arrival returns a state with its flags.
func (k *states) arrival(id int32) arrival {
	r := &(*k.records.Load())[id]
	at := arrival(id << flagBits)
	if r.out != 0 {
		at |= saysBit
	}
	if r.next == (charset{}) {
		at |= lastBit
	}
	return at
}

// next returns what the members of the state being made may go on with.
func (a *automaton) next() (next charset) {
	for _, m := range a.members {
		if m&isPlace != 0 {
			for e := a.places[uint32(m)].edges; e != none; e = a.edges[e].next {
				next.join(a.edges[e].words.first)
			}
			continue
		}
		w := a.edges[m.edge()].words
		if w.number {
			next.join(numerals)
		}
		for n := m.lo(); n < m.hi(); n++ {
			next.add(w.at(n, m.depth()))
		}
	}
	return next
}

// output returns what ends in the state being made, as an index into outputs.list.
func (a *automaton) output(k *states) int32 {
	key := a.key[:0]
	for _, m := range a.members {
		if m&isPlace != 0 {
			if p := &a.places[uint32(m)]; p.part != 0 || len(p.ends) > 0 {
				key = binary.LittleEndian.AppendUint32(key, uint32(m))
			}
		}
	}
	a.key = key
	if len(key) == 0 {
		return 0
	}
	out := *k.outputs.Load()
	if id, ok := out.ids[string(key)]; ok {
		return id
	}
	var lists [3][]due
	parts := newBitset(a.parts + 1)
	for _, m := range a.members {
		if m&isPlace == 0 {
			continue
		}
		p := &a.places[uint32(m)]
		parts.add(p.part)
		for _, pattern := range p.ends {
			f := a.forms[pattern]
			n := 0
			if f.apart {
				n++
			}
			if f.across {
				n++
			}
			lists[n] = append(lists[n], due{pattern, f.ask})
		}
	}
	parts[0] &^= 1 // no part has the number 0
	var o output
	for i, p := range []*piece{&o.ends, &o.keys, &o.across} {
		*p = piece{int32(len(out.dues)), int32(len(lists[i]))}
		out.dues = append(out.dues, lists[i]...)
	}
	o.set.from = int32(len(out.sets))
	for i, bits := range parts {
		if bits != 0 {
			out.sets = append(out.sets, wordBits{int32(i), bits})
			o.set.n++
		}
	}
	id := int32(len(out.list))
	out.list = append(out.list, o)
	out.ids[string(key)] = id
	k.outputs.Store(&out)
	return id
}
