package trend

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"chaping/internal/crosstab"
)

// Day is a day of the calendar, as midnight UTC.
type Day struct{ midnight time.Time }

// DayOf is the day of a moment in the moment's own zone.
func DayOf(t time.Time) Day {
	year, month, day := t.Date()
	return Day{time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

// ParseDay reads 2026-06-30.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Day{}, fmt.Errorf("%q is no day: write a date such as 2026-06-30", s)
	}
	return Day{t}, nil
}

// Add is the day so many days later.
func (d Day) Add(days int) Day { return Day{d.midnight.AddDate(0, 0, days)} }

// Compare is negative where d comes before o, positive where it comes after.
func (d Day) Compare(o Day) int { return d.midnight.Compare(o.midnight) }

// String is the day as 2026-06-30.
func (d Day) String() string { return d.midnight.Format(time.DateOnly) }

// MarshalText is the day as 2026-06-30.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Span is the days from From to To, both among them.
type Span struct {
	From Day `json:"from"`
	To   Day `json:"to"`
}

// ParseSpan reads 2026-05-01..2026-05-31.
func ParseSpan(s string) (Span, error) {
	from, to, ok := strings.Cut(s, "..")
	if !ok {
		return Span{}, fmt.Errorf("%q is no span: write FROM..TO, such as 2026-05-01..2026-05-31", s)
	}
	var p Span
	var err error
	if p.From, err = ParseDay(from); err != nil {
		return p, err
	}
	if p.To, err = ParseDay(to); err != nil {
		return p, err
	}
	if p.To.Compare(p.From) < 0 {
		return p, fmt.Errorf("%q ends before it begins", s)
	}
	return p, nil
}

// String is the span as 2026-05-01..2026-05-31.
func (s Span) String() string { return s.From.String() + ".." + s.To.String() }

func (s Span) holds(d Day) bool { return s.From.Compare(d) <= 0 && d.Compare(s.To) <= 0 }

// Counter counts reviews and problems by day. The zero value is ready.
type Counter struct {
	reviews  map[Day]int
	problems map[string]map[Day]int
	undated  int
}

// Add counts a review with its categories, each of them once. A review without time is counted apart.
func (c *Counter) Add(t time.Time, categories []string) {
	if t.IsZero() {
		c.undated++
		return
	}
	if c.reviews == nil {
		c.reviews, c.problems = map[Day]int{}, map[string]map[Day]int{}
	}
	d := DayOf(t)
	c.reviews[d]++
	for i, id := range categories {
		if slices.Contains(categories[:i], id) {
			continue
		}
		days := c.problems[id]
		if days == nil {
			days = map[Day]int{}
			c.problems[id] = days
		}
		days[d]++
	}
}

// Clone is a counter of its own with the same counts.
func (c *Counter) Clone() Counter {
	out := Counter{reviews: maps.Clone(c.reviews), problems: map[string]map[Day]int{}, undated: c.undated}
	for id, days := range c.problems {
		out.problems[id] = maps.Clone(days)
	}
	return out
}

// Relabel changes the categories of a review that was added with others.
func (c *Counter) Relabel(t time.Time, before, after []string) {
	if t.IsZero() {
		return
	}
	d := DayOf(t)
	c.reviews[d]--
	for i, id := range before {
		if slices.Contains(before[:i], id) {
			continue
		}
		if c.problems[id][d]--; c.problems[id][d] == 0 {
			delete(c.problems[id], d)
		}
		if len(c.problems[id]) == 0 {
			delete(c.problems, id)
		}
	}
	c.Add(t, after)
}

// Undated is how many reviews have no time.
func (c *Counter) Undated() int { return c.undated }

// Categories lists the categories that were seen, sorted.
func (c *Counter) Categories() []string {
	list := make([]string, 0, len(c.problems))
	for id := range c.problems {
		list = append(list, id)
	}
	slices.Sort(list)
	return list
}

