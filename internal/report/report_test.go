package report_test

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"chaping/classifier"
	"chaping/internal/dsr"
	"chaping/internal/pipeline"
	"chaping/internal/report"
	"chaping/internal/review"
	"chaping/lexicon"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func options(t testing.TB) report.Options {
	t.Helper()
	lex, err := lexicon.Load()
	if err != nil {
		t.Fatal(err)
	}
	profile, err := dsr.ProfileOf("taobao")
	if err != nil {
		t.Fatal(err)
	}
	return report.Options{Lexicon: lex, Industry: "food", Profile: profile, Price: 2, Samples: 100}
}

// annotation is a review of a day of June 2026 with a complaint at its first two
// characters, or without any.
func annotation(day, star int, text, category string) *pipeline.Annotation {
	a := &pipeline.Annotation{ID: fmt.Sprint(day, star, text), Record: &review.Record{
		Text: text, Star: star, Product: "水蜜桃", Courier: "圆通", Province: "湖北", Time: time.Date(2026, 6, day, 12, 0, 0, 0, review.Shanghai),
	}}
	if category != "" {
		a.Labels = []string{category}
		a.Hits = []classifier.Hit{{Category: category, Text: text[:6], Start: 0, End: 2}}
	}
	return a
}

func build(t testing.TB, opt report.Options, list ...*pipeline.Annotation) *report.Data {
	t.Helper()
	b := report.NewBuilder(opt)
	for _, a := range list {
		b.Add(a, true, func(a *pipeline.Annotation) func() (*pipeline.Annotation, error) {
			return func() (*pipeline.Annotation, error) { return a, nil }
		})
	}
	d, err := b.Build(report.Rows{In: int64(len(list)), Out: len(list)})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func written(t testing.TB, write func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestByHand has a report whose figures were computed on paper.
func TestByHand(t *testing.T) {
	opt := options(t)
	opt.Days = 10
	d := build(t, opt, annotation(5, 5, "很好", ""), annotation(12, 4, "不错", ""), annotation(20, 1, "太酸了", "product.taste"),
		annotation(25, 2, "太淡了", "product.taste"), annotation(25, 5, "好吃", ""), annotation(30, 5, "慢", ""))
	if s := d.Scores[dsr.D]; s.Shown != "3.6" || !near(s.Tally.Mean(), 22.0/6) || s.Tally.N() != 6 {
		t.Errorf("score is %+v", s)
	}
	// 28 days before 30 June nothing was rated
	if s := d.Scores[dsr.D]; s.Earlier != 0 || len(s.History) != 4 {
		t.Errorf("earlier %v, %d weeks; want none and 4", s.Earlier, len(s.History))
	}
	p := d.Problems[0]
	if p.Category != "product.taste" || p.Count != 2 || !near(p.Share, 1.0/3) || !near(p.Cumulated, 1) || p.Owner != "产品部" {
		t.Errorf("problem is %+v", p)
	}
	// without the two: 19/4 − 22/6; (22 + 5x)/(6 + x) ≥ 19/4 ⇔ x ≥ 6.5/0.25
	w := d.Owners[0].Work[0]
	if w.Impact == nil || !near(w.Impact.Without, 19.0/4-22.0/6) || w.Impact.FiveStars != 26 || w.Impact.Cost != 52 || w.Impact.ShownAfter != "4.7" {
		t.Errorf("work is %+v, impact %+v", w, w.Impact)
	}
	// 21 to 30 June: 1 of 3; 11 to 20 June: 1 of 2
	ch := d.Changes[0]
	if d.Before.String() != "2026-06-11..2026-06-20" || d.After.String() != "2026-06-21..2026-06-30" || !near(ch.Difference, 1.0/3-1.0/2) || ch.Sure {
		t.Errorf("change from %s to %s is %+v", d.Before, d.After, ch)
	}
	text := written(t, d.Markdown)
	for _, want := range []string{"| 商品-口感 | 2 | 33.3 % |", "读入 6 行 = 采用 6 + 拒绝 0 + 重复 0。", "> **太酸**了", "3.6 → 4.7 | 26 |", "描述相符 3.6", "先改：产品部 口感。"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the text:\n%s", want, text)
		}
	}
}

// TestHostile checks that nothing of a review becomes markup, a formula or a
// reference to elsewhere, and that personal data stays out.
func TestHostile(t *testing.T) {
	const evil = `<script>alert(1)</script>"'&{{.}}<img src=x onerror=alert(1)>[a](http://evil.example) |`
	opt := options(t)
	var list []*pipeline.Annotation
	for i := range 30 {
		a := annotation(1+i%28, 1, "太酸了"+evil+"打13800138000", "product.taste")
		a.Record.Product, a.Record.Courier, a.Record.Province = "=1+1"+evil, "@"+evil, evil
		a.ID, a.Record.Buyer, a.Record.OrderID = fmt.Sprint("id", i), "小满妈咪", "2200334455667788990"
		list = append(list, a)
	}
	d := build(t, opt, list...)
	page := written(t, d.HTML)
	for _, bad := range []string{"<script", "<img", "http://evil.example\"", "src=\"http", "href=", "url(", "@import"} {
		if strings.Contains(strings.ReplaceAll(page, "http://www.w3.org/", ""), bad) {
			t.Errorf("%q is in the page", bad)
		}
	}
	text := written(t, d.Markdown)
	for _, bad := range []string{"<script", "<img", "[a](http"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q is in the text", bad)
		}
	}
	book := written(t, d.XLSX)
	f, err := excelize.OpenReader(strings.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all strings.Builder
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			for j, cell := range row {
				all.WriteString(cell + "\n")
				at, _ := excelize.CoordinatesToCellName(j+1, i+1)
				if formula, _ := f.GetCellFormula(sheet, at); formula != "" {
					t.Errorf("%s!%s is a formula: %s", sheet, at, formula)
				}
			}
		}
	}
	for name, out := range map[string]string{"page": page, "text": text, "workbook": all.String()} {
		for _, secret := range []string{"13800138000", "小满妈咪", "2200334455667788990"} {
			if strings.Contains(out, secret) {
				t.Errorf("%s is in the %s", secret, name)
			}
		}
		if !strings.Contains(out, "手机") {
			t.Errorf("the %s has no mask", name)
		}
	}
}

