package classifier

import (
	"cmp"
	"slices"

	"chaping/internal/matcher"
	"chaping/lexicon"
)

// span is a whole pattern found in the normalised text. Offsets are runes of
// the normalised text.
type span struct {
	pattern    int32
	start, end int32
	// firstEnd and lastStart bound the first and the last part; they are end
	// and start where the pattern has one part.
	firstEnd, lastStart int32
}

// scan is the work space of one text. It is reused and belongs to one
// goroutine at a time.
type scan struct {
	*engine
	text    lexicon.Text
	matches []matcher.Match
	clauses []int32 // clause number of each rune
	bounds  []int32 // where each clause begins, then the length of the text
	// found by kind, each in order of end
	hits, nots, unlesses, words []span
	cues                        [][]span // by index of lexicon.CueKinds
	candidates                  []candidate
	bytes                       []byte
	byLength                    []int32 // indices of candidates
	strongest                   []*candidate
	labelled                    []bool // by category
	longest                     int32  // length of the longest candidate

	// inText and inClause are the groups of atoms that the text and the clause
	// have. While rules are looked for, from and until bound the clause.
	inText, inClause bitset
	from, until      int32

	later     []matcher.Match // those that the stages after stageRules need
	rulesHit  bitset          // rules that have a hit
	negatable []bool          // places where a negator or a filler ends, or may have ended
}

// near bounds in characters how far a longer word, an `unless` or a cue around
// a match may reach beyond it, so that the work stays linear in the text.
const near = 40

func newScan(e *engine) *scan {
	return &scan{
		engine: e, cues: make([][]span, len(lexicon.CueKinds)),
		inText: e.groups[inText].newSet(), inClause: e.groups[inClause].newSet(), rulesHit: make(bitset, len(e.industry.Rules)/64+1), labelled: make([]bool, len(e.industry.Categories)),
	}
}

