package report

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"chaping/internal/crosstab"
)

// Titles gives the title of a category.
type Titles func(category string) string

// Finding puts a cell into one sentence with its figures: 华中·圆通 快递损耗 3.2 %
// （41/1,280 单），是其余的 4.1 倍，q<0.001. unit counts the base: 单 or 条.
func Finding(c crosstab.Cell, title Titles, unit string) string {
	problem := "问题评价"
	for _, v := range c.Key {
		switch v.Dimension {
		case "category":
			problem = ShortTitle(title(v.Value))
		case "owner":
			problem = v.Value
		}
	}
	s := strings.TrimSpace(place(c)+" "+problem) + " " + Percent(c.Rate) + "（" + ofBase(c, unit) + "）"
	if c.Ratio != nil {
		s += fmt.Sprintf("，是其余的 %.1f 倍", *c.Ratio)
	} else {
		s += "，其余没有"
	}
	return s + "，" + qValue(c.Q)
}

// tableFindings is how many sentences are said of a table.
const tableFindings = 5

// Surest are the cells most surely above the rest, in segments that are known and
// with enough reviews to speak of. Cells are in the order of crosstab.Table.Cells.
func Surest(cells []crosstab.Cell) []crosstab.Cell {
	var out []crosstab.Cell
	for _, c := range cells {
		if telling(c) && len(out) < tableFindings {
			out = append(out, c)
		}
	}
	return out
}

// Unit is what a base is counted in: shipped orders (单) or reviews (条).
func Unit(orders bool) string {
	if orders {
		return "单"
	}
	return "条"
}

// Findings puts the surest cells into words; never nil.
func Findings(cells []crosstab.Cell, title Titles, unit string) []string {
	out := []string{}
	for _, c := range Surest(cells) {
		out = append(out, Finding(c, title, unit))
	}
	return out
}

// place is a cell's segment: 华中·圆通.
func place(c crosstab.Cell) string {
	var segment []string
	for _, v := range c.Key {
		if v.Dimension != "category" && v.Dimension != "owner" {
			segment = append(segment, v.Value)
		}
	}
	slices.Reverse(segment) // the wider dimension comes last in tables, first in speech
	return strings.Join(segment, "·")
}

// ofBase is a cell's count among its base: 41/1,280 单.
func ofBase(c crosstab.Cell, unit string) string {
	return Number(c.Count) + "/" + Number(c.Base) + " " + unit
}

// Number writes a number with commas between thousands.
func Number[T int | int64](n T) string { return message.NewPrinter(language.Chinese).Sprint(n) }

// ShortTitle is a title without the group before its hyphen: 快递-快递损耗 is 快递损耗.
func ShortTitle(title string) string {
	if _, after, ok := strings.Cut(title, "-"); ok {
		return strings.TrimSpace(after)
	}
	return title
}

// Percent writes a fraction as a percentage with one decimal, or two below 0.1 %.
func Percent(f float64) string {
	if f > 0 && f < 0.001 {
		return fmt.Sprintf("%.2f %%", 100*f)
	}
	return fmt.Sprintf("%.1f %%", 100*f)
}

func qValue(q float64) string {
	if q < 0.001 {
		return "q<0.001"
	}
	return fmt.Sprintf("q=%.3f", q)
}
