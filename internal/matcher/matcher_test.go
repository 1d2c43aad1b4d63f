package matcher_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"chaping/internal/matcher"
)

type match = matcher.Match

func TestBasics(t *testing.T) {
	tests := []struct {
		name     string
		patterns []string
		text     string
		want     []match
	}{
		{"no patterns", nil, "味道太酸", nil},
		{"no text", []string{"太酸"}, "", nil},
		{"whole text", []string{"太酸"}, "太酸", []match{{0, 0, 2}}},
		{"text shorter than pattern", []string{"太酸了"}, "太酸", nil},
		{"text ends inside a pattern", []string{"客服态度差"}, "客服态度", nil},
		{"single character", []string{"慢"}, "慢慢快慢", []match{{0, 0, 1}, {0, 1, 2}, {0, 3, 4}}},
		{"offsets are runes", []string{"差"}, "a差é差", []match{{0, 1, 2}, {0, 3, 4}}},
		{"one inside the other", []string{"态度差", "度"}, "态度差", []match{{1, 1, 2}, {0, 0, 3}}},
		{"prefix of another", []string{"太慢了", "太慢"}, "太慢了", []match{{1, 0, 2}, {0, 0, 3}}},
		{"same end, longest first", []string{"差", "度差", "态度差"}, "态度差", []match{{2, 0, 3}, {1, 1, 3}, {0, 2, 3}}},
		{"same end, order of patterns is no matter", []string{"态度差", "差", "度差"}, "态度差",
			[]match{{0, 0, 3}, {2, 1, 3}, {1, 2, 3}}},
		{"overlap", []string{"包装破", "破损"}, "包装破损", []match{{0, 0, 3}, {1, 2, 4}}},
		{"overlaps itself", []string{"哈哈"}, "哈哈哈哈", []match{{0, 0, 2}, {0, 1, 3}, {0, 2, 4}}},
		{"repeats of several lengths", []string{"a", "aa", "aaa"}, "aaa",
			[]match{{0, 0, 1}, {1, 0, 2}, {0, 1, 2}, {2, 0, 3}, {1, 1, 3}, {0, 2, 3}}},
		{"suffix of one is prefix of the next", []string{"abcd", "bcd", "cd", "cde"}, "abcde",
			[]match{{0, 0, 4}, {1, 1, 4}, {2, 2, 4}, {3, 2, 5}}},
		{"suffix found where the longer pattern fails", []string{"物流很慢", "流很快"}, "物流很快", []match{{1, 1, 4}}},
		{"two failures in a row", []string{"abcx", "bcy", "cz"}, "abcz", []match{{2, 2, 4}}},
		{"failure passes a suffix with the same children", []string{"abc", "bc", "cq", "abcd", "bcd"}, "abcq",
			[]match{{0, 0, 3}, {1, 1, 3}, {2, 2, 4}}},
		{"failure to a pattern's end", []string{"太慢", "太慢了吧", "慢"}, "太慢了", []match{{0, 0, 2}, {2, 1, 2}}},
		{"begins anew after a failure", []string{"aab"}, "aaab", []match{{0, 1, 4}}},
		{"character of no pattern in between", []string{"ab"}, "a-b-ab", []match{{0, 4, 6}}},
		{"character known, but not here", []string{"ab", "cd"}, "acbd", nil},
		{"known only inside patterns", []string{"ab"}, "bbab", []match{{0, 2, 4}}},
		{"next to each other", []string{"ab", "cd"}, "abcd", []match{{0, 0, 2}, {1, 2, 4}}},
		{"astral characters", []string{"😡", "𠮷😡", "差😡"}, "差😡𠮷😡😀",
			[]match{{2, 0, 2}, {0, 1, 2}, {1, 2, 4}, {0, 3, 4}}},
		{"astral and BMP with the same low bits", []string{"\U00010041"}, "A\U00010041", []match{{0, 1, 2}}},
		{"first and last character of the BMP", []string{"\x00\uffff"}, "\x00\x00\uffff\uffff", []match{{0, 1, 3}}},
		{"exact comparison", []string{"Bad"}, "bad BAD Bad", []match{{0, 8, 11}}},
	}
	for _, e := range engines {
		for _, tt := range tests {
			t.Run(e.name+"/"+tt.name, func(t *testing.T) {
				got, err := e.find(runes(tt.patterns...), []rune(tt.text))
				if err != nil {
					t.Fatalf("New(%q): %v", tt.patterns, err)
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("matches of %q in %q:\n got %v\nwant %v", tt.patterns, tt.text, got, tt.want)
				}
			})
		}
	}
}

