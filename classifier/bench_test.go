package classifier_test

import (
	"compress/gzip"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chaping/classifier"
	"chaping/lexicon"
)

// BenchmarkClassify asks how fast one goroutine labels real reviews with the
// food lexicon (corpus: online_shopping.csv.gz of SophonPlus/ChineseNlpCorpus,
// 61,804 reviews, 10.6 MB of UTF-8, Chinese).
func BenchmarkClassify(b *testing.B) {
	texts := corpus(b)
	benchmark(b, texts, len(texts)/10)
}

// BenchmarkClassifyLong is the same with ten texts of 1 MB, made of those
// reviews: the cost of a character must not grow with the length of its text.
func BenchmarkClassifyLong(b *testing.B) {
	all := strings.Join(corpus(b), "\n")
	texts := make([]string, 10)
	for i := range texts {
		texts[i] = all[i<<20 : (i+1)<<20]
	}
	benchmark(b, texts, len(texts))
}

// benchmark classifies texts, of which at least so many must get a label.
func benchmark(b *testing.B, texts []string, labels int) {
	lex, err := lexicon.Load()
	if err != nil {
		b.Fatal(err)
	}
	c := classifier.New(lex)
	if _, err := c.Classify("food", ""); err != nil { // builds the engine
		b.Fatal(err)
	}
	size := 0
	for _, t := range texts {
		size += len(t)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		labelled := 0
		for _, t := range texts {
			r, err := c.Classify("food", t)
			if err != nil {
				b.Fatal(err)
			}
			if len(r.Labels) > 0 {
				labelled++
			}
		}
		if labelled < labels {
			b.Fatalf("only %d of %d texts are labelled", labelled, len(texts))
		}
	}
}

// corpus reads the reviews of the shared folder, or skips.
func corpus(b *testing.B) []string {
	b.Helper()
	dir := os.Getenv("CHAPING_SHARED")
	if dir == "" {
		dir = "../../shared"
	}
	f, err := os.Open(filepath.Join(dir, "data", "online_shopping.csv.gz"))
	if err != nil {
		b.Skip("no corpus: set CHAPING_SHARED to the folder that has data/online_shopping.csv.gz:", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		b.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		b.Fatal(err)
	}
	var out []string
	for _, r := range rows[1:] {
		out = append(out, r[2])
	}
	return out
}
