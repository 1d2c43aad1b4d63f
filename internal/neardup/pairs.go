package neardup

import (
	"cmp"
	"math/bits"
	"slices"
)

const (
	// smallBucket is up to how many nodes are compared each with each at once.
	smallBucket = 64
	// fullRun is up to how many nodes that agree in three bytes are compared
	// each with each. Of more, a node is compared with the runTop first by
	// priority and the runWindow next to it.
	fullRun   = 512
	runTop    = 16
	runWindow = 32
)

// fill sorts into slots, by key, the texts that key wants.
func (g *grouping) fill(key func(i uint32) (uint32, bool)) {
	clear(g.tally[:])
	for i := range uint32(len(g.links)) {
		if k, ok := key(i); ok {
			g.tally[k+1]++
		}
	}
	for k := range len(g.tally) - 1 {
		g.tally[k+1] += g.tally[k]
	}
	for i := range uint32(len(g.links)) {
		if k, ok := key(i); ok {
			g.slots[g.tally[k]] = i
			g.tally[k]++
		}
	}
}

// buckets calls f, after fill, for every two or more slots of the same key.
func (g *grouping) buckets(f func(bucket []uint32)) {
	var start uint32
	for _, end := range g.tally[:len(g.tally)-1] {
		if end-start > 1 {
			f(g.slots[start:end])
		}
		start = end
	}
}

// eachPair calls meet for the pairs of nodes of which at least three of eight
// minimum hashes agree, once for each pair. Where more than fullRun nodes have
// the same three it leaves out pairs, or calls meet several times.
func (g *grouping) eachPair(meet func(x, y uint32)) {
	for a := range minHashes - 2 {
		for b := a + 1; b < minHashes-1; b++ {
			g.fill(func(i uint32) (uint32, bool) {
				m := g.d.mins(i)
				return uint32(m>>(8*a)&0xFF<<8 | m>>(8*b)&0xFF), g.takesPart(i)
			})
			g.buckets(func(bucket []uint32) {
				if len(bucket) <= smallBucket {
					g.pairsOfSmall(bucket, a, b, meet)
				} else {
					g.pairsOfLarge(bucket, a, b, meet)
				}
			})
		}
	}
}

// takesPart reports whether node i is to be compared in this round.
func (g *grouping) takesPart(i uint32) bool {
	l := g.links[i]
	switch {
	case !g.started:
		return l&stateMask == free
	case g.merging:
		return l&touched != 0
	}
	return l&touched != 0 && l&stateMask <= centre
}

// pairsOfSmall compares all nodes of a bucket, which agree in bytes a and b.
func (g *grouping) pairsOfSmall(bucket []uint32, a, b int, meet func(x, y uint32)) {
	var mins [smallBucket]uint64
	for i, x := range bucket {
		mins[i] = g.d.mins(x)
	}
	firstTwo, upToB := uint64(1)<<(8*a)|1<<(8*b), uint64(1)<<(8*b+8)-1
	for i, x := range bucket {
		for j, y := range bucket[:i] {
			agree := agreeing(mins[i] ^ mins[j])
			if agree&upToB == firstTwo && agree > upToB {
				meet(x, y)
			}
		}
	}
}

// agreeing returns the lowest bit of each byte that is zero in diff.
func agreeing(diff uint64) uint64 {
	const low7 = 0x7F7F7F7F7F7F7F7F
	return ^((diff&low7 + low7) | diff | low7) >> 7
}

// pairsOfLarge does the same by sorting the bucket for each possible third byte.
func (g *grouping) pairsOfLarge(bucket []uint32, a, b int, meet func(x, y uint32)) {
	for c := b + 1; c < minHashes; c++ {
		// Byte c comes first, those after it next: of a run that is too
		// long, those that agree in more are neighbours.
		key := func(x uint32) uint64 { return bits.RotateLeft64(bits.ReverseBytes64(g.d.mins(x)), 8*c) }
		slices.SortFunc(bucket, func(x, y uint32) int {
			return cmp.Or(cmp.Compare(key(x), key(y)), g.d.signature(x).compare(g.d.signature(y)))
		})
		firstThree, upToC := uint64(1)<<(8*a)|1<<(8*b)|1<<(8*c), uint64(1)<<(8*c)<<8-1
		for start := 0; start < len(bucket); {
			end := start + 1
			for end < len(bucket) && key(bucket[end])>>56 == key(bucket[start])>>56 {
				end++
			}
			run := bucket[start:end]
			start = end
			if len(run) > fullRun {
				g.pairsOfLong(run, meet)
				continue
			}
			for i, x := range run {
				for _, y := range run[:i] {
					if agreeing(g.d.mins(x)^g.d.mins(y))&upToC == firstThree {
						meet(x, y)
					}
				}
			}
		}
	}
}

// pairsOfLong bounds the work for very many nodes that agree in three bytes.
func (g *grouping) pairsOfLong(run []uint32, meet func(x, y uint32)) {
	var buf [runTop + 1]uint32
	top := buf[:0]
	for _, x := range run {
		at, _ := slices.BinarySearchFunc(top, x, func(y, x uint32) int {
			return g.d.signature(x).compare(g.d.signature(y))
		})
		if at < runTop {
			top = slices.Insert(top, at, x)
			top = top[:min(len(top), runTop)]
		}
	}
	for i, x := range run {
		for _, y := range top {
			if x != y {
				meet(x, y)
			}
		}
		for _, y := range run[i+1 : min(i+1+runWindow, len(run))] {
			meet(x, y)
		}
	}
}
