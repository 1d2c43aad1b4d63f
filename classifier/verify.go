package classifier

import (
	"chaping/internal/matcher"
)

// follow looks at the patterns that have an anchor where m is.
func (s *scan) follow(uses []use, m matcher.Match) {
	text := s.text.Runes
	for i := range uses {
		u := &uses[i]
		if u.whole {
			s.note(&s.patterns[u.pattern], span{u.pattern, m.Start, m.End, m.End, m.Start})
			continue
		}
		if m.Start > 0 && !u.before.has(text[m.Start-1]) || m.Start == 0 && u.before != anyChar {
			continue
		}
		if int(m.End) < len(text) && !u.after.has(text[m.End]) || int(m.End) == len(text) && u.after != anyChar {
			continue
		}
		s.verify(u.pattern, m)
	}
}

// verify compares a pattern around a place where its anchor stands, and notes
// the longest match there.
func (s *scan) verify(pattern int32, anchor matcher.Match) {
	p := &s.patterns[pattern]
	elements := p.parts[p.part]
	start, ok := s.back(elements[:p.from], anchor.Start)
	if !ok {
		return
	}
	end, ok := s.ahead(elements[p.to:], anchor.End)
	if !ok {
		return
	}
	found := span{pattern: pattern, start: start, end: end, firstEnd: end, lastStart: start}
	for k := p.part - 1; k >= 0 && ok; k-- {
		var partEnd int32
		if found.start, partEnd, ok = s.backOverGap(p, k, found.start); k == 0 {
			found.firstEnd = partEnd
		}
	}
	for k := p.part + 1; k < len(p.parts) && ok; k++ {
		found.lastStart, found.end, ok = s.aheadOverGap(p, k, found.end)
	}
	if ok {
		s.note(p, found)
	}
}

// note files a match by what its pattern is for. White space or an emoji that
// ends a clause is no place to be in the middle of a word.
func (s *scan) note(p *pattern, found span) {
	for i := found.start + 1; i < found.end; i++ {
		if s.text.Breaks[i] && (i < found.firstEnd || i > found.lastStart) {
			return
		}
	}
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

// back matches elements right before end and returns where the longest match begins.
func (s *scan) back(elements []*words, end int32) (start int32, ok bool) {
	m := mask(1)
	for i := len(elements) - 1; i >= 0; i-- {
		w := elements[i]
		if m == 1 && (end == 0 || !w.last.has(s.text.Runes[end-1])) { // the short way for most
			if !w.optional {
				return 0, false
			}
			continue
		}
		if m = w.backward(s.text.Runes, end, m); m == 0 {
			return 0, false
		}
	}
	return end - m.farthest(), true
}

// ahead matches elements right at start and returns where the longest match ends.
func (s *scan) ahead(elements []*words, start int32) (end int32, ok bool) {
	m := mask(1)
	for _, w := range elements {
		if m == 1 && (int(start) == len(s.text.Runes) || !w.first.has(s.text.Runes[start])) {
			if !w.optional {
				return 0, false
			}
			continue
		}
		if m = w.forward(s.text.Runes, start, m); m == 0 {
			return 0, false
		}
	}
	return start + m.farthest(), true
}

// backOverGap matches part k, which ends at most a gap before at in the same
// clause (unless the pattern reaches across), as near as can be.
func (s *scan) backOverGap(p *pattern, k int, at int32) (start, end int32, ok bool) {
	from := int32(0)
	if !p.across {
		from = s.clauseStart(at)
	}
	for end = at; end >= max(from, at-p.gap) && end > 0; end-- {
		if !p.trails[k].has(s.text.Runes[end-1]) {
			continue
		}
		if start, ok = s.back(p.parts[k], end); ok && start >= from {
			return start, end, true
		}
	}
	return 0, 0, false
}

// aheadOverGap matches part k, which begins at most a gap after at in the same
// clause (unless the pattern reaches across), as near as can be.
func (s *scan) aheadOverGap(p *pattern, k int, at int32) (start, end int32, ok bool) {
	limit := int32(len(s.text.Runes))
	if !p.across {
		limit = s.bounds[s.clauses[at-1]+1]
	}
	for start = at; start <= min(at+p.gap, limit-1); start++ {
		if !p.leads[k].has(s.text.Runes[start]) {
			continue
		}
		if end, ok = s.ahead(p.parts[k], start); ok && end <= limit {
			return start, end, true
		}
	}
	return 0, 0, false
}
