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

// partial is the beginning of a pattern of several parts.
type partial struct {
	start, firstEnd, end int32
}

// partials are the latest beginnings of one pattern, oldest first.
type partials struct {
	epoch int32
	n     int8
	last  [4]partial
}

// scan is the work space of one text. It is reused and belongs to one
// goroutine at a time.
type scan struct {
	*engine
	text    lexicon.Text
	matches []matcher.Match
	clauses []int32 // clause number of each rune
	bounds  []int32 // where each clause begins, then the length of the text
	epoch   int32
	slots   []partials
	// found by kind, each in order of end
	hits, nots, unlesses, words []span
	cues                        [][]span // by index of lexicon.CueKinds
	candidates                  []candidate
	byLength                    []int32 // indices of candidates
	longest                     int32   // length of the longest candidate
}

// near bounds in characters how far a longer word, an `unless` or a cue around
// a match may reach beyond it, so that the work stays linear in the text.
const near = 40

func newScan(e *engine) *scan {
	return &scan{engine: e, slots: make([]partials, e.slots), cues: make([][]span, len(lexicon.CueKinds))}
}

// ending returns the spans of list, which is in order of end, that end in [from,to].
func ending(list []span, from, to int32) []span {
	lo, _ := slices.BinarySearchFunc(list, from, func(s span, end int32) int { return cmp.Compare(s.end, end) })
	hi, _ := slices.BinarySearchFunc(list[lo:], to+1, func(s span, end int32) int { return cmp.Compare(s.end, end) })
	return list[lo : lo+hi]
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
	s.epoch++
	s.splitClauses()
	for _, m := range s.matches {
		for _, u := range s.uses[m.Pattern] {
			s.extend(u, m)
		}
	}
	s.maskCues()
}

// extend takes an atom that may begin, continue or end a pattern.
func (s *scan) extend(u use, m matcher.Match) {
	p := &s.patterns[u.pattern]
	if u.part == 0 {
		s.advance(u, p, partial{m.Start, m.End, m.End}, m.Start)
		return
	}
	from := &s.slots[p.slot+u.part-1]
	if from.epoch != s.epoch {
		return
	}
	for i := from.n - 1; i >= 0; i-- {
		b := from.last[i]
		if b.end <= m.Start && m.Start-b.end <= p.gap && s.clauses[b.end-1] == s.clauses[m.Start] {
			s.advance(u, p, partial{b.start, b.firstEnd, m.End}, m.Start)
			return
		}
	}
}

// advance stores a beginning, or the whole pattern where it is complete.
func (s *scan) advance(u use, p *pattern, b partial, lastStart int32) {
	if u.part+1 == p.parts {
		s.complete(p, span{u.pattern, b.start, b.end, b.firstEnd, lastStart})
		return
	}
	to := &s.slots[p.slot+u.part]
	if to.epoch != s.epoch {
		to.epoch, to.n = s.epoch, 0
	}
	if int(to.n) == len(to.last) {
		copy(to.last[:], to.last[1:])
		to.n--
	}
	to.last[to.n] = b
	to.n++
}

func (s *scan) complete(p *pattern, found span) {
	switch p.kind {
	case kindRule:
		s.hits = append(s.hits, found)
	case kindNot:
		s.nots = append(s.nots, found)
	case kindUnless:
		s.unlesses = append(s.unlesses, found)
	case kindWord:
		s.words = append(s.words, found)
	case kindCue:
		s.cues[p.cue] = append(s.cues[p.cue], found)
	}
}

// splitClauses numbers the clauses: they end at punctuation, at white space or
// emoji used as such, and before conjunctions (cues of the kind boundary).
func (s *scan) splitClauses() {
	s.clauses = slices.Grow(s.clauses[:0], len(s.text.Runes))[:len(s.text.Runes)]
	clear(s.clauses)
	for i, m := range s.matches {
		if s.isCue(m, cueBoundary) && !s.insidePseudo(i) {
			s.clauses[m.Start] = 1
		}
	}
	s.bounds = append(s.bounds[:0], 0)
	n := int32(0)
	for i, r := range s.text.Runes {
		if i > 0 && (s.clauses[i] == 1 || s.text.Breaks[i] || lexicon.IsBoundary(s.text.Runes[i-1]) && !lexicon.IsBoundary(r)) {
			n++
			s.bounds = append(s.bounds, int32(i))
		}
		s.clauses[i] = n
	}
	s.bounds = append(s.bounds, int32(len(s.text.Runes)))
}

// isCue reports whether the atom alone is a cue of a kind.
func (s *scan) isCue(m matcher.Match, kind int) bool {
	return slices.ContainsFunc(s.uses[m.Pattern], func(u use) bool {
		p := &s.patterns[u.pattern]
		return p.kind == kindCue && p.cue == kind && p.parts == 1
	})
}

// insidePseudo reports whether a longer word, a cue of the kind pseudo, covers
// the i-th match.
func (s *scan) insidePseudo(i int) bool {
	m := s.matches[i]
	for i > 0 && s.matches[i-1].End == m.End {
		i--
	}
	for _, o := range s.matches[i:] {
		if o.End > m.End+near {
			break
		}
		if o.Start <= m.Start && o.End-o.Start > m.End-m.Start && s.isCue(o, cuePseudo) {
			return true
		}
	}
	return false
}

// maskCues drops the cues that a longer word of the kind pseudo covers.
func (s *scan) maskCues() {
	pseudo := s.cues[cuePseudo]
	if len(pseudo) == 0 {
		return
	}
	for i := range s.cues {
		if i == cuePseudo || i == cueLead || i == cueTail {
			continue
		}
		s.cues[i] = slices.DeleteFunc(s.cues[i], func(c span) bool {
			return slices.ContainsFunc(ending(pseudo, c.end, c.end+near), func(p span) bool {
				return p.start <= c.start && p.end-p.start > c.end-c.start
			})
		})
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

// beginsClause reports whether nothing but lead words stands before start in its clause.
func (s *scan) beginsClause(start int32) bool {
	return start-s.clauseStart(start) <= near && s.skipBack(start, s.clauseStart(start))
}

func (s *scan) skipBack(at, until int32) bool {
	if at == until {
		return true
	}
	for _, c := range ending(s.cues[cueLead], at, at) {
		if c.start >= until && s.skipBack(c.start, until) {
			return true
		}
	}
	return false
}

// endsClause reports whether nothing but tail words stands after end in its clause.
func (s *scan) endsClause(end int32) bool {
	until := s.clauseEnd(end)
	return until-end <= near && s.skipForward(end, until)
}

func (s *scan) skipForward(at, until int32) bool {
	if at >= until {
		return true
	}
	for _, c := range ending(s.cues[cueTail], at+1, until) {
		if c.start == at && s.skipForward(c.end, until) {
			return true
		}
	}
	return false
}
