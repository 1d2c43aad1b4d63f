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
	for _, id := range lex.IDs() {
		failures, err := c.CheckExamples(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range failures {
			t.Errorf("%s: %v", id, f)
		}
	}
}
