package matcher_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cloudflare/ahocorasick"

	"chaping/internal/matcher"
)

// FuzzMatcher compares the matcher with a naive search, which gives all positions, and with an independent
// implementation, which gives the patterns that are present. Patterns are the lines of the first argument.
func FuzzMatcher(f *testing.F) {
	f.Add("太慢\n太慢了\n慢了\n慢", "物流太慢了，慢")
	f.Add("he\nshe\nhis\nhers", "ushers")
	f.Add("a\naa\naaa\nab\nba", "aaabaabaaa")
	f.Add("abcd\nbcd\ncd\ncde\nd", "abcdeabcd")
	f.Add("abcx\nbcy\ncz\nbc", "abczabcyabcx")
	f.Add("😡\n𠮷😡\n差😡\n\U00010041", "差😡𠮷😡A\U00010041")
	f.Add("\xff\n\uffff\n\x00", "a\xff\x00\uffff")
	f.Add("太酸\n\n甜\n太酸", "太酸太甜")
	f.Add("", "味道")

	f.Fuzz(func(t *testing.T, lines, text string) {
		if len(lines) > 2000 || len(text) > 2000 {
			t.Skip("too slow for the naive search")
		}
		patterns := runes(strings.Split(lines, "\n")...)
		distinct := distinctPatterns(patterns)
		if m, err := matcher.New(patterns); (err == nil) != (len(distinct) == len(patterns)) || (m == nil) != (err != nil) {
			t.Fatalf("New(%q): got %v and error %v; %d of %d patterns are distinct and not empty",
				patterns, m != nil, err, len(distinct), len(patterns))
		}
		m, err := matcher.New(distinct)
		if err != nil {
			t.Fatalf("New(%q): %v", distinct, err)
		}
		got := m.AppendMatches(nil, []rune(text))
		if want := naive(distinct, []rune(text)); !slices.Equal(got, want) {
			t.Errorf("matches of %q in %q:\n got %v\nwant %v", distinct, text, got, want)
		}
		if !cloudflareCopes(distinct) {
			return
		}
		if got, want := present(got), cloudflarePresent(distinct, []rune(text)); !slices.Equal(got, want) {
			t.Errorf("patterns of %q present in %q:\n      got %v\ncloudflare %v", distinct, text, got, want)
		}
	})
}

// distinctPatterns leaves out empty patterns and those that were there before.
func distinctPatterns(patterns [][]rune) [][]rune {
	seen := make(map[string]bool)
	var distinct [][]rune
	for _, p := range patterns {
		if len(p) > 0 && !seen[string(p)] {
			seen[string(p)] = true
			distinct = append(distinct, p)
		}
	}
	return distinct
}

// present returns the patterns that matched, sorted.
func present(matches []matcher.Match) []int {
	var found []int
	for _, m := range matches {
		found = append(found, int(m.Pattern))
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// cloudflareCopes reports whether the other implementation builds its tables in reasonable time, which grows with the
// cube of a pattern's length: 21 s for one of 2,000 bytes.
func cloudflareCopes(patterns [][]rune) bool {
	for _, p := range patterns {
		if len(string(p)) > 64 {
			return false
		}
	}
	return true
}

// cloudflarePresent returns the patterns that cloudflare/ahocorasick finds, sorted. It works on bytes, so patterns
// and text are encoded from the runes that the matcher gets: invalid bytes are U+FFFD in both.
func cloudflarePresent(patterns [][]rune, text []rune) []int {
	dictionary := make([]string, len(patterns))
	for i, p := range patterns {
		dictionary[i] = string(p)
	}
	found := ahocorasick.NewStringMatcher(dictionary).Match([]byte(string(text)))
	slices.Sort(found)
	return found
}
