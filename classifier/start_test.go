package classifier_test

import (
	"testing"

	"chaping/classifier"
	"chaping/lexicon"
)

// BenchmarkStart asks what the program pays before it has classified the first
// review: reading the rules of one industry and building its engine.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		lex, err := lexicon.Load()
		if err != nil {
			b.Fatal(err)
		}
		r, err := classifier.New(lex).Classify("food", "这个橙子太酸了")
		if err != nil || len(r.Labels) != 1 {
			b.Fatalf("labels %v, error %v", r.Labels, err)
		}
	}
}
