package classifier

import (
	"cmp"
	"slices"

	"chaping/lexicon"
)

// reach is how many characters before a match a cue such as 要是 or 上次 acts.
const reach = 14

// candidate is a hit on its way to a verdict.
type candidate struct {
	span
	rule   *lexicon.Rule
	index  int32 // of the rule, or -1 less the category's place where no rule but the weights found it
	reason Reason
	cue    string
	kept   bool // see dropCovered
	counts bool // see outrank
}

// judge turns the hits into candidates and finds what takes each away.
func (s *scan) judge() {
	for _, h := range s.hits {
		if !s.anchored(h) {
			continue
		}
		index := s.patterns[h.pattern].rule
		c := candidate{span: h, rule: &s.industry.Rules[index], index: index}
		if c.rule.Negation == lexicon.Flip {
			if !s.flip(&c) {
				continue
			}
		}
		s.verdict(&c)
		s.candidates = append(s.candidates, c)
	}
	slices.SortStableFunc(s.candidates, byStart)
	s.spreadNegation()
}

// byStart orders candidates by place, then by rule.
func byStart(a, b candidate) int {
	return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end), cmp.Compare(a.index, b.index))
}

// spreadNegation lets a negator reach over a conjunction: 没有缩水和掉色.
func (s *scan) spreadNegation() {
	if len(s.cues[cueAnd]) == 0 {
		return
	}
	for i := range s.candidates {
		c := &s.candidates[i]
		if c.reason != "" || c.rule.Negation != lexicon.Drop {
			continue
		}
		for _, and := range ending(s.cues[cueAnd], c.start, c.start) {
			for j := i - 1; j >= 0 && c.start-s.candidates[j].start <= near; j-- {
				if o := &s.candidates[j]; o.reason == Negated && o.end == and.start {
					c.reason, c.cue = Negated, o.cue
				}
			}
		}
	}
}

// flip looks for the negator that makes praise a complaint and takes it into
// the span.
func (s *scan) flip(c *candidate) bool {
	n := s.negators(c.lastStart)
	if n.count%2 == 0 && c.lastStart != c.start {
		n = s.negators(c.start)
	}
	if n.count%2 == 0 {
		return false
	}
	c.start = min(c.start, n.nearest.start)
	return true
}

func (s *scan) verdict(c *candidate) {
	c.reason, c.cue = s.excluded(c)
	if c.reason == "" && c.rule.Negation == lexicon.Drop {
		c.reason, c.cue = s.negated(c)
	}
	if c.reason == "" {
		c.reason, c.cue = s.unless(c)
	}
	if c.reason == "" {
		c.reason, c.cue = s.distant(c)
	}
}

// excluded looks for a longer word over one of the match's parts.
func (s *scan) excluded(c *candidate) (Reason, string) {
	for _, n := range ending(s.nots, c.start+1, c.end+near) {
		if s.patterns[n.pattern].rule == c.index && s.anchored(n) && overlaps(n, c.span) {
			return Excluded, s.slice(n.start, n.end)
		}
	}
	for _, w := range ending(s.words, c.firstEnd, c.end+near) {
		for _, part := range [2][2]int32{{c.span.start, c.firstEnd}, {c.lastStart, c.end}} {
			inside := w.start <= part[0] && w.end >= part[1] && w.end-w.start > part[1]-part[0]
			if inside {
				return InWord, s.slice(w.start, w.end)
			}
		}
	}
	return "", ""
}

// overlaps reports whether n shares a character with the first or last part of c.
func overlaps(n, c span) bool {
	return n.start < c.firstEnd && c.start < n.end || n.start < c.end && c.lastStart < n.end
}

// anchored reports whether the clause is as ^ and $ of the pattern demand.
func (s *scan) anchored(f span) bool {
	p := &s.patterns[f.pattern]
	return (!p.atStart || s.beginsClause(f.start)) && (!p.atEnd || s.endsClause(f.end))
}

// slice is a piece of the normalised text.
func (s *scan) slice(start, end int32) string { return string(s.text.Runes[start:end]) }

