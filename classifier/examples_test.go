package classifier_test

import (
	"testing"

	"chaping/classifier"
	"chaping/lexicon"
)

// TestRuleExamples runs every rule's own examples.
func TestRuleExamples(t *testing.T) {
	lex, err := lexicon.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := classifier.New(lex)
	for _, ind := range lex.Industries() {
		for _, r := range ind.Rules {
			for want, texts := range map[bool][]string{true: r.Match, false: r.NoMatch} {
				for _, text := range texts {
					got, err := c.RuleMatches(ind.ID, r.ID, text)
					if err != nil {
						t.Fatal(err)
					}
					if got != want {
						t.Errorf("%s: %s:%d: rule %s on %q: matches %t, want %t", ind.ID, r.File, r.Line, r.ID, text, got, want)
					}
				}
			}
		}
	}
}
