package report

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"

	"chaping/internal/dsr"
)

//go:embed templates/report.html.tmpl
var pageText string

//go:embed templates/report.css
var pageStyle string

var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"percent": func(f float64) string { return unbroken(Percent(f)) }, "unbroken": unbroken, "points": points, "number": Number[int], "number64": Number[int64], "short": ShortTitle, "stars": stars,
	"yuan": yuan, "fiveStars": fiveStars, "shown": shownChange, "interval": func(im Impact) string { return interval(&im) },
	"score": func(f float64) string { return fmt.Sprintf("%.4f", f) }, "signed": func(f float64) string { return fmt.Sprintf("%+.4f", f) },
	"weight": func(f float64) string { return fmt.Sprintf("%.2f", f) }, "name": func(d dsr.Dimension) string { return scoreNames[d] },
	"worse": func(c HeatCell) bool { return worse(c.Cell) },
}).Parse(pageText))

// unbroken keeps a number and its percent sign in one line.
func unbroken(s string) string { return strings.ReplaceAll(s, " %", "\u00a0%") }

// How many rows the page shows.
const (
	shownBars    = 10
	shownCosts   = 5
	shownChanges = 12
	shownWork    = 5

	shownFollowUps = 8
)

// costs is what costs most in a score.
type costs struct {
	Name               string
	Problems, Segments []Impact
}

// card is a score with its chart.
type card struct {
	Score
	Mean      string
	Compared  string
	AheadText string
	Chart     template.HTML
}

// pageData is what the template takes.
type pageData struct {
	*Data
	Style                          template.CSS
	Description, Coverage, Account string
	Cards                          []card
	Pareto, ParetoNarrow           template.HTML
	Costs                          []costs
	ShownChanges                   []Change
	WorkLimit                      int
	FollowUpProblems               []FollowUpProblem
}

// HTML writes the report as a page.
func (d *Data) HTML(w io.Writer) error {
	p := pageData{
		Data: d, Style: template.CSS(pageStyle), Description: d.description(), Coverage: d.coverage(), Account: d.account(),
		ShownChanges: d.shownChanges(), WorkLimit: shownWork,
		FollowUpProblems: d.FollowUps.Problems[:min(shownFollowUps, len(d.FollowUps.Problems))],
	}
	for _, s := range d.Scores {
		c, err := newCard(s)
		if err != nil {
			return err
		}
		p.Cards = append(p.Cards, c)
		p.Costs = append(p.Costs, costs{s.Name, d.costly(s.Dimension, true), d.costly(s.Dimension, false)})
	}
	var err error
	bars := d.Problems[:min(shownBars, len(d.Problems))]
	if p.Pareto, err = paretoChart(bars, 760); err != nil {
		return err
	}
	if p.ParetoNarrow, err = paretoChart(bars, 350); err != nil {
		return err
	}
	return page.Execute(w, p)
}

func newCard(s Score) (card, error) {
	c := card{Score: s, Mean: "–", AheadText: "–"}
	if s.Tally.N() > 0 {
		c.Mean = fmt.Sprintf("%.4f", s.Tally.Mean())
		if s.Earlier > 0 {
			c.Compared = fmt.Sprintf("%+.4f", s.Tally.Mean()-s.Earlier)
		}
	}
	if s.Ahead > 0 {
		c.AheadText = fmt.Sprintf("%.4f", s.Ahead)
	}
	var err error
	c.Chart, err = trendChart(s)
	return c, err
}

// costly lists what costs most in a score: categories, or everything else.
func (d *Data) costly(of dsr.Dimension, categories bool) []Impact {
	var out []Impact
	for _, im := range d.Impacts {
		if im.Dimension == of && im.Without > 0 && categories == (im.Key == dsr.Key{Category: im.Key.Category}) && len(out) < shownCosts {
			out = append(out, im)
		}
	}
	return out
}

// shownChanges are the greatest changes, the rises first.
func (d *Data) shownChanges() []Change {
	list := slices.Clone(d.Changes)
	slices.SortStableFunc(list, func(x, y Change) int { return cmp.Compare(math.Abs(y.Difference), math.Abs(x.Difference)) })
	list = list[:min(shownChanges, len(list))]
	slices.SortStableFunc(list, func(x, y Change) int { return cmp.Compare(y.Difference, x.Difference) })
	return list
}
