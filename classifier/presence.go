package classifier

// wordBits are bits of one word of a set.
type wordBits struct {
	word int32
	mask uint64
}

// addBit adds the bit i to the set that begins at set[from]. Bits are added in
// order.
func addBit(set []wordBits, from int, i uint16) []wordBits {
	word, mask := int32(i>>6), uint64(1)<<(i&63)
	if last := len(set) - 1; last >= from && set[last].word == word {
		set[last].mask |= mask
		return set
	}
	return append(set, wordBits{word, mask})
}

// bitset is a set of small numbers.
type bitset []uint64

func (b bitset) add(i int32)      { b[i>>6] |= 1 << (i & 63) }
func (b bitset) has(i int32) bool { return b[i>>6]>>(i&63)&1 != 0 }

func (b bitset) addAll(set []wordBits) {
	for i := range set {
		b[set[i].word] |= set[i].mask
	}
}

// A scope is where a group of atoms is looked for.
type scope int

const (
	inText scope = iota
	inClause
	scopes
)

// noGroup is the group of atoms that stands for none: it is always there.
const noGroup = 0

// groups are sets of atoms. A part of a pattern is looked for only where one of
// the atoms of its group is.
type groups struct {
	n    uint16     // how many there are besides noGroup
	bits []wordBits // of all atoms
}

// newSet returns a set that has room for all groups.
func (g *groups) newSet() bitset { return make(bitset, int(g.n)/64+1) }
