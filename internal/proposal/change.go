package proposal

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Kind says what a change does.
type Kind string

// The kinds.
const (
	Exclude  Kind = "exclude"  // longer words protect what they overlap
	Lengthen Kind = "lengthen" // longer phrases take the place of a short one
	Negation Kind = "negation" // another negation policy
	Ignore   Kind = "ignore"   // a cue no longer takes the match away
	Combine  Kind = "combine"  // an aspect and an opinion, both known to rules, in one pattern
	Phrase   Kind = "phrase"   // a new rule for a phrase
)

// Kinds lists the kinds, those of the smallest changes first.
var Kinds = []Kind{Exclude, Negation, Ignore, Combine, Lengthen, Phrase}

// rule is a rule, or an extension of one, as an overlay has it.
type rule struct {
	ID       string   `yaml:"id"`
	Extend   bool     `yaml:"extend,omitempty"`
	Category string   `yaml:"category,omitempty"`
	Negation string   `yaml:"negation,omitempty"`
	Any      []string `yaml:"any,flow,omitempty"`
	Without  []string `yaml:"without,flow,omitempty"`
	Not      []string `yaml:"not,flow,omitempty"`
	Gap      int      `yaml:"gap,omitempty"`
	Ignore   []string `yaml:"ignore,flow,omitempty"`
	Match    []string `yaml:"match,flow,omitempty"`
	NoMatch  []string `yaml:"no_match,flow,omitempty"`
}

// merge adds another extension of the same rule, or takes its place where it is a new rule.
func (r *rule) merge(o rule) {
	for _, pair := range []struct{ to, from *[]string }{
		{&r.Any, &o.Any}, {&r.Without, &o.Without}, {&r.Not, &o.Not}, {&r.Ignore, &o.Ignore}, {&r.Match, &o.Match}, {&r.NoMatch, &o.NoMatch},
	} {
		for _, s := range *pair.from {
			if !slices.Contains(*pair.to, s) {
				*pair.to = append(slices.Clip(*pair.to), s)
			}
		}
	}
	if o.Negation != "" {
		r.Negation = o.Negation
	}
}

// overlay writes rules of an industry as a file for chaping --lexicon. notes are
// comments by rule.
func overlay(industry string, rules []rule, notes map[string][]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "schema: 1\nindustry: %s\nrules:\n", industry)
	for _, r := range rules {
		for _, n := range notes[r.ID] {
			fmt.Fprintf(&b, "# %s\n", n)
		}
		b.WriteString(r.yaml())
	}
	return b.String()
}

// yaml is the rule as an item of the list of rules.
func (r rule) yaml() string {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode([]rule{r}); err != nil {
		panic(err) // strings and numbers always encode
	}
	return b.String()
}

// together merges rules with the same id, in order.
func together(lists ...[]rule) []rule {
	var out []rule
	for _, r := range slices.Concat(lists...) {
		if i := slices.IndexFunc(out, func(o rule) bool { return o.ID == r.ID }); i >= 0 {
			out[i].merge(r)
		} else {
			out = append(out, r)
		}
	}
	return out
}
