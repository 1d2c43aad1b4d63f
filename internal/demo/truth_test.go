package demo_test

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"chaping/classifier"
	"chaping/internal/crosstab"
	"chaping/internal/demo"
	"chaping/internal/eval"
	"chaping/internal/pipeline"
	"chaping/internal/review"
	"chaping/lexicon"
)

// tables have every planted cell among their cells.
var tables = [][]string{{"category", "courier", "region"}, {"category", "product"}, {"category", "product", "sku"}, {"category", "month"}}

// TestTruth makes shops, classifies their reviews and looks for what was
// planted: each planted cell must be significant, and of those that no planted
// cell touches at most 5 % may be.
func TestTruth(t *testing.T) {
	lex, err := lexicon.Load()
	if err != nil {
		t.Fatal(err)
	}
	cls := classifier.New(lex)
	for _, tc := range []struct {
		industry          string
		seed              uint64
		precision, recall float64 // at least
	}{
		{"food", 1, 0.88, 0.88}, {"food", 2, 0.88, 0.88}, {"food", 3, 0.88, 0.88}, {"mother_baby", 4, 0.75, 0.85},
	} {
		t.Run(fmt.Sprint(tc.industry, tc.seed), func(t *testing.T) {
			t.Parallel()
			rows, truth, score := classified(t, cls, tc.industry, tc.seed)
			if c := score.Micro(); c.Precision() < tc.precision || c.Recall() < tc.recall {
				t.Errorf("precision is %.3f, want %.3f at least; recall %.3f, want %.3f", c.Precision(), tc.precision, c.Recall(), tc.recall)
			}
			t.Logf("precision %.3f, recall %.3f", score.Micro().Precision(), score.Micro().Recall())
			found := map[*demo.Cell]bool{}
			unplanted, significant := 0, []string{}
			for _, by := range tables {
				table, err := crosstab.New(crosstab.Options{By: by})
				if err != nil {
					t.Fatal(err)
				}
				for i := range rows {
					table.Add(&rows[i])
				}
				for _, c := range table.Cells() {
					planted, touched := match(c.Key, truth.Planted)
					switch {
					case planted != nil && c.Significant && *c.Ratio > 1:
						found[planted] = true
					case !touched && !c.Small:
						unplanted++
						if c.Significant {
							significant = append(significant, fmt.Sprintf("%v %d/%d, ratio %.2f, q %.2g", c.Key, c.Count, c.Base, *c.Ratio, c.Q))
						}
					}
				}
			}
			for _, c := range truth.Planted {
				if !found[c] {
					t.Errorf("planted and not found: %+v", *c)
				}
			}
			t.Logf("%d of %d unplanted cells are significant", len(significant), unplanted)
			if unplanted < 500 || float64(len(significant)) > 0.05*float64(unplanted) {
				t.Errorf("%d of %d unplanted cells are significant:\n%s", len(significant), unplanted, strings.Join(significant, "\n"))
			}
		})
	}
}

// match says which planted cell a cell is, and whether any touches it: shares
// its category and possibly some reviews.
func match(key crosstab.Key, cells []*demo.Cell) (is *demo.Cell, touched bool) {
	for _, c := range cells {
		want := map[string]string{"product": c.Key.Product, "sku": c.Key.SKU, "courier": c.Key.Courier, "region": c.Key.Region, "month": c.Key.Month}
		if key.Of("category") != c.Key.Category {
			continue
		}
		exact, apart := true, false
		for dim, v := range want {
			have := key.Of(dim)
			exact = exact && v == have
			apart = apart || v != "" && have != "" && v != have
		}
		if exact {
			is = c
		}
		touched = touched || !apart
	}
	return is, touched
}

// classified makes a shop and classifies its reviews.
func classified(t *testing.T, cls *classifier.Classifier, industry string, seed uint64) ([]crosstab.Row, *demo.Truth, *eval.Score) {
	t.Helper()
	shop, err := demo.New(industry, 12_000, seed)
	if err != nil {
		t.Fatal(err)
	}
	var reviews []demo.Item
	err = shop.Each(func(items []demo.Item) error {
		reviews = append(reviews, slices.DeleteFunc(items, func(it demo.Item) bool { return !it.Reviewed })...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var rows []crosstab.Row
	score := &eval.Score{}
	next := 0
	err = pipeline.Run(t.Context(), runtime.GOMAXPROCS(0), pipeline.Steps[pipeline.Annotation]{
		Read: func() (review.Record, error) {
			if next == len(reviews) {
				return review.Record{}, io.EOF
			}
			next++
			return reviews[next-1].Record, nil
		},
		Work: func(_ int, r *review.Record) (pipeline.Annotation, error) { return pipeline.Annotate(cls, industry, r) },
		Emit: func(a pipeline.Annotation) error {
			score.Add(eval.Gold{Labels: reviews[len(rows)].Labels}, a.Labels)
			rows = append(rows, a.Row(cls.Lexicon(), industry))
			return nil
		},
		Reject: func(e *review.RowError) error { return e },
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, shop.Truth(), score
}
