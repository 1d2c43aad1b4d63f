package dsr

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Rating is one row of a dump: what a buyer gave for one item of an order.
// Scores are 1 to 5, 0 where not given.
type Rating struct {
	Buyer, Order string // empty where the dump does not say
	Time         time.Time
	OrderTime    time.Time
	Score        [dimensions]int
	Star         int
	// Categories are the problems of the review, by id.
	Categories                 []string
	Product, Courier, Province string
}

// Counted are the ratings that count for a shop's scores, by the rule of a
// profile on a day.
type Counted struct {
	Profile Profile
	AsOf    time.Time // midnight that begins the day
	// Tallies has the stars of each dimension.
	Tallies [dimensions]Tally
	// Notes say where a rule could not be applied, in English.
	Notes []string
	// Left counts the ratings behind the notes.
	Left Left

	ratings []counted
	// byDay has the tallies of each day before the as-of day, by days back, as
	// far as history goes: what counts at all, in whatever window.
	byDay [][dimensions]Tally
}

// Left is how many ratings a rule could not be applied to, or left out.
type Left struct {
	StarOnly int // one star stands for all three scores
	Undated  int // without time: left out
	Unknown  int // without buyer or order time: the rule of the first orders is skipped
	Late     int // beyond a buyer's first orders of a month: left out
}

// maxHistory is how many days before the as-of day are kept for History.
const maxHistory = 2 * 366

// counted is a rating with the stars that count; 0 where one does not.
type counted struct {
	*Rating
	stars [dimensions]int8
	day   int // days before the as-of day, 0 to window-1
}

// Count applies a profile's rule on a day, given by any moment of it in the
// zone of the shop. The ratings are kept, not copied.
func Count(ratings []Rating, p Profile, asOf time.Time) *Counted {
	year, month, day := asOf.Date()
	c := &Counted{Profile: p, AsOf: time.Date(year, month, day, 0, 0, 0, 0, asOf.Location())}
	scores := newScores(ratings)
	c.Left.StarOnly = scores.starOnly
	c.note(scores.starOnly, "%d ratings have one star only: it stands for all three scores")
	late := c.beyondFirst(ratings)
	seen := map[string]bool{}
	var undated int
	for i := range ratings {
		r := &ratings[i]
		first := r.Order == "" || !seen[r.Order]
		if r.Order != "" {
			seen[r.Order] = true
		}
		if r.Time.IsZero() {
			undated++
			continue
		}
		back := c.daysBack(r.Time)
		if back < 0 || back >= p.Window+maxHistory || late[i] {
			continue
		}
		k := counted{Rating: r, day: back}
		for _, d := range Dimensions {
			if s := scores.of(r, d); s > 0 && (d == D || first) {
				k.stars[d] = int8(s)
			}
		}
		c.add(k)
	}
	c.Left.Undated = undated
	c.note(undated, "%d ratings have no time and are left out")
	return c
}

// add counts a rating of its day, and in the scores where the window holds it.
func (c *Counted) add(k counted) {
	if k.day >= len(c.byDay) {
		c.byDay = append(c.byDay, make([][dimensions]Tally, k.day+1-len(c.byDay))...)
	}
	for d, s := range k.stars {
		if s == 0 {
			continue
		}
		c.byDay[k.day][d][s]++
		if k.day < c.Profile.Window {
			c.Tallies[d][s]++
		}
	}
	if k.day < c.Profile.Window {
		c.ratings = append(c.ratings, k)
	}
}

// note adds a remark about n ratings, if there are any.
func (c *Counted) note(n int, format string) {
	if n > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf(format, n))
	}
}

// daysBack counts whole days from the day of t to the as-of day.
func (c *Counted) daysBack(t time.Time) int {
	year, month, day := t.In(c.AsOf.Location()).Date()
	at := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	year, month, day = c.AsOf.Date()
	return int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Sub(at) / (24 * time.Hour))
}

// scores finds the stars of a rating: a dimension's own score, or the star
// where the rating has no score at all or the dump lacks the dimension.
type scores struct {
	has      [dimensions]bool // the dump has the dimension
	starOnly int              // ratings without any score
}

