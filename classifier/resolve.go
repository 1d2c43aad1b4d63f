package classifier

import (
	"cmp"
	"slices"
	"strings"

	"chaping/lexicon"
)

// resolve settles which candidates count where several stand in one place or
// say the same thing.
func (s *scan) resolve() {
	s.dropCovered()
	s.dropTooLong()
	s.outrank()
	s.dropWeak()
	s.weigh()
	s.dropFallbacks()
}

// dropCovered keeps, of overlapping candidates of one category with the same
// verdict, the longest. A hit that counts is never covered by one that does not,
// nor a strong one by a weak one. Candidates are in order of start.
func (s *scan) dropCovered() {
	list := s.candidates
	s.byLength = s.byLength[:0]
	s.longest = 0
	for i, c := range list {
		s.byLength = append(s.byLength, int32(i))
		s.longest = max(s.longest, c.end-c.start)
	}
	slices.SortStableFunc(s.byLength, func(a, b int32) int {
		return cmp.Compare(list[b].end-list[b].start, list[a].end-list[a].start)
	})
	for _, i := range s.byLength {
		c := &list[i]
		c.kept = !s.overlapped(int(i), func(k *candidate) bool {
			return k.kept && k.rule.Category == c.rule.Category && (k.reason == "" || c.reason != "") &&
				(!k.weak() || c.weak())
		})
	}
	s.candidates = slices.DeleteFunc(list, func(c candidate) bool { return !c.kept })
}

// overlapped reports whether a candidate that overlaps the i-th one satisfies
// is. Candidates must be in order of start, none longer than s.longest.
func (s *scan) overlapped(i int, is func(*candidate) bool) bool {
	c := &s.candidates[i]
	for j := i - 1; j >= 0 && s.candidates[j].start+s.longest > c.start; j-- {
		if o := &s.candidates[j]; o.end > c.start && is(o) {
			return true
		}
	}
	for j := i + 1; j < len(s.candidates) && s.candidates[j].start < c.end; j++ {
		if is(&s.candidates[j]) {
			return true
		}
	}
	return false
}

// dropTooLong takes away what does not count in a review of this length.
func (s *scan) dropTooLong() {
	for i := range s.candidates {
		c := &s.candidates[i]
		if limit := s.categoryOf(c).MaxLength; c.reason == "" && limit > 0 && len(s.text.Runes) > limit {
			c.reason = TooLong
		}
	}
}

// outrank takes away what a rule with beats overlaps. What is itself outranked
// still outranks: the order in the text makes no difference.
func (s *scan) outrank() {
	for i := range s.candidates {
		s.candidates[i].counts = s.candidates[i].reason == ""
	}
	for i := range s.candidates {
		c := &s.candidates[i]
		if !c.counts {
			continue
		}
		s.overlapped(i, func(o *candidate) bool {
			if !o.counts || !s.beats[o.index][c.rule.Category] {
				return false
			}
			c.reason, c.cue = Outranked, o.rule.ID
			return true
		})
	}
}

// dropWeak takes away weak matches where a stronger label stands.
func (s *scan) dropWeak() {
	strong := s.strong(func(c *candidate) bool { return !c.weak() && !s.fallback(c) })
	for i := range s.candidates {
		c := &s.candidates[i]
		if c.reason != "" || !c.weak() || s.fallback(c) {
			continue
		}
		c.yield(strong, c.rule.Weak)
		if len(c.rule.WeakNear) > 0 && c.reason == "" {
			c.yield(s.strongBeside(i), c.rule.WeakNear)
		}
	}
}

// dropFallbacks takes away matches of fallback categories where any other label stands.
func (s *scan) dropFallbacks() {
	strong := s.strong(func(c *candidate) bool { return !s.fallback(c) })
	for i := range s.candidates {
		c := &s.candidates[i]
		if c.reason == "" && s.fallback(c) {
			c.yield(strong, anyCategory)
		}
	}
}

