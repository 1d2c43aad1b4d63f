package neardup

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync/atomic"
)

const (
	// linkPermille is the estimated similarity, in thousandths, from which on
	// two texts are near-duplicates.
	linkPermille = 650
	// mergePermille is that of the centres of two stars from which on the
	// stars may be put together.
	mergePermille = 550
	// maxRounds ends what has no end in sight; with priorities that are as good
	// as random, the rounds needed grow with the logarithm of the texts.
	maxRounds = 40
	// maxSorters bounds the cores that Clusters works on: each takes 4 bytes a
	// text.
	maxSorters = 4
)

// Clusters says which texts belong together. It never changes and may be read
// by several goroutines at once. It holds 8 bytes a text.
type Clusters struct {
	ids   []uint32 // of each text, 0: none
	sizes []uint32 // of cluster id at id-1
}

// Len returns the number of clusters.
func (c *Clusters) Len() int { return len(c.sizes) }

// Of returns the cluster of text i, counted from 0 in the order of
// [Detector.Add], and the number of texts in it. Clusters are numbered from 1
// in order of their first texts. For a text in no cluster, and for an i that is
// no text's, id and size are 0.
func (c *Clusters) Of(i int) (id, size int) {
	if i < 0 || i >= len(c.ids) || c.ids[i] == 0 {
		return 0, 0
	}
	id = int(c.ids[i])
	return id, int(c.sizes[id-1])
}

// Clusters puts the texts added so far into clusters. Texts may be added
// afterwards and Clusters called again: nothing is remembered between calls.
// It works on up to four cores and takes seconds for a million texts, minutes if most
// of them are variants of each other; Sketch may go on beside it, Add may not.
// The only error is the context's, returned soon after it ends.
func (d *Detector) Clusters(ctx context.Context) (*Clusters, error) {
	g := &grouping{ctx: ctx, d: d, links: make([]uint32, d.n)}
	for range min(runtime.GOMAXPROCS(0), maxSorters) {
		g.sorters = append(g.sorters, &sorter{slots: make([]uint32, d.n)})
	}
	g.joinEqual()
	g.rounds()
	g.freeStars()
	g.rounds()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return g.number(), nil
}

// A grouping is one run of Detector.Clusters.
//
// Texts of equal signature are one node. Nodes are put into stars: in an order
// of priority that depends on content alone, a node that is in no star yet
// becomes a centre, and those near it that are in no star yet join it. Then
// stars are put together in the same way, where two near texts are in different
// stars and the centres are not far apart. So no chain of small changes leads
// far from a centre, and clusters do not depend on the order of texts.
//
// There is no memory for a list of near pairs, so they are enumerated anew in
// rounds. In each round a node finds the best of its neighbours that are
// centres or still free. If it is better itself, it becomes a centre. If that
// neighbour is a centre by the end of the round, the node joins it. Otherwise it
// waits for the next round.
type grouping struct {
	ctx   context.Context // once it ends, the steps return early and their result means nothing
	d     *Detector
	links []uint32 // of each text: see touched and so on
	// sorters are one a core that works. Whether a node takes part does not change
	// within a round: until started only its state counts, and touched is set for
	// good then. The best neighbour does not depend on who comes first.
	sorters []*sorter
	// merging is whether stars are being put together, not single nodes.
	merging bool
	// started is whether nodes without neighbours are known by now.
	started bool
}

// A link has a text's index in the lower bits and flags above.
const (
	touched = 1 << 31 // a node that has a neighbour
	star    = 1 << 28 // a node that became the centre of a star

	stateMask = 3 << 29
	free      = 0 << 29 // in no star yet; index: the best neighbour, or itself
	centre    = 1 << 29 // index: itself
	settled   = 2 << 29 // index: its centre, or the node whose signature it shares
	outside   = 3 << 29 // takes no part

	indexBits = 28
	indexMask = 1<<indexBits - 1
)

// joinEqual sets up the links: texts too short are outside; of those with
// equal signatures the first is free and the others are settled on it.
func (g *grouping) joinEqual() {
	d := g.d
	for i := range g.links {
		g.links[i] = uint32(i) | free
		if d.signature(uint32(i)).grams == 0 {
			g.links[i] = outside
		}
	}
	s := g.sorters[0]
	s.fill(func(i uint32) (uint32, bool) {
		return uint32(d.signature(i).priority() >> 48), g.links[i] != outside
	})
	s.buckets(func(bucket []uint32) {
		slices.SortFunc(bucket, func(a, b uint32) int {
			return cmp.Or(d.signature(a).compare(d.signature(b)), cmp.Compare(a, b))
		})
		first := bucket[0]
		for _, i := range bucket[1:] {
			if d.signature(i) == d.signature(first) {
				g.links[i] = first | settled
			} else {
				first = i
			}
		}
	})
}

