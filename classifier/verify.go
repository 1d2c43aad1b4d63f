package classifier

import (
	"chaping/internal/matcher"
)

// follow looks at the patterns that have an anchor where m is.
func (s *scan) follow(uses []use, m *matcher.Match) {
	text := s.text.Runes
	left, right := outside, outside // what stands beside the anchor
	if m.Start > 0 {
		left = placeOf(text[m.Start-1])
	}
	if int(m.End) < len(text) {
		right = placeOf(text[m.End])
	}
	for i := range uses {
		u := &uses[i]
		if u.onHit && !s.rulesHit.has(u.owner) {
			continue
		}
		switch u.extent {
		case isPattern:
			s.note(u, span{u.pattern, m.Start, m.End, m.End, m.Start})
		case isPart:
			if s.guarded(u, m.Start, m.End) {
				s.verifyGaps(u, m.Start, m.End)
			}
		case isSlice:
			if s.charsets[u.left].hasAt(left) && s.charsets[u.right].hasAt(right) {
				s.verify(u, m)
			}
		}
	}
}

// guarded reports whether the clause has what the parts need that stand beside
// the part [start,end). What is in other clauses is not known.
func (s *scan) guarded(u *use, start, end int32) bool {
	if !u.inClause {
		return s.inText.has(int32(u.before)) && s.inText.has(int32(u.after))
	}
	return (s.inClause.has(int32(u.before)) || start < s.from) && (s.inClause.has(int32(u.after)) || end > s.until)
}

// verify compares a pattern around a place where a slice of one of its parts
// stands, and notes the longest match there.
func (s *scan) verify(u *use, anchor *matcher.Match) {
	p := &s.patterns[u.pattern]
	own := p.parts[p.anchored]
	start, ok := s.back(own.row[:own.anchor.from], anchor.Start)
	if !ok {
		return
	}
	end, ok := s.ahead(own.row[own.anchor.to:], anchor.End)
	switch {
	case !ok:
	case len(p.parts) == 1:
		s.note(u, span{u.pattern, start, end, end, start})
	case s.guarded(u, start, end):
		s.verifyGaps(u, start, end)
	}
}

// verifyGaps looks for the other parts of a pattern around one of them.
func (s *scan) verifyGaps(u *use, start, end int32) {
	p := &s.patterns[u.pattern]
	found := span{u.pattern, start, end, end, start}
	ok := true
	for k := p.anchored - 1; k >= 0 && ok; k-- {
		var partEnd int32
		if found.start, partEnd, ok = s.backOverGap(p, k, found.start); k == 0 {
			found.firstEnd = partEnd
		}
	}
	for k := p.anchored + 1; k < len(p.parts) && ok; k++ {
		found.lastStart, found.end, ok = s.aheadOverGap(p, k, found.end)
	}
	if ok {
		s.note(u, found)
	}
}

// note files a match by what its pattern is for. White space or an emoji that
// ends a clause is no place to be in the middle of a word.
func (s *scan) note(u *use, found span) {
	if len(s.text.Gaps) > 0 && s.broken(found) {
		return
	}
	switch u.kind {
	case kindRule:
		s.hits = append(s.hits, found)
	case kindNot:
		s.nots = append(s.nots, found)
	case kindUnless:
		s.unlesses = append(s.unlesses, found)
	case kindWord:
		s.words = append(s.words, found)
	case kindCue:
		s.cues[u.owner] = append(s.cues[u.owner], found)
	}
}

// broken reports whether white space or an emoji ends a clause within the first
// or the last part of what was found.
func (s *scan) broken(found span) bool {
	for i := found.start + 1; i < found.end; i++ {
		if s.text.Breaks[i] && (i < found.firstEnd || i > found.lastStart) {
			return true
		}
	}
	return false
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
		if !p.parts[k].trails.has(s.text.Runes[end-1]) {
			continue
		}
		if start, ok = s.back(p.parts[k].row, end); ok && start >= from {
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
		if !p.parts[k].leads.has(s.text.Runes[start]) {
			continue
		}
		if end, ok = s.ahead(p.parts[k].row, start); ok && end <= limit {
			return start, end, true
		}
	}
	return 0, 0, false
}
