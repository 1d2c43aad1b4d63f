package dsr

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"time"
)

// Summary is all that is said of a shop's scores, as `chaping dsr --format json`
// and the HTTP API write it.
type Summary struct {
	Profile    string                `json:"profile"`
	AsOf       string                `json:"as_of"` // 2026-06-30
	WindowDays int                   `json:"window_days"`
	Source     string                `json:"source"` // of the rule
	Notes      []string              `json:"notes"`
	Dimensions map[Dimension]Score   `json:"dimensions"`
	Impact     []Impact              `json:"impact"`
	Forecast   []Day                 `json:"forecast"`
	WhatIf     []Supposition         `json:"what_if,omitempty"`
	Goal       map[Dimension]Journey `json:"goal,omitempty"`
}

// Score is one of the three scores. Score is nil without ratings.
type Score struct {
	Score *float64         `json:"score"`
	Shown string           `json:"shown"`
	N     int64            `json:"n"`
	Stars map[string]int64 `json:"stars"` // ratings by star, "1" to "5"
}

// Day is the scores of a day to come, nil without ratings.
type Day struct {
	Date string   `json:"date"`
	D    *float64 `json:"D"`
	S    *float64 `json:"S"`
	L    *float64 `json:"L"`
}

// Supposition is what the scores would be if a category became rarer.
type Supposition struct {
	Category string                `json:"category"`
	Change   float64               `json:"change"` // fraction of the category's ratings, negative
	Score    map[Dimension]float64 `json:"score"`
}

// Journey is the way to a goal; Never where five-stars alone do not lead there.
type Journey struct {
	FiveStars int64   `json:"five_stars"`
	Cost      float64 `json:"cost"` // yuan
	Never     bool    `json:"never,omitempty"`
}

// SummaryOptions steer Summarise.
type SummaryOptions struct {
	ImpactOptions
	Days   int                // of forecast
	WhatIf map[string]float64 // by category, the share (0 to 1) of its ratings that would be as others
	Goal   *big.Rat           // nil for none
}

// Summarise computes a summary.
func Summarise(c *Counted, opt SummaryOptions) Summary {
	r := Summary{
		Profile: c.Profile.ID, AsOf: c.AsOf.Format(time.DateOnly), WindowDays: c.Profile.Window, Source: c.Profile.Source,
		Notes: append([]string{}, c.Notes...), Dimensions: map[Dimension]Score{}, Forecast: []Day{}, Impact: c.Impacts(opt.ImpactOptions),
	}
	for _, d := range Dimensions {
		t := c.Tallies[d]
		stars := map[string]int64{}
		for s := 1; s <= 5; s++ {
			stars[strconv.Itoa(s)] = t[s]
		}
		r.Dimensions[d] = Score{t.known(), t.Shown(c.Profile.Decimals), t.N(), stars}
	}
	for _, day := range c.Forecast(opt.Days) {
		r.Forecast = append(r.Forecast, Day{day.Date.Format(time.DateOnly), day.Tallies[D].known(), day.Tallies[S].known(), day.Tallies[L].known()})
	}
	for category, share := range opt.WhatIf {
		w := Supposition{category, -share, map[Dimension]float64{}}
		for _, d := range Dimensions {
			w.Score[d] = c.WhatIf(category, share, d)
		}
		r.WhatIf = append(r.WhatIf, w)
	}
	slices.SortFunc(r.WhatIf, func(a, b Supposition) int { return cmp.Compare(a.Category, b.Category) })
	if opt.Goal != nil {
		r.Goal = map[Dimension]Journey{}
		for _, d := range Dimensions {
			n, err := c.Tallies[d].FiveStarsTo(opt.Goal)
			r.Goal[d] = Journey{n, opt.Price * float64(n), err != nil}
		}
	}
	return r
}

// known is the mean, nil without ratings.
func (t Tally) known() *float64 {
	if t.N() == 0 {
		return nil
	}
	m := t.Mean()
	return &m
}
