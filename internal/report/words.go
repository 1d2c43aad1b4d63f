package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"chaping/internal/dsr"
)

// headlines are the report in a few sentences, each with its figures.
func (d *Data) headlines() []string {
	var scores []string
	for _, s := range d.Scores {
		if s.Shown != "" {
			scores = append(scores, s.Name+" "+s.Shown)
		}
	}
	var out []string
	if len(scores) > 0 {
		out = append(out, fmt.Sprintf("%s（近 %d 天，截至 %s）。", strings.Join(scores, "，"), d.Profile.Window, d.AsOf.Format(time.DateOnly)))
	}
	if im := d.gravest(); im != nil {
		text := fmt.Sprintf("扣分最多：%s，拉低%s %.4f（95 %% 区间 %s）", im.Name, scoreNames[im.Dimension], im.Without, interval(im))
		if im.FiveStars > 0 {
			text += fmt.Sprintf("，相当于 %s 个五星、%s 元", Number(im.FiveStars), yuan(&im.Impact))
		}
		out = append(out, text+"。")
	}
	if len(d.Findings) > 0 {
		out = append(out, "最集中："+d.Findings[0]+"。")
	}
	out = append(out, d.trendHeadline())
	if text := d.firstWork(); text != "" {
		out = append(out, text)
	}
	return out
}

// firstDepartments is how many departments are told what to mend first.
const firstDepartments = 4

