package main

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"slices"
	"testing"
	"unicode/utf8"

	bobusumisu "github.com/BobuSumisu/aho-corasick"
	"github.com/cloudflare/ahocorasick"
	petar "github.com/petar-dambovaliev/aho-corasick"

	"chaping/internal/matcher"
)

// The question: how fast does each engine find thousands of keywords in 61,804 reviews, review by review? Engines with
// positions report every occurrence, overlapping ones too; cloudflare/ahocorasick itself reports which keywords are
// present, once a review, which is less.

// A counter searches all reviews and returns the number of matches.
type counter func(c *corpus) int

// An engine is an implementation under test.
type engine struct {
	name      string
	positions bool // counts occurrences; otherwise keywords present, summed over the reviews
	variant   bool // built like the engine before it, only used in another way
	build     func(keywords []string) counter
}

// engines begins with ours, which the others are compared with. Since they read bytes, ours is charged with decoding
// UTF-8 inside the timed loop, into a buffer that is used again. How much of its time that is shows in two more rows:
// decoding by a range loop, and, an unfair comparison, none at all, as in the classifier, whose text is in runes.
var engines = []engine{
	{name: "ours", positions: true, build: buildOurs},
	{name: "ours, decoding by range", positions: true, variant: true, build: buildOursRange},
	{name: "ours, not decoding (unfair)", positions: true, variant: true, build: buildOursRunes},
	{name: "cloudflare Match only", build: buildCloudflare},
	{name: "cloudflare Match + all positions", positions: true, variant: true, build: buildCloudflarePositions},
	{name: "BobuSumisu Walk", positions: true, build: buildBobuSumisu},
	{name: "petar DFA overlapping", positions: true, build: buildPetar},
}

func buildOurs(keywords []string) counter {
	return ourCounter(keywords, func(c *corpus, dst []rune, i int) []rune { return appendRunes(dst[:0], c.bytes[i]) })
}

func buildOursRange(keywords []string) counter {
	return ourCounter(keywords, func(c *corpus, dst []rune, i int) []rune {
		dst = dst[:0]
		for _, r := range c.texts[i] {
			dst = append(dst, r)
		}
		return dst
	})
}

func buildOursRunes(keywords []string) counter {
	return ourCounter(keywords, func(c *corpus, _ []rune, i int) []rune { return c.runes[i] })
}

// ourCounter searches the characters that decode gives for review i; decode may use the slice of the last one again.
func ourCounter(keywords []string, decode func(c *corpus, dst []rune, i int) []rune) counter {
	patterns := make([][]rune, len(keywords))
	for i, k := range keywords {
		patterns[i] = []rune(k)
	}
	m, err := matcher.New(patterns)
	if err != nil {
		panic(err) // the keyword sets are ours, and distinct
	}
	return func(c *corpus) int {
		var text []rune
		var matches []matcher.Match
		total := 0
		for i := range c.texts {
			text = decode(c, text, i)
			matches = m.AppendMatches(matches[:0], text)
			total += len(matches)
		}
		return total
	}
}

func buildCloudflare(keywords []string) counter {
	m := ahocorasick.NewStringMatcher(keywords)
	return func(c *corpus) int {
		total := 0
		for _, review := range c.bytes {
			total += len(m.Match(review))
		}
		return total
	}
}

// buildCloudflarePositions looks for every keyword that is present with bytes.Index, which is the way to positions
// with this library.
func buildCloudflarePositions(keywords []string) counter {
	m := ahocorasick.NewStringMatcher(keywords)
	encoded := make([][]byte, len(keywords))
	for i, k := range keywords {
		encoded[i] = []byte(k)
	}
	return func(c *corpus) int {
		total := 0
		for _, review := range c.bytes {
			for _, k := range m.Match(review) {
				total += overlappingCount(review, encoded[k])
			}
		}
		return total
	}
}

// overlappingCount finds all positions of keyword in review.
func overlappingCount(review, keyword []byte) int {
	_, first := utf8.DecodeRune(keyword)
	n := 0
	for {
		i := bytes.Index(review, keyword)
		if i < 0 {
			return n
		}
		n++
		review = review[i+first:]
	}
}

func buildBobuSumisu(keywords []string) counter {
	trie := bobusumisu.NewTrieBuilder().AddStrings(keywords).Build()
	return func(c *corpus) int {
		total := 0
		for _, review := range c.bytes {
			trie.Walk(review, func(end, n, pattern int64) bool {
				total++
				return true
			})
		}
		return total
	}
}

func buildPetar(keywords []string) counter {
	builder := petar.NewAhoCorasickBuilder(petar.Opts{MatchKind: petar.StandardMatch, DFA: true})
	ac := builder.Build(keywords)
	return func(c *corpus) int {
		total := 0
		for _, review := range c.bytes {
			found := ac.IterOverlappingByte(review)
			for found.Next() != nil {
				total++
			}
		}
		return total
	}
}

// A workload is a keyword set with the counts that every engine must give, so that a fast wrong answer fails.
type workload struct {
	name        string
	keywords    []string
	corpus      *corpus
	occurrences int
	present     int
}

