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
	finder
	text    lexicon.Text
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

	inClause, inText bitset // the numbered parts that the clause and the text have
	rulesHit         bitset // 0, and one more than each rule that has a hit
	clausesHit       []bool // clauses that have a hit
	negatable        []bool // places where a negator or a filler ends, or may have ended
	pasted           bool   // a template may be there
	praise           []matcher.Match
	pairs            []uint64 // of neighbouring letters
	sums             sums     // of what the weights say
}

// near bounds in characters how far a longer word, an `unless` or a cue around
// a match may reach beyond it, so that the work stays linear in the text.
const near = 40

func newScan(e *engine) *scan {
	return &scan{
		engine: e, finder: finder{reached: make([]int32, len(e.patterns))}, cues: make([][]span, len(lexicon.CueKinds)),
		inClause: newBitset(e.always.parts + 1), inText: newBitset(e.always.parts + 1),
		rulesHit: newBitset(int32(len(e.industry.Rules)) + 1), labelled: make([]bool, len(e.industry.Categories)),
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
	s.hits, s.nots, s.unlesses, s.words = s.hits[:0], s.nots[:0], s.unlesses[:0], s.words[:0]
	s.candidates = s.candidates[:0]
	for i := range s.cues {
		s.cues[i] = s.cues[i][:0]
	}
	n := len(s.text.Runes)
	s.clauses = slices.Grow(s.clauses[:0], n+1)[:n+1]
	clear(s.clauses)
	s.bounds = append(s.bounds[:0], 0, int32(n)) // all is one clause until splitClauses
	s.findAlways()
	if len(s.hits) > 0 {
		s.dropPraise()
	}
	if len(s.hits) > 0 {
		s.findAround()
	}
}

// findAlways finds what splits the text into clauses, then what else is looked
// for in every text.
func (s *scan) findAlways() {
	s.pasted = s.templates.beginAcross(&s.text)
	s.finder.begin(s.always)
	s.always.find(&s.finder, &s.text, 0, len(s.text.Runes), everything)
	for i := range s.found {
		if o := &s.found[i]; s.patterns[o.pattern].splits() {
			s.complete(o)
		}
	}
	s.splitClauses()
	for i := range s.found {
		if o := &s.found[i]; !s.patterns[o.pattern].splits() {
			s.complete(o)
		}
	}
	s.completeGapped()
}

// everything is asked for by what is looked for in every text.
var everything = bitset{1}

// completeGapped takes the occurrences of patterns with gaps to the whole
// pattern: most can't, since the clause lacks a part.
func (s *scan) completeGapped() {
	stands, list := s.stands, s.keyed
	for _, until := range s.bounds[1:] {
		if len(list) == 0 {
			break
		}
		n := 0
		for n < len(stands) && stands[n].start < until {
			n++
		}
		if list[0].start < until {
			s.collect(s.inClause, stands[:n])
		}
		for ; len(list) > 0 && list[0].start < until; list = list[1:] {
			if list[0].end > until { // what the next clause has is not known
				s.completeDue(&list[0], nil)
			} else {
				s.completeDue(&list[0], s.inClause)
			}
		}
		stands = stands[n:]
	}
	if len(s.across) > 0 {
		s.collect(s.inText, s.stands)
	}
	for i := range s.across {
		s.completeDue(&s.across[i], s.inText)
	}
}

// collect makes set that of the parts that stand somewhere.
func (s *scan) collect(set bitset, stands []stand) {
	clear(set)
	for i := range stands {
		set.addAll(pieceOf(s.outputs.sets, stands[i].set))
	}
}

// completeDue completes what is looked for by the parts that k is about, where
// the other parts are there; nil says that they may be.
func (s *scan) completeDue(k *keyed, there bitset) {
	for _, d := range pieceOf(s.outputs.dues, k.due) {
		if there != nil && !there.has(d.ask) || !s.passes(s.always, d.pattern, k.end) || there != nil && !s.hasParts(there, d.pattern) {
			continue
		}
		s.complete(&occurrence{d.pattern, k.start, k.end, k.stands})
	}
}

// hasParts reports whether the other parts of a pattern are there.
func (s *scan) hasParts(there bitset, pattern int32) bool {
	for _, part := range s.patterns[pattern].parts {
		if part != 0 && !there.has(part) {
			return false
		}
	}
	return true
}

// findAround finds what changes the meaning of the hits: in their clauses, and
// in those before that end without punctuation, since longer words may reach
// over a conjunction.
func (s *scan) findAround() {
	clear(s.rulesHit)
	s.rulesHit.add(0)
	s.clausesHit = slices.Grow(s.clausesHit[:0], len(s.bounds))[:len(s.bounds)]
	clear(s.clausesHit)
	for _, h := range s.hits {
		s.rulesHit.add(s.patterns[h.pattern].rule + 1)
		for c := s.clauses[h.start]; c <= s.clauses[h.end-1]; c++ {
			s.clausesHit[c] = true
		}
	}
	for c := len(s.bounds) - 2; c > 0; c-- {
		begin := s.bounds[c]
		if s.clausesHit[c] && !s.text.Breaks[begin] && !lexicon.IsBoundary(s.text.Runes[begin-1]) {
			s.clausesHit[c-1] = true
		}
	}
	s.finder.begin(s.around)
	for c, hit := range s.clausesHit {
		if hit {
			s.around.find(&s.finder, &s.text, int(s.bounds[c]), int(s.bounds[c+1]), s.rulesHit)
		}
	}
	for i := range s.found {
		s.complete(&s.found[i])
	}
	for i := range s.keyed {
		k := &s.keyed[i]
		for _, d := range pieceOf(s.outputs.dues, k.due) {
			if s.rulesHit.has(d.ask) && s.passes(s.around, d.pattern, k.end) {
				s.complete(&occurrence{d.pattern, k.start, k.end, k.stands})
			}
		}
	}
	for _, list := range s.cues {
		sortByEnd(list)
	}
	sortByEnd(s.nots)
	sortByEnd(s.unlesses)
	sortByEnd(s.words)
	s.maskCues()
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
	reached := uint64(1) // bit i: the place i characters before start
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
	reached := uint64(1) // bit i: the place i characters after end
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
