package classifier

// bitset is a set of small numbers.
type bitset []uint64

// newBitset returns an empty set with room for the numbers below n.
func newBitset(n int32) bitset { return make(bitset, (n+63)/64) }

func (b bitset) add(i int32)      { b[i>>6] |= 1 << (i & 63) }
func (b bitset) has(i int32) bool { return b[i>>6]>>(i&63)&1 != 0 }

// wordBits are the numbers of a set that one of its words holds.
type wordBits struct {
	word int32
	bits uint64
}

func (b bitset) addAll(words []wordBits) {
	for i := range words {
		b[words[i].word] |= words[i].bits
	}
}
