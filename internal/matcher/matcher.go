// Package matcher finds every occurrence of many keywords in a text in one pass.
//
// [New] builds a [Matcher] from a list of patterns, once; [Matcher.AppendMatches] then reports all matches in a
// text, overlapping ones included: of 太慢 and 太慢了 both are reported, and so is 慢了 inside them. Which of them
// counts is the caller's decision. Comparison is exact, character for character: normalise patterns and texts
// alike first. The classifier finds words of praise with it; patterns with optional and alternative parts stand
// for too many strings to be listed, and have an automaton there.
//
// Patterns, texts and offsets are runes, never bytes. Any int32 is accepted as a rune, so that text with invalid
// characters needs no cleaning.
//
// The automaton is that of Aho and Corasick ("Efficient string matching: an aid to bibliographic search", CACM
// 18(6), 1975) over characters, in a double array (Aoe, "An efficient digital search algorithm by using a
// double-array structure", IEEE TSE 15(9), 1989). A text of n characters with k matches costs O(n + k) whatever
// the number of patterns. Chinese has thousands of letters and keywords use few of them, which the layout is made
// for: a character becomes a dense code by one look into a flat table, a character of no pattern returns to the
// root at once, and a transition reads one node of 16 bytes. What keeps it fast is that it stays in the cache.
package matcher

import "math"

// A Match is one occurrence of a pattern in a text.
type Match struct {
	Pattern int32 // index into the patterns given to New
	Start   int32 // 0-based rune offset of the first character
	End     int32 // rune offset after the last character
}

// A Matcher finds a fixed set of patterns. It never changes after New and may be used from several goroutines at
// once. The zero value has no patterns and matches nothing. It is large (128 KB and the nodes): pass it by pointer.
type Matcher struct {
	// codes gives characters below bmpEnd their code, 1 and up; 0 is a character that no pattern has.
	codes [bmpEnd]uint16
	// beyond does the same for all others: astral characters, and values that are no character at all.
	beyond map[rune]uint16
	// starts is the number of characters that begin a pattern. They have the codes 1 to starts, and node c is the
	// root's child by code c: the transitions of the root need no table.
	starts int32

	// seconds has for every code a set of the codes that may come next where a pattern begins with it, as the bits of
	// secondBit. It is empty for a character that begins no pattern, and full for one that is a pattern.
	seconds []uint64

	nodes   []node
	outputs []output // outputs[0] is unused: 0 ends a chain
}

const (
	bmpEnd = 1 << 16 // first character beyond the Basic Multilingual Plane
	root   = 0       // the node of the empty prefix
	free   = -1      // node.check of a slot that holds no node
)

// A node stands for a prefix of some pattern.
type node struct {
	base  int32 // the child by code c is at base+c, if the slot there exists and says so in its check
	check int32 // the parent, or free
	fail  int32 // where to go on when there is no child: a shorter suffix of the prefix that is a node too
	out   int32 // index of the first of the outputs that end here, or 0
}

// An output is a pattern that ends at a node. Outputs are chained from the longest to the shortest, and nodes with
// the same suffix share the tail of their chains.
type output struct {
	pattern int32
	length  int32 // in runes
	next    int32 // index of the next shorter output, or 0
}

// AppendMatches appends all matches in text to dst and returns the extended slice. Matches are ordered by End, and
// those of the same End by Start, so that the longest comes first. It allocates only where dst lacks the capacity.
// It panics if text has more than math.MaxInt32 characters, which offsets could not name.
func (m *Matcher) AppendMatches(dst []Match, text []rune) []Match {
	if len(text) > math.MaxInt32 {
		panic("matcher: text has more than math.MaxInt32 characters")
	}
	if len(text) == 0 || len(m.nodes) == 0 {
		return dst
	}
	code := m.code(text[0])
	for i := 0; i < len(text); {
		// No match that began before text[i] goes on here. Most characters are passed in this part of the loop,
		// which has one branch, and that one is easy to predict.
		next := int32(0)
		if i+1 < len(text) {
			next = m.code(text[i+1])
		}
		if m.seconds[code]&secondBit(next) == 0 {
			code = next
			i++
			continue
		}
		for s := code; ; { // node code is the root's child
			if out := m.nodes[s].out; out != 0 {
				dst = m.appendOutputs(dst, out, int32(i)+1)
			}
			if i++; i == len(text) {
				return dst
			}
			code = m.code(text[i])
			if s = m.step(s, code); s <= m.starts {
				break // at the root or its child by code: whether text[i] begins a match is seen above
			}
		}
	}
	return dst
}

// secondBit returns the bit for a code in the sets of Matcher.seconds.
func secondBit(code int32) uint64 {
	return 1 << (uint32(code) & 63)
}

// code returns the code of a character, 0 if no pattern has it.
func (m *Matcher) code(r rune) int32 {
	if uint32(r) < bmpEnd {
		return int32(m.codes[r])
	}
	return int32(m.beyond[r])
}

// step returns the node after s when the next character has the given code; 0 leads to the root.
func (m *Matcher) step(s, code int32) int32 {
	for s != root {
		if t := m.child(s, code); t != root {
			return t
		}
		s = m.nodes[s].fail
	}
	if code <= m.starts {
		return code
	}
	return root
}

// child returns the child of a node other than the root, or root where there is none.
func (m *Matcher) child(s, code int32) int32 {
	// As unsigned numbers, slots before the first are beyond the last.
	if t := uint32(m.nodes[s].base + code); t < uint32(len(m.nodes)) && m.nodes[t].check == s {
		return int32(t)
	}
	return root
}

// appendOutputs appends the chain of outputs that begins at out, for matches that end before offset end.
func (m *Matcher) appendOutputs(dst []Match, out, end int32) []Match {
	for out != 0 {
		o := &m.outputs[out]
		dst = append(dst, Match{Pattern: o.pattern, Start: end - o.length, End: end})
		out = o.next
	}
	return dst
}