// Text from outside may hold anything that fits a rune.
func TestValuesThatAreNoCharacter(t *testing.T) {
	odd := []rune{-1, math.MinInt32, math.MaxInt32, 0xd800, 0x10ffff + 1, 0x10000, 0}
	patterns := [][]rune{{-1}, {math.MinInt32, math.MaxInt32}, {0xd800, 0x110000}, {0x110000}}
	for _, text := range [][]rune{odd, {'a', -1, 'a'}, {-2, -1}} {
		for _, e := range engines {
			got, err := e.find(patterns, text)
			if err != nil {
				t.Fatalf("%s: %v", e.name, err)
			}
			if want := naive(patterns, text); !slices.Equal(got, want) {
				t.Errorf("%s: matches of %v in %v:\n got %v\nwant %v", e.name, patterns, text, got, want)
			}
		}
	}
}

func TestNewErrors(t *testing.T) {
	singles := make([][]rune, math.MaxUint16+1)
	for i := range singles {
		singles[i] = []rune{rune(i)}
	}
	tests := []struct {
		name     string
		patterns [][]rune
		limit    int
		want     string
	}{
		{"empty pattern", runes("太酸", ""), 1 << 20, "matcher: pattern 1 is empty"},
		{"nil pattern", [][]rune{nil}, 1 << 20, "matcher: pattern 0 is empty"},
		{"duplicate", runes("慢", "太酸", "太慢", "太酸"), 1 << 20, "matcher: patterns 1 and 3 are the same"},
		{"first duplicate of several", runes("乙", "甲", "乙", "甲", "甲"), 1 << 20, "matcher: patterns 0 and 2 are the same"},
		{"too many characters to tell apart", singles, 1 << 20,
			"matcher: patterns have 65536 different characters, at most 65535 are possible"},
		{"too many characters", runes("太酸", "太慢了"), 4, "matcher: patterns 0 to 1 have more than 4 characters"},
		{"too many patterns", runes("太", "酸"), 1, "matcher: 2 patterns, at most 1 are possible"},
		{"tables too large", runes("abcd"), 4, "matcher: patterns need larger tables than are possible"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := matcher.Build(tt.patterns, tt.limit)
			if err == nil || err.Error() != tt.want {
				t.Errorf("New: got error %v, want %q", err, tt.want)
			}
			if m != nil {
				t.Error("New returned a matcher with the error")
			}
		})
	}
}

// As many different characters as there may be, and each of them found.
func TestAllCodes(t *testing.T) {
	patterns := make([][]rune, math.MaxUint16)
	for i := range patterns {
		patterns[i] = []rune{rune(i) + 0x8000}
	}
	m, err := matcher.New(patterns)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range patterns {
		want := []match{{int32(i), 0, 1}}
		if got := m.AppendMatches(nil, p); !slices.Equal(got, want) {
			t.Fatalf("matches in %x: got %v, want %v", p, got, want)
		}
	}
}

func TestZeroMatcher(t *testing.T) {
	var m matcher.Matcher
	if got := m.AppendMatches(nil, []rune("味道太酸😡")); got != nil {
		t.Errorf("got %v, want no matches", got)
	}
}

