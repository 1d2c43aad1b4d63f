package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chaping/classifier"
	"chaping/internal/eval"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// shared returns a file of the shared folder, or skips.
func shared(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("CHAPING_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		t.Skip("the measuring corpora are missing: set CHAPING_SHARED to the folder that has", name)
	}
	return path
}

// TestQuality compares the quality of the labels with what it was: a change of
// the lexicon shows in the diff of the golden files. `go test ./cmd/chaping
// -run TestQuality -update` rewrites them.
func TestQuality(t *testing.T) {
	cls, err := newClassifier("")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("own", func(t *testing.T) {
		golden(t, "quality_own.txt", goldFigures(t, cls, "the sample dump's own labels", "../../testdata/reviews/gold.jsonl"))
	})
	t.Run("shared", func(t *testing.T) {
		report := goldFigures(t, cls, "dev.jsonl", shared(t, "gold/dev.jsonl")) +
			"\n" + foodAspects(t, cls, shared(t, "data/food_aspects.jsonl.gz")) +
			"\n" + falseAlarms(t, cls, shared(t, "data/online_shopping.csv.gz")) +
			"\n" + labelFigures(t, cls)
		golden(t, "quality.txt", report)
	})
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("../../testdata/golden", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s mismatch (-want +got), -update rewrites it:\n%s", name, diff)
	}
}

func goldFigures(t *testing.T, cls *classifier.Classifier, title, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rep, err := evaluate(cls, path, f)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n", title)
	rep.table(&b)
	return b.String()
}

// open reads a gzip file whole.
func open(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// aspects says which categories stand for an aspect of food_aspects.
var aspects = []struct {
	name       string
	categories []string // a trailing dot stands for the group
}{
	{"口感", []string{"product.taste"}},
	{"品质", []string{"product.quality"}},
	{"物流", []string{"courier.", "warehouse.slow_dispatch"}},
	{"包装", []string{"product.packaging", "courier.damage", "warehouse.handling"}},
	{"价格", []string{"product.price", "promotion.price"}},
	{"售后", []string{"service."}},
	{"分量", []string{"warehouse.wrong_or_missing", "product.description"}},
}

// foodAspects counts, review by review, how often people's negative units of
// an aspect and our labels meet.
func foodAspects(t *testing.T, cls *classifier.Classifier, path string) string {
	t.Helper()
	counts := make([]eval.Counts, len(aspects))
	for line := range bytes.Lines(open(t, path)) {
		var row struct {
			Text  string
			Units []struct{ Aspect, Polarity string }
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		res, err := cls.Classify("food", row.Text)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range aspects {
			want := false
			for _, u := range row.Units {
				want = want || u.Aspect == a.name && u.Polarity == "NEG"
			}
			got := slices.ContainsFunc(res.Labels, func(l string) bool {
				return slices.ContainsFunc(a.categories, func(c string) bool {
					return l == c || strings.HasSuffix(c, ".") && strings.HasPrefix(l, c)
				})
			})
			switch {
			case want && got:
				counts[i].TP++
			case want:
				counts[i].FN++
			case got:
				counts[i].FP++
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# food_aspects.jsonl.gz, reviews with a negative unit of the aspect against reviews with a label of its categories\naspect  reviews  recall  precision\n")
	for i, a := range aspects {
		fmt.Fprintf(&b, "%s    %7d   %.3f      %.3f\n", a.name, counts[i].TP+counts[i].FN, counts[i].Recall(), counts[i].Precision())
	}
	return b.String()
}

// falseAlarms counts the positive reviews that get a label.
func falseAlarms(t *testing.T, cls *classifier.Classifier, path string) string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(open(t, path))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	kinds := []struct{ category, industry string }{{"水果", "food"}, {"衣服", "mother_baby"}, {"洗发水", "beauty"}}
	n, alarms := make([]int, len(kinds)), make([]int, len(kinds))
	for _, r := range rows {
		for i, k := range kinds {
			if r[0] != k.category || r[1] != "1" {
				continue
			}
			res, err := cls.Classify(k.industry, r[2])
			if err != nil {
				t.Fatal(err)
			}
			n[i]++
			if len(res.Labels) > 0 {
				alarms[i]++
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# online_shopping.csv.gz, positive reviews that get any label\nkind     reviews  labelled   share\n")
	all, labelled := 0, 0
	for i, k := range kinds {
		fmt.Fprintf(&b, "%s  %9d  %8d   %.3f\n", k.category, n[i], alarms[i], float64(alarms[i])/float64(n[i]))
		all, labelled = all+n[i], labelled+alarms[i]
	}
	fmt.Fprintf(&b, "all      %7d  %8d   %.3f\n", all, labelled, float64(labelled)/float64(all))
	return b.String()
}
