package lexicon

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Lint finds rules of an industry that load but are likely to do harm, each
// with file, line, rule and remedy:
//
//   - a key of one character with neither aspect nor anchor;
//   - a key of two characters that nothing guards: no aspect or anchor, no
//     `not` or `unless`, no negation that must be there (flip), and no
//     `no_match` text with the key in it to show what it was weighed against;
//   - a key that [Normalize] changes, so that it is not what it seems;
//   - a rule whose keys all belong to another rule of the same category.
func Lint(ind *Industry) []error {
	var out []error
	owners := map[string][]*Rule{} // key with its category → rules
	keys := make([][]string, len(ind.Rules))
	for i := range ind.Rules {
		r := &ind.Rules[i]
		for _, p := range r.Any {
			keys[i] = append(keys[i], p.keys()...)
			for _, part := range p.Parts {
				for _, e := range part {
					if changed := e.changed(); changed != "" {
						out = append(out, r.finding(p.Line, "%q is written otherwise than it is matched: write %q", changed, string(Normalize(changed).Runes)))
					}
				}
			}
		}
		slices.Sort(keys[i])
		keys[i] = slices.Compact(keys[i])
		for _, k := range keys[i] {
			owners[r.Category+" "+k] = append(owners[r.Category+" "+k], r)
		}
		out = append(out, r.short(keys[i])...)
	}
	for i := range ind.Rules {
		r := &ind.Rules[i]
		for _, other := range owners[r.Category+" "+firstOf(keys[i])] {
			if other != r && r.shadowedBy(other, keys[i], owners) {
				out = append(out, r.finding(r.Line, "every key is also in rule %q: merge the two", other.ID))
				break
			}
		}
	}
	return out
}

func firstOf(keys []string) string {
	if len(keys) == 0 {
		return ""
	}
	return keys[0]
}

func (r *Rule) finding(line int, format string, args ...any) error {
	return fmt.Errorf("lexicon: %s:%d: rule %q: %s", r.File, line, r.ID, fmt.Sprintf(format, args...))
}

// short reports keys of one or two characters without a guard.
func (r *Rule) short(keys []string) []error {
	var out []error
	guarded := len(r.Not) > 0 || len(r.Unless) > 0 || r.Negation == Flip
	for _, k := range keys {
		switch n := utf8.RuneCountInString(k); {
		case strings.HasPrefix(k, "pattern ") || n > 2 || guarded:
		case n == 1:
			out = append(out, r.finding(r.Line, "key %q has one character: add an aspect (味道…%s), an anchor or the words it stands in", k, k))
		case !slices.ContainsFunc(r.NoMatch, func(text string) bool { return strings.Contains(text, k) }):
			out = append(out, r.finding(r.Line, "key %q has two characters and no guard: put longer words with another meaning under not, or a text with it under no_match", k))
		}
	}
	return out
}

// shadowedBy reports whether other has every key of r.
func (r *Rule) shadowedBy(other *Rule, keys []string, owners map[string][]*Rule) bool {
	if len(keys) == 0 || other.Negation != r.Negation {
		return false
	}
	for _, k := range keys {
		if !slices.Contains(owners[r.Category+" "+k], other) {
			return false
		}
	}
	return true
}

// maxKeys bounds the strings of a pattern that Lint looks at one by one: those
// of one or two characters never stand for so many.
const maxKeys = 1000

// keys returns the strings that the pattern stands for where these are few and
// nothing else must hold, else its source, marked.
func (p Pattern) keys() []string {
	part := p.Parts[0]
	if len(p.Parts) > 1 || p.AtStart || p.AtEnd || part.size() > maxKeys || slices.ContainsFunc(part, func(e Element) bool { return !e.Listable() }) {
		return []string{"pattern " + p.Source}
	}
	return Element{p.Source, choice{part}}.Strings()
}

// changed returns a literal of the element that normalising alters, or "".
func (e Element) changed() string {
	if _, ok := e.node.(literal); ok {
		if string(Normalize(e.Key).Runes) != e.Key {
			return e.Key
		}
		return ""
	}
	if e.IsNumber() {
		return ""
	}
	for _, part := range e.Alternatives() {
		for _, inner := range part {
			if c := inner.changed(); c != "" {
				return c
			}
		}
	}
	return ""
}
