package report

import (
	"time"

	"chaping/internal/crosstab"
	"chaping/internal/dsr"
	"chaping/internal/trend"
)

// Data is what a report tells. Shares and rates are fractions, scores and
// impacts stars, costs yuan; days are those of the shop's zone.
type Data struct {
	Industry   string // title
	Profile    dsr.Profile
	AsOf       time.Time
	Period     trend.Span // of all reviews
	Rows       Rows
	Reviews    int
	Complaints int // reviews with at least one problem
	Templates  int // copied or filler praise
	Undated    int // reviews without time
	Unit       string
	Price      float64
	Headlines  []string
	Notes      []string // what the scores could not take into account
	Scores     []Score
	Impacts    []Impact
	Problems   []Problem
	Findings   []string
	Products   Heat
	SKUs       Heat // no row where reviews have none
	Months     Heat // of reviews; no row where they are of a single month
	Couriers   Heat
	Cells      []crosstab.Cell // by category and product
	SKUCells   []crosstab.Cell // by category, product and SKU
	MonthCells []crosstab.Cell // by category and month of the review
	FollowUps  FollowUps
	Segments   []crosstab.Cell // by category, courier and region
	Routes     []crosstab.Cell // problems of logistics by courier and region
	Before     trend.Span
	After      trend.Span
	Changes    []Change
	Owners     []Owner
	Quotes     []QuoteGroup
	Titles     map[string]string // of the categories
}

// Score is one of the shop's three scores.
type Score struct {
	Dimension dsr.Dimension
	Name      string
	Shown     string
	Tally     dsr.Tally
	History   []dsr.Past // weekly, the as-of day last
	// Earlier is the mean of the window 28 days before, 0 where there was none.
	Earlier float64
	// Ahead is the mean in 30 days if nothing new came in, 0 where nothing is left.
	Ahead float64
}

// Impact is what a set of ratings costs, with its name.
type Impact struct {
	dsr.Impact
	Name string
}

// Problem is a category among all, the commonest first.
type Problem struct {
	Category, Title, Owner string
	Dimension              dsr.Dimension
	Count                  int
	Share                  float64 // of the reviews
	Low, High              float64 // Wilson, 95 %
	Cumulated              float64 // share of this and the commoner ones in all mentions
}

// Heat is a table of rates.
type Heat struct {
	Columns []string
	Rows    []HeatRow
	Max     float64 // the highest rate
}

// HeatRow is a row of a Heat.
type HeatRow struct {
	Name  string
	Base  int         // 0 where the columns have bases of their own
	Cells []*HeatCell // nil where there is nothing
}

// HeatCell is a cell of a Heat.
type HeatCell struct {
	crosstab.Cell
	Weight float64 // rate ÷ highest rate
}

// Change is how the share of a category differs from the period before.
type Change struct {
	trend.Change
	Title string
}

// Owner is a department with its work, the costliest first.
type Owner struct {
	Name string
	Work []Work
}

// Work is a problem that a department has to solve.
type Work struct {
	Category  string        `json:"category"`
	Title     string        `json:"title"`
	Owner     string        `json:"owner"`
	Dimension dsr.Dimension `json:"dimension"` // the score that the category belongs to
	Reviews   int           `json:"reviews"`
	Share     float64       `json:"share"`
	// Impact is what the category costs in its score; null where none of its ratings counts.
	Impact *dsr.Impact `json:"impact"`
	// Where says in which segment the problem is most frequent beyond chance; empty for none.
	Where  string       `json:"where"`
	place  string       // the segment alone
	Change trend.Change `json:"change"` // against the period before
}

// QuoteGroup is the reviews of a category.
type QuoteGroup struct {
	Category, Title string
	Quotes          []Quote
}
