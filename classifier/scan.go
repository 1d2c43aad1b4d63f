package classifier

import (
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
	epoch   int32
	slots   []partials
	// found by kind
	hits, nots, unlesses, words []span
	cues                        [][]span // by index of lexicon.CueKinds
	candidates                  []candidate
}

func newScan(e *engine) *scan {
	return &scan{engine: e, slots: make([]partials, e.slots), cues: make([][]span, len(lexicon.CueKinds))}
}

// cueIndex is the place of a kind in scan.cues.
func cueIndex(k lexicon.CueKind) int { return slices.Index(lexicon.CueKinds, k) }

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
		i := cueIndex(p.cue)
		s.cues[i] = append(s.cues[i], found)
	}
}

// splitClauses numbers the clauses: they end at punctuation, at white space or
// emoji used as such, and before conjunctions (cues of the kind boundary).
func (s *scan) splitClauses() {
	s.clauses = slices.Grow(s.clauses[:0], len(s.text.Runes))[:len(s.text.Runes)]
	clear(s.clauses)
	for _, m := range s.matches {
		for _, u := range s.uses[m.Pattern] {
			if p := &s.patterns[u.pattern]; p.kind == kindCue && p.cue == lexicon.Boundary && p.parts == 1 && !s.insidePseudo(m) {
				s.clauses[m.Start] = 1
			}
		}
	}
	n := int32(0)
	for i, r := range s.text.Runes {
		if s.clauses[i] == 1 || s.text.Breaks[i] || i > 0 && lexicon.IsBoundary(s.text.Runes[i-1]) && !lexicon.IsBoundary(r) {
			n++
		}
		s.clauses[i] = n
	}
}

// insidePseudo reports whether a longer word, a cue of the kind pseudo, covers m.
func (s *scan) insidePseudo(m matcher.Match) bool {
	for _, o := range s.matches {
		if o.Start <= m.Start && o.End >= m.End && o.End-o.Start > m.End-m.Start {
			for _, u := range s.uses[o.Pattern] {
				if p := &s.patterns[u.pattern]; p.kind == kindCue && p.cue == lexicon.Pseudo {
					return true
				}
			}
		}
	}
	return false
}

// maskCues drops the cues that a longer word of the kind pseudo covers.
func (s *scan) maskCues() {
	pseudo := s.cues[cueIndex(lexicon.Pseudo)]
	if len(pseudo) == 0 {
		return
	}
	for i, kind := range lexicon.CueKinds {
		if kind == lexicon.Pseudo || kind == lexicon.Lead || kind == lexicon.Tail {
			continue
		}
		s.cues[i] = slices.DeleteFunc(s.cues[i], func(c span) bool {
			return slices.ContainsFunc(pseudo, func(p span) bool {
				return p.start <= c.start && p.end >= c.end && p.end-p.start > c.end-c.start
			})
		})
	}
}

// clauseStart and clauseEnd bound the clause of the rune at: 0-based, end exclusive,
// punctuation left out.
func (s *scan) clauseStart(at int32) int32 {
	for at > 0 && s.clauses[at-1] == s.clauses[at] {
		at--
	}
	return at
}

func (s *scan) clauseEnd(at int32) int32 {
	for at < int32(len(s.clauses)) && s.clauses[at] == s.clauses[max(at-1, 0)] && !lexicon.IsBoundary(s.text.Runes[at]) {
		at++
	}
	return at
}

// beginsClause reports whether nothing but lead words stands before start in its clause.
func (s *scan) beginsClause(start int32) bool {
	return s.skipBack(start, s.clauseStart(start), s.cues[cueIndex(lexicon.Lead)])
}

func (s *scan) skipBack(at, until int32, by []span) bool {
	if at == until {
		return true
	}
	for _, c := range by {
		if c.end == at && c.start >= until && s.skipBack(c.start, until, by) {
			return true
		}
	}
	return false
}

// endsClause reports whether nothing but tail words stands after end in its clause.
func (s *scan) endsClause(end int32) bool {
	return s.skipForward(end, s.clauseEnd(end), s.cues[cueIndex(lexicon.Tail)])
}

func (s *scan) skipForward(at, until int32, by []span) bool {
	if at >= until {
		return true
	}
	for _, c := range by {
		if c.start == at && c.end <= until && s.skipForward(c.end, until, by) {
			return true
		}
	}
	return false
}
