package matcher_test

import (
	"cmp"
	"slices"

	"chaping/internal/matcher"
)

// An engine finds all matches of patterns in text, in the order that AppendMatches documents.
type engine struct {
	name string
	find func(patterns [][]rune, text []rune) ([]matcher.Match, error)
}

// engines all have to give the answers of the basics table.
var engines = []engine{
	{"naive", func(patterns [][]rune, text []rune) ([]matcher.Match, error) {
		return naive(patterns, text), nil
	}},
	{"matcher", func(patterns [][]rune, text []rune) ([]matcher.Match, error) {
		m, err := matcher.New(patterns)
		if err != nil {
			return nil, err
		}
		return m.AppendMatches(nil, text), nil
	}},
}

// naive compares every pattern with the text at every offset.
func naive(patterns [][]rune, text []rune) []matcher.Match {
	var found []matcher.Match
	for start := range text {
		for i, p := range patterns {
			if end := start + len(p); end <= len(text) && slices.Equal(p, text[start:end]) {
				found = append(found, matcher.Match{Pattern: int32(i), Start: int32(start), End: int32(end)})
			}
		}
	}
	slices.SortFunc(found, func(x, y matcher.Match) int {
		return cmp.Or(cmp.Compare(x.End, y.End), cmp.Compare(x.Start, y.Start))
	})
	return found
}

// runes turns strings into patterns.
func runes(texts ...string) [][]rune {
	patterns := make([][]rune, len(texts))
	for i, t := range texts {
		patterns[i] = []rune(t)
	}
	return patterns
}
