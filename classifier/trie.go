package classifier

// trie is a trie of n-grams: their beginnings are its nodes. Node 0 is none.
type trie struct {
	first [1 << 16]node // the nodes of one character
	steps []uint64      // hash table with open addressing of all others, see find
	shift uint8         // 64 less the bits of an index
	nodes int           // how many there are, node 0 included
}

// node is the number of a node and, in the lowest bit, whether others follow it.
type node uint32

func (n node) number() int { return int(n >> 1) }

// A slot of trie.steps has 20 bits of a node's number, 16 of a character, and
// the node that follows; a free one is 0.
const (
	nodeBits = 64 - 20 - 16
	maxNodes = 1<<20 - longestGram
)

// newTrie returns an empty trie with room for about so many n-grams.
func newTrie(n int) *trie {
	bits := 4
	for 1<<bits < 2*n+2*longestGram {
		bits++
	}
	return &trie{steps: make([]uint64, 1<<bits), shift: uint8(64 - bits), nodes: 1}
}

// step returns the node that follows n over a character.
func (t *trie) step(n node, c uint16) node {
	if n&1 == 0 {
		return 0
	}
	want := uint64(n>>1)<<16 | uint64(c)
	for i := want * 0x9E3779B97F4A7C15 >> t.shift; ; i++ {
		slot := t.steps[i&uint64(len(t.steps)-1)]
		if slot>>nodeBits == want {
			return node(slot & (1<<nodeBits - 1))
		}
		if slot == 0 {
			return 0
		}
	}
}

// slot returns where a step is, or the free slot where it would be.
func (t *trie) slot(want uint64) *uint64 {
	for i := want * 0x9E3779B97F4A7C15 >> t.shift; ; i++ {
		if slot := &t.steps[i&uint64(len(t.steps)-1)]; *slot == 0 || *slot>>nodeBits == want {
			return slot
		}
	}
}

// enter returns the number of an n-gram's node, a new one if it has none. The
// n-gram is as window has it.
func (t *trie) enter(gram uint64) int {
	if 2*(t.nodes+longestGram) > len(t.steps) {
		old := t.steps
		t.steps, t.shift = make([]uint64, 2*len(old)), t.shift-1
		for _, slot := range old {
			if slot != 0 {
				*t.slot(slot >> nodeBits) = slot
			}
		}
	}
	add := func() node {
		t.nodes++
		return node(t.nodes-1) << 1
	}
	first := &t.first[uint16(gram)]
	if *first == 0 {
		*first = add()
	}
	gram >>= 16
	if gram == 0 {
		return first.number()
	}
	*first |= 1
	n := *first
	for {
		want := uint64(n.number())<<16 | gram&0xFFFF
		slot := t.slot(want)
		if *slot == 0 {
			*slot = want<<nodeBits | uint64(add())
		}
		if gram >>= 16; gram == 0 {
			return node(*slot & (1<<nodeBits - 1)).number()
		}
		*slot |= 1
		n = node(*slot & (1<<nodeBits - 1))
	}
}

// lookUp returns the number of an n-gram's node, 0 if there is none.
func (t *trie) lookUp(gram uint64) int {
	n := t.first[uint16(gram)]
	for gram >>= 16; gram != 0 && n != 0; gram >>= 16 {
		n = t.step(n, uint16(gram))
	}
	return n.number()
}
