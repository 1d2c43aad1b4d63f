package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"go.yaml.in/yaml/v3"
)

// phrase is a text with choices in it: {a|b} is one of the words, <set> one
// of a set.
type phrase []part

// part is a text, or one of several phrases.
type part struct {
	text    string
	choices []phrase
}

// write appends one reading of the phrase.
func (p phrase) write(b *strings.Builder, r *rand.Rand) {
	for i := range p {
		if c := p[i].choices; c != nil {
			c[r.IntN(len(c))].write(b, r)
		} else {
			b.WriteString(p[i].text)
		}
	}
}

// UnmarshalYAML reads a phrase; its sets are filled in by fill.
func (p *phrase) UnmarshalYAML(n *yaml.Node) error {
	var s string
	if err := n.Decode(&s); err != nil {
		return err
	}
	var err error
	*p, s, err = parse(s, "")
	if err == nil && s != "" {
		err = fmt.Errorf("%q: a bracket is closed and was not opened", s)
	}
	return err
}

// parse reads up to one of the characters in end, which stays.
func parse(s, end string) (p phrase, rest string, err error) {
	for s != "" {
		i := strings.IndexAny(s, "{|}<")
		if i < 0 {
			return append(p, part{text: s}), "", nil
		}
		if i > 0 {
			p, s = append(p, part{text: s[:i]}), s[i:]
		}
		switch {
		case strings.Contains(end, s[:1]):
			return p, s, nil
		case s[0] == '<':
			name, after, ok := strings.Cut(s[1:], ">")
			if !ok {
				return nil, "", fmt.Errorf("%q: > is missing", s)
			}
			p, s = append(p, part{text: "<" + name}), after
		case s[0] == '{':
			var one part
			for s[0] != '}' {
				var c phrase
				if c, s, err = parse(s[1:], "|}"); err != nil {
					return nil, "", err
				}
				if s == "" {
					return nil, "", fmt.Errorf("a bracket is not closed")
				}
				one.choices = append(one.choices, c)
			}
			p, s = append(p, one), s[1:]
		default:
			return p, s, nil
		}
	}
	return p, s, nil
}

// fill puts the sets into their places.
func (p phrase) fill(sets map[string][]string) error {
	for i := range p {
		if name, ok := strings.CutPrefix(p[i].text, "<"); ok {
			words := sets[name]
			if words == nil {
				return fmt.Errorf("there is no set <%s>", name)
			}
			p[i] = part{}
			for _, w := range words {
				p[i].choices = append(p[i].choices, phrase{{text: w}})
			}
		}
		for _, c := range p[i].choices {
			if err := c.fill(sets); err != nil {
				return err
			}
		}
	}
	return nil
}