func newScores(ratings []Rating) scores {
	var s scores
	for i := range ratings {
		r := &ratings[i]
		for _, d := range Dimensions {
			s.has[d] = s.has[d] || r.Score[d] > 0
		}
		if r.Score == [dimensions]int{} && r.Star > 0 {
			s.starOnly++
		}
	}
	return s
}

func (s *scores) of(r *Rating, d Dimension) int {
	if r.Score[d] > 0 || s.has[d] && r.Score != [dimensions]int{} {
		return r.Score[d]
	}
	return r.Star
}

// beyondFirst finds the ratings of orders beyond a buyer's first ones of a
// calendar month.
func (c *Counted) beyondFirst(ratings []Rating) map[int]bool {
	late := map[int]bool{}
	if c.Profile.First == 0 {
		return late
	}
	type buyerMonth struct {
		buyer string
		month string
	}
	groups := map[buyerMonth][]int{}
	var unknown int
	for i := range ratings {
		r := &ratings[i]
		if r.Buyer == "" || strings.Contains(r.Buyer, "*") || r.OrderTime.IsZero() {
			unknown++
			continue
		}
		key := buyerMonth{r.Buyer, r.OrderTime.In(c.AsOf.Location()).Format("2006-01")}
		groups[key] = append(groups[key], i)
	}
	if c.Left.Unknown = unknown; unknown > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf("the rule of a buyer's first %d orders a month is skipped for %d ratings without buyer (or with a masked one) or order time", c.Profile.First, unknown))
	}
	for _, group := range groups {
		slices.SortStableFunc(group, func(a, b int) int {
			return cmp.Compare(ratings[a].OrderTime.UnixNano(), ratings[b].OrderTime.UnixNano())
		})
		orders := map[string]bool{}
		for _, i := range group {
			order := ratings[i].Order
			if order == "" {
				order = fmt.Sprint("#", i)
			}
			if !orders[order] && len(orders) == c.Profile.First {
				late[i] = true
				continue
			}
			orders[order] = true
		}
	}
	if c.Left.Late = len(late); len(late) > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf("%d ratings are beyond a buyer's first %d orders of a month and do not count", len(late), c.Profile.First))
	}
	return late
}

// Past is the score of an earlier day.
type Past struct {
	Date time.Time
	// Window has the stars that the window of that day held.
	Window [dimensions]Tally
	// Step has those of that day and the days before it, back to the day of the
	// entry before.
	Step [dimensions]Tally
}

// History tells the scores of so many days, a step of days apart, the as-of day
// last. It begins no earlier than the first rating, and two years back at most.
func (c *Counted) History(points, step int) []Past {
	upTo := make([][dimensions]Tally, len(c.byDay)+1) // upTo[k] has the k newest days
	for i, day := range c.byDay {
		for d := range day {
			upTo[i+1][d] = upTo[i][d].plus(day[d])
		}
	}
	sum := func(from, to int) (t [dimensions]Tally) { // days back, to exclusive
		for d := range t {
			t[d] = upTo[min(to, len(c.byDay))][d].Minus(upTo[min(from, len(c.byDay))][d])
		}
		return t
	}
	var out []Past
	for back := 0; len(out) < points && back < min(len(c.byDay), maxHistory); back += step {
		out = append(out, Past{c.AsOf.AddDate(0, 0, -back), sum(back, back+c.Profile.Window), sum(back, back+step)})
	}
	slices.Reverse(out)
	return out
}

// Forecast is the score of a day if nothing new came in.
type Forecast struct {
	Date    time.Time
	Tallies [dimensions]Tally
}

// Forecast tells the scores of the days after the as-of day, as ratings leave
// the window and none come in. There is an entry for each of so many days.
func (c *Counted) Forecast(days int) []Forecast {
	leaving := make([][dimensions]Tally, c.Profile.Window)
	for _, k := range c.ratings {
		for _, d := range Dimensions {
			if k.stars[d] > 0 {
				leaving[k.day][d][k.stars[d]]++
			}
		}
	}
	out := make([]Forecast, 0, days)
	now := c.Tallies
	for i := 1; i <= days; i++ {
		if oldest := c.Profile.Window - i; oldest >= 0 {
			for _, d := range Dimensions {
				now[d] = now[d].Minus(leaving[oldest][d])
			}
		}
		out = append(out, Forecast{c.AsOf.AddDate(0, 0, i), now})
	}
	return out
}
