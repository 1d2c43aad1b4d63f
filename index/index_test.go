package index_test

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"chaping/classifier"
	"chaping/index"
	"chaping/internal/correction"
	"chaping/internal/dataset"
	"chaping/internal/dataset/datasettest"
	"chaping/internal/review"
	"chaping/lexicon"
)

// load is the lexicon, read once.
func load(t testing.TB) (*lexicon.Lexicon, *classifier.Classifier) {
	t.Helper()
	lex, err := lexicon.Load()
	if err != nil {
		t.Fatal(err)
	}
	return lex, classifier.New(lex)
}

// fill makes a dataset of records and its index.
func fill(t testing.TB, records []review.Record, opt index.Options) *dataset.Dir {
	t.Helper()
	d, cls := datasettest.New(t, records)
	opt.Lexicon, opt.Industry = cls.Lexicon(), "food"
	if err := index.Sync(d, opt, func(int) {}); err != nil {
		t.Fatal(err)
	}
	return d
}

// build makes a dataset of records and opens its index.
func build(t testing.TB, records []review.Record, opt index.Options) (*dataset.Dir, *index.Index) {
	t.Helper()
	d := fill(t, records, opt)
	x, err := index.Open(d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return d, x
}

var day = time.Date(2026, 5, 31, 23, 30, 0, 0, review.Shanghai)

func sample() []review.Record {
	return []review.Record{
		{ID: "a", Text: "太酸了，没有 坏果", Star: 2, Courier: "圆通", Province: "湖北", Product: "橘子", Time: day},
		{ID: "b", Text: "很甜，不酸", Star: 5, Courier: "中通", Province: "广东", Product: "橘子", Time: day.AddDate(0, 0, 1)},
		{ID: "c", Text: "ＡＢＣ真空包装，坏了两个，电话13800138000", Star: 5, Courier: "圆通", Province: "湖南", Product: "梨", Time: day.AddDate(0, 1, 0)},
		{ID: "d", Text: "五分好评", FollowUp: "放了两天就烂了", Star: 5, Courier: "顺丰", Product: "梨"},
		{ID: "e", Text: "一般", Star: 1},
	}
}

func TestSearch(t *testing.T) {
	_, x := build(t, sample(), index.Options{})
	for _, tc := range []struct{ query, want string }{
		{"", "a b c d e"}, {"酸", "a b"}, {"太酸", "a"}, {`"没有 坏"`, "a"}, {"烂了", "d"}, {"abc", "c"}, {"ＡＢＣ", "c"}, {"酸 甜", "b"}, {"酸 -甜", "a"},
		{"酸 OR 烂了", "a b d"}, {"酸 或 烂了", "a b d"}, {"酸 且 甜", "b"}, {"NOT 酸", "c d e"}, {"非 酸", "c d e"}, {"(酸 OR 坏) courier:圆通", "a c"},
		{"-(酸 OR 坏)", "d e"}, {"courier:圆通", "a c"}, {"star:5", "b c d"}, {"star:<=2", "a e"}, {"star:>2", "b c d"}, {"star:2..4", "a"},
		{"time:2026-05", "a"}, {"time:2026-05..2026-06", "a b"}, {"time:2026-05..2026-07", "a b c"}, {"time:>=2026-06-02", "c"}, {"region:华中", "a c"}, {"category:product.taste", "a"},
		{"category:product.*", "a c d"}, {"product:梨", "c d"}, {"template:true -酸", "d"}, {"queue:hidden", "c"}, {"queue:turned", "d"}, {"queue:appeal", "c"},
		{"owner:产品部", "a c d"}, {"快递：圆通速递", "a c"}, {"省份:湖北省", "a"}, {"星级:<=2", "a e"}, {`"12:30"`, ""}, {"8:30", ""}, {"id:e", "e"}, {"13800138000", ""}, {"手机", "c"}, {"month:2026-05", "a"}, {"time:2026-W22", "a"}, {"太酸了沒有", ""}, {"壞果", "a"}, {"問題:口感", "a"}, {"问题:口感", "a"}, {"问题:商品-口感", "a"}, {"问题:商品*", "a c d"}, {"队列:五星有问题", "c"}, {"已复核:否 太酸", "a"}, {"time:2026-W23", "b"}, {"time:2026-W22..2026-W23", "a b"}, {"-time:*", "d e"}, {"http://x", ""}, {"- 酸", ""},
		{"text:烂了", ""}, {"follow_up:烂了", "d"}, {"追评:好评", ""}, {"评价:好评", "d"}, {`追评:"两天就"`, "d"}, {"追评:*", "d"}, {"追评:天", "d"}, {"-text:太", "b c d e"}, {"COURIER:圆通", "a c"}, {"产品:橘子", "a b"},
	} {
		r, err := x.Search(t.Context(), index.Request{Query: tc.query, Size: 10})
		if err != nil {
			t.Errorf("%s: %v", tc.query, err)
			continue
		}
		var ids []string
		for _, h := range r.Hits {
			ids = append(ids, h.ID)
		}
		slices.Sort(ids)
		if got := strings.Join(ids, " "); got != tc.want || int(r.Total) != len(ids) {
			t.Errorf("%q finds %q (total %d), want %q", tc.query, got, r.Total, tc.want)
		}
	}
}

// TestCondition finds reviews by values that need care.
func TestCondition(t *testing.T) {
	values := []string{"橘子", "橘子 5斤", `带"引号"“的”`, `反\斜\"杠`, "（全角）：冒号", "星*", "AND", "-5", "a:b"}
	records := []review.Record{{ID: "none", Text: "没有商品"}}
	for i, v := range values {
		records = append(records, review.Record{ID: fmt.Sprint(i), Text: "一般", Product: v, Star: 3})
	}
	_, x := build(t, records, index.Options{})
	find := func(query, want string) {
		t.Helper()
		r, err := x.Search(t.Context(), index.Request{Query: query, Size: 20})
		if err != nil || len(r.Hits) != 1 || r.Hits[0].ID != want {
			t.Errorf("%s finds %+v, %v; want %s alone", query, r, err, want)
		}
	}
	for i, v := range values {
		find(index.Condition("product", v), fmt.Sprint(i))
	}
	find(index.Condition("product", ""), "none")
	find(index.Condition("star", ""), "none")
}

func TestToggle(t *testing.T) {
	for _, tc := range []struct {
		query, condition, want string
		had                    bool
	}{
		{"", "star:5", "star:5", false},
		{"star:5", "star:5", "", true},
		{"酸 star:5 甜", "star:5", "酸 甜", true},
		{"product:梨子", "product:梨", "product:梨子 product:梨", false},
		{`酸 product:"橘子 5斤"`, `product:"橘子 5斤"`, "酸", true},
		{"酸 OR 甜", "star:5", "(酸 OR 甜) star:5", false},
		{"(酸 OR 甜) star:5", "star:5", "(酸 OR 甜)", true},
		{"(star:5 甜)", "star:5", "(star:5 甜) star:5", false},
		{"-star:5", "star:5", "-star:5 star:5", false},
		{"-courier:*", "-courier:*", "", true},
		{"courier:圆通 酸", "快递:圆通", "酸", true},
		{`"没有结束`, "star:5", `"没有结束 star:5`, false},
	} {
		if got, had := index.Toggle(tc.query, tc.condition); got != tc.want || had != tc.had {
			t.Errorf("Toggle(%q, %q) = %q, %v, want %q, %v", tc.query, tc.condition, got, had, tc.want, tc.had)
		}
	}
}

func TestQueryErrors(t *testing.T) {
	_, x := build(t, sample()[:1], index.Options{})
	for _, tc := range []struct {
		query string
		at    int
		want  string
	}{
		{`酸 "没`, 2, "never closed"}, {"(酸", 0, "never closed"}, {"酸)", 1, "never opened"}, {"酸 AND", 5, "must follow AND"}, {"OR 酸", 0, "missing"},
		{"star:bad", 0, "write a number"}, {"star:NaN", 0, "write a number"}, {"star:>5", 0, "can hold of no review"}, {"star:<1", 0, "whole numbers from 1 to 5"}, {"甜 star:4..2", 2, "can hold of no review"}, {"time:2026-06..2026-05", 0, "ends before it begins"}, {"甜 time:昨天", 2, "write a month"}, {"time:2026-W54", 0, "write a month"}, {"template:maybe", 0, "true or false"}, {"queue:x", 0, "known are appeal, hidden"},
		{"star:", 0, "needs a value"}, {"酸 foo:bar", 2, "no field is called"}, {"NOT", 3, "must follow NOT"}, {`""`, 0, "empty"}, {"()", 1, "missing"}, {strings.Repeat("a ", 501), 1000, "more than 500 words"},
	} {
		_, err := x.Search(t.Context(), index.Request{Query: tc.query})
		var q *index.QueryError
		if !errors.As(err, &q) || q.At != tc.at || !strings.Contains(q.Reason, tc.want) {
			t.Errorf("%q: error %v, want %q at %d", tc.query, err, tc.want, tc.at)
		}
	}
	for _, r := range []index.Request{{Sort: "x"}, {Facets: []string{"x"}}, {From: 1 << 30}, {Size: -1}} {
		if _, err := x.Search(t.Context(), r); err == nil {
			t.Errorf("%+v is accepted", r)
		}
	}
}

// TestHits checks what a hit shows: masks, highlights of both kinds, facets.
func TestHits(t *testing.T) {
	_, x := build(t, sample(), index.Options{})
	r, err := x.Search(t.Context(), index.Request{Query: "坏了", Size: 5, Facets: []string{"courier", "star", "category"}})
	if err != nil || len(r.Hits) != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	h := r.Hits[0]
	if h.Text != "ＡＢＣ真空包装，坏了两个，电话[手机]" {
		t.Errorf("text is %q", h.Text)
	}
	kinds := map[string]string{}
	for _, m := range h.Highlights {
		kinds[m.Kind] = string([]rune(h.Text)[m.Start:m.End])
	}
	if kinds["query"] != "坏了" || !strings.Contains(kinds["evidence"], "坏") {
		t.Errorf("highlights are %q", kinds)
	}
	if !slices.Equal(r.Facets["courier"], []index.Count{{Value: "圆通", Count: 1}}) || r.Facets["star"][0] != (index.Count{Value: "5", Count: 1}) {
		t.Errorf("facets are %+v", r.Facets)
	}
	if counts, err := x.Search(t.Context(), index.Request{Facets: []string{"courier"}}); err != nil || len(counts.Hits) != 0 || counts.Total != 5 || counts.Facets["courier"][0].Value != "圆通" {
		t.Errorf("size 0: %+v, %v", counts, err)
	}
	_, open := build(t, sample(), index.Options{NoMask: true})
	if r, err := open.Search(t.Context(), index.Request{Query: "13800138000", Size: 1}); err != nil || r.Total != 1 {
		t.Errorf("without masks: %+v, %v", r, err)
	}
}

func TestMore(t *testing.T) {
	list := []review.Record{{ID: "a", Text: "橘子坏果很多，物流太慢"}, {ID: "b", Text: "坏果不少，物流太慢了"}, {ID: "c", Text: "衣服颜色好看"}, {ID: "d", Text: "颜色不错"}}
	_, x := build(t, list, index.Options{})
	all, err := x.Search(t.Context(), index.Request{Query: "id:a", Size: 1})
	if err != nil {
		t.Fatal(err)
	}
	r, err := x.More(t.Context(), all.Hits[0].Key, index.Request{Size: 5})
	if err != nil || r.Total != 1 || r.Hits[0].ID != "b" {
		t.Errorf("like a: %+v, %v", r, err)
	}
	if _, err := x.More(t.Context(), "none", index.Request{}); err == nil {
		t.Error("an unknown key is found")
	}
}

// TestPaging walks through pages: every review comes once.
func TestPaging(t *testing.T) {
	var list []review.Record
	for i := range 50 {
		list = append(list, review.Record{ID: fmt.Sprint(i), Text: "太酸了", Time: day.AddDate(0, 0, i%7)})
	}
	_, x := build(t, list, index.Options{})
	for _, sort := range []string{"score", "time"} {
		seen := map[string]bool{}
		for from := 0; from < 50; from += 7 {
			r, err := x.Search(t.Context(), index.Request{Query: "酸", Size: 7, From: from, Sort: sort})
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range r.Hits {
				seen[h.ID] = true
			}
		}
		if len(seen) != 50 {
			t.Errorf("by %s pages show %d of 50 reviews", sort, len(seen))
		}
	}
	n := 0
	if err := x.Keys(t.Context(), "酸", func(string) { n++ }); err != nil || n != 50 {
		t.Errorf("%d keys, %v", n, err)
	}
}

// TestCatchUp keeps and undoes corrections without a word to the index, as a
// program does that is killed: the index is behind until it is brought up.
func TestCatchUp(t *testing.T) {
	d := fill(t, sample(), index.Options{})
	x, err := index.Open(d)
	if err != nil {
		t.Fatal(err)
	}
	opt := index.Options{Industry: "food"}
	opt.Lexicon, _ = load(t)
	count := func(q string) uint64 {
		t.Helper()
		r, err := x.Search(t.Context(), index.Request{Query: q})
		if err != nil {
			t.Fatal(err)
		}
		return r.Total
	}
	found, err := x.Search(t.Context(), index.Request{Query: "id:a", Size: 1})
	if err != nil || count("category:product.taste") != 1 {
		t.Fatalf("%+v, %v", found, err)
	}
	kept, err := d.Correct(correction.Correction{Key: found.Hits[0].Key, Action: correction.Remove, Category: "product.taste"}, correction.Correction{Key: "no review", Action: correction.Accept})
	if err != nil {
		t.Fatal(err)
	}
	if behind, err := index.Open(d); !errors.Is(err, index.ErrBehind) {
		t.Fatalf("an index that lacks a correction opens: %v, %v", behind, err)
	}
	if err := x.Extend(d, opt); err != nil || count("category:product.taste") != 0 || count("corrected:true") != 1 {
		t.Errorf("%d reviews have the label that was removed, %v", count("category:product.taste"), err)
	}
	if _, err := d.UndoCorrection(kept[0].Seq); err != nil {
		t.Fatal(err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	indexed := 0
	if err := index.Sync(d, opt, func(n int) { indexed += n }); err != nil || indexed != 0 {
		t.Errorf("bringing the index up indexes segments of %d reviews again, %v", indexed, err)
	}
	if x, err = index.Open(d); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	if n := count("category:product.taste"); n != 1 {
		t.Errorf("%d reviews have the label after undoing", n)
	}
}

// TestSubstrings compares counts with a scan of real reviews, for pieces of one
// to fifty characters cut out of them.
func TestSubstrings(t *testing.T) {
	texts := realReviews(t, 3000)
	var list []review.Record
	for i, text := range texts {
		list = append(list, review.Record{ID: fmt.Sprint(i), Text: text})
	}
	_, x := build(t, list, index.Options{NoMask: true})
	r := rand.New(rand.NewPCG(1, 1))
	for range 400 {
		runes := []rune(texts[r.IntN(len(texts))])
		n := min(1+r.IntN(50), len(runes))
		if r.IntN(2) == 0 {
			n = min(n, 1+r.IntN(4))
		}
		at := r.IntN(len(runes) - n + 1)
		piece := string(runes[at : at+n])
		if strings.ContainsAny(piece, `"“”`) || strings.TrimSpace(piece) != piece {
			continue
		}
		want := 0
		for _, text := range texts {
			if strings.Contains(strings.Map(lexicon.NormalizeRune, text), strings.Map(lexicon.NormalizeRune, piece)) {
				want++
			}
		}
		got, err := x.Search(t.Context(), index.Request{Query: `"` + piece + `"`})
		if err != nil || int(got.Total) < want {
			t.Errorf("%q is in %d reviews, found %+v, %v", piece, want, got, err)
		}
		if err == nil && int(got.Total) > want && !strings.ContainsFunc(piece, func(r rune) bool { return r >= '！' && r <= '～' || r >= '!' && r <= '~' }) {
			t.Errorf("%q is in %d reviews, found %d", piece, want, got.Total)
		}
	}
}

// realReviews reads public reviews that are no part of the project, or skips.
func realReviews(t *testing.T, n int) []string {
	t.Helper()
	dir := os.Getenv("CHAPING_SHARED")
	if dir == "" {
		dir = "../../shared"
	}
	f, err := os.Open(filepath.Join(dir, "data", "online_shopping.csv.gz"))
	if err != nil {
		t.Skip("no real reviews: set CHAPING_SHARED to the folder that has data/online_shopping.csv.gz:", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i := 1; i < len(rows) && len(out) < n; i += len(rows) / n {
		if rows[i][2] != "" {
			out = append(out, rows[i][2])
		}
	}
	return out
}

func FuzzQuery(f *testing.F) {
	for _, q := range []string{`太酸 category:product.taste star:<=2 -template:true "没有 坏"`, "((a OR b) 且 -c)", `a"`, "star:..", "time:2026-05..", "queue:hidden", "非 非 a"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		err := index.Check(q)
		var e *index.QueryError
		if err != nil && (!errors.As(err, &e) || e.At < 0 || e.At > len([]rune(q)) || e.Reason == "") {
			t.Errorf("Check(%q) error is %#v", q, err)
		}
	})
}