// freeStars begins the putting together of stars.
func (g *grouping) freeStars() {
	g.merging = true
	for i, l := range g.links {
		if l&touched != 0 && l&star != 0 {
			g.links[i] = l&^stateMask | free
		}
	}
}

// rounds lets nodes, or stars if merging, find their centres.
func (g *grouping) rounds() {
	for range maxRounds {
		g.eachPair(g.meet)
		g.started = true
		if g.ctx.Err() != nil || !g.settle() {
			return
		}
	}
}

// meet is called with two nodes whose minimum hashes say that they may be near.
func (g *grouping) meet(x, y uint32) {
	X, Y := x, y
	if g.merging {
		if X, Y = g.centreOf(x), g.centreOf(y); X == Y {
			return
		}
	}
	// One must be free still, the other free or a centre.
	a, b := g.link(X)&stateMask, g.link(Y)&stateMask
	if a > centre || b > centre || a+b == 2*centre {
		return
	}
	if !g.near(x, y, linkPermille) || g.merging && !g.near(X, Y, mergePermille) {
		return
	}
	g.offer(X, Y)
	g.offer(Y, X)
}

// link is that of text i, while pairs meet.
func (g *grouping) link(i uint32) uint32 { return atomic.LoadUint32(&g.links[i]) }

func (g *grouping) centreOf(i uint32) uint32 {
	if l := g.link(i); l&star == 0 {
		return l & indexMask
	}
	return i
}

func (g *grouping) near(x, y uint32, permille int64) bool {
	s, t := g.d.signature(x), g.d.signature(y)
	return similar(s, t, permille)
}

// offer tells x of its neighbour y.
func (g *grouping) offer(x, y uint32) {
	for {
		l := g.link(x)
		to := l | touched
		if l&stateMask == free && g.d.signature(y).compare(g.d.signature(l&indexMask)) > 0 {
			to = to&^indexMask | y
		}
		if to == l || atomic.CompareAndSwapUint32(&g.links[x], l, to) {
			return
		}
	}
}

// settle ends a round and reports whether anything is still free.
func (g *grouping) settle() bool {
	for i, l := range g.links {
		if l&stateMask == free && l&indexMask == uint32(i) {
			g.links[i] = l | centre | star
		}
	}
	again := false
	for i, l := range g.links {
		if l&stateMask != free {
			continue
		}
		if g.links[l&indexMask]&stateMask == centre {
			g.links[i] = l | settled
		} else {
			g.links[i] = l&^indexMask | uint32(i)
			again = true
		}
	}
	return again
}

// number says for every text which cluster it is in. It needs no more memory
// than links and slots, and leaves the result in them.
func (g *grouping) number() *Clusters {
	const none, several = 1<<32 - 1, 1 << 31
	links, slots := g.links, g.sorters[0].slots

	// slots: each text's final centre.
	for i := range slots {
		slots[i] = g.end(uint32(i), none)
	}
	// slots: the first text of its cluster instead.
	for i := range links {
		links[i] = none
	}
	for i, c := range slots {
		if c != none {
			links[c] = min(links[c], uint32(i))
			slots[i] = links[c]
		}
	}
	// links: at first texts, the size, and whether there are several orders.
	clear(links)
	for i, first := range slots {
		if first == none {
			continue
		}
		links[first]++
		if order := g.d.order(uint32(i)); uint32(i) != first && (order == 0 || order != g.d.order(first)) {
			links[first] |= several
		}
	}
	// slots: ids. links: sizes by id, which never get ahead of the texts.
	n := uint32(0)
	for i, first := range slots {
		switch {
		case first == none:
			slots[i] = 0
		case first < uint32(i):
			slots[i] = slots[first]
		case links[i]&several == 0:
			slots[i] = 0
		default:
			n++
			links[n-1], slots[i] = links[i]&^several, n
		}
	}
	return &Clusters{ids: slots, sizes: links[:n:n]}
}

// end follows links from i to a text that is settled on no other, or none.
func (g *grouping) end(i, none uint32) uint32 {
	for {
		switch l := g.links[i]; l & stateMask {
		case outside:
			return none
		case settled:
			i = l & indexMask
		default:
			return i
		}
	}
}
