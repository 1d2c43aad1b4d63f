package classifier

import (
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/cloudflare/ahocorasick"

	"chaping/lexicon"
)

// templates finds phrases that give copied or filler praise away. Only their
// presence counts, which is what cloudflare/ahocorasick reports.
type templates struct {
	phrases []lexicon.Template
	group   uint16 // of atoms: every phrase has one
	praise  words
	once    sync.Once
	match   *ahocorasick.Matcher
}

func newTemplates(ind *lexicon.Industry) *templates {
	t := &templates{phrases: ind.Templates}
	t.praise.list(ind.Praise)
	t.praise.index()
	return t
}

// longestPraise is how many characters a text of nothing but praise may have.
const longestPraise = 60

// onlyPraise reports whether text is made of praise words and punctuation alone.
func (t *templates) onlyPraise(text []rune) bool {
	if len(text) == 0 || len(text) > longestPraise {
		return false
	}
	places := mask(1) // where a word may begin
	for i, r := range text {
		switch at := mask(1) << i; {
		case places&at == 0:
		case unicode.IsPunct(r) || unicode.IsSymbol(r):
			places |= at << 1
		default:
			places |= t.praise.forward(text, 0, at)
		}
		if places>>(i+1) == 0 {
			return false
		}
	}
	return places>>len(text)&1 == 1
}

// find returns the indices of the phrases in text, which must be normalised.
func (t *templates) find(text []byte) []int {
	t.once.Do(func() {
		list := make([]string, len(t.phrases))
		for i, p := range t.phrases {
			list[i] = p.Phrase
		}
		t.match = ahocorasick.NewStringMatcher(list)
	})
	return t.match.MatchThreadSafe(text)
}

// dropCopied takes away the candidates that belong to a pasted text: all that
// begin before its last phrase ends. It reports whether the text has a phrase
// of copied or filler praise.
func (s *scan) dropCopied() bool {
	if !s.inText.has(int32(s.templates.group)) {
		return false
	}
	s.bytes = s.bytes[:0]
	for _, r := range s.text.Runes {
		s.bytes = utf8.AppendRune(s.bytes, r)
	}
	found := s.templates.find(s.bytes)
	for _, f := range found {
		p := s.templates.phrases[f]
		if !p.Copied {
			continue
		}
		end := lastEnd(s.text.Runes, []rune(p.Phrase))
		for i := range s.candidates {
			if c := &s.candidates[i]; c.reason == "" && c.start < end {
				c.reason, c.cue = Copied, p.Phrase
			}
		}
	}
	return len(found) > 0
}

// complains reports whether any candidate counts.
func (s *scan) complains() bool {
	return slices.ContainsFunc(s.candidates, func(c candidate) bool { return c.reason == "" })
}

// lastEnd is where the last occurrence of phrase ends, 0 where there is none.
func lastEnd(text, phrase []rune) int32 {
	for at := len(text) - len(phrase); at >= 0; at-- {
		if slices.Equal(text[at:at+len(phrase)], phrase) {
			return int32(at + len(phrase))
		}
	}
	return 0
}