func (c *candidate) weak() bool { return len(c.rule.Weak) > 0 || len(c.rule.WeakNear) > 0 }

// beside bounds how many candidates before and after one strongBeside looks at,
// so that the work stays linear where a clause is full of them.
const beside = 40

// strongBeside returns the strong candidates that count in the i-th one's clause and those beside it.
func (s *scan) strongBeside(i int) []*candidate {
	var out []*candidate
	clause := s.clauses[s.candidates[i].start]
	from, to := s.bounds[max(0, clause-1)], s.bounds[min(int(clause)+2, len(s.bounds)-1)]
	for j := i - 1; j >= max(0, i-beside) && s.candidates[j].start >= from; j-- {
		out = append(out, &s.candidates[j])
	}
	for j := i + 1; j < min(len(s.candidates), i+beside) && s.candidates[j].start < to; j++ {
		out = append(out, &s.candidates[j])
	}
	return slices.DeleteFunc(out, func(o *candidate) bool { return o.reason != "" || o.weak() || s.fallback(o) })
}

// anyCategory is the prefix of every category id.
var anyCategory = []string{""}

func (s *scan) categoryOf(c *candidate) *lexicon.Category {
	return &s.industry.Categories[s.place(c)]
}

// place is where c's category is in the taxonomy.
func (s *scan) place(c *candidate) int {
	if c.index < 0 {
		return int(-1 - c.index)
	}
	return s.category[c.index]
}

func (s *scan) fallback(c *candidate) bool { return s.categoryOf(c).Fallback }

// strong returns the first candidate that counts of each category, of those that is accepts.
// The slice is good until the next call.
func (s *scan) strong(is func(*candidate) bool) []*candidate {
	out := s.strongest[:0]
	for i := range s.candidates {
		c := &s.candidates[i]
		if c.reason == "" && is(c) && !slices.ContainsFunc(out, func(o *candidate) bool { return o.rule.Category == c.rule.Category }) {
			out = append(out, c)
		}
	}
	s.strongest = out
	return out
}

// yield takes c away if one of the stronger ones has another category with one of the prefixes.
func (c *candidate) yield(stronger []*candidate, prefixes []string) {
	for _, o := range stronger {
		if o.rule.Category != c.rule.Category && slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(o.rule.Category, p) }) {
			c.reason, c.cue = Weak, o.rule.ID
			return
		}
	}
}

// result writes the candidates down.
func (s *scan) result() Result {
	r := Result{Labels: []string{}, Hits: []Hit{}, Suppressed: []Suppressed{}}
	if len(s.candidates) == 0 {
		return r
	}
	hits := 0
	for i := range s.candidates {
		if s.candidates[i].reason == "" {
			hits++
		}
	}
	if hits > 0 {
		r.Hits = make([]Hit, 0, hits)
	}
	if rest := len(s.candidates) - hits; rest > 0 {
		r.Suppressed = make([]Suppressed, 0, rest)
	}
	clear(s.labelled)
	for i := range s.candidates {
		c := &s.candidates[i]
		h := s.quote(c)
		if c.reason != "" {
			r.Suppressed = append(r.Suppressed, Suppressed{h, c.reason, c.cue})
			continue
		}
		r.Hits = append(r.Hits, h)
		s.labelled[s.place(c)] = true
	}
	r.Labels = s.labels()
	return r
}

// labels returns the ids of the labelled categories, in one slice of their size.
func (s *scan) labels() []string {
	n := 0
	for _, on := range s.labelled {
		if on {
			n++
		}
	}
	out := make([]string, 0, n)
	for i, on := range s.labelled {
		if on {
			out = append(out, s.industry.Categories[i].ID)
		}
	}
	return out
}

// quote cuts a candidate's evidence from the original text.
func (s *scan) quote(c *candidate) Hit {
	at := s.text.Original(int(c.start), int(c.end))
	return Hit{c.rule.Category, c.rule.ID, s.text.Quote(at), int(at.Start), int(at.End)}
}
