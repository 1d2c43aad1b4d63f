package matcher

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

const (
	maxCodes = math.MaxUint16 // different characters; 0 is no code
	maxNodes = 1 << 30        // slots; leaves room for base+code within an int32
	// maxTries is how many slots a search may try in vain before the slots it passed are left to nodes that are
	// easier to place. It bounds the time of New at the price of some unused slots.
	maxTries = 128
)

// New builds a matcher of patterns; Match.Pattern is the index into them. It keeps no reference to them. No
// patterns at all are fine. An empty pattern is an error that names its index; a pattern given twice is one that
// names both indexes, because reporting only one of them would lose the other silently. So are more than 65,535
// different characters, or more than 2^30 characters in all.
//
// Building takes time in proportion to the length of all patterns, apart from sorting them: about a millisecond
// for 1,000 keywords.
func New(patterns [][]rune) (*Matcher, error) {
	return build(patterns, maxNodes)
}

// build is New with the limit on nodes as a parameter.
func build(patterns [][]rune, limit int) (*Matcher, error) {
	if err := checkSize(patterns, limit); err != nil {
		return nil, err
	}
	b := builder{Matcher: &Matcher{outputs: make([]output, 1, len(patterns)+1)}, limit: limit}
	if err := b.assignCodes(patterns); err != nil {
		return nil, err
	}
	if err := b.sortPatterns(patterns); err != nil {
		return nil, err
	}
	if err := b.addNodes(); err != nil {
		return nil, err
	}
	b.fillSeconds()
	b.nodes = slices.Clip(b.nodes)
	return b.Matcher, nil
}

// checkSize refuses empty patterns and more than the tables can count.
func checkSize(patterns [][]rune, limit int) error {
	if len(patterns) > limit {
		return fmt.Errorf("matcher: %d patterns, at most %d are possible", len(patterns), limit)
	}
	total := 0
	for i, p := range patterns {
		if len(p) == 0 {
			return fmt.Errorf("matcher: pattern %d is empty", i)
		}
		if len(p) > limit-total {
			return fmt.Errorf("matcher: patterns 0 to %d have more than %d characters", i, limit)
		}
		total += len(p)
	}
	return nil
}

// A builder makes the tables of a Matcher.
type builder struct {
	*Matcher
	limit  int
	sorted []coded

	// The free slots are a ring in the order of their index, with slot 0, the root's, as the mark between the last
	// and the first. They are what next and prev hold; for other slots they mean nothing.
	next, prev []int32
	scan       int32 // the free slot where the search for several children begins, 0 if beyond the last

	count []int32 // children of each node
}

// coded is a pattern in codes.
type coded struct {
	codes []uint16
	index int32
}