func TestAppendsToDst(t *testing.T) {
	m := mustNew(t, runes("酸"))
	before := match{7, 8, 9}
	got := m.AppendMatches([]match{before}, []rune("酸"))
	if want := []match{before, {0, 0, 1}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// The matcher must not change when the caller changes what it gave.
func TestKeepsNoReference(t *testing.T) {
	patterns := runes("太酸")
	m := mustNew(t, patterns)
	patterns[0][0], patterns[0] = '很', []rune("很甜")
	if got, want := m.AppendMatches(nil, []rune("太酸")), (match{0, 0, 2}); len(got) != 1 || got[0] != want {
		t.Errorf("got %v, want [%v]", got, want)
	}
}

// A pattern and a text of a million characters: time and memory stay in proportion to them.
func TestLong(t *testing.T) {
	const n = 1_000_000
	long := []rune(strings.Repeat("慢", n))
	m := mustNew(t, [][]rune{long, []rune("快")})
	if got, want := m.AppendMatches(nil, long), []match{{0, 0, n}}; !slices.Equal(got, want) {
		t.Errorf("long pattern in itself: got %v, want %v", got, want)
	}
	text := append(slices.Clone(long[1:]), '快')
	if got, want := m.AppendMatches(nil, text), []match{{1, n - 1, n}}; !slices.Equal(got, want) {
		t.Errorf("long pattern less one character: got %v, want %v", got, want)
	}

	m = mustNew(t, runes("慢", "慢慢"))
	if got, want := len(m.AppendMatches(nil, long)), 2*n-1; got != want {
		t.Errorf("short patterns in a long text: got %d matches, want %d", got, want)
	}
}

// Random patterns over alphabets from two characters, with overlaps everywhere, to many, with nodes of many
// children that are hard to place.
func TestAgainstNaive(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, tt := range []struct{ letters, patterns, length, text int }{
		{2, 10, 6, 500}, {3, 60, 5, 500}, {10, 200, 4, 400}, {60, 2000, 3, 300}, {5000, 3000, 3, 300},
	} {
		t.Run(fmt.Sprintf("%d letters", tt.letters), func(t *testing.T) {
			for range 2 {
				patterns := randomPatterns(rng, tt.patterns, tt.letters, tt.length)
				text := randomRunes(rng, tt.text, tt.letters)
				for len(text) < 2*tt.text { // a text of rare characters only would match nothing
					text = append(text, patterns[rng.IntN(len(patterns))]...)
				}
				got, want := mustNew(t, patterns).AppendMatches(nil, text), naive(patterns, text)
				if !slices.Equal(got, want) {
					t.Fatalf("matches of %q in %q:\n got %v\nwant %v", patterns, string(text), got, want)
				}
			}
		})
	}
}

// Nodes whose children lie far apart. The first leaves a gap in which none of the others fits for its first hundreds of
// slots; a search that gave up there would put each of them beyond the end and lengthen the tables by its width.
func TestFarChildren(t *testing.T) {
	const width, blocked, pairs = 3_000, 300, 300
	const letters = width + blocked + pairs + 2
	const firstParent = letters // and up: the characters of parents; those below are their children, each once
	var patterns [][]rune
	seen := make(map[rune]bool)
	add := func(parent, child rune) {
		seen[child] = true
		patterns = append(patterns, []rune{firstParent + parent, child})
	}
	add(0, 0)
	for c := range rune(blocked) {
		add(0, width+1+c)
	}
	for i := range rune(pairs) {
		add(1+i, blocked+1+i)
		add(1+i, blocked+1+i+width)
	}
	for c := range rune(letters) { // so that every character has a code and distances are as above
		if !seen[c] {
			add(pairs+1, c)
		}
	}
	if _, err := matcher.Build(patterns, 3*letters); err != nil {
		t.Error(err)
	}
}

func TestConcurrentUse(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	patterns := randomPatterns(rng, 200, 10, 4)
	m := mustNew(t, patterns)
	var wg sync.WaitGroup
	for range 8 {
		text := randomRunes(rng, 300, 12)
		want := naive(patterns, text)
		wg.Go(func() {
			var got []match
			for range 50 {
				if got = m.AppendMatches(got[:0], text); !slices.Equal(got, want) {
					t.Errorf("matches in %q:\n got %v\nwant %v", string(text), got, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestNoAllocations(t *testing.T) {
	m := mustNew(t, runes("太酸", "酸", "差😡", "😡"))
	text := []rune(strings.Repeat("味道太酸，差😡😀", 50))
	dst := m.AppendMatches(nil, text)
	if n := testing.AllocsPerRun(100, func() { dst = m.AppendMatches(dst[:0], text) }); n != 0 {
		t.Errorf("AppendMatches allocates %v times a call where dst has the capacity", n)
	}
}

func mustNew(t *testing.T, patterns [][]rune) *matcher.Matcher {
	t.Helper()
	m, err := matcher.New(patterns)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// randomRunes returns n of the given number of different characters, a few of them astral.
func randomRunes(rng *rand.Rand, n, letters int) []rune {
	text := make([]rune, n)
	for i := range text {
		if c := rune(rng.IntN(letters)); c%7 == 6 {
			text[i] = 0x1f600 + c
		} else {
			text[i] = '一' + c
		}
	}
	return text
}

// randomPatterns returns at most n different patterns of 1 to length characters.
func randomPatterns(rng *rand.Rand, n, letters, length int) [][]rune {
	seen := make(map[string]bool)
	var patterns [][]rune
	for range n {
		if p := randomRunes(rng, 1+rng.IntN(length), letters); !seen[string(p)] {
			seen[string(p)] = true
			patterns = append(patterns, p)
		}
	}
	return patterns
}