// TestSameBytes checks that a report does not depend on the order of maps.
func TestSameBytes(t *testing.T) {
	opt := options(t)
	list := synthetic(400)
	first := build(t, opt, list...)
	for range 3 {
		again := build(t, opt, list...)
		for name, write := range map[string][2]func(io.Writer) error{"html": {first.HTML, again.HTML}, "md": {first.Markdown, again.Markdown}, "xlsx": {first.XLSX, again.XLSX}} {
			if written(t, write[0]) != written(t, write[1]) {
				t.Errorf("%s differs from run to run", name)
			}
		}
	}
}

// TestQuoteCut checks that a long text is cut around its evidence, and that a
// follow-up speaks for itself.
func TestQuoteCut(t *testing.T) {
	a := annotation(1, 2, "太酸了", "")
	a.Record.Text = strings.Repeat("长", 300) + "太酸了" + strings.Repeat("尾", 300)
	a.Labels, a.Hits = []string{"product.taste"}, []classifier.Hit{{Category: "product.taste", Start: 300, End: 302}}
	b := annotation(2, 5, "好", "")
	b.Record.FollowUp = "吃出虫子"
	b.FollowUp = &pipeline.FollowUp{Result: classifier.Result{Labels: []string{"product.quality"}, Hits: []classifier.Hit{{Category: "product.quality", Start: 2, End: 4}}}}
	d := build(t, options(t), a, b)
	for _, g := range d.Quotes {
		q := g.Quotes[0]
		switch g.Category {
		case "product.taste":
			if n := len([]rune(q.Text())); q.Evidence() != "太酸" || n != 142 || !strings.HasPrefix(q.Text(), "…长") || !strings.HasSuffix(q.Text(), "尾…") {
				t.Errorf("%d characters with evidence %q: %s", n, q.Evidence(), q.Text())
			}
		case "product.quality":
			if !q.FollowUp || q.Evidence() != "虫子" || q.Text() != "吃出虫子" {
				t.Errorf("follow-up is %+v", q)
			}
		default:
			t.Errorf("quotes of %s", g.Category)
		}
	}
}