// assignCodes numbers the characters of the patterns: first those that begin a pattern, then the others, and
// frequent ones earlier, so that siblings get codes close together and fit into small gaps.
func (b *builder) assignCodes(patterns [][]rune) error {
	type usage struct {
		char  rune
		first bool
		count int
	}
	seen := make(map[rune]int) // index into chars
	var chars []usage
	for _, p := range patterns {
		for i, r := range p {
			k, ok := seen[r]
			if !ok {
				k = len(chars)
				seen[r] = k
				chars = append(chars, usage{char: r})
			}
			if i == 0 {
				chars[k].first = true
			} else {
				chars[k].count++
			}
		}
	}
	if len(chars) > maxCodes {
		return fmt.Errorf("matcher: patterns have %d different characters, at most %d are possible", len(chars), maxCodes)
	}
	slices.SortFunc(chars, func(x, y usage) int {
		if x.first != y.first {
			if x.first {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(y.count, x.count), cmp.Compare(x.char, y.char))
	})
	b.seconds = make([]uint64, len(chars)+1)
	b.beyond = make(map[rune]uint16)
	for i, c := range chars {
		if c.first {
			b.starts++
		}
		if uint32(c.char) < bmpEnd {
			b.codes[c.char] = uint16(i + 1)
		} else {
			b.beyond[c.char] = uint16(i + 1)
		}
	}
	return nil
}

// sortPatterns puts the patterns into the order of their codes, so that those with a common prefix are neighbours
// and a pattern comes before its extensions.
func (b *builder) sortPatterns(patterns [][]rune) error {
	total := 0
	for _, p := range patterns {
		total += len(p)
	}
	all := make([]uint16, 0, total)
	b.sorted = make([]coded, len(patterns))
	for i, p := range patterns {
		start := len(all)
		for _, r := range p {
			if uint32(r) < bmpEnd {
				all = append(all, b.codes[r])
			} else {
				all = append(all, b.beyond[r])
			}
		}
		b.sorted[i] = coded{codes: all[start:], index: int32(i)}
	}
	slices.SortFunc(b.sorted, func(x, y coded) int {
		return cmp.Or(slices.Compare(x.codes, y.codes), cmp.Compare(x.index, y.index))
	})
	first, second := -1, len(patterns) // the first pattern that was there before
	for i := 1; i < len(b.sorted); i++ {
		x, y := b.sorted[i-1], b.sorted[i]
		if int(y.index) < second && slices.Equal(x.codes, y.codes) {
			first, second = int(x.index), int(y.index)
		}
	}
	if first >= 0 {
		return fmt.Errorf("matcher: patterns %d and %d are the same", first, second)
	}
	return nil
}

// fillSeconds notes which characters may follow the first of a pattern.
func (b *builder) fillSeconds() {
	for _, p := range b.sorted {
		if len(p.codes) == 1 {
			b.seconds[p.codes[0]] = math.MaxUint64
		} else {
			b.seconds[p.codes[0]] |= secondBit(int32(p.codes[1]))
		}
	}
}

// A prefix is a node whose children are to be added.
type prefix struct {
	state  int32
	suffix int32 // node of the longest proper suffix of the prefix that is a node
	lo, hi int   // the sorted patterns that have the prefix
}

// A child is a node to be added below a prefix.
type child struct {
	code   uint16
	lo, hi int
}

// addNodes builds the trie level by level. The suffix of a node is on an earlier level, whose nodes have their
// children already, so failure links can be set on the way.
func (b *builder) addNodes() error {
	if err := b.grow(int(b.starts) + 1); err != nil {
		return err
	}
	b.nodes[root].check = root
	level := []prefix{{state: root, suffix: root, lo: 0, hi: len(b.sorted)}}
	var next []prefix
	var children []child
	for depth := 0; len(level) > 0; depth++ {
		next = next[:0]
		for _, p := range level {
			children = b.childrenOf(children[:0], p, depth)
			if err := b.place(p.state, children); err != nil {
				return err
			}
			b.shortenFailure(p, children)
			for _, c := range children {
				next = append(next, b.link(p, c, depth))
			}
		}
		level, next = next, level
	}
	return nil
}

// childrenOf appends the children of a prefix of depth characters, in the order of their codes.
func (b *builder) childrenOf(children []child, p prefix, depth int) []child {
	lo := p.lo
	if lo < p.hi && len(b.sorted[lo].codes) == depth {
		lo++ // the pattern that ends here has no next character
	}
	for lo < p.hi {
		code := b.sorted[lo].codes[depth]
		hi := lo + 1
		for hi < p.hi && b.sorted[hi].codes[depth] == code {
			hi++
		}
		children = append(children, child{code: code, lo: lo, hi: hi})
		lo = hi
	}
	return children
}

// link completes the node of a child that was placed: its outputs, and its suffix, which it returns with the node.
func (b *builder) link(parent prefix, c child, depth int) prefix {
	state := b.nodes[parent.state].base + int32(c.code)
	suffix := int32(root)
	if depth > 0 {
		suffix = b.step(parent.suffix, int32(c.code))
	}
	out := b.nodes[suffix].out
	if p := b.sorted[c.lo]; len(p.codes) == depth+1 {
		b.outputs = append(b.outputs, output{pattern: p.index, length: int32(depth + 1), next: out})
		out = int32(len(b.outputs) - 1)
	}
	b.nodes[state].out = out
	return prefix{state: state, suffix: suffix, lo: c.lo, hi: c.hi}
}

// shortenFailure sets the failure link of a node to the longest suffix that has a child which the node lacks.
// Where the node has no child, suffixes before that one have none either, so trying them would be in vain.
func (b *builder) shortenFailure(p prefix, children []child) {
	b.count[p.state] = int32(len(children))
	fail := p.suffix
	for fail != root {
		shared := int32(0)
		for _, c := range children {
			if b.child(fail, int32(c.code)) != root {
				shared++
			}
		}
		if shared < b.count[fail] {
			break
		}
		fail = b.nodes[fail].fail
	}
	b.nodes[p.state].fail = fail
}

// place finds slots for the children of a node and takes them.
func (b *builder) place(state int32, children []child) error {
	if len(children) == 0 {
		// No base+code of a slot: the look at a child that cannot be is spared.
		b.nodes[state].base = math.MinInt32
		return nil
	}
	base := int32(0)
	if state != root {
		base = b.findBase(children)
	}
	last := base + int32(children[len(children)-1].code)
	if err := b.grow(int(last) + 1); err != nil {
		return err
	}
	b.nodes[state].base = base
	for _, c := range children {
		slot := base + int32(c.code)
		b.take(slot)
		b.nodes[slot].check = state
	}
	return nil
}

// findBase returns a base for which the slots of all children are free or not there yet. Bases may be negative and
// may be shared, since a slot names its parent.
func (b *builder) findBase(children []child) int32 {
	first := int32(children[0].code)
	if len(children) == 1 {
		if slot := b.next[root]; slot != 0 {
			return slot - first
		}
		return int32(len(b.nodes)) - first
	}
	slot := b.scan
	for tries := 0; slot != 0; tries++ {
		if b.fits(slot-first, children) {
			return slot - first
		}
		slot = b.next[slot]
		if tries >= maxTries {
			b.scan = slot
		}
	}
	return int32(len(b.nodes)) - first
}

// fits reports whether no child would meet another node at base.
func (b *builder) fits(base int32, children []child) bool {
	for _, c := range children[1:] {
		slot := int(base) + int(c.code)
		if slot >= len(b.nodes) {
			return true // and so are all that follow
		}
		if b.nodes[slot].check != free {
			return false
		}
	}
	return true
}

var errTooLarge = errors.New("matcher: patterns need larger tables than are possible")

// grow adds free slots until there are n.
func (b *builder) grow(n int) error {
	if n > b.limit {
		return errTooLarge
	}
	for len(b.nodes) < n {
		slot := int32(len(b.nodes))
		b.nodes = append(b.nodes, node{check: free})
		b.count = append(b.count, 0)
		b.next = append(b.next, root)
		b.prev = append(b.prev, root)
		if slot == root {
			continue
		}
		last := b.prev[root]
		b.next[last], b.prev[slot] = slot, last
		b.prev[root] = slot
		if b.scan == 0 {
			b.scan = slot
		}
	}
	return nil
}

// take removes a slot from the free ones.
func (b *builder) take(slot int32) {
	prev, next := b.prev[slot], b.next[slot]
	b.next[prev], b.prev[next] = next, prev
	if b.scan == slot {
		b.scan = next
	}
}