// Days is the span of all reviews; ok is false without any.
func (c *Counter) Days() (span Span, ok bool) {
	for d := range c.reviews {
		if !ok || d.Compare(span.From) < 0 {
			span.From = d
		}
		if !ok || d.Compare(span.To) > 0 {
			span.To = d
		}
		ok = true
	}
	return span, ok
}

// Share is reviews with a problem among reviews.
type Share struct {
	Count int     `json:"count"`
	Base  int     `json:"base"`
	Share float64 `json:"share"` // fraction; 0 without reviews
}

func newShare(count, base int) Share {
	s := Share{Count: count, Base: base}
	if base > 0 {
		s.Share = float64(count) / float64(base)
	}
	return s
}

// share is a category's in a span.
func (c *Counter) share(category string, span Span) Share {
	return newShare(within(c.problems[category], span), within(c.reviews, span))
}

func within(days map[Day]int, span Span) int {
	n := 0
	for d, k := range days {
		if span.holds(d) {
			n += k
		}
	}
	return n
}

// Change is how the share of a category differs between two spans of days.
// Differences are in fractions, positive where the problem became more frequent.
type Change struct {
	Category   string  `json:"category"`
	Before     Share   `json:"before"`
	After      Share   `json:"after"`
	Difference float64 `json:"difference"`
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
	Sure       bool    `json:"sure"` // the interval leaves 0 out
}

// Change compares a category in two spans.
func (c *Counter) Change(category string, before, after Span) Change {
	ch := Change{Category: category, Before: c.share(category, before), After: c.share(category, after)}
	ch.Difference = ch.After.Share - ch.Before.Share
	ch.Low, ch.High = Newcombe(ch.Before.Count, ch.Before.Base, ch.After.Count, ch.After.Base)
	ch.Sure = ch.Before.Base > 0 && ch.After.Base > 0 && (ch.Low > 0 || ch.High < 0)
	return ch
}

// Newcombe is the hybrid score interval of 95 % of l/m − k/n. Without trials on
// either side it is (−1, 1).
func Newcombe(k, n, l, m int) (low, high float64) {
	if n == 0 || m == 0 {
		return -1, 1
	}
	p1, p2 := float64(k)/float64(n), float64(l)/float64(m)
	l1, u1 := crosstab.Wilson(k, n)
	l2, u2 := crosstab.Wilson(l, m)
	d := p2 - p1
	return d - math.Hypot(p2-l2, u1-p1), d + math.Hypot(u2-p2, p1-l1)
}

// Units are the lengths of periods that Series knows.
var Units = []string{"day", "week", "month"}

// Recent is the days of the last so many periods of a unit to a day, as far as
// there are reviews; ok is false without any.
func (c *Counter) Recent(unit string, periods int, to Day) (span Span, ok bool) {
	span, ok = c.Days()
	span.To = to
	length := map[string]int{"day": 1, "week": 7, "month": 31}[unit]
	if from := to.Add(-length * (periods + 1)); from.Compare(span.From) > 0 {
		span.From = from
	}
	return span, ok
}

// Point is the share of a category in a period.
type Point struct {
	Period string `json:"period"` // 2026-05-31, 2026-W22 or 2026-05
	Share
}

// Series is the share of a category in every period of a unit within a span, those
// without reviews among them. The first and the last period may be cut by it.
func (c *Counter) Series(category, unit string, span Span) []Point {
	var out []Point
	for d := span.From; d.Compare(span.To) <= 0; d = d.Add(1) {
		period := crosstab.Period(unit, d.midnight)
		if len(out) == 0 || out[len(out)-1].Period != period {
			out = append(out, Point{Period: period})
		}
		p := &out[len(out)-1]
		p.Count += c.problems[category][d]
		p.Base += c.reviews[d]
	}
	for i := range out {
		out[i].Share = newShare(out[i].Count, out[i].Base)
	}
	return out
}
