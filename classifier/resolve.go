package classifier

import (
	"cmp"
	"slices"
	"strings"
)

// resolve settles which candidates count where several stand in one place or
// say the same thing.
func (s *scan) resolve() {
	s.dropCovered()
	s.outrank()
	s.dropWeak()
}

// dropCovered keeps, of overlapping candidates of one category with the same
// verdict, the longest. A hit that counts is never covered by one that does not.
func (s *scan) dropCovered() {
	slices.SortStableFunc(s.candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.end-b.start, a.end-a.start), cmp.Compare(a.start, b.start), cmp.Compare(a.index, b.index))
	})
	kept := s.candidates[:0]
	for _, c := range s.candidates {
		covered := slices.ContainsFunc(kept, func(k candidate) bool {
			return k.rule.Category == c.rule.Category && k.start < c.end && c.start < k.end && (k.reason == "" || c.reason != "")
		})
		if !covered {
			kept = append(kept, c)
		}
	}
	s.candidates = kept
	slices.SortStableFunc(s.candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end), cmp.Compare(a.index, b.index))
	})
}

// outrank takes away what a rule with beats overlaps.
func (s *scan) outrank() {
	for i := range s.candidates {
		c := &s.candidates[i]
		if c.reason != "" {
			continue
		}
		for _, o := range s.candidates {
			if o.reason == "" && s.beats[o.index][c.rule.Category] && o.start < c.end && c.start < o.end {
				c.reason, c.cue = Outranked, o.rule.ID
				break
			}
		}
	}
}

// dropWeak takes away weak matches and fallback categories where a stronger
// label stands.
func (s *scan) dropWeak() {
	fallback := func(c *candidate) bool { return s.industry.Categories[s.order[c.rule.Category]].Fallback }
	for _, pass := range []func(c *candidate) []string{
		func(c *candidate) []string { return c.rule.Weak },
		func(c *candidate) []string {
			if fallback(c) {
				return []string{""}
			}
			return nil
		},
	} {
		for i := range s.candidates {
			c := &s.candidates[i]
			prefixes := pass(c)
			if c.reason != "" || len(prefixes) == 0 {
				continue
			}
			for j := range s.candidates {
				o := &s.candidates[j]
				stronger := o.reason == "" && !fallback(o) && o.rule.Category != c.rule.Category && (fallback(c) || len(o.rule.Weak) == 0)
				if stronger && slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(o.rule.Category, p) }) {
					c.reason, c.cue = Weak, o.rule.ID
					break
				}
			}
		}
	}
}

// result writes the candidates down.
func (s *scan) result(text string) Result {
	r := Result{Labels: []string{}, Hits: []Hit{}, Suppressed: []Suppressed{}}
	if len(s.candidates) == 0 {
		return r
	}
	original := []rune(text)
	seen := make([]bool, len(s.industry.Categories))
	for _, c := range s.candidates {
		h := s.hit(c, original)
		if c.reason != "" {
			r.Suppressed = append(r.Suppressed, Suppressed{h, c.reason, c.cue})
			continue
		}
		r.Hits = append(r.Hits, h)
		seen[s.order[c.rule.Category]] = true
	}
	for i, on := range seen {
		if on {
			r.Labels = append(r.Labels, s.industry.Categories[i].ID)
		}
	}
	return r
}

// hit cuts a candidate's evidence from the original text.
func (s *scan) hit(c candidate, original []rune) Hit {
	at := s.text.Original(int(c.start), int(c.end))
	return Hit{c.rule.Category, c.rule.ID, string(original[at.Start:at.End]), int(at.Start), int(at.End)}
}
