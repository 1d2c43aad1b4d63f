package classifier

import (
	"cmp"
	"math"
	"slices"

	"chaping/lexicon"
)

// sums add up what the n-grams of a text and of a clause say, by category of the weights.
type sums struct {
	text, clause []int32 // in weightUnit
	lanes        []lanes // what is not in them yet
	added        int     // rows to lanes
	best         []float32
	bestAt       []int32 // the clause that best is about
	explained    []bool  // clauses that a match of a specific category that counts reaches into
}

// reset makes room for n categories, with nothing said.
func (s *sums) reset(n, wide int) {
	s.text, s.clause = slices.Grow(s.text[:0], n)[:n], slices.Grow(s.clause[:0], n)[:n]
	s.best, s.bestAt = slices.Grow(s.best[:0], n)[:n], slices.Grow(s.bestAt[:0], n)[:n]
	s.lanes = slices.Grow(s.lanes[:0], wide)[:wide]
	clear(s.text)
	clear(s.clause)
	clear(s.lanes)
	s.added = 0
	for i := range s.bestAt {
		s.bestAt[i] = none
	}
}

// weigh adds candidates of categories that no rule has found in a text that
// complains. It comes after what the rules say has been settled.
func (s *scan) weigh() {
	if s.weights == nil || !slices.ContainsFunc(s.candidates, func(c candidate) bool { return c.reason == "" || c.reason == Weak || c.reason == TooLong }) {
		return
	}
	s.addLearned(s.sumUp())
}

// sumUp fills s.sums, and returns the root of the text's length that they are divided by.
func (s *scan) sumUp() (root float32) {
	w := s.weights
	sum := &s.sums
	sum.reset(len(w.categories), w.wide)
	s.explain()
	length := 0
	for c := range len(s.bounds) - 1 {
		from, to := s.clauseSpan(c)
		if from >= to {
			continue
		}
		length += int(to - from)
		clear(sum.clause)
		sum.addGrams(w, s.text.Runes[from:to])
		if to-from >= 2 && !sum.explained[c] {
			sum.compare(int32(c), float32(math.Sqrt(float64(to-from))))
		}
	}
	return float32(math.Sqrt(float64(length)))
}

// says is what the sums say of the i-th category of the weights: it is found where that is above 0.
func (s *scan) says(i int, root float32) float32 {
	return (float32(s.sums.text[i])/root+s.sums.best[i])*weightUnit + s.weights.categories[i].bias
}

// addGrams adds what the n-grams of a clause say.
func (s *sums) addGrams(w *weights, clause []rune) {
	for i, r := range clause {
		row := int32(none)         // of the longest one from here that has one
		var few [longestGram]piece // what longer ones say
		k := 0
		n := w.trie.first[narrow(r)]
		for j := i + 1; n != 0; j++ {
			if said := &w.said[n.number()]; said.row != none {
				row, k = said.row, 0
			} else if said.n > 0 {
				few[k] = said.piece
				k++
			}
			if n&1 == 0 || j == len(clause) || j == i+longestGram {
				break
			}
			n = w.trie.step(n, narrow(clause[j]))
		}
		if row != none {
			for k := range s.lanes {
				s.lanes[k].add(&w.rows[int(row)+k])
			}
			if s.added++; s.added == fullLanes {
				s.empty()
			}
		}
		for _, p := range few[:k] {
			for _, g := range pieceOf(w.grams, p) {
				s.text[g.category] += int32(g.text)
				s.clause[g.category] += int32(g.clause)
			}
		}
	}
	s.empty()
}

// empty takes over what the lanes have.
func (s *sums) empty() {
	zero := int32(s.added) * laneZero
	s.added = 0
	for i := range s.text {
		both := s.lanes[i/perLanes][i%perLanes/2] >> (i % 2 * 32)
		s.text[i] += int32(both&0xFFFF) - zero
		s.clause[i] += int32(both>>16&0xFFFF) - zero
	}
	clear(s.lanes)
}

// compare keeps what a clause says where no other has said more. root is that
// of its length.
func (s *sums) compare(clause int32, root float32) {
	for i, sum := range s.clause {
		v := float32(sum)
		if s.bestAt[i] != none {
			if least := s.best[i] * root; v < least-0x1p-20*max(least, -least) {
				continue // surely less, without a division
			}
		}
		if v /= root; s.bestAt[i] == none || v > s.best[i] {
			s.best[i], s.bestAt[i] = v, clause
		}
	}
}

// addLearned turns the sums into candidates.
func (s *scan) addLearned(root float32) {
	n := len(s.candidates)
	for i := range s.weights.categories {
		k := &s.weights.categories[i]
		if k.category < 0 || s.sums.bestAt[i] < 0 || s.says(i, root) <= 0 {
			continue
		}
		if slices.ContainsFunc(s.candidates[:n], func(c candidate) bool { return c.reason == "" && c.rule.Category == k.rule.Category }) {
			continue
		}
		from, to := s.clauseSpan(int(s.sums.bestAt[i]))
		if slices.ContainsFunc(s.candidates[:n], func(c candidate) bool {
			return c.reason == Negated && c.rule.Category == k.rule.Category && c.start < to && c.end > from
		}) {
			continue // n-grams do not see what a negator denies
		}
		s.candidates = append(s.candidates, candidate{span: span{start: from, end: to, firstEnd: to, lastStart: from}, rule: &k.rule, index: int32(-1 - k.category)})
	}
	if len(s.candidates) > n {
		slices.SortStableFunc(s.candidates, func(a, b candidate) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	}
}

// clauseSpan bounds the c-th clause, the punctuation at its end left out.
func (s *scan) clauseSpan(c int) (from, to int32) {
	from, to = s.bounds[c], s.bounds[c+1]
	for to > from && lexicon.IsBoundary(s.text.Runes[to-1]) {
		to--
	}
	return from, to
}

// words returns the n-grams that speak most for the learned candidate c, at most three that do not overlap.
func (w *weights) words(s *scan, c *candidate) []string {
	type word struct {
		start, end int32
		says       int
	}
	category := uint8(slices.IndexFunc(w.categories, func(k weighed) bool { return k.rule.ID == c.rule.ID }))
	var list []word
	for at := c.start; at < c.end; at++ {
		here := window(s.text.Runes, at)
		for n := int32(1); n <= longestGram && at+n <= c.end; n++ {
			for _, g := range pieceOf(w.grams, w.said[w.trie.lookUp(here&windowMask[n])].piece) {
				if says := int(g.text) + int(g.clause); g.category == category && says > 0 {
					list = append(list, word{at, at + n, says})
				}
			}
		}
	}
	slices.SortStableFunc(list, func(a, b word) int { return cmp.Compare(b.says, a.says) })
	var kept []word
	var out []string
	for _, x := range list {
		if len(out) < 3 && !slices.ContainsFunc(kept, func(k word) bool { return k.start < x.end && x.start < k.end }) {
			kept = append(kept, x)
			out = append(out, s.slice(x.start, x.end))
		}
	}
	return out
}

// explain notes which clauses need no more explanation.
func (s *scan) explain() {
	n := len(s.bounds) - 1
	s.sums.explained = slices.Grow(s.sums.explained[:0], n)[:n]
	clear(s.sums.explained)
	for i := range s.candidates {
		c := &s.candidates[i]
		if c.reason != "" || s.fallback(c) {
			continue
		}
		for k := s.clauses[c.start]; k <= s.clauses[c.end-1]; k++ {
			s.sums.explained[k] = true
		}
	}
}
