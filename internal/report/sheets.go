package report

import (
	"fmt"
	"time"

	"chaping/internal/crosstab"
)

func (d *Data) overviewRows() [][]any {
	rows := [][]any{{"项目", "内容"}, {"报告", d.description()}, {"行数", d.account()}, {"评价", d.coverage()}, {"追评", d.FollowUps.Text()}}
	for _, h := range d.Headlines {
		rows = append(rows, []any{"结论", h})
	}
	for _, f := range d.Findings {
		rows = append(rows, []any{"集中在", f})
	}
	for _, s := range d.Scores {
		rows = append(rows, []any{s.Name, fmt.Sprintf("显示 %s，均分 %.4f，%s 条", s.Shown, s.Tally.Mean(), Number(s.Tally.N()))})
	}
	return rows
}

func (d *Data) trendRows() [][]any {
	rows := [][]any{{"日期", "描述相符", "卖家服务", "物流服务", "描述相符（当周）", "卖家服务（当周）", "物流服务（当周）"}}
	if len(d.Scores) == 0 {
		return rows
	}
	for _, p := range d.Scores[0].History {
		row := []any{p.Date.Format(time.DateOnly)}
		for _, s := range d.Scores {
			row = append(row, known(p.Window[s.Dimension].Mean()))
		}
		for _, s := range d.Scores {
			row = append(row, known(p.Step[s.Dimension].Mean()))
		}
		rows = append(rows, row)
	}
	return rows
}

// known is a mean, an empty cell without ratings.
func known(mean float64) any {
	if mean == 0 {
		return nil
	}
	return mean
}

func (d *Data) impactRows() [][]any {
	rows := [][]any{{"得分", "分类", "问题", "商品", "快递", "省份", "评分数", "扣分", "区间下限", "区间上限", "若如他人", "显示分", "去掉后显示分", "相当五星", "费用（元）"}}
	for _, im := range d.Impacts {
		rows = append(rows, []any{
			scoreNames[im.Dimension], im.Key.Category, d.Titles[im.Key.Category], im.Key.Product, im.Key.Courier, im.Key.Province, im.Reviews, im.Without, bound(im.Low), bound(im.High),
			im.AsOthers, im.ShownBefore, im.ShownAfter, im.FiveStars, im.Cost,
		})
	}
	return rows
}

func (d *Data) problemRows() [][]any {
	rows := [][]any{{"问题", "分类", "责任部门", "所属得分", "评价数", "占比", "区间下限", "区间上限", "累计占比"}}
	for _, p := range d.Problems {
		rows = append(rows, []any{p.Title, p.Category, p.Owner, scoreNames[p.Dimension], p.Count, p.Share, p.Low, p.High, p.Cumulated})
	}
	return rows
}

// dimensionTitles are the headers of tables.
var dimensionTitles = map[string]string{"category": "问题", "product": "商品", "sku": "规格", "month": "月份", "courier": "快递", "region": "大区"}

func (d *Data) cellRows(cells []crosstab.Cell, by ...string) [][]any {
	var header []any
	for _, name := range by {
		header = append(header, dimensionTitles[name])
	}
	rows := [][]any{append(header, "问题数", "基数", "占比", "区间下限", "区间上限", "倍数", "p", "q", "显著", "分母不足")}
	for _, c := range cells[:min(len(cells), maxSheetRows)] {
		var row []any
		for _, name := range by {
			v := c.Key.Of(name)
			if name == "category" {
				v = d.Titles[v]
			}
			row = append(row, v)
		}
		var ratio any
		if c.Ratio != nil {
			ratio = *c.Ratio
		}
		rows = append(rows, append(row, c.Count, c.Base, c.Rate, c.Low, c.High, ratio, c.P, c.Q, yes(c.Significant), yes(c.Small)))
	}
	return rows
}

// maxSheetRows bounds a sheet of cells; the surest come first.
const maxSheetRows = 20_000

func yes(b bool) string {
	if b {
		return "是"
	}
	return "否"
}

func (d *Data) followUpRows() [][]any {
	rows := [][]any{{"问题", "分类", "追评数", "其中初评未提", "占追评", "区间下限", "区间上限"}}
	for _, p := range d.FollowUps.Problems {
		rows = append(rows, []any{p.Title, p.Category, p.Count, p.Later, p.Share, p.Low, p.High})
	}
	return rows
}

func (d *Data) changeRows() [][]any {
	rows := [][]any{{"问题", "前期起", "前期止", "前期问题数", "前期评价数", "前期占比", "近期起", "近期止", "近期问题数", "近期评价数", "近期占比", "变化", "区间下限", "区间上限", "判断"}}
	for _, c := range d.Changes {
		rows = append(rows, []any{
			c.Title, d.Before.From.String(), d.Before.To.String(), c.Before.Count, c.Before.Base, c.Before.Share,
			d.After.From.String(), d.After.To.String(), c.After.Count, c.After.Base, c.After.Share, c.Difference, c.Low, c.High, c.verdict(),
		})
	}
	return rows
}

func (d *Data) workRows() [][]any {
	rows := [][]any{{"责任部门", "问题", "评价数", "占比", "所属得分", "扣分", "区间下限", "区间上限", "显示分", "去掉后显示分", "相当五星", "费用（元）", "近期变化", "集中在"}}
	for _, o := range d.Owners {
		for _, w := range o.Work {
			row := []any{o.Name, w.Title, w.Reviews, w.Share, scoreNames[w.Dimension]}
			if im := w.Impact; im != nil {
				row = append(row, im.Without, bound(im.Low), bound(im.High), im.ShownBefore, im.ShownAfter, im.FiveStars, im.Cost)
			} else {
				row = append(row, nil, nil, nil, nil, nil, nil, nil)
			}
			rows = append(rows, append(row, w.Change.Difference, w.Where))
		}
	}
	return rows
}

func (d *Data) quoteRows() [][]any {
	rows := [][]any{{"问题", "星级", "日期", "商品", "快递", "省份", "追评", "证据", "评价"}}
	for _, g := range d.Quotes {
		for _, q := range g.Quotes {
			day := ""
			if !q.Time.IsZero() {
				day = q.Time.Format(time.DateOnly)
			}
			rows = append(rows, []any{g.Title, starCell(q.Star), day, q.Product, q.Courier, q.Province, yes(q.FollowUp), q.Evidence(), q.Text()})
		}
	}
	return rows
}

func (d *Data) methodRows() [][]any {
	rows := [][]any{{"项目", "说明"}}
	for _, f := range d.Formulas() {
		rows = append(rows, []any{f.Name, f.Text})
	}
	for _, n := range d.Notes {
		rows = append(rows, []any{"注", n})
	}
	return rows
}

// starCell is a star rating, an empty cell where it is unknown.
func starCell(star int) any {
	if star == 0 {
		return nil
	}
	return star
}

// bound is an end of an interval, an empty cell where none was drawn.
func bound(f *float64) any {
	if f == nil {
		return nil
	}
	return *f
}
