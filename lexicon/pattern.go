package lexicon

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxExpansion bounds how many strings one element of a pattern may stand for.
const MaxExpansion = 20000

// DefaultGap is how many characters may stand between two parts of a pattern
// whose rule names no gap.
const DefaultGap = 6

// Pattern is one line of a rule's `any`, `not` or `unless`, or a cue:
//
//	尺[码寸]{有点|偏|太}[小大]   one of the characters; any or none of the words
//	(质量|品质)…<bad>            one of the words; a gap; a named set
//	^差评$                       alone in its clause
//	#块                          a number: 3, 19.9, 三十, 两
//
// The parts between gaps are matched in this order, within one clause unless Across.
type Pattern struct {
	Source string
	File   string
	Line   int // 1-based
	Parts  []Part
	// AtStart and AtEnd demand that the match begins (ends) its clause; words
	// of the cue kinds lead and tail may stand between.
	AtStart, AtEnd bool
	Gap            int // most characters between two parts
	// Across lets a gap reach over the end of a clause.
	Across bool
}

// Part is a piece of a pattern without gaps: its elements one after the other.
type Part []Element

// Element is a literal or a bracket of a pattern. Within one industry, elements
// with equal Key stand for the same strings.
type Element struct {
	Key  string
	node node
}

// Size is how many strings the element stands for, repeats included.
func (e Element) Size() int { return e.node.size() }

