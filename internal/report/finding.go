// Package report says what was found, in words and pages for people who do not
// read tables.
package report

import (
	"fmt"
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
	var segment []string
	problem := ""
	for _, v := range c.Key {
		switch v.Dimension {
		case "category":
			problem = ShortTitle(title(v.Value))
		case "owner":
			problem = v.Value
		default:
			segment = append([]string{v.Value}, segment...) // the wider dimension comes last in tables, first in speech
		}
	}
	if problem == "" {
		problem = "问题评价"
	}
	p := message.NewPrinter(language.Chinese)
	s := strings.TrimSpace(strings.Join(segment, "·")+" "+problem) +
		p.Sprintf(" %s（%d/%d %s）", Percent(c.Rate), c.Count, c.Base, unit)
	if c.Ratio != nil {
		s += fmt.Sprintf("，是其余的 %.1f 倍", *c.Ratio)
	}
	return s + "，" + qValue(c.Q)
}

// shownFindings is how many sentences are said of a table.
const shownFindings = 5

// Findings puts the surest cells above the rest into words; never nil. Cells are
// in the order of crosstab.Table.Cells.
func Findings(cells []crosstab.Cell, title Titles, unit string) []string {
	out := []string{}
	for _, c := range cells {
		if c.Significant && (c.Ratio == nil || *c.Ratio > 1) && len(out) < shownFindings {
			out = append(out, Finding(c, title, unit))
		}
	}
	return out
}

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