// TestEmptyPage checks that a report of reviews without any problem, star or time can be written.
func TestEmptyPage(t *testing.T) {
	a := &pipeline.Annotation{ID: "1", Record: &review.Record{Text: "好"}}
	d := build(t, options(t), a)
	if page := written(t, d.HTML); !strings.Contains(page, "没有发现问题") {
		t.Errorf("the page does not say that there is no problem")
	}
	written(t, d.Markdown)
	written(t, d.XLSX)
}

// synthetic makes n reviews over 90 days with problems, products, couriers and provinces.
func synthetic(n int) []*pipeline.Annotation {
	categories := []string{"product.taste", "product.quality", "courier.damage", "courier.slow", "service.slow", "warehouse.wrong_or_missing", "promotion.gift"}
	provinces := []string{"湖北", "湖南", "河南", "广东", "浙江", "北京", "四川", "陕西", "辽宁"}
	couriers := []string{"圆通", "中通", "韵达", "顺丰", "极兔"}
	list := make([]*pipeline.Annotation, n)
	for i := range list {
		h := uint32(i) * 2654435761
		category := ""
		if h>>8%3 == 0 {
			category = categories[h>>12%uint32(len(categories))]
		}
		a := annotation(1, 1+int(h>>20%5), "太酸了不好吃", category)
		a.Record.Time = a.Record.Time.AddDate(0, 0, int(h>>10%90))
		a.ID, a.Record.OrderID, a.Record.Buyer = fmt.Sprint(i), fmt.Sprint("o", i), fmt.Sprint("b", i/2)
		a.Record.OrderTime = a.Record.Time.AddDate(0, 0, -5)
		a.Record.Product = fmt.Sprint("商品", h>>6%200)
		a.Record.Province, a.Record.Courier = provinces[h>>14%uint32(len(provinces))], couriers[h>>16%uint32(len(couriers))]
		list[i] = a
	}
	return list
}

// BenchmarkReport asks how long a report of labelled reviews takes, from the
// first review to the page. The reviews are made up: 200 products, 9 provinces, 5
// couriers, 7 categories.
func BenchmarkReport(b *testing.B) {
	opt := options(b)
	opt.Samples = 1000
	list := synthetic(100_000)
	b.ReportAllocs()
	for b.Loop() {
		d := build(b, opt, list...)
		if d.Reviews != len(list) {
			b.Fatalf("%d reviews, want %d", d.Reviews, len(list))
		}
		written(b, d.HTML)
	}
}

