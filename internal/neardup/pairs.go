package neardup

import (
	"cmp"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
)

const (
	// smallBucket is up to how many nodes that agree in two bytes are compared
	// each with each at once.
	smallBucket = 128
	// fullBucket is up to how many of them are looked at for each third byte,
	// and fullRun up to how many that agree in three are compared each with
	// each. Of more, a node is compared with the runTop first by priority and
	// the runWindow next to it in both directions.
	fullBucket = 8192
	fullRun    = 64
	runTop     = 4
	runWindow  = 8
)

// fewTexts is up to how many texts are sorted by their keys one by one, not by
// a count of each of the 65,536 keys, which takes some tens of milliseconds.
const fewTexts = 4096

// sorter is what one core needs to sort texts by keys.
type sorter struct {
	slots []uint32 // as many as there are texts
	tally [1<<16 + 1]uint32
	keyed []uint64 // texts with their keys above, where they are few
}

// fill sorts into slots, by key, the texts that key wants.
func (s *sorter) fill(key func(i uint32) (uint32, bool)) {
	if len(s.slots) <= fewTexts {
		s.keyed = s.keyed[:0]
		for i := range uint32(len(s.slots)) {
			if k, ok := key(i); ok {
				s.keyed = append(s.keyed, uint64(k)<<32|uint64(i))
			}
		}
		slices.Sort(s.keyed)
		return
	}
	clear(s.tally[:])
	for i := range uint32(len(s.slots)) {
		if k, ok := key(i); ok {
			s.tally[k+1]++
		}
	}
	for k := range len(s.tally) - 1 {
		s.tally[k+1] += s.tally[k]
	}
	for i := range uint32(len(s.slots)) {
		if k, ok := key(i); ok {
			s.slots[s.tally[k]] = i
			s.tally[k]++
		}
	}
}

// buckets calls f, after fill, for every two or more slots of the same key.
func (s *sorter) buckets(f func(bucket []uint32)) {
	if len(s.slots) <= fewTexts {
		s.fewBuckets(f)
		return
	}
	var start uint32
	for _, end := range s.tally[:len(s.tally)-1] {
		if end-start > 1 {
			f(s.slots[start:end])
		}
		start = end
	}
}

func (s *sorter) fewBuckets(f func(bucket []uint32)) {
	for start := 0; start < len(s.keyed); {
		end := start
		for end < len(s.keyed) && s.keyed[end]>>32 == s.keyed[start]>>32 {
			s.slots[end] = uint32(s.keyed[end])
			end++
		}
		if end-start > 1 {
			f(s.slots[start:end])
		}
		start = end
	}
}

// eachPair calls meet for the pairs of nodes of which at least three of eight
// minimum hashes agree, and some others, once or more, on all of its cores at once.
// It leaves out pairs among very many nodes of which the same agree: see fullRun and
// fullBucket. It ends early with the context.
func (g *grouping) eachPair(meet func(x, y uint32)) {
	var (
		next atomic.Int32
		wg   sync.WaitGroup
	)
	for _, s := range g.sorters {
		wg.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= len(twoHashes) || g.ctx.Err() != nil {
					return
				}
				g.pairsThatAgree(s, twoHashes[n][0], twoHashes[n][1], meet)
			}
		})
	}
	wg.Wait()
}

// twoHashes are the first two of any three hashes.
var twoHashes = func() (list [][2]int) {
	for a := range minHashes - 2 {
		for b := a + 1; b < minHashes-1; b++ {
			list = append(list, [2]int{a, b})
		}
	}
	return list
}()

// pairsThatAgree calls meet for nodes that agree in the bytes a and b and in one
// after these.
func (g *grouping) pairsThatAgree(s *sorter, a, b int, meet func(x, y uint32)) {
	s.fill(func(i uint32) (uint32, bool) {
		m := g.d.mins(i)
		return uint32(m>>(8*a)&0xFF<<8 | m>>(8*b)&0xFF), g.takesPart(i)
	})
	s.buckets(func(bucket []uint32) {
		switch {
		case g.ctx.Err() != nil:
		case len(bucket) <= smallBucket:
			g.pairsOfSmall(bucket, b, meet)
		case len(bucket) <= fullBucket:
			for c := b + 1; c < minHashes; c++ {
				g.sortFrom(bucket, c)
				g.runs(bucket, b, c, meet)
			}
		default:
			g.sortFrom(bucket, b+1)
			g.pairsOfLong(bucket, meet)
		}
	})
}

// takesPart reports whether node i is to be compared in this round.
func (g *grouping) takesPart(i uint32) bool {
	l := g.link(i)
	switch {
	case !g.started:
		return l&stateMask == free
	case g.merging:
		return l&touched != 0
	}
	return l&touched != 0 && l&stateMask <= centre
}

// pairsOfSmall calls meet for nodes that agree in one of the bytes after b.
func (g *grouping) pairsOfSmall(bucket []uint32, b int, meet func(x, y uint32)) {
	var mins [smallBucket]uint64
	for i, x := range bucket {
		mins[i] = g.d.mins(x)
	}
	for i, x := range bucket {
		for j, y := range bucket[:i] {
			if agree := agreeing(mins[i] ^ mins[j]); agree>>(8*b+8) != 0 && wanted(agree, b) {
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

// wanted reports whether two nodes that agree in byte b and others need to be
// compared for that. If they agree in three earlier bytes, they have been met
// three times; once would do if no run were too long.
func wanted(agree uint64, b int) bool {
	return bits.OnesCount64(agree&(1<<(8*b)-1)) <= 2
}

// sortFrom sorts by byte c of the minimum hashes and then by those after it, in
// a circle, so that those which agree in more are neighbours.
func (g *grouping) sortFrom(bucket []uint32, c int) {
	slices.SortFunc(bucket, func(x, y uint32) int {
		kx := bits.RotateLeft64(bits.ReverseBytes64(g.d.mins(x)), 8*c)
		ky := bits.RotateLeft64(bits.ReverseBytes64(g.d.mins(y)), 8*c)
		if kx != ky {
			return cmp.Compare(kx, ky)
		}
		return g.d.signature(x).compare(g.d.signature(y))
	})
}

// runs calls meet for nodes that agree in byte c, by which they are sorted.
func (g *grouping) runs(bucket []uint32, b, c int, meet func(x, y uint32)) {
	for len(bucket) > 0 {
		n := 1
		for n < len(bucket) && (g.d.mins(bucket[n])^g.d.mins(bucket[0]))>>(8*c)&0xFF == 0 {
			n++
		}
		run := bucket[:n]
		bucket = bucket[n:]
		if n > fullRun {
			g.pairsOfLong(run, meet)
			continue
		}
		for i, x := range run {
			for _, y := range run[:i] {
				if wanted(agreeing(g.d.mins(x)^g.d.mins(y)), b) {
					meet(x, y)
				}
			}
		}
	}
}

// pairsOfLong calls meet for a number of pairs that grows with the nodes, not
// with their square.
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
