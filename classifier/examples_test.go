package classifier_test

import (
	"testing"

	"chaping/classifier"
	"chaping/lexicon"
)

// TestRuleExamples runs every rule on its own examples.
func TestRuleExamples(t *testing.T) {
	lex, err := lexicon.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := classifier.New(lex)
	for _, ind := range lex.Industries() {
		failures, err := c.CheckExamples(ind.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range failures {
			t.Errorf("%s: %v", ind.ID, f)
		}
	}
}
