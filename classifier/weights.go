package classifier

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"chaping/lexicon"
)

// weights judge what no rule explains: a linear model over runs of one to four
// characters ("n-grams"). A category that has no match is found where the whole
// text and one of its clauses that no match explains speak for it together:
//
//	text(c)/√(characters of the text) + max over clauses of clause(c)/√(characters of the clause) + bias(c) > 0
//
// The sums run over the n-grams within clauses. They are learned from labelled
// reviews by `go test ./classifier -run TestLearn -update`, see learn_test.go,
// and stand in lexicon/data/*.weights.
type weights struct {
	categories []weighed
	// slots is a hash table with open addressing.
	slots []gramSlot
	grams []gramWeight
}

// weighed is a category that the weights know.
type weighed struct {
	rule     lexicon.Rule // stands for the weights in results
	category int          // its place in the taxonomy, -1 where the industry has it no more
	bias     float32
}

type gramSlot struct {
	gram     uint64 // see window; 0: free
	from, to int32  // in weights.grams
}

type gramWeight struct {
	category     uint8
	text, clause int8
}

// The unit of the weights in a file.
const weightUnit = 1.0 / 16

// longestGram is how many characters an n-gram has at most.
const longestGram = 4

// learnedSwitch turns the weights off.
const learnedSwitch = "learned"

// newWeights decodes the weights of an industry, nil where it has none.
//
// A file has, in order: the number of categories, for each its id after its
// length and the bias as a float32; the number of n-grams, for each in
// ascending order the difference to the one before, the number of categories it
// speaks for, and for each its place, the weight in the text and the one in a
// clause. Numbers are uvarints, the last three single bytes.
func newWeights(ind *lexicon.Industry) (*weights, error) {
	if len(ind.Weights) == 0 || !ind.Switches[learnedSwitch] {
		return nil, nil
	}
	r := &reader{data: ind.Weights}
	w := &weights{}
	for range r.uvarint() {
		id := string(r.bytes(int(r.uvarint())))
		bias := math.Float32frombits(binary.LittleEndian.Uint32(r.bytes(4)))
		at := slices.IndexFunc(ind.Categories, func(c lexicon.Category) bool { return c.ID == id })
		w.categories = append(w.categories, weighed{lexicon.Rule{ID: "learned." + id, Category: id}, at, bias})
	}
	n := int(min(r.uvarint(), uint64(len(r.data))))
	size := 2
	for size < 2*n {
		size *= 2
	}
	w.slots = make([]gramSlot, size)
	w.grams = make([]gramWeight, 0, 3*n)
	gram := uint64(0)
	for range n {
		gram += r.uvarint()
		from := int32(len(w.grams))
		for range r.uvarint() {
			b := r.bytes(3)
			w.grams = append(w.grams, gramWeight{b[0], int8(b[1]), int8(b[2])})
			r.failed = r.failed || int(b[0]) >= len(w.categories)
			if r.failed {
				break
			}
		}
		if r.failed {
			return nil, fmt.Errorf("the weights of %s are damaged: learn them anew, see learn_test.go", ind.ID)
		}
		*w.slot(gram) = gramSlot{gram, from, int32(len(w.grams))}
	}
	return w, nil
}

// reader reads what newWeights describes.
type reader struct {
	data   []byte
	failed bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.data)
	if n <= 0 {
		r.failed = true
		return 0
	}
	r.data = r.data[n:]
	return v
}

// bytes returns the next n bytes, zeros where they are missing.
func (r *reader) bytes(n int) []byte {
	if n > len(r.data) {
		r.failed = true
		return make([]byte, min(n, 1<<10))
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

// slot returns where the n-gram is in the table, or the free place where it would be.
func (w *weights) slot(gram uint64) *gramSlot {
	mask := uint64(len(w.slots) - 1)
	at := gram * 0x9E3779B97F4A7C15 >> 20 & mask
	for w.slots[at].gram != 0 && w.slots[at].gram != gram {
		at = (at + 1) & mask
	}
	return &w.slots[at]
}

// sums add up what the n-grams of a text and of a clause say, by category of the weights.
type sums struct {
	text, clause, best []float32
	bestAt             []int32 // the clause that best is about
	explained          []bool  // clauses that a match of a specific category that counts reaches into
}

// eachGram calls do with what each n-gram of text[from:to] says.
func (w *weights) eachGram(text []rune, from, to int32, do func(said []gramWeight)) {
	for at := from; at < to; at++ {
		here := window(text, at)
		for n := int32(1); n <= longestGram && at+n <= to; n++ {
			s := w.slot(here & windowMask[n])
			if s.gram == 0 {
				continue
			}
			do(w.grams[s.from:s.to])
		}
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
	for _, list := range []*[]float32{&sum.text, &sum.clause, &sum.best} {
		*list = slices.Grow((*list)[:0], len(w.categories))[:len(w.categories)]
		clear(*list)
	}
	sum.bestAt = slices.Grow(sum.bestAt[:0], len(w.categories))[:len(w.categories)]
	for i := range sum.bestAt {
		sum.bestAt[i] = -1
	}
	s.explain()
	length := 0
	for c := range len(s.bounds) - 1 {
		from, to := s.clauseSpan(c)
		if from >= to {
			continue
		}
		length += int(to - from)
		clear(sum.clause)
		w.eachGram(s.text.Runes, from, to, func(said []gramWeight) {
			for _, g := range said {
				sum.text[g.category] += float32(g.text)
				sum.clause[g.category] += float32(g.clause)
			}
		})
		if to-from < 2 || sum.explained[c] {
			continue
		}
		root := float32(math.Sqrt(float64(to - from)))
		for i, v := range sum.clause {
			if v /= root; sum.bestAt[i] < 0 || v > sum.best[i] {
				sum.best[i], sum.bestAt[i] = v, int32(c)
			}
		}
	}
	return float32(math.Sqrt(float64(length)))
}

// says is what the sums say of the i-th category of the weights: it is found where that is above 0.
func (s *scan) says(i int, root float32) float32 {
	return (s.sums.text[i]/root+s.sums.best[i])*weightUnit + s.weights.categories[i].bias
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
			said := w.slot(here & windowMask[n])
			for _, g := range w.grams[said.from:said.to] {
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
