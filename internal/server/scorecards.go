package server

import (
	"fmt"
	"math"
	"strings"
	"time"

	"chaping/internal/dsr"
)

// scoreTitle is the name of a score, given by its letter.
func scoreTitle(dimension any) string {
	return map[string]string{"D": "描述相符", "S": "卖家服务", "L": "物流服务"}[fmt.Sprint(dimension)]
}

// scoreCard is one of the three scores with its way there.
type scoreCard struct {
	Dimension dsr.Dimension
	Shown     string // empty without ratings
	Mean      float64
	Tally     dsr.Tally
	Changed   bool    // there was a score changeDays ago
	Change    float64 // of the mean since then
	Line      *lineChart
}

// historyWeeks is how far a score card looks back.
const historyWeeks = 26

// scoreCards makes the cards of all scores, with a forecast of so many days.
func scoreCards(c *dsr.Counted, ahead int) []scoreCard {
	history, forecast, earlier := c.History(historyWeeks+1, 7), c.Forecast(ahead), c.History(2, changeDays)
	var out []scoreCard
	for _, d := range dsr.Dimensions {
		card := scoreCard{Dimension: d, Tally: c.Tallies[d], Shown: c.Tallies[d].Shown(c.Profile.Decimals), Mean: c.Tallies[d].Mean()}
		if len(earlier) == 2 && earlier[0].Window[d].N() > 0 && card.Tally.N() > 0 {
			card.Changed, card.Change = true, card.Mean-earlier[0].Window[d].Mean()
		}
		var past, future []point
		for _, h := range history {
			if t := h.Window[d]; t.N() > 0 {
				past = append(past, point{h.Date, t.Mean()})
			}
		}
		for _, f := range forecast {
			if t := f.Tallies[d]; t.N() > 0 {
				future = append(future, point{f.Date, t.Mean()})
			}
		}
		card.Line = newLineChart(scoreTitle(d), past, future)
		out = append(out, card)
	}
	return out
}

// point is a value of a day.
type point struct {
	day   time.Time
	value float64
}

// lineChart is a line in a box of 100 × 100, y downwards, and what stands beside it.
type lineChart struct {
	Label       string // in words, for those who do not see it
	Past, Ahead string // SVG paths; Ahead may be empty
	Top, Bottom string // values of the box's edges
	From, To    string // days of the box's edges
}

// leastRange is the range of values that a box has at least: less is noise.
const leastRange = 0.02

// newLineChart draws values over time; nil without two of them.
func newLineChart(title string, past, ahead []point) *lineChart {
	if len(past) < 2 {
		return nil
	}
	all := append(past[:len(past):len(past)], ahead...)
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range all {
		low, high = min(low, p.value), max(high, p.value)
	}
	if gap := leastRange - (high - low); gap > 0 {
		low, high = low-gap/2, high+gap/2
	}
	from, to := all[0].day, all[len(all)-1].day
	at := func(p point) string {
		return fmt.Sprintf("%.1f %.1f", 100*p.day.Sub(from).Hours()/to.Sub(from).Hours(), 100*(high-p.value)/(high-low))
	}
	path := func(list []point) string {
		var parts []string
		for _, p := range list {
			parts = append(parts, at(p))
		}
		return "M" + strings.Join(parts, "L")
	}
	last := past[len(past)-1]
	l := &lineChart{
		Past: path(past), Top: fmt.Sprintf("%.2f", high), Bottom: fmt.Sprintf("%.2f", low), From: from.Format(time.DateOnly), To: to.Format(time.DateOnly),
		Label: fmt.Sprintf("%s：%s 为 %.4f，%s 为 %.4f", title, from.Format(time.DateOnly), past[0].value, last.day.Format(time.DateOnly), last.value),
	}
	if len(ahead) > 0 {
		l.Ahead = path(append([]point{last}, ahead...))
		l.Label += fmt.Sprintf("；若不再有新评价，%s 为 %.4f", l.To, ahead[len(ahead)-1].value)
	}
	return l
}