// TestFollowUps tells what follow-ups complain about, and by SKU and month.
func TestFollowUps(t *testing.T) {
	followed := func(day, star int, first string, then ...string) *pipeline.Annotation {
		a := annotation(day, star, "太酸了", first)
		a.Record.SKU = "5斤"
		if then != nil {
			a.Record.FollowUp = "烂了三个"
			a.FollowUp = &pipeline.FollowUp{Result: classifier.Result{Labels: then}}
		}
		return a
	}
	list := []*pipeline.Annotation{
		followed(1, 5, "", "product.quality"), // praise, then a complaint
		followed(2, 1, "product.taste", "product.taste", "product.quality"),
		followed(3, 5, "", []string{}...),
		followed(4, 2, "", "product.taste"), // no praise at first
		annotation(5, 5, "很甜", ""),
	}
	list[2].FollowUp = &pipeline.FollowUp{}
	list[4].Record.Time = time.Date(2026, 5, 9, 0, 0, 0, 0, review.Shanghai)
	d := build(t, options(t), list...)
	f := d.FollowUps
	if f.Count != 4 || f.Complaints != 3 || f.Turned != 1 || len(f.Problems) != 2 {
		t.Fatalf("follow-ups are %+v", f)
	}
	for i, want := range []struct {
		category     string
		count, later int
	}{{"product.quality", 2, 2}, {"product.taste", 2, 1}} {
		if p := f.Problems[i]; p.Category != want.category || p.Count != want.count || p.Later != want.later || !near(p.Share, 0.5) {
			t.Errorf("problem %d is %+v, want %+v", i, p, want)
		}
	}
	if len(d.SKUs.Rows) != 1 || d.SKUs.Rows[0].Name != "水蜜桃 · 5斤" {
		t.Errorf("SKUs are %+v", d.SKUs.Rows)
	}
	if len(d.Months.Rows) != 0 { // May has no problem, so June stands alone
		t.Errorf("months are %+v", d.Months.Rows)
	}
	more := followed(6, 1, "product.taste")
	more.Record.Time = time.Date(2026, 4, 9, 0, 0, 0, 0, review.Shanghai)
	d = build(t, options(t), append(list, more)...)
	if rows := d.Months.Rows; len(rows) != 2 || rows[0].Name != "2026-04" || rows[1].Name != "2026-06" || rows[1].Cells[0].Base != 4 {
		t.Errorf("months are %+v", rows)
	}
	var year []*pipeline.Annotation // with the most problems in its first months
	for i := range 14 {
		for n := range 20 - i {
			a := annotation(1, 2, fmt.Sprint("太酸了", n), "product.taste")
			a.Record.Time = time.Date(2025, time.Month(5+i), 3, 0, 0, 0, 0, review.Shanghai)
			year = append(year, a)
		}
	}
	if rows := build(t, options(t), year...).Months.Rows; len(rows) != 12 || rows[0].Name != "2025-07" || rows[11].Name != "2026-06" {
		t.Errorf("the newest months are %+v", rows)
	}
	for name, text := range map[string]string{"page": written(t, d.HTML), "text": written(t, d.Markdown)} {
		for _, want := range []string{"追评 4 条，有问题 3 条（75.0", "其中 1 条初评是四五星", "规格 × 问题", "月份 × 问题", "水蜜桃 · 5斤"} {
			if !strings.Contains(text, want) {
				t.Errorf("the %s lacks %q", name, want)
			}
		}
	}
}

// TestPlaces names a SKU in place of its product where the problem is of that SKU, and
// a month.
func TestPlaces(t *testing.T) {
	var list []*pipeline.Annotation
	add := func(n int, sku string, month time.Month, category string) {
		for range n {
			a := annotation(1+len(list)%28, 2, "太酸了", category)
			a.ID, a.Record.SKU = fmt.Sprint(len(list)), sku
			a.Record.Time = time.Date(2026, month, 1+len(list)%28, 0, 0, 0, 0, review.Shanghai)
			if sku == "" {
				a.Record.Product = "苹果"
			}
			list = append(list, a)
		}
	}
	add(40, "礼盒", 6, "product.date")
	add(60, "礼盒", 6, "")
	add(300, "散装", 6, "")
	add(600, "", 6, "")
	add(400, "", 5, "")
	add(30, "", 4, "courier.slow")
	add(170, "", 4, "")
	d := build(t, options(t), list...)
	text := strings.Join(d.Findings, "\n")
	for _, want := range []string{"水蜜桃·礼盒 日期 40.0 %（40/100 条）", "2026-04 快递慢 15.0 %（30/200 条）"} {
		if !strings.Contains(text, want) {
			t.Errorf("findings lack %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "水蜜桃 日期") {
		t.Errorf("the product is named beside its SKU:\n%s", text)
	}
}
