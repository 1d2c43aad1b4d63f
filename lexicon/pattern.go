package lexicon

import (
	"errors"
	"fmt"
	"slices"
	"strings"
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
	out := e.node.expand()
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
	expand() []string
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

func (number) expand() []string { return []string{"#"} }
func (number) size() int        { return 1 }
func (number) nullable() bool   { return false }

type literal string

func (l literal) expand() []string { return []string{string(l)} }
func (l literal) size() int        { return 1 }
func (l literal) nullable() bool   { return l == "" }

// choice is one of several parts.
type choice []Part

func (c choice) expand() []string {
	var out []string
	for _, p := range c {
		out = append(out, p.expand()...)
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

func (p Part) expand() []string {
	out := []string{""}
	for _, e := range p {
		tails := e.node.expand()
		next := make([]string, 0, len(out)*len(tails))
		for _, head := range out {
			for _, tail := range tails {
				next = append(next, head+tail)
			}
		}
		out = next
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
}

// key tells elements with equal source in different files apart.
func (s sets) key(source string) string { return s.scope + ":" + source }

// parsePattern reads source. The gap and the place are the caller's.
func parsePattern(source string, named sets) (Pattern, error) {
	p := Pattern{Source: source, Gap: DefaultGap}
	body := strings.Join(strings.Fields(source), "")
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

// parsePart reads a text without gaps into its elements.
func parsePart(text string, named sets) (Part, error) {
	s := &scanner{rest: []rune(text), named: named}
	elements, err := s.elements()
	if err == nil && len(s.rest) > 0 {
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
	rest  []rune
	named sets
}

// elements reads up to the end or a character that ends an alternative.
func (s *scanner) elements() (Part, error) {
	var seq Part
	var text []rune
	flush := func() {
		if len(text) > 0 {
			seq = append(seq, Element{string(text), literal(text)})
			text = nil
		}
	}
	for len(s.rest) > 0 && !strings.ContainsRune("|)}]>", s.rest[0]) {
		r := s.rest[0]
		s.rest = s.rest[1:]
		switch r {
		case '(', '{', '[', '<':
			flush()
			before := s.rest
			n, err := s.group(r)
			if err != nil {
				return nil, err
			}
			seq = append(seq, Element{s.named.key(string(r) + string(before[:len(before)-len(s.rest)])), n})
		case '#':
			flush()
			seq = append(seq, Element{"#", number{}})
		case '^', '$':
			return nil, fmt.Errorf("%q may stand only at the beginning (^) or the end ($) of a pattern", r)
		default:
			text = append(text, r)
		}
	}
	flush()
	return seq, nil
}

// group reads what follows an opening bracket.
func (s *scanner) group(open rune) (node, error) {
	closing := map[rune]rune{'(': ')', '{': '}', '[': ']', '<': '>'}[open]
	if open == '[' || open == '<' {
		end := slices.Index(s.rest, closing)
		if end < 0 {
			return nil, fmt.Errorf("%q is never closed by %q", open, closing)
		}
		inside := s.rest[:end]
		s.rest = s.rest[end+1:]
		if open == '<' {
			n, ok := s.named.named[string(inside)]
			if !ok {
				return nil, fmt.Errorf("unknown set <%s>: define it under sets", string(inside))
			}
			return n, nil
		}
		if len(inside) == 0 {
			return nil, errors.New("[] names no character")
		}
		var c choice
		for _, r := range inside {
			c = append(c, Part{{string(r), literal(r)}})
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
		if len(s.rest) == 0 {
			return nil, fmt.Errorf("%q is never closed by %q", open, closing)
		}
		r := s.rest[0]
		s.rest = s.rest[1:]
		if r == closing {
			break
		}
		if r != '|' {
			return nil, fmt.Errorf("%q closes %q", r, open)
		}
	}
	if open == '{' {
		c = append(c, Part{})
	}
	return c, nil
}
