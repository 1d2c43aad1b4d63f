package index

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chaping/internal/correction"
	"chaping/internal/dataset"
	"chaping/internal/dataset/datasettest"
	"chaping/internal/demo"
	"chaping/internal/pii"
	"chaping/internal/review"
)

// demoRecords are the first reviews of a demo shop.
func demoRecords(t testing.TB, n int) []review.Record {
	t.Helper()
	shop, err := demo.New("food", n, 1)
	if err != nil {
		t.Fatal(err)
	}
	var records []review.Record
	err = shop.Each(func(items []demo.Item) error {
		for i := range items {
			if items[i].Reviewed {
				records = append(records, items[i].Record)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// scanned is a review as a scan sees it, without the engine.
type scanned struct {
	key              string
	text             string // both texts, folded
	review, followUp string
	values           map[string][]string
}

// is reports whether the review has a value in a field.
func (s *scanned) is(field, value string) bool { return slices.Contains(s.values[field], value) }

// first is the only value of a field, empty for none.
func (s *scanned) first(field string) string {
	return strings.Join(s.values[field], "")
}

// scanAll reads a dataset.
func scanAll(t *testing.T, d *dataset.Dir, opt Options) []*scanned {
	t.Helper()
	var out []*scanned
	err := d.Each(func(r *dataset.Review) error {
		list, err := properties(r, opt.Lexicon, opt.Industry, opt.NoMask)
		if err != nil {
			return err
		}
		s := &scanned{key: r.Key, values: map[string][]string{}}
		for _, p := range list {
			s.values[p.name] = slices.Compact(slices.Sorted(slices.Values(p.values)))
		}
		s.text = fold(s.first("text"))
		s.review, s.followUp = fold(pii.Mask(r.Record.Text)), fold(pii.Mask(r.Record.FollowUp))
		out = append(out, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// scans are queries, and what they mean to a scan.
var scans = []struct {
	query string
	want  func(*scanned) bool
}{
	{"", func(*scanned) bool { return true }},
	{"star:<=2", func(s *scanned) bool { return s.is("star", "1") || s.is("star", "2") }},
	{"courier:圆通 star:5", func(s *scanned) bool { return s.is("courier", "圆通") && s.is("star", "5") }},
	{"category:courier.*", func(s *scanned) bool {
		return slices.ContainsFunc(s.values["category"], func(c string) bool { return strings.HasPrefix(c, "courier.") })
	}},
	{"-category:*", func(s *scanned) bool { return len(s.values["category"]) == 0 }},
	{"-time:*", func(s *scanned) bool { return s.first("time") == "" }},
	{"time:2025-11..2026-02 problem:true", func(s *scanned) bool {
		return s.first("day") >= "2025-11-01" && s.first("day") <= "2026-02-28" && s.is("problem", "true")
	}},
	{"region:华中 -template:true", func(s *scanned) bool { return s.is("region", "华中") && !s.is("template", "true") }},
	{"corrected:true OR star:1", func(s *scanned) bool { return s.is("corrected", "true") || s.is("star", "1") }},
	{"甜", func(s *scanned) bool { return strings.Contains(s.text, "甜") }},
	{"的 -了", func(s *scanned) bool { return strings.Contains(s.text, "的") && !strings.Contains(s.text, "了") }},
	{`"快递员" star:>=2`, func(s *scanned) bool { return strings.Contains(s.text, "快递员") && s.first("star") >= "2" }},
	{`-"包装很好"`, func(s *scanned) bool { return !strings.Contains(s.text, "包装很好") }},
	{"text:快递", func(s *scanned) bool { return strings.Contains(s.review, "快递") }},
	{"追评:了 star:>=2", func(s *scanned) bool { return strings.Contains(s.followUp, "了") && s.first("star") >= "2" }},
	{"-follow_up:*", func(s *scanned) bool { return s.followUp == "" }},
	{`快递 OR ("很好" -"包装很好")`, func(s *scanned) bool {
		return strings.Contains(s.text, "快递") || strings.Contains(s.text, "很好") && !strings.Contains(s.text, "包装很好")
	}},
}

// TestScans compares totals, facets, keys and order with a scan of the dataset,
// half of whose reviews have no time and some of which were corrected.
func TestScans(t *testing.T) {
	records := demoRecords(t, 5000)
	for i := range records {
		if i%2 == 0 {
			records[i].Time = time.Time{}
		}
	}
	d, cls := datasettest.New(t, records)
	opt := Options{Lexicon: cls.Lexicon(), Industry: "food"}
	x, err := OpenSynced(d, opt, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	correctWhileSearching(t, d, x, opt)
	all := scanAll(t, d, opt)
	for _, tc := range scans {
		var want []*scanned
		for _, s := range all {
			if tc.want(s) {
				want = append(want, s)
			}
		}
		r, err := x.Search(t.Context(), Request{Query: tc.query, Facets: facetFields, FacetSize: 1 << 20})
		if err != nil || int(r.Total) != len(want) || len(want) == 0 {
			t.Errorf("%s finds %+v, %v; a scan %d", tc.query, r, err, len(want))
			continue
		}
		for _, field := range facetFields {
			sums := map[string]int{}
			for _, s := range want {
				for _, v := range s.values[field] {
					sums[v]++
				}
			}
			for _, c := range r.Facets[field] {
				if sums[c.Value] != c.Count {
					t.Errorf("%s: %s %s counts %d, a scan %d", tc.query, field, c.Value, c.Count, sums[c.Value])
				}
			}
			if len(r.Facets[field]) != len(sums) {
				t.Errorf("%s: %s has %d values, a scan %d", tc.query, field, len(r.Facets[field]), len(sums))
			}
		}
		compareOrder(t, x, tc.query, want)
	}
}

// compareOrder compares pages in each order with what a scan found.
func compareOrder(t *testing.T, x *Index, query string, want []*scanned) {
	t.Helper()
	var keys []string
	if err := x.Keys(t.Context(), query, func(key string) { keys = append(keys, key) }); err != nil {
		t.Fatal(err)
	}
	byKey := slices.SortedFunc(slices.Values(want), func(a, b *scanned) int { return cmp.Compare(a.key, b.key) })
	if !slices.EqualFunc(keys, byKey, func(key string, s *scanned) bool { return key == s.key }) {
		t.Errorf("%s: %d keys differ from those of a scan, %d", query, len(keys), len(want))
	}
	byTime := func(a, b *scanned) int {
		return cmp.Or(cmp.Compare(b.first("time"), a.first("time")), cmp.Compare(a.key, b.key))
	}
	for sort, order := range map[string]func(a, b *scanned) int{
		"time": byTime,
		"doubt": func(a, b *scanned) int {
			return cmp.Or(cmp.Compare(b.first("doubts"), a.first("doubts")), byTime(a, b))
		},
	} {
		slices.SortFunc(want, order)
		for _, from := range []int{0, 30, 2480, 2600} {
			r, err := x.Search(t.Context(), Request{Query: query, Sort: sort, From: from, Size: 40})
			if err != nil {
				t.Fatal(err)
			}
			page := want[min(from, len(want)):min(from+40, len(want))]
			if !slices.EqualFunc(r.Hits, page, func(h Hit, s *scanned) bool { return h.Key == s.key }) {
				t.Errorf("%s by %s from %d: the page differs from a scan's", query, sort, from)
			}
		}
	}
	best, err := x.Search(t.Context(), Request{Query: query, Size: 5000})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(best.Hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) }) || len(best.Hits) != len(want) {
		t.Errorf("%s by score: %d hits, or not in order", query, len(best.Hits))
	}
	for _, from := range []int{0, 25} {
		r, err := x.Search(t.Context(), Request{Query: query, From: from, Size: 25})
		if err != nil {
			t.Fatal(err)
		}
		page := best.Hits[min(from, len(best.Hits)):min(from+25, len(best.Hits))]
		if !slices.EqualFunc(r.Hits, page, func(a, b Hit) bool { return a.Key == b.Key && a.Score == b.Score }) {
			t.Errorf("%s by score from %d: the page is not part of all", query, from)
		}
	}
}

// correctWhileSearching corrects reviews one after the other while others search:
// each answer is of one moment, so its facet adds up.
func correctWhileSearching(t *testing.T, d *dataset.Dir, x *Index, opt Options) {
	t.Helper()
	found, err := x.Search(t.Context(), Request{Query: "problem:true", Size: 30})
	if err != nil {
		t.Fatal(err)
	}
	var searching sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		searching.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				r, err := x.Search(t.Context(), Request{Query: "star:<=3", Size: 3, Facets: []string{"problem"}})
				if err != nil {
					t.Error(err)
					return
				}
				sum := 0
				for _, c := range r.Facets["problem"] {
					sum += c.Count
				}
				if sum != int(r.Total) || sum == 0 {
					t.Errorf("%d reviews, %d in the facet", r.Total, sum)
				}
			}
		})
	}
	for i, h := range found.Hits {
		c := correction.Correction{Key: h.Key, Action: correction.Remove, Category: h.Labels[0]}
		if i%3 == 0 {
			c = correction.Correction{Key: h.Key, Action: correction.Add, Category: "service.attitude"}
		}
		if _, err := d.Correct(c); err != nil {
			t.Fatal(err)
		}
		if err := x.Correct(d, opt); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	searching.Wait()
	if r, err := x.Search(t.Context(), Request{Query: "corrected:true"}); err != nil || int(r.Total) != len(found.Hits) {
		t.Errorf("%+v corrected, %v", r, err)
	}
	if n, err := x.engine.DocCount(); err != nil || int(n) != d.Rows() {
		t.Error(fmt.Sprint(n), " reviews, ", err)
	}
}

// TestConcurrent asks for keys, phrases and follow-ups at once: each answer is
// what it is alone.
func TestConcurrent(t *testing.T) {
	d, cls := datasettest.New(t, demoRecords(t, 5000))
	opt := Options{Lexicon: cls.Lexicon(), Industry: "food"}
	x, err := OpenSynced(d, opt, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	ask := func(query string) (n int, err error) {
		err = x.Keys(t.Context(), query, func(string) { n++ })
		return n, err
	}
	queries := []string{"", `"包装很好"`, "追评:*", `"快递小哥"`}
	want := map[string]int{}
	for _, q := range queries {
		if want[q], err = ask(q); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			q := queries[i%len(queries)]
			if n, err := ask(q); err != nil || n != want[q] || n == 0 {
				t.Errorf("%s finds %d, %v; alone %d", q, n, err, want[q])
			}
		})
	}
	wg.Wait()
}
