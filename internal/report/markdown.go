package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Markdown writes the report as text, with tables as GitHub has them.
func (d *Data) Markdown(w io.Writer) error {
	m := &markdown{out: bufio.NewWriter(w)}
	m.line("# 差评分析报告")
	m.line("%s", d.description())
	for _, h := range d.Headlines {
		m.item(h)
	}
	m.line("%s", d.coverage())
	m.scores(d)
	m.costs(d)
	m.line("## 问题排行")
	m.table("问题|评价数|占比|95 % 区间|累计|责任部门")
	for _, p := range d.Problems {
		m.row(p.Title, Number(p.Count), Percent(p.Share), Percent(p.Low)+" 至 "+Percent(p.High), Percent(p.Cumulated), p.Owner)
	}
	m.line("## 集中在哪里")
	for _, f := range d.Findings {
		m.item(f)
	}
	m.heat("商品 × 问题", d.Products)
	m.heat("规格 × 问题", d.SKUs)
	m.heat("快递 × 大区（物流类问题）", d.Couriers)
	m.followUps(&d.FollowUps)
	m.line("## 变化")
	m.line("近期 %s 至 %s，前期 %s 至 %s。", d.After.From, d.After.To, d.Before.From, d.Before.To)
	m.table("问题|前期|近期|变化（百分点）|95 % 区间|判断")
	for _, c := range d.shownChanges() {
		m.row(c.Title, Percent(c.Before.Share), Percent(c.After.Share), points(c.Difference), points(c.Low)+" 至 "+points(c.High), c.verdict())
	}
	m.heat("月份 × 问题（按评价时间）", d.Months)
	m.owners(d)
	m.line("## 评价原文")
	for _, g := range d.Quotes {
		m.line("### %s", escape(g.Title))
		for _, q := range g.Quotes {
			m.quote(q)
		}
	}
	m.line("## 口径与公式")
	m.line("%s", d.account())
	for _, n := range d.Notes {
		m.item(n)
	}
	for _, f := range d.Formulas() {
		m.item(f.Name + "：" + f.Text)
	}
	return m.out.Flush()
}

func (m *markdown) followUps(f *FollowUps) {
	m.line("## 追评说了什么")
	m.line("%s", f.Text())
	if len(f.Problems) == 0 {
		return
	}
	m.table("问题|追评数|其中初评未提|占追评|95 % 区间")
	for _, p := range f.Problems[:min(shownFollowUps, len(f.Problems))] {
		m.row(p.Title, Number(p.Count), Number(p.Later), Percent(p.Share), Percent(p.Low)+" 至 "+Percent(p.High))
	}
}

// verdict says whether a change is more than chance.
func (c *Change) verdict() string {
	switch {
	case !c.Sure:
		return "不显著"
	case c.Difference > 0:
		return "上升"
	}
	return "下降"
}

// markdown writes blocks. Errors show at the flush.
type markdown struct {
	out  *bufio.Writer
	list bool // in a list or table, which the next block must end
}

func (m *markdown) line(format string, args ...any) {
	if m.list {
		m.out.WriteByte('\n')
	}
	m.list = false
	fmt.Fprintf(m.out, format+"\n\n", args...)
}

func (m *markdown) item(s string) {
	m.list = true
	m.out.WriteString("- " + escape(s) + "\n")
}

// table begins a table; the header's cells have | between.
func (m *markdown) table(header string) {
	cells := strings.Split(header, "|")
	m.list = true
	m.out.WriteString("| " + strings.Join(cells, " | ") + " |\n|" + strings.Repeat("---|", len(cells)) + "\n")
}

func (m *markdown) row(cells ...string) {
	for i := range cells {
		cells[i] = escape(cells[i])
	}
	m.out.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

func (m *markdown) scores(d *Data) {
	m.line("## 店铺得分")
	m.table("得分|显示分|均分|评分数|4 周前|30 天后（若无新评价）")
	mean := func(f float64) string {
		if f == 0 {
			return "–"
		}
		return fmt.Sprintf("%.4f", f)
	}
	for _, s := range d.Scores {
		m.row(s.Name, s.Shown, mean(s.Tally.Mean()), Number(s.Tally.N()), mean(s.Earlier), mean(s.Ahead))
	}
}

func (m *markdown) costs(d *Data) {
	m.line("## 扣分最多")
	for _, s := range d.Scores {
		list := append(d.costly(s.Dimension, true), d.costly(s.Dimension, false)...)
		if len(list) == 0 {
			continue
		}
		m.line("### %s", s.Name)
		m.table("问题 / 所在|评分数|扣分|95 % 区间|若如他人|显示分|相当五星|费用（元）")
		for _, im := range list {
			m.row(im.Name, Number(im.Reviews), fmt.Sprintf("%.4f", im.Without), interval(&im), fmt.Sprintf("%+.4f", im.AsOthers), shownChange(&im.Impact), fiveStars(&im.Impact), yuan(&im.Impact))
		}
	}
}

func (m *markdown) heat(title string, h Heat) {
	if len(h.Rows) == 0 {
		return
	}
	m.line("### %s", title)
	header := []string{" "}
	for _, c := range h.Columns {
		header = append(header, strings.ReplaceAll(escape(c), `\|`, "/"))
	}
	m.table(strings.Join(header, "|"))
	for _, r := range h.Rows {
		cells := []string{r.Name}
		for _, c := range r.Cells {
			switch {
			case c == nil:
				cells = append(cells, "·")
			case worse(c.Cell):
				cells = append(cells, fmt.Sprintf("%s（%d/%d）↑", Percent(c.Rate), c.Count, c.Base))
			default:
				cells = append(cells, fmt.Sprintf("%s（%d/%d）", Percent(c.Rate), c.Count, c.Base))
			}
		}
		m.row(cells...)
	}
}

func (m *markdown) owners(d *Data) {
	m.line("## 责任部门工单")
	for _, o := range d.Owners {
		m.line("### %s", escape(o.Name))
		m.table("问题|评价数|占比|所属得分|扣分|显示分|相当五星|集中在")
		for _, w := range o.Work {
			cost, shown, five := "–", "–", "–"
			if w.Impact != nil {
				cost, shown, five = fmt.Sprintf("%.4f", w.Impact.Without), shownChange(w.Impact), fiveStars(w.Impact)
			}
			m.row(w.Title, Number(w.Reviews), Percent(w.Share), scoreNames[w.Dimension], cost, shown, five, w.Where)
		}
	}
}

// quote writes a review with its evidence in bold.
func (m *markdown) quote(q Quote) {
	var s strings.Builder
	if q.FollowUp {
		s.WriteString("追评：")
	}
	for _, p := range q.Parts {
		if text := escape(p.Text); p.Marked {
			s.WriteString("**" + text + "**")
		} else {
			s.WriteString(text)
		}
	}
	about := []string{stars(q.Star), q.Product, q.Courier, q.Province}
	if !q.Time.IsZero() {
		about = append(about, q.Time.Format("2006-01-02"))
	}
	m.line("> %s  \n> %s", s.String(), escape(strings.Join(strings.Fields(strings.Join(about, " ")), " ")))
}

// escaper takes the meaning from what Markdown would read as marks.
var escaper = strings.NewReplacer("\\", `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "#", `\#`, "|", `\|`, "~", `\~`, "&", "&amp;", "!", `\!`)

func escape(s string) string { return escaper.Replace(strings.Join(strings.Fields(s), " ")) }
