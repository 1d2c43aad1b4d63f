package classifier

// complete looks for the other parts of a pattern around the one found, as near
// as can be, and notes the whole.
func (s *scan) complete(o *occurrence) {
	p := &s.patterns[o.pattern]
	found := span{o.pattern, o.start, o.end, o.end, o.start}
	for k := p.key - 1; k >= 0; k-- {
		w := s.before(p, k, found.start, o.stands)
		if w.end == 0 {
			return
		}
		if found.start = w.start; k == 0 {
			found.firstEnd = w.end
		}
	}
	for k := p.key + 1; k < len(p.parts); k++ {
		w := s.after(p, k, found.end, o.stands)
		if w.end == 0 {
			return
		}
		found.lastStart, found.end = w.start, w.end
	}
	s.file(p, found)
}

// before returns where part k stands that ends at most a gap before at in the
// same clause (unless the pattern reaches across): the nearest, and of those
// the longest; an end of 0 says that there is none.
func (s *scan) before(p *pattern, k int, at, stands int32) (best stand) {
	from := int32(0)
	if !p.across {
		from = s.clauseStart(at)
	}
	for i := stands - 1; i >= 0; i-- {
		w := &s.stands[i]
		if w.start < from || w.start < at-p.gap-longestPart {
			break
		}
		if w.end <= at && w.end >= at-p.gap && w.end >= best.end && s.isPart(w, p.parts[k]) {
			best = *w
		}
	}
	return best
}

// after is the same for a part that begins at most a gap after at.
func (s *scan) after(p *pattern, k int, at, stands int32) (best stand) {
	limit := int32(len(s.text.Runes))
	if !p.across {
		limit = s.bounds[s.clauses[at-1]+1]
	}
	for i := int(stands); i < len(s.stands); i++ {
		w := &s.stands[i]
		if w.start > at+p.gap || w.start >= limit || best.end > 0 && w.start > best.start {
			break
		}
		if w.start >= at && w.end <= limit && s.isPart(w, p.parts[k]) {
			best = *w
		}
	}
	return best
}

// isPart reports whether it is, among others, the part with this number that stands there.
func (s *scan) isPart(w *stand, part int32) bool {
	for _, word := range pieceOf(s.outputs.sets, w.set) {
		if word.word == part>>6 {
			return word.bits>>(part&63)&1 != 0
		}
	}
	return false
}

// file notes a match by what its pattern is for.
func (s *scan) file(p *pattern, found span) {
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
	case kindTemplate:
		s.pasted = true
	}
}
