package classifier

import "sync/atomic"

// states are those of an automaton that were made so far: of all that there
// could be, texts need few. They only grow, and who finds takes no lock: what
// leads to a state is stored after the state itself.
type states struct {
	begin   [1 << 16]atomic.Uint32       // the steps from the beginning by character
	pairs   [pairBits / 64]atomic.Uint64 // see paired
	steps   atomic.Pointer[steps]        // all other steps
	records atomic.Pointer[[]record]     // by state
	outputs *atomic.Pointer[outputs]     // what ends in states; states that follow each other share it
	count   atomic.Int32                 // the states with smaller numbers are made
	made    []made                       // by state, for who makes more of them
	lists   []member                     // those of all states
	byHash  []int32                      // hash table of states by their members, 0 where free
}

// record is what who finds must know of a state. It is read-only once made.
type record struct {
	next charset // what may come next
	out  int32   // index into outputs.list
}

// made is what a state was made of.
type made struct {
	members piece // of states.lists, in order
	hash    uint64
	ahead   *lookahead // of more than a few places within words, once somebody asks for it
}

// outputs are what ends in states. They only grow.
type outputs struct {
	list []output // of which the first says nothing
	dues []due
	sets []wordBits
	ids  map[string]int32 // index into list by the members that say something
}

// output is what ends where a state is reached.
type output struct {
	set                piece // of outputs.sets: the numbered parts
	ends, keys, across piece // of outputs.dues: by form
}

// due is a pattern that is looked for by a part that ended.
type due struct{ pattern, ask int32 }

// A member of a state is a place, with the highest bit set, or where a walk may
// be within the words of an edge: those listed from lo to hi, exclusive, begin
// with the characters walked, depth of them.
type member uint64 // 22 bits of edge, 15 of lo, 15 of hi, 7 of depth

const isPlace member = 1 << 63

func within(edge int32, lo, hi, depth int) member {
	return member(edge)<<37 | member(lo)<<22 | member(hi)<<7 | member(depth)
}

func (m member) edge() int32 { return int32(m >> 37) }
func (m member) lo() int     { return int(m >> 22 & (1<<15 - 1)) }
func (m member) hi() int     { return int(m >> 7 & (1<<15 - 1)) }
func (m member) depth() int  { return int(m & (1<<7 - 1)) }

// arrival is a state with what spares most looks at its record: whether
// something ends there, and whether nothing goes on.
type arrival uint32

const (
	saysBit  = 1
	lastBit  = 2
	flagBits = 2

	unknown arrival = 0             // nobody made that step yet
	nowhere arrival = 1 << flagBits // nothing goes on
)

func (a arrival) state() int32 { return int32(a >> flagBits) }
func (a arrival) says() bool   { return a&saysBit != 0 }
func (a arrival) last() bool   { return a&lastBit != 0 }

// beginning is the state of every walk before its first character: those of
// the numbers 0 and 1 are unknown and nowhere.
const beginning = 2

// maxStates bounds the states that are kept, and the memory to some 10 MB.
const maxStates = 1 << 16

// load takes what of the states may have grown since the last call.
func (f *finder) load() (*steps, []record) {
	f.known = f.states.count.Load()
	f.outputs = f.states.outputs.Load()
	return f.states.steps.Load(), *f.states.records.Load()
}

// pairBits is how many bits tell what may follow a first character.
const pairBits = 1 << 19

func pairBit(r, next rune) uint32 {
	return (uint32(r)*0x9E3779B1 ^ uint32(next)*0x85EBCA6B) >> 13
}

// paired reports whether a second character may follow a first one that a walk
// took: surely not, or perhaps.
func (k *states) paired(r, next rune) bool {
	bit := pairBit(r, next)
	return k.pairs[bit>>6].Load()>>(bit&63)&1 != 0
}

func (k *states) pair(r, next rune) {
	bit := pairBit(r, next)
	word := &k.pairs[bit>>6]
	word.Store(word.Load() | 1<<(bit&63))
}

// steps is a hash table of steps: a slot has 20 bits of a state, 21 of a
// character, and the arrival after it; a free one is 0.
type steps struct {
	slots []atomic.Uint64
	shift uint8 // 64 less the bits of an index
	used  int
}

const arrivalBits = 64 - 20 - 21

func newSteps(bits int) *steps {
	return &steps{slots: make([]atomic.Uint64, 1<<bits), shift: uint8(64 - bits)}
}

// get returns the arrival after a step, unknown if the table does not have it.
func (s *steps) get(from int32, r rune) arrival {
	want := uint64(from)<<21 | uint64(r)
	for i := want * 0x9E3779B97F4A7C15 >> s.shift; ; i++ {
		slot := s.slots[i&uint64(len(s.slots)-1)].Load()
		if slot>>arrivalBits == want {
			return arrival(slot & (1<<arrivalBits - 1))
		}
		if slot == 0 {
			return unknown
		}
	}
}

func (s *steps) put(slot uint64) {
	i := slot >> arrivalBits * 0x9E3779B97F4A7C15 >> s.shift
	for s.slots[i&uint64(len(s.slots)-1)].Load() != 0 {
		i++
	}
	s.slots[i&uint64(len(s.slots)-1)].Store(slot)
	s.used++
}

// put makes a step known, in a larger table if this one is half full: who reads
// the old one meanwhile asks once more under the lock.
func (k *states) put(from int32, r rune, to arrival) {
	if from == beginning && uint32(r) < 1<<16 {
		k.begin[r].Store(uint32(to))
		return
	}
	s := k.steps.Load()
	if 2*s.used >= len(s.slots) {
		larger := newSteps(64 - int(s.shift) + 1)
		for i := range s.slots {
			if slot := s.slots[i].Load(); slot != 0 {
				larger.put(slot)
			}
		}
		k.steps.Store(larger)
		s = larger
	}
	s.put((uint64(from)<<21|uint64(r))<<arrivalBits | uint64(to))
}

// get returns what is known of a step.
func (k *states) get(from int32, r rune) arrival {
	if from == beginning && uint32(r) < 1<<16 {
		return arrival(k.begin[r].Load())
	}
	return k.steps.Load().get(from, r)
}