// ending returns the spans of list, which is in order of end, that end in [from,to].
func ending(list []span, from, to int32) []span {
	lo, hi := 0, len(list)
	for lo < hi {
		if mid := (lo + hi) / 2; list[mid].end < from {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for hi = lo; hi < len(list) && list[hi].end <= to; hi++ {
	}
	return list[lo:hi]
}

// run fills the scan for text.
func (s *scan) run(text string) {
	s.text.Reset(text)
	s.matches = s.match.AppendMatches(s.matches[:0], s.text.Runes)
	s.hits, s.nots, s.unlesses, s.words = s.hits[:0], s.nots[:0], s.unlesses[:0], s.words[:0]
	s.candidates = s.candidates[:0]
	for i := range s.cues {
		s.cues[i] = s.cues[i][:0]
	}
	n := len(s.text.Runes)
	s.clauses = slices.Grow(s.clauses[:0], n+1)[:n+1]
	clear(s.clauses)
	s.bounds = append(s.bounds[:0], 0, int32(n)) // all is one clause until splitClauses
	s.sift()
	s.splitClauses()
	s.findRules()
	if len(s.hits) == 0 {
		return
	}
	s.look(stageNegation, s.later)
	s.dropPraise()
	if len(s.hits) == 0 {
		return
	}
	clear(s.rulesHit)
	for _, h := range s.hits {
		s.rulesHit.add(s.patterns[h.pattern].rule)
	}
	s.look(stageContext, s.later)
	for _, list := range s.cues {
		sortByEnd(list)
	}
	sortByEnd(s.nots)
	sortByEnd(s.unlesses)
	sortByEnd(s.words)
	s.maskCues()
}

// look finds the patterns of a stage that have an anchor among the matches.
func (s *scan) look(at stage, matches []matcher.Match) {
	for i := range matches {
		m := &matches[i]
		a := &s.atoms[m.Pattern]
		if from, to := a.uses[at], a.uses[at+1]; from < to {
			s.follow(s.uses[from:to], m)
		}
	}
}

// sift goes through all matches: it notes what groups the text has, follows
// what splits it into clauses, and keeps the matches that the stages after
// stageRules need.
func (s *scan) sift() {
	clear(s.inText)
	s.inText.add(noGroup)
	s.later = s.later[:0]
	for i := range s.matches {
		m := &s.matches[i]
		a := &s.atoms[m.Pattern]
		s.inText.addAll(s.groups[inText].bits[a.groups[inText][0]:a.groups[inText][1]])
		if a.uses[stageClauses] < a.uses[stageClauses+1] {
			s.follow(s.uses[a.uses[stageClauses]:a.uses[stageClauses+1]], m)
		}
		if a.uses[stageRules+1] < a.uses[stages] {
			s.later = append(s.later, *m)
		}
	}
}

// findRules finds what the rules look for, clause by clause: a pattern with
// gaps is compared only in a clause that has what its parts need.
func (s *scan) findRules() {
	rest := s.matches
	for c := range len(s.bounds) - 1 {
		s.from, s.until = s.bounds[c], s.bounds[c+1]
		n := 0
		for n < len(rest) && rest[n].End <= s.until {
			n++
		}
		clear(s.inClause)
		s.inClause.add(noGroup)
		for i := range rest[:n] {
			a := &s.atoms[rest[i].Pattern].groups[inClause]
			s.inClause.addAll(s.groups[inClause].bits[a[0]:a[1]])
		}
		s.look(stageRules, rest[:n])
		rest = rest[n:]
	}
}

// dropPraise takes away the hits of flip rules that surely nothing negates: most of them.
func (s *scan) dropPraise() {
	n := len(s.text.Runes) + 1
	s.negatable = slices.Grow(s.negatable[:0], n)[:n]
	clear(s.negatable)
	for _, c := range s.cues[cueNegator] {
		s.negatable[c.end] = true
	}
	for _, c := range s.cues[cueFiller] {
		for at := max(c.start+1, c.end-2); at <= c.end; at++ { // it may reach into the match
			s.negatable[at] = true
		}
	}
	s.hits = slices.DeleteFunc(s.hits, func(h span) bool {
		rule := &s.industry.Rules[s.patterns[h.pattern].rule]
		return rule.Negation == lexicon.Flip && !s.negatable[h.start] && !s.negatable[h.lastStart]
	})
}

func sortByEnd(list []span) {
	for i := 1; i < len(list); i++ {
		if list[i].end < list[i-1].end {
			slices.SortStableFunc(list, func(a, b span) int { return cmp.Compare(a.end, b.end) })
			return
		}
	}
}

// splitClauses numbers the clauses: they end at punctuation, at white space or
// emoji used as such, and before conjunctions (cues of the kind boundary).
func (s *scan) splitClauses() {
	n := int32(len(s.text.Runes))
	// s.clauses first has 1 where a clause begins and 0 elsewhere, the end included
	sortByEnd(s.cues[cuePseudo])
	for _, b := range s.cues[cueBoundary] {
		if !s.insidePseudo(b) {
			s.clauses[b.start] = 1
		}
	}
	for k, i := range s.text.Marks {
		if last := k == len(s.text.Marks)-1 || s.text.Marks[k+1] != i+1; last && !s.insideNumber(i) {
			s.clauses[i+1] = 1
		}
	}
	for _, i := range s.text.Gaps {
		s.clauses[i] = 1
	}
	s.bounds = append(s.bounds[:0], 0)
	s.clauses = s.clauses[:n]
	clause := int32(0)
	for i, begins := range s.clauses {
		if begins != 0 && i > 0 {
			clause++
			s.bounds = append(s.bounds, int32(i))
		}
		s.clauses[i] = clause
	}
	s.bounds = append(s.bounds, n)
}

// insideNumber reports whether the i-th rune is a point between digits.
func (s *scan) insideNumber(i int32) bool {
	text := s.text.Runes
	return text[i] == '.' && i > 0 && int(i)+1 < len(text) && isDigit(text[i-1]) && isDigit(text[i+1])
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// insidePseudo reports whether a longer word, a cue of the kind pseudo, covers c.
func (s *scan) insidePseudo(c span) bool {
	return slices.ContainsFunc(ending(s.cues[cuePseudo], c.end, c.end+near), func(p span) bool {
		return p.start <= c.start && p.end-p.start > c.end-c.start
	})
}

// cutByBoundary reports whether the word p begins inside a conjunction and is
// none: 是不是 in 但是不是很甜.
func (s *scan) cutByBoundary(p span) bool {
	return slices.ContainsFunc(ending(s.cues[cueBoundary], p.start+1, p.end), func(b span) bool { return b.start < p.start && b.end < p.end })
}

// maskCues drops the cues that a longer word of the kind pseudo covers.
func (s *scan) maskCues() {
	s.cues[cuePseudo] = slices.DeleteFunc(s.cues[cuePseudo], s.cutByBoundary)
	if len(s.cues[cuePseudo]) == 0 {
		return
	}
	for i := range s.cues {
		if i == cuePseudo || i == cueLead || i == cueTail {
			continue
		}
		s.cues[i] = slices.DeleteFunc(s.cues[i], s.insidePseudo)
	}
}

// clauseStart is where the clause of the rune at begins.
func (s *scan) clauseStart(at int32) int32 { return s.bounds[s.clauses[at]] }

// clauseEnd is where the clause of the rune before at ends, its punctuation left out.
func (s *scan) clauseEnd(at int32) int32 {
	end := s.bounds[s.clauses[at-1]+1]
	for end > at && lexicon.IsBoundary(s.text.Runes[end-1]) {
		end--
	}
	return end
}

// beginsClause reports whether nothing but lead words stands before start in
// its clause, or in its item of a list (小、硬、酸).
func (s *scan) beginsClause(start int32) bool {
	until := s.clauseStart(start)
	reached := mask(1) // bit i: the place i characters before start
	for i := int32(0); i < 64 && reached>>i != 0; i++ {
		at := start - i
		if reached>>i&1 == 0 {
			continue
		}
		if at == until || s.text.Runes[at-1] == '、' {
			return true
		}
		for _, c := range ending(s.cues[cueLead], at, at) {
			if n := start - c.start; c.start >= until && n < 64 {
				reached |= 1 << n
			}
		}
	}
	return false
}

// endsClause reports whether nothing but tail words stands after end in its
// clause, or in its item of a list.
func (s *scan) endsClause(end int32) bool {
	until := s.clauseEnd(end)
	reached := mask(1) // bit i: the place i characters after end
	for i := int32(0); i < 64 && reached>>i != 0; i++ {
		at := end + i
		if reached>>i&1 == 0 {
			continue
		}
		if at >= until || s.text.Runes[at] == '、' {
			return true
		}
		for _, c := range ending(s.cues[cueTail], at+1, at+near) {
			if n := c.end - end; c.start == at && c.end <= until && n < 64 {
				reached |= 1 << n
			}
		}
	}
	return false
}
