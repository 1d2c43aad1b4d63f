package classifier

import (
	"fmt"
	"math/bits"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/cloudflare/ahocorasick"

	"chaping/internal/matcher"
	"chaping/lexicon"
)

// templates tells copied and filler praise from reviews. Of its phrases only the
// presence counts, which is what cloudflare/ahocorasick reports.
type templates struct {
	phrases []lexicon.Template
	once    sync.Once
	match   *ahocorasick.Matcher
	praise  *matcher.Matcher
	longest int // praise word in characters
	// gates are what the phrases begin with, at most gate characters, as window
	// has them.
	gates map[uint64]bool
}

const gate = 4

func newTemplates(ind *lexicon.Industry) (*templates, error) {
	words := slices.Clone(ind.Praise)
	slices.Sort(words)
	var praise [][]rune
	longest := 0
	for _, w := range slices.Compact(words) {
		praise = append(praise, []rune(w))
		longest = max(longest, utf8.RuneCountInString(w))
	}
	m, err := matcher.New(praise)
	if err != nil {
		return nil, fmt.Errorf("classifier: industry %s: praise: %w", ind.ID, err)
	}
	gates := map[uint64]bool{}
	for _, t := range ind.Templates {
		gates[window([]rune(t.Phrase), 0)] = true
	}
	return &templates{phrases: ind.Templates, praise: m, longest: longest, gates: gates}, nil
}

// beginAcross reports whether a phrase may begin before white space or an emoji
// that ends a clause and go on after it, where the automaton does not find it.
func (t *templates) beginAcross(text *lexicon.Text) bool {
	for _, gap := range text.Gaps {
		for at := max(0, gap-gate+1); at < gap; at++ {
			here := window(text.Runes, at)
			for n := gap - at + 1; n <= gate; n++ {
				if t.gates[here&windowMask[n]] {
					return true
				}
			}
		}
	}
	return false
}

// isHan reports whether r is one of the Chinese characters that nearly all texts
// are made of, which spares a look into the tables of Unicode.
func isHan(r rune) bool { return r >= 0x4E00 && r <= 0x9FFF }

// longestPraise is how many characters a text of nothing but praise may have.
const longestPraise = 60

// onlyPraise reports whether the text is made of praise words and punctuation alone.
func (s *scan) onlyPraise() bool {
	text := s.text.Runes
	if len(text) == 0 || len(text) > longestPraise {
		return false
	}
	s.praise = s.templates.praise.AppendMatches(s.praise[:0], text)
	words := s.praise
	reached := uint64(1) // bit i: the first i characters are such
	for i, r := range text {
		if reached>>max(0, i-s.templates.longest) == 0 {
			return false
		}
		if !isHan(r) && (unicode.IsPunct(r) || unicode.IsSymbol(r)) {
			reached |= reached & (1 << i) << 1
		}
		for ; len(words) > 0 && int(words[0].End) == i+1; words = words[1:] {
			reached |= reached >> words[0].Start & 1 << words[0].End
		}
	}
	return reached>>len(text)&1 == 1
}

// A text is repetitive if it has at least minRepetitive letters and digits and,
// of the pairs of neighbours among them, at most one in repetitiveShare is new.
const (
	minRepetitive   = 9
	repetitiveShare = 2.5
)

// repetitive reports whether the text says the same over and over (很喜欢很喜欢很喜欢),
// as is written for length.
func (s *scan) repetitive() bool {
	var seen uint64 // letters by their last bits: most texts have too many different ones
	for _, r := range s.text.Runes {
		seen |= 1 << (r & 63)
	}
	if float64(bits.OnesCount64(seen)-1)*repetitiveShare > float64(len(s.text.Runes)) {
		return false
	}
	s.pairs = s.pairs[:0]
	last := rune(-1)
	for _, r := range s.text.Runes {
		if !isHan(r) && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		if last >= 0 {
			s.pairs = append(s.pairs, uint64(last)<<32|uint64(r))
		}
		last = r
	}
	n := len(s.pairs)
	if n < minRepetitive-1 {
		return false
	}
	slices.Sort(s.pairs)
	return float64(len(slices.Compact(s.pairs)))*repetitiveShare <= float64(n)
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
	if !s.pasted {
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
