package lexicon_test

import (
	"testing"

	"chaping/lexicon"
)

// BenchmarkLoad asks what every start of the program pays.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		lex, err := lexicon.Load()
		if err != nil {
			b.Fatal(err)
		}
		if lex.Industry("food") == nil {
			b.Fatal("no industry food")
		}
	}
}
