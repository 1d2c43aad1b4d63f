package index_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chaping/index"
	"chaping/internal/correction"
	"chaping/internal/eval"
	"chaping/internal/review"
)

// TestDoubt measures whether labels with more reasons to doubt them are wrong
// more often, on gold texts.
func TestDoubt(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "testdata", "reviews", "gold.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	gold := map[string]eval.Gold{}
	var list []review.Record
	for in := bufio.NewScanner(f); in.Scan(); {
		var g eval.Gold
		if err := json.Unmarshal(in.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		gold[g.ID] = g
		list = append(list, review.Record{ID: g.ID, Text: g.Text, Industry: g.Industry})
	}
	_, x := build(t, list, index.Options{})
	wrong := func(query, sort string, first int) (share float64, n int) {
		t.Helper()
		r, err := x.Search(t.Context(), index.Request{Query: query, Size: first, Sort: sort})
		if err != nil {
			t.Fatal(err)
		}
		var s eval.Score
		for _, h := range r.Hits {
			s.Add(gold[h.ID], h.Labels)
		}
		return 1 - s.ExactShare(), s.N
	}
	few, n := wrong("", "doubt", 25)
	doubted, m := wrong("queue:uncertain", "doubt", 1000)
	sure, k := wrong("-queue:uncertain", "doubt", 1000)
	t.Logf("wrong label sets: %.3f of the first %d of the queue, %.3f of all %d in it, %.3f of the %d others", few, n, doubted, m, sure, k)
	if n != 25 || m+k != len(list) || !(few > doubted && doubted > sure) {
		t.Error("the queue does not lead to wrong labels first")
	}
}

// TestDoubtReasons gives each reason alone.
func TestDoubtReasons(t *testing.T) {
	list := []review.Record{
		{ID: "star", Text: "太酸了", Star: 5}, {ID: "star", Text: "颜色红的", Star: 1}, {ID: "sure", Text: "太酸了", Star: 1}, {ID: "sure", Text: "很甜", Star: 5},
		{ID: "many", Text: "太酸了，快递太慢，也没有送赠品"}, {ID: "long", Text: "太酸了，" + strings.Repeat("买给家里老人和孩子一起吃的，", 5)},
		{ID: "aside", Text: "上次买的太酸了"}, {ID: "both", Text: "上次买的太酸了，这次也太酸了"}, {ID: "vague", Text: "这样的东西能吃吗"},
	}
	for i := range list {
		list[i].SKU = list[i].ID
		list[i].ID += fmt.Sprint(i)
	}
	d, x := build(t, list, index.Options{})
	reasons := map[string][]string{}
	for _, reason := range []string{"star", "many", "long", "aside", "both", "vague"} {
		r, err := x.Search(t.Context(), index.Request{Query: "存疑:" + reason, Size: 20})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range r.Hits {
			reasons[h.ID] = append(reasons[h.ID], reason)
		}
	}
	for _, r := range list {
		want := []string{r.SKU}
		if r.SKU == "sure" {
			want = nil
		}
		if !slices.Equal(reasons[r.ID], want) {
			t.Errorf("%s %q is doubted for %v, want %v", r.ID, r.Text, reasons[r.ID], want)
		}
	}
	r, err := x.Search(t.Context(), index.Request{Query: "doubt:many", Size: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Correct(correction.Correction{Key: r.Hits[0].Key, Action: correction.Skip}); err != nil {
		t.Fatal(err)
	}
	lex, _ := load(t)
	if err := x.Correct(d, index.Options{Lexicon: lex, Industry: "food"}); err != nil {
		t.Fatal(err)
	}
	if r, err := x.Search(t.Context(), index.Request{Query: "doubt:many"}); err != nil || r.Total != 0 {
		t.Errorf("a review that a person looked at is still in doubt: %+v, %v", r, err)
	}
}