// negation is what stands before a place.
type negation struct {
	count   int  // negators in a row; two cancel out
	nearest span // the negator nearest to the match
}

// negators walks back from at over fillers and negators.
func (s *scan) negators(at int32) negation {
	var n negation
	if at == 0 {
		return n
	}
	until := s.clauseStart(min(at, int32(len(s.clauses))-1))
	for _, f := range ending(s.cues[cueFiller], at+1, at+2) {
		if f.start < at && f.start >= until { // 没有[一个]坏的, where the match is 个坏
			at = f.start
			break
		}
	}
	for {
		neg, okNeg := s.longestEndingAt(cueNegator, at, until)
		fill, okFill := s.longestEndingAt(cueFiller, at, until)
		switch {
		case okNeg && (!okFill || neg.start <= fill.start):
			n.count++
			if n.count == 1 {
				n.nearest = neg
			}
			at = neg.start
		case okFill:
			at = fill.start
		default:
			return n
		}
	}
}

func (s *scan) longestEndingAt(kind int, at, until int32) (span, bool) {
	var best span
	found := false
	for _, c := range ending(s.cues[kind], at, at) {
		if c.start >= until && (!found || c.start < best.start) && s.anchored(c) {
			best, found = c, true
		}
	}
	return best, found
}

// negated looks for a negator before the match or its last part, or a denial
// right after it.
func (s *scan) negated(c *candidate) (Reason, string) {
	n := s.negators(c.start)
	if n.count%2 == 0 && c.lastStart != c.start {
		n = s.negators(c.lastStart)
	}
	if n.count%2 == 1 {
		return Negated, s.slice(n.nearest.start, n.nearest.end)
	}
	for _, f := range ending(s.cues[cueSuffix], c.end+1, c.end+near) {
		if (f.start == c.end || f.start == c.end-1) && s.anchored(f) { // a final 的 may belong to both
			return Negated, s.slice(f.start, f.end)
		}
	}
	return "", ""
}

func (s *scan) unless(c *candidate) (Reason, string) {
	for _, u := range ending(s.unlesses, c.start-near, c.end+near) {
		if s.patterns[u.pattern].rule == c.index && s.clauses[u.start] == s.clauses[c.lastStart] && s.anchored(u) {
			return Unless, s.slice(u.start, u.end)
		}
	}
	return "", ""
}

// distantKinds are the cues that act from afar within the clause.
var distantKinds = func() []distantKind {
	list := []distantKind{
		{kind: lexicon.Unlike, reason: Unlike}, // before Other: 不像别家 holds 别家
		{kind: lexicon.Question, reason: Question},
		{kind: lexicon.Condition, reason: Condition},
		{kind: lexicon.Worry, reason: Worry},
		{kind: lexicon.Past, reason: Past},
		{kind: lexicon.Other, reason: Other},
		{kind: lexicon.Hearsay, reason: Hearsay},
	}
	for i := range list {
		list[i].index = slices.Index(lexicon.CueKinds, list[i].kind)
	}
	return list
}()

type distantKind struct {
	kind   lexicon.CueKind
	index  int // into scan.cues
	reason Reason
}

// distant looks for a cue earlier in the clause, or around the match, with no
// reset between.
func (s *scan) distant(c *candidate) (Reason, string) {
	for _, d := range distantKinds {
		if slices.Contains(c.rule.Ignore, d.kind) {
			continue
		}
		for _, cue := range ending(s.cues[d.index], c.start-reach, c.end+near) {
			around := cue.start <= c.start && cue.end >= c.end
			before := cue.end <= c.start
			if (around || before) && s.clauses[cue.start] == s.clauses[c.start] && s.anchored(cue) && !s.reset(cue.firstEnd, c.start) {
				return d.reason, s.slice(cue.start, cue.end)
			}
		}
	}
	return "", ""
}

func (s *scan) reset(from, to int32) bool {
	return slices.ContainsFunc(ending(s.cues[cueReset], from, to), func(r span) bool { return r.start >= from })
}