// firstWork says what each department has to mend first; empty for nothing.
func (d *Data) firstWork() string {
	var parts []string
	for _, o := range d.Owners {
		w := &o.Work[0]
		if w.without() <= 0 || len(parts) == firstDepartments {
			continue
		}
		text := o.Name + " " + ShortTitle(w.Title)
		if w.place != "" {
			text += "（" + w.place + "）"
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return ""
	}
	return "先改：" + strings.Join(parts, "；") + "。"
}

// gravest is the category that costs most in any score; nil for none.
func (d *Data) gravest() *Impact {
	for i := range d.Impacts { // the gravest first
		if im := &d.Impacts[i]; im.Without > 0 && im.Key == (dsr.Key{Category: im.Key.Category}) {
			return im
		}
	}
	return nil
}

// trendHeadline tells the greatest changes that are no chance.
func (d *Data) trendHeadline() string {
	if len(d.Changes) > 0 && (d.Changes[0].Before.Base == 0 || d.Changes[0].After.Base == 0) {
		return fmt.Sprintf("近 %d 天或前 %d 天没有评价，无法比较变化。", d.days(), d.days())
	}
	var parts []string
	tell := func(c Change) {
		parts = append(parts, fmt.Sprintf("%s %s → %s", ShortTitle(c.Title), Percent(c.Before.Share), Percent(c.After.Share)))
	}
	if i := slices.IndexFunc(d.Changes, func(c Change) bool { return c.Sure && c.Difference > 0 }); i >= 0 {
		tell(d.Changes[i])
	}
	for _, c := range slices.Backward(d.Changes) {
		if c.Sure && c.Difference < 0 {
			tell(c)
			break
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("近 %d 天与前 %d 天相比，各类问题占比均无显著变化。", d.days(), d.days())
	}
	return fmt.Sprintf("近 %d 天变化：%s。", d.days(), strings.Join(parts, "；"))
}

// days is the length of the compared periods.
func (d *Data) days() int {
	n := 0
	for day := d.After.From; day.Compare(d.After.To) <= 0; day = day.Add(1) {
		n++
	}
	return n
}

// interval is that of an impact; a dash where none was drawn.
func interval(im *Impact) string {
	if im.Low == nil {
		return "–"
	}
	return fmt.Sprintf("%.4f–%.4f", *im.Low, *im.High)
}

// fiveStars writes how many five-stars are worth an impact: a dash where none are
// enough, since a mean of 5.0 takes nothing but five-stars.
func fiveStars(im *dsr.Impact) string {
	if im.FiveStars == 0 && im.Without > 0 {
		return "–"
	}
	return Number(im.FiveStars)
}

// yuan writes what those five-stars cost.
func yuan(im *dsr.Impact) string {
	if im.FiveStars == 0 && im.Without > 0 {
		return "–"
	}
	return Number(int64(im.Cost + 0.5))
}

// shownChange is the shown score before and after: 4.7 → 4.8, or 4.7 不变.
func shownChange(im *dsr.Impact) string {
	if im.ShownBefore == im.ShownAfter {
		return im.ShownBefore + " 不变"
	}
	return im.ShownBefore + " → " + im.ShownAfter
}

// points writes a difference of fractions in percentage points.
func points(f float64) string { return fmt.Sprintf("%+.1f", 100*f) }

// Notes say in Chinese what the counting rule left out or could not see.
func Notes(c *dsr.Counted) []string {
	var out []string
	add := func(n int, format string, args ...any) {
		if n > 0 {
			out = append(out, fmt.Sprintf(format, append([]any{Number(n)}, args...)...))
		}
	}
	add(c.Left.StarOnly, "%s 条评分只有一个星级，三项得分均按该星级计。")
	add(c.Left.Unknown, "%[1]s 条评分缺少买家或下单时间（或买家已打码），未应用“同一买家每自然月只计前 %[2]d 单”。", c.Profile.First)
	add(c.Left.Late, "%[1]s 条评分超出同一买家当月前 %[2]d 单，不计分。", c.Profile.First)
	add(c.Left.Undated, "%s 条评分没有时间，不计分。")
	return out
}

// Formula is a line of the method notes.
type Formula struct{ Name, Text string }

// Formulas are the method notes.
func (d *Data) Formulas() []Formula {
	base := "有该问题的评价数 ÷ 评价数。同一评价可计入多类问题；追评中的问题一并统计（追评没有评分，不影响店铺得分）。"
	if d.Unit == "单" {
		base += "按商品、快递、大区的表格以订单导出的发货单数为分母，订单不在其中的评价不计入这些表格。"
	}
	list := []Formula{
		{"店铺得分", fmt.Sprintf("F = Σ s·nₛ ÷ Σ nₛ，s 为星级，nₛ 为该星级评分数；取截至日及之前 %d 天（%s），描述相符按子订单计，卖家服务、物流服务按订单计；显示分向下截取 %d 位小数。规则来源：%s（%s 查阅）。",
			d.Profile.Window, d.Profile.Title, d.Profile.Decimals, d.Profile.Source, d.Profile.Seen)},
		{"扣分（若无）", "去掉该组评分后的均分 − 现均分。95 % 区间为自助法（bootstrap）百分位区间，固定种子。"},
		{"若如他人", "把该组每条评分换成同商品其他评分的均分（没有则用其余全部评分的均分）后的均分 − 现均分。"},
		{"相当五星", fmt.Sprintf("x = ⌈(g·n − Σs) ÷ (5 − g)⌉，g 为去掉该组后的均分，n、Σs 为现有评分数与星级和。费用 = x × %g 元。", d.Price)},
		{"抵消一个差评", "x = ⌈(F − s) ÷ (5 − F)⌉：得分 F 时一个 s 星需要的五星数。"},
		{"问题占比", "p = k ÷ n：" + base},
		{"占比区间", "Wilson 95 % 得分区间：(p + z²/2n ± z·√(p(1 − p)/n + z²/4n²)) ÷ (1 + z²/n)，z = 1.96。"},
		{"倍数与 q 值", "倍数 = 该格占比 ÷ 同一问题在其余各格的占比；p 为双侧检验（期望数小于 5 用 Fisher 精确检验，否则 χ²）；q 为 Benjamini–Hochberg 校正后的 p。q < 0.05 为显著，分母小于 20 不作判断。"},
		{"变化", "d = p₂ − p₁；95 % 区间为 Newcombe 混合得分区间：d − √((p₂ − l₂)² + (u₁ − p₁)²) 至 d + √((u₂ − p₂)² + (p₁ − l₁)²)，l、u 为各自的 Wilson 区间。区间不含 0 为显著。"},
		{"预测", "不再有新评价时，评分逐日移出窗口后的得分。"},
		{"工单排序", "按该问题对其所属得分的扣分从高到低；商品类、综合类属描述相符，服务类、活动类属卖家服务，仓库类、快递类属物流服务。"},
	}
	return list
}

// account says what became of the rows.
func (d *Data) account() string {
	r := d.Rows
	s := fmt.Sprintf("读入 %s 行 = 采用 %s + 拒绝 %s + 重复 %s", Number(r.In), Number(r.Out), Number(r.Rejected), Number(r.Duplicates))
	if r.Orders {
		s += fmt.Sprintf("；其中 %s 条评价的订单不在订单导出中", Number(r.NoOrder))
	}
	return s + "。"
}

// description is what the report is about.
func (d *Data) description() string {
	return fmt.Sprintf("%s · %s · 评价 %s 至 %s · 截至 %s", d.Industry, d.Profile.Title, d.Period.From, d.Period.To, d.AsOf.Format(time.DateOnly))
}

// coverage says how many reviews there are, and of what kind.
func (d *Data) coverage() string {
	share := 0.0
	if d.Reviews > 0 {
		share = float64(d.Complaints) / float64(d.Reviews)
	}
	s := fmt.Sprintf("评价 %s 条，有问题 %s 条（%s），模板好评 %s 条", Number(d.Reviews), Number(d.Complaints), Percent(share), Number(d.Templates))
	if d.Undated > 0 {
		s += fmt.Sprintf("，无时间 %s 条", Number(d.Undated))
	}
	return s + "。"
}

// stars writes a star rating: ★★☆☆☆.
func stars(n int) string {
	if n < 1 || n > 5 {
		return ""
	}
	return strings.Repeat("★", n) + strings.Repeat("☆", 5-n)
}
