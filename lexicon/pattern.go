package lexicon

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// MaxExpansion bounds how many strings one part of a pattern may stand for.
const MaxExpansion = 20000

// DefaultGap is how many characters may stand between two parts of a pattern
// whose rule names no gap.
const DefaultGap = 6

// Pattern is one line of a rule's `any`, `not` or `unless`, or a cue:
//
//	尺[码寸]{有点|偏|太}[小大]   one of the characters; any or none of the words
//	(质量|品质)…<bad>            one of the words; a gap; a named set
//	^差评$                       alone in its clause
//
// The parts between gaps are matched in this order within one clause.
type Pattern struct {
	Source string
	File   string
	Line   int // 1-based
	Parts  []Part
	// AtStart and AtEnd demand that the match begins (ends) its clause; words
	// of the cue kinds lead and tail may stand between.
	AtStart, AtEnd bool
	Gap            int // most characters between two parts
}

// Part is a piece of a pattern without gaps. Parts with equal Key stand for
// the same strings.
type Part struct {
	Key  string
	node node
}

// Strings returns the normalised strings that the part stands for, sorted and
// without repeats.
func (p Part) Strings() []string {
	all := p.node.expand()
	out := make([]string, 0, len(all))
	for _, s := range all {
		if s = string(Normalize(s).Runes); s != "" {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// node is a piece of a parsed pattern: the strings it stands for.
type node interface {
	expand() []string
	size() int // at most MaxExpansion+1
	nullable() bool
}

type literal string

func (l literal) expand() []string { return []string{string(l)} }
func (l literal) size() int        { return 1 }
func (l literal) nullable() bool   { return false }

// choice is one of several sequences.
type choice []node

func (c choice) expand() []string {
	var out []string
	for _, n := range c {
		out = append(out, n.expand()...)
	}
	return out
}

func (c choice) size() int {
	total := 0
	for _, n := range c {
		total = min(total+n.size(), MaxExpansion+1)
	}
	return total
}

func (c choice) nullable() bool { return slices.ContainsFunc(c, node.nullable) }

// sequence is its nodes one after the other.
type sequence []node

func (s sequence) expand() []string {
	out := []string{""}
	for _, n := range s {
		tails := n.expand()
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

func (s sequence) size() int {
	total := 1
	for _, n := range s {
		total = min(total*n.size(), MaxExpansion+1)
	}
	return total
}

func (s sequence) nullable() bool {
	return !slices.ContainsFunc(s, func(n node) bool { return !n.nullable() })
}

// sets are the named alternatives that patterns refer to as <name>.
type sets map[string]node

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
		n, err := parseAlternatives(text, named)
		if err != nil {
			return p, err
		}
		if n.nullable() {
			return p, fmt.Errorf("part %d of the pattern may be empty: give it a character that must be there", i+1)
		}
		p.Parts = append(p.Parts, Part{Key: text, node: n})
	}
	return p, nil
}

// parseAlternatives reads a whole text without gaps.
func parseAlternatives(text string, named sets) (node, error) {
	s := &scanner{rest: []rune(text), named: named}
	n, err := s.sequence()
	if err == nil && len(s.rest) > 0 {
		err = fmt.Errorf("%q closes nothing", s.rest[0])
	}
	if err != nil {
		return nil, err
	}
	if n.size() > MaxExpansion {
		return nil, fmt.Errorf("stands for more than %d strings: split it into several patterns", MaxExpansion)
	}
	return n, nil
}

// scanner is a recursive-descent parser over what is left of a pattern.
type scanner struct {
	rest  []rune
	named sets
}

// sequence reads up to the end or a character that ends an alternative.
func (s *scanner) sequence() (node, error) {
	var seq sequence
	var text []rune
	flush := func() {
		if len(text) > 0 {
			seq = append(seq, literal(text))
			text = nil
		}
	}
	for len(s.rest) > 0 && !strings.ContainsRune("|)}]>", s.rest[0]) {
		r := s.rest[0]
		s.rest = s.rest[1:]
		switch r {
		case '(', '{', '[', '<':
			flush()
			n, err := s.group(r)
			if err != nil {
				return nil, err
			}
			seq = append(seq, n)
		case '^', '$':
			return nil, fmt.Errorf("%q may stand only at the beginning (^) or the end ($) of a pattern", r)
		default:
			text = append(text, r)
		}
	}
	flush()
	if len(seq) == 1 {
		return seq[0], nil
	}
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
			n, ok := s.named[string(inside)]
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
			c = append(c, literal(r))
		}
		return c, nil
	}
	var c choice
	for {
		n, err := s.sequence()
		if err != nil {
			return nil, err
		}
		c = append(c, n)
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
		c = append(c, sequence{})
	}
	return c, nil
}