// Strings returns the normalised strings that the element stands for, sorted
// and without repeats. An element that may be left out has "" among them.
func (e Element) Strings() []string {
	out := e.expand(make([]string, 0, e.Size()))
	for i, s := range out {
		if !isNormal(s) {
			out[i] = string(Normalize(s).Runes)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Alternatives returns the parts that the element is a choice of. A literal is
// its own only alternative.
func (e Element) Alternatives() []Part {
	if c, ok := e.node.(choice); ok {
		return c
	}
	return []Part{{e}}
}

// node is a parsed element: the strings it stands for.
type node interface {
	// expand appends the strings that it stands for; key is the element's.
	expand(out []string, key string) []string
	size() int // at most MaxExpansion+1
	nullable() bool
}

// IsNumber reports whether the element is #, which stands for a number: a run
// of [Numerals].
func (e Element) IsNumber() bool {
	_, ok := e.node.(number)
	return ok
}

// Listable reports whether the element stands for listed strings alone, and
// Strings may be called: no number is in it.
func (e Element) Listable() bool {
	switch n := e.node.(type) {
	case number:
		return false
	case choice:
		for _, part := range n {
			if slices.ContainsFunc(part, func(e Element) bool { return !e.Listable() }) {
				return false
			}
		}
	}
	return true
}

// Numerals are the characters that numbers are written with. * is a digit that
// a platform has masked.
const Numerals = "0123456789.*零一二两俩三四五六七八九十百千万半几"

type number struct{}

func (number) expand(out []string, _ string) []string { return append(out, "#") }
func (number) size() int                              { return 1 }
func (number) nullable() bool                         { return false }

// literal is the text that is its element's key.
type literal struct{}

func (literal) expand(out []string, key string) []string { return append(out, key) }
func (literal) size() int                                { return 1 }
func (literal) nullable() bool                           { return false }

// choice is one of several parts.
type choice []Part

func (c choice) expand(out []string, _ string) []string {
	for _, p := range c {
		out = p.expand(out)
	}
	return out
}

func (c choice) size() int {
	total := 0
	for _, p := range c {
		total = min(total+p.size(), MaxExpansion+1)
	}
	return total
}

func (c choice) nullable() bool { return slices.ContainsFunc(c, Part.nullable) }

func (e Element) expand(out []string) []string { return e.node.expand(out, e.Key) }

// expand appends the strings that the part stands for.
func (p Part) expand(out []string) []string {
	switch len(p) {
	case 0:
		return append(out, "")
	case 1:
		return p[0].expand(out)
	}
	heads := p[:len(p)-1].expand(nil)
	tails := p[len(p)-1].expand(nil)
	for _, head := range heads {
		for _, tail := range tails {
			out = append(out, head+tail)
		}
	}
	return out
}

func (p Part) size() int {
	total := 1
	for _, e := range p {
		total = min(total*e.node.size(), MaxExpansion+1)
	}
	return total
}

func (p Part) nullable() bool {
	return !slices.ContainsFunc(p, func(e Element) bool { return !e.node.nullable() })
}

// sets are the named alternatives that patterns of one file refer to as <name>.
type sets struct {
	scope string // the file's industry: elsewhere a name may mean something else
	named map[string]choice
	// groups are the brackets read before by source, nil while sets may still
	// change. Most brackets stand in several patterns.
	groups map[string]Element
}

// key tells elements with equal source in different files apart.
func (s sets) key(source string) string { return s.scope + ":" + source }

// parsePattern reads source. The gap and the place are the caller's.
func parsePattern(source string, named sets) (Pattern, error) {
	p := Pattern{Source: source, Gap: DefaultGap}
	body := withoutSpace(source)
	if strings.HasPrefix(body, "^") {
		p.AtStart, body = true, body[1:]
	}
	if strings.HasSuffix(body, "$") {
		p.AtEnd, body = true, body[:len(body)-1]
	}
	for i, text := range strings.Split(body, "…") {
		part, err := parsePart(text, named)
		if err != nil {
			return p, err
		}
		if part.nullable() {
			return p, fmt.Errorf("part %d of the pattern may be empty: give it a character that must be there", i+1)
		}
		p.Parts = append(p.Parts, part)
	}
	if !slices.ContainsFunc(p.Parts, func(part Part) bool {
		return slices.ContainsFunc(part, func(e Element) bool { return e.Listable() && !e.node.nullable() })
	}) {
		return p, errors.New("a number may stand for everything that must be there: add a word that must stand beside it")
	}
	return p, nil
}

// withoutSpace returns source without its white space.
func withoutSpace(source string) string {
	if !strings.ContainsFunc(source, unicode.IsSpace) {
		return source
	}
	return strings.Join(strings.Fields(source), "")
}

// parsePart reads a text without gaps into its elements.
func parsePart(text string, named sets) (Part, error) {
	s := &scanner{rest: text, named: named}
	elements, err := s.elements()
	if err == nil && s.rest != "" {
		err = fmt.Errorf("%q closes nothing", s.rest[0])
	}
	for _, e := range elements {
		if err == nil && e.node.size() > MaxExpansion {
			err = fmt.Errorf("%s stands for more than %d strings: split it into several patterns", strings.TrimPrefix(e.Key, named.scope+":"), MaxExpansion)
		}
	}
	return elements, err
}

// scanner is a recursive-descent parser over what is left of a pattern.
type scanner struct {
	rest  string
	named sets
}

// special has the characters that are no literal.
var special = func() (is [256]bool) {
	for _, c := range []byte("([{<#^$|)}]>") {
		is[c] = true
	}
	return is
}()

// elements reads up to the end or a character that ends an alternative.
func (s *scanner) elements() (Part, error) {
	var seq Part
	for s.rest != "" {
		n := 0
		for n < len(s.rest) && !special[s.rest[n]] {
			n++
		}
		if n > 0 {
			seq = append(seq, Element{s.rest[:n], literal{}})
			s.rest = s.rest[n:]
			continue
		}
		switch s.rest[0] {
		case '(', '{', '[', '<':
			e, err := s.element()
			if err != nil {
				return nil, err
			}
			seq = append(seq, e)
		case '#':
			seq = append(seq, Element{"#", number{}})
			s.rest = s.rest[1:]
		case '^', '$':
			return nil, fmt.Errorf("%q may stand only at the beginning (^) or the end ($) of a pattern", s.rest[0])
		default:
			return seq, nil
		}
	}
	return seq, nil
}

// element reads a bracket.
func (s *scanner) element() (Element, error) {
	whole := s.rest
	n := closing(whole)
	if e, ok := s.named.groups[whole[:n]]; ok {
		s.rest = whole[n:]
		return e, nil
	}
	s.rest = whole[1:]
	node, err := s.group(whole[0])
	source := whole[:len(whole)-len(s.rest)]
	e := Element{s.named.key(source), node}
	if err == nil && s.named.groups != nil {
		s.named.groups[source] = e
	}
	return e, err
}

// closing returns the length of the bracket that text begins with: up to the
// one that closes it, if all are in order.
func closing(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '(', '{', '[', '<':
			depth++
		case ')', '}', ']', '>':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

// group reads what follows an opening bracket.
func (s *scanner) group(open byte) (node, error) {
	closing := map[byte]byte{'(': ')', '{': '}', '[': ']', '<': '>'}[open]
	if open == '[' || open == '<' {
		inside, rest, ok := strings.Cut(s.rest, string(closing))
		if !ok {
			return nil, fmt.Errorf("%q is never closed by %q", open, closing)
		}
		s.rest = rest
		if open == '<' {
			n, ok := s.named.named[inside]
			if !ok {
				return nil, fmt.Errorf("unknown set <%s>: define it under sets", inside)
			}
			return n, nil
		}
		if inside == "" {
			return nil, errors.New("[] names no character")
		}
		var c choice
		for inside != "" {
			_, size := utf8.DecodeRuneInString(inside)
			c = append(c, Part{{inside[:size], literal{}}})
			inside = inside[size:]
		}
		return c, nil
	}
	var c choice
	for {
		p, err := s.elements()
		if err != nil {
			return nil, err
		}
		c = append(c, p)
		if s.rest == "" {
			return nil, fmt.Errorf("%q is never closed by %q", open, closing)
		}
		end := s.rest[0]
		s.rest = s.rest[1:]
		if end == closing {
			break
		}
		if end != '|' {
			return nil, fmt.Errorf("%q closes %q", end, open)
		}
	}
	if open == '{' {
		c = append(c, Part{})
	}
	return c, nil
}
