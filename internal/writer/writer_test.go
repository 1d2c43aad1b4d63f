package writer_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"chaping/classifier"
	"chaping/internal/pipeline"
	"chaping/internal/review"
	"chaping/internal/writer"
	"chaping/lexicon"
)

func write(t *testing.T, format string, opt writer.Options, list ...pipeline.Annotation) string {
	t.Helper()
	lex, err := lexicon.Load()
	if err != nil {
		t.Fatal(err)
	}
	opt.Lexicon, opt.Industry = lex, "food"
	var b bytes.Buffer
	w, err := writer.New(format, &b, opt)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		enc, err := w.Encode(&list[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(&list[i], enc); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func sample() pipeline.Annotation {
	days := 3
	hit := classifier.Hit{Category: "product.taste", Rule: "r.sour", Text: "太酸", Start: 2, End: 4}
	return pipeline.Annotation{
		ID:      "=1",
		Result:  classifier.Result{Labels: []string{"product.taste"}, Hits: []classifier.Hit{hit, hit}, Suppressed: []classifier.Suppressed{{Hit: classifier.Hit{Text: "坏"}, Reason: classifier.Negated, Cue: "没"}}},
		Cluster: &pipeline.Cluster{ID: 2, Size: 5},
		FollowUp: &pipeline.FollowUp{
			Result: classifier.Result{Labels: []string{"product.quality"}, Hits: []classifier.Hit{{Text: "烂了"}}}, Days: &days,
		},
		Lexicon: "abc",
		Record:  &review.Record{Text: "橘子太酸\n<b>没坏</b>", Star: 2, Product: "+橘子", Province: "湖北", Source: review.Source{File: "a.csv", Row: 2}, Time: time.Date(2026, 6, 1, 12, 0, 0, 0, review.Shanghai)},
	}
}

func TestJSONL(t *testing.T) {
	empty := pipeline.Annotation{ID: "2", Result: classifier.Result{Labels: []string{}, Hits: []classifier.Hit{}, Suppressed: []classifier.Suppressed{}}, Lexicon: "abc", Record: &review.Record{}}
	got := write(t, "jsonl", writer.Options{}, empty)
	want := `{"id":"2","labels":[],"template":false,"hits":[],"suppressed":[],"lexicon":"abc"}` + "\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mismatch (-want +got):\n%s", diff)
	}
	if got := write(t, "jsonl", writer.Options{WithReview: true}, sample()); !strings.Contains(got, `"review":{"text":"橘子太酸\n<b>没坏</b>","star":2,`) ||
		!strings.Contains(got, `"cluster":{"id":2,"size":5},"follow_up":{"labels":["product.quality"]`) {
		t.Errorf("got %s", got)
	}
}

func TestCSV(t *testing.T) {
	got := write(t, "csv", writer.Options{}, sample())
	body, ok := strings.CutPrefix(got, "\uFEFF")
	if !ok {
		t.Error("no byte order mark")
	}
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	row := map[string]string{}
	for i, name := range rows[0] {
		row[name] = rows[1][i]
	}
	want := map[string]string{
		"id": "'=1", "labels": "product.taste", "titles": "商品-口感", "evidence": "太酸", "rules": "r.sour", "suppressed": "坏 (negated: 没)",
		"template": "false", "cluster": "2", "cluster_size": "5", "star": "2", "text": "橘子太酸\n<b>没坏</b>", "follow_up": "", "follow_up_days": "3",
		"follow_up_labels": "product.quality", "follow_up_evidence": "烂了", "industry": "", "order_id": "", "product": "'+橘子", "sku": "", "courier": "",
		"province": "湖北", "region": "华中", "city": "", "time": "2026-06-01 12:00:00",
		"score_d": "", "score_s": "", "score_l": "", "buyer": "", "file": "a.csv", "row": "2",
	}
	if diff := cmp.Diff(want, row); diff != "" {
		t.Errorf("row mismatch (-want +got):\n%s", diff)
	}
	if empty := write(t, "csv", writer.Options{}); strings.Count(empty, "\n") != 1 {
		t.Errorf("zero rows give %q, want the header alone", empty)
	}
}

func TestTable(t *testing.T) {
	want := `1 条评价，1 条有问题（100.0%），0 条模板好评

问题         评价数     占比
商品-口感         1   100.0%  product.taste
    =1  橘子【太酸】 <b>没坏</b>
`
	if diff := cmp.Diff(want, write(t, "table", writer.Options{}, sample())); diff != "" {
		t.Errorf("mismatch (-want +got):\n%s", diff)
	}
	if got := write(t, "table", writer.Options{Color: true, English: true}, sample()); !strings.Contains(got, "\x1b[1;31m太酸\x1b[0m") || !strings.Contains(got, "Product - taste") {
		t.Errorf("got %q", got)
	}
	if diff := cmp.Diff("0 条评价，0 条有问题（0.0%），0 条模板好评\n", write(t, "table", writer.Options{})); diff != "" {
		t.Errorf("zero rows mismatch (-want +got):\n%s", diff)
	}
}

func TestUnknownFormat(t *testing.T) {
	if _, err := writer.New("xml", nil, writer.Options{}); err == nil || err.Error() != `unknown format "xml": known are jsonl, csv, xlsx, parquet, table` {
		t.Errorf("New(xml) error is %v", err)
	}
}