// newWorkload counts by looking up every piece of text that is as long as some keyword, without any matcher.
func newWorkload(name string, keywords []string, c *corpus) *workload {
	w := &workload{name: name, keywords: keywords, corpus: c}
	lastSeen := make(map[string]int, len(keywords)) // keyword to the number of the last review that had it
	longest := 0                                    // in characters
	for _, k := range keywords {
		lastSeen[k] = -1
		longest = max(longest, utf8.RuneCountInString(k))
	}
	for i, review := range c.texts {
		for start := range review {
			end := start
			for range longest {
				if end == len(review) {
					break
				}
				_, size := utf8.DecodeRuneInString(review[end:])
				end += size
				seen, ok := lastSeen[review[start:end]]
				if !ok {
					continue
				}
				w.occurrences++
				if seen != i {
					lastSeen[review[start:end]] = i
					w.present++
				}
			}
		}
	}
	return w
}

// newWorkloads returns the keyword sets that are measured.
func newWorkloads(c *corpus) ([]*workload, error) {
	atoms, err := lexiconKeywords()
	if err != nil {
		return nil, err
	}
	return []*workload{
		newWorkload("full lexicon", atoms, c),
		newWorkload("complaint phrases", complaintPhrases(), c),
		newWorkload("dense n-grams", denseNgrams(c.texts), c),
	}, nil
}

// check returns an error where an engine counts wrong.
func (w *workload) check(e engine, got int) error {
	want := w.present
	if e.positions {
		want = w.occurrences
	}
	if got != want {
		return fmt.Errorf("%s, %s: %d matches, want %d", w.name, e.name, got, want)
	}
	return nil
}

// benchmarkMatch measures a search through all reviews; an operation is all of them.
func benchmarkMatch(b *testing.B, e engine, w *workload) {
	count := e.build(w.keywords)
	b.SetBytes(w.corpus.size)
	b.ReportAllocs()
	for b.Loop() {
		if err := w.check(e, count(w.corpus)); err != nil {
			b.Fatal(err)
		}
	}
}

// benchmarkBuild measures building from strings, and the heap that the result holds.
func benchmarkBuild(b *testing.B, e engine, keywords []string) {
	b.ReportAllocs()
	for b.Loop() {
		e.build(keywords)
	}
	b.ReportMetric(heapMB(func() any { return e.build(keywords) }), "heap-MB")
}

// heapMB returns how much heap, in units of 10^6 bytes, the result of build keeps alive.
func heapMB(build func() any) float64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.GC() // the second one frees what pools held
	runtime.ReadMemStats(&before)
	built := build()
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(built)
	return float64(int64(after.HeapAlloc)-int64(before.HeapAlloc)) / 1e6
}

// matcherTables prints two tables for each keyword set: matching and building.
func matcherTables(out io.Writer, c *corpus, rounds int) error {
	workloads, err := newWorkloads(c)
	if err != nil {
		return err
	}
	for _, w := range workloads {
		fmt.Fprintf(out, "\nMatching, %s: %d keywords, %d occurrences\n", w.name, len(w.keywords), w.occurrences)
		if err := matchTable(out, w, rounds); err != nil {
			return err
		}
		fmt.Fprintf(out, "\nBuilding, %s\n", w.name)
		if err := buildTable(out, w, rounds); err != nil {
			return err
		}
	}
	return nil
}

func matchTable(out io.Writer, w *workload, rounds int) error {
	seconds := make([][]float64, len(engines))
	allocs := make([]float64, len(engines)) // a review
	for range rounds {
		for i, e := range engines {
			count := e.build(w.keywords) // anew, since the heap of one engine is a burden for the next
			var wrong error
			best, mallocs := bestOf(func() {
				if err := w.check(e, count(w.corpus)); err != nil {
					wrong = err
				}
			})
			if wrong != nil {
				return wrong
			}
			seconds[i] = append(seconds[i], best)
			allocs[i] = mallocs / float64(len(w.corpus.texts))
		}
	}
	table := newTable(out)
	fmt.Fprintln(table, "engine\tpositions\tMB/s\tours is faster by\tallocs/review")
	for i, e := range engines {
		positions := "no"
		if e.positions {
			positions = "all"
		}
		fmt.Fprintf(table, "%s\t%s\t%.0f\t%.2fx\t%.2f\n", e.name, positions,
			float64(w.corpus.size)/1e6/median(seconds[i]), medianRatio(seconds[i], seconds[0]), allocs[i])
	}
	return table.Flush()
}

func buildTable(out io.Writer, w *workload, rounds int) error {
	engines := slices.DeleteFunc(slices.Clone(engines), func(e engine) bool { return e.variant })
	seconds := make([][]float64, len(engines))
	for range rounds {
		for i, e := range engines {
			best, _ := bestOf(func() { e.build(w.keywords) })
			seconds[i] = append(seconds[i], best)
		}
	}
	table := newTable(out)
	fmt.Fprintln(table, "engine\tms\tours is faster by\theap MB")
	for i, e := range engines {
		heap := heapMB(func() any { return e.build(w.keywords) })
		fmt.Fprintf(table, "%s\t%.1f\t%.1fx\t%.2f\n", e.name, 1e3*median(seconds[i]), medianRatio(seconds[i], seconds[0]), heap)
	}
	return table.Flush()
}
