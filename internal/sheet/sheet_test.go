package sheet_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"chaping/internal/correction"
	"chaping/internal/dataset"
	"chaping/internal/dataset/datasettest"
	"chaping/internal/review"
	"chaping/internal/sheet"
)

// shop is a dataset of some reviews.
func shop(t *testing.T) (*dataset.Dir, sheet.Options) {
	t.Helper()
	d, cls := datasettest.New(t, []review.Record{
		{ID: "sour", Text: "太酸了，打13800138000没人接"}, {ID: "both", Text: "好吃", FollowUp: "烂了两个"}, {ID: "filler", Text: "此用户没有填写评价"}, {ID: "=1+1", Text: "=很甜"}, {ID: "empty"},
	})
	return d, sheet.Options{Titles: sheet.Titles{Lexicon: cls.Lexicon(), Industry: "food"}, Who: "小满", At: time.Unix(1, 0)}
}

// export writes the table of all reviews.
func export(t *testing.T, d *dataset.Dir, format string, opt sheet.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := sheet.NewWriter(format, &b, opt.Titles)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Each(w.Add); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// plan reads a file and keeps what it says, unless it has mistakes.
func plan(t *testing.T, d *dataset.Dir, name string, data []byte, opt sheet.Options) *sheet.Plan {
	t.Helper()
	f, err := review.OpenReader(bytes.NewReader(data), name, sheet.Reading())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, mistakes, err := sheet.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	p, err := sheet.NewPlan(d, rows, mistakes, opt)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Mistakes) == 0 && len(p.Acts) > 0 {
		if _, err := d.Correct(p.Acts...); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// state lists the labels of all reviews.
func state(t *testing.T, d *dataset.Dir) string {
	t.Helper()
	var out []string
	err := d.Each(func(r *dataset.Review) error {
		l := r.AllLabels()
		out = append(out, fmt.Sprintf("%s%v%v%v", r.ID, l.Text, l.FollowUp, l.Template))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, " ")
}

// counts are those of a plan.
func counts(p *sheet.Plan) string {
	return fmt.Sprintf("%d=%d+%d+%d+%d, %d acts, %d mistakes", p.Rows, p.Changed, p.Accepted, p.Unchanged, p.Blank, len(p.Acts), len(p.Mistakes))
}

const untouched = "sour[product.taste][]false both[][product.quality]false filler[][]true =1+1[][]false empty[][]false"

// TestWorkbook fills in a workbook as Excel would.
func TestWorkbook(t *testing.T) {
	d, opt := shop(t)
	if got := state(t, d); got != untouched {
		t.Fatalf("labels are %s", got)
	}
	book, err := excelize.OpenReader(bytes.NewReader(export(t, d, "xlsx", opt)))
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := book.GetCellValue("评价", "E2"); text != "太酸了，打[手机]没人接" {
		t.Errorf("text is %q", text)
	}
	if kind, _ := book.GetCellType("评价", "B5"); kind == excelize.CellTypeFormula {
		t.Error("a cell is a formula")
	}
	if rows, _ := book.GetRows("怎么填"); len(rows) < 10 || !slices.ContainsFunc(rows, func(r []string) bool { return len(r) == 2 && r[0] == "商品-口感" && r[1] == "product.taste" }) {
		t.Errorf("help is %v", rows)
	}
	for at, v := range map[string]any{"I2": "口感（太酸）；服务-服务不专业（没人接，）\n", "I3": "无", "I4": "没有问题", "I5": " 对 "} {
		if err := book.SetCellValue("评价", at, v); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := book.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	p := plan(t, d, "x.xlsx", b.Bytes(), opt)
	if got := counts(p); got != "5=3+1+0+1, 6 acts, 0 mistakes" {
		t.Errorf("plan is %s: %+v", got, p)
	}
	if got := state(t, d); got != "sour[product.taste service.unprofessional][]false both[][]false filler[][]false =1+1[][]false empty[][]false" {
		t.Errorf("labels are %s", got)
	}
	add := p.Acts[slices.IndexFunc(p.Acts, func(c correction.Correction) bool { return c.Action == correction.Add })]
	if add.Words != "没人接，" || add.Who != "小满" || add.At.IsZero() || !slices.Equal(add.Before, []string{"product.taste"}) {
		t.Errorf("added %+v", add)
	}
	remove := p.Acts[slices.IndexFunc(p.Acts, func(c correction.Correction) bool { return c.Action == correction.Remove })]
	if !slices.Equal(remove.BeforeFollowUp, []string{"product.quality"}) || len(remove.Rules) != 1 {
		t.Errorf("removed %+v", remove)
	}
	if got := counts(plan(t, d, "x.xlsx", b.Bytes(), opt)); got != "5=0+0+4+1, 0 acts, 0 mistakes" {
		t.Errorf("the second time: %s", got)
	}
}

// TestCSV fills in a table that Excel saved in its own encoding.
func TestCSV(t *testing.T) {
	d, opt := shop(t)
	lines := strings.Split(strings.TrimPrefix(string(export(t, d, "csv", opt)), "\uFEFF"), "\n")
	if !strings.Contains(lines[4], ",'=1+1,") {
		t.Errorf("row is %s", lines[4])
	}
	fill := func(labels ...string) []byte {
		filled := slices.Clone(lines)
		for i, l := range labels {
			filled[i+1] += l
		}
		gbk, err := simplifiedchinese.GB18030.NewEncoder().String(strings.Join(filled, "\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		return []byte(gbk)
	}
	if got := counts(plan(t, d, "x.csv", fill("模板", "product.quality", "-", "商品－口感|Product: packaging"), opt)); got != "5=2+1+0+1, 3 acts, 1 mistakes" {
		t.Errorf("with a mistake: %s", got)
	}
	if got := state(t, d); got != untouched {
		t.Errorf("labels are %s", got)
	}
	if got := counts(plan(t, d, "x.csv", fill("模板", "product.quality", "-", "商品－口感|包装", "none"), opt)); got != "5=3+2+0+0, 7 acts, 0 mistakes" {
		t.Errorf("plan is %s", got)
	}
	if got := state(t, d); got != "sour[][]true both[][product.quality]false filler[][]false =1+1[product.taste product.packaging][]false empty[][]false" {
		t.Errorf("labels are %s", got)
	}
	moved := bytes.Replace(fill("无"), []byte(strings.Split(lines[1], ",")[0]), []byte(strings.Split(lines[4], ",")[0]), 1)
	if p := plan(t, d, "x.csv", moved, opt); len(p.Mistakes) != 1 || p.Mistakes[0].Row != 2 || !strings.Contains(p.Mistakes[0].Error(), "sorted by itself") {
		t.Errorf("keys that were moved: %+v", p.Mistakes)
	}
}

// TestGold takes gold lines to another dataset.
func TestGold(t *testing.T) {
	d, opt := shop(t)
	key := map[string]string{}
	if err := d.Each(func(r *dataset.Review) error { key[r.ID] = r.Key; return nil }); err != nil {
		t.Fatal(err)
	}
	for _, c := range []correction.Correction{
		{Key: key["sour"], Action: correction.Add, Category: "service.slow"}, {Key: key["both"], Action: correction.Skip}, {Key: key["filler"], Action: correction.Accept, BeforeTemplate: true},
		{Key: key["=1+1"], Action: correction.Remove, Category: "product.taste"},
	} {
		if _, err := d.Correct(c); err != nil {
			t.Fatal(err)
		}
	}
	gold := func(d *dataset.Dir) string {
		var b bytes.Buffer
		err := d.Each(func(r *dataset.Review) error { _, err := sheet.Gold(&b, r, opt.Titles); return err })
		if err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	want := strings.NewReplacer("KEY1", key["sour"], "KEY2", key["filler"], "KEY3", key["=1+1"]).Replace(
		`{"key":"KEY1","id":"sour","industry":"food","text":"太酸了，打[手机]没人接","labels":["service.slow"],"optional":["product.taste"],"template":false}
{"key":"KEY2","id":"filler","industry":"food","text":"此用户没有填写评价","labels":[],"optional":[],"template":true}
{"key":"KEY3","id":"=1+1","industry":"food","text":"=很甜","labels":[],"optional":[],"template":false}
`)
	if got := gold(d); got != want {
		t.Errorf("gold lines are\n%s", got)
	}
	other, _ := shop(t)
	if got := counts(plan(t, other, "gold.jsonl", []byte(want), opt)); got != "3=1+2+0+0, 3 acts, 0 mistakes" {
		t.Errorf("plan is %s", got)
	}
	if got := gold(other); got != want {
		t.Errorf("after a round trip gold lines are\n%s", got)
	}
	opt.Industry = ""
	if err := d.Each(func(r *dataset.Review) error { _, err := sheet.Gold(&bytes.Buffer{}, r, opt.Titles); return err }); err == nil || !strings.Contains(err.Error(), "--industry") {
		t.Errorf("without an industry: %v", err)
	}
}
