package dsr

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"
)

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

	of      *Ratings
	ratings []counted
	groups  *groups // made by group
	once    sync.Once
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
	*given
	stars [dimensions]int8
	day   int32 // days before the as-of day, 0 to window-1
}

// Count applies a profile's rule on a day, given by any moment of it in the
// zone of the shop. The ratings are kept, not copied: none may be added while
// the result is in use.
func Count(ratings *Ratings, p Profile, asOf time.Time) *Counted {
	year, month, day := asOf.Date()
	c := &Counted{Profile: p, AsOf: time.Date(year, month, day, 0, 0, 0, 0, asOf.Location()), of: ratings}
	scores := newScores(ratings.list)
	c.Left.StarOnly = scores.starOnly
	c.note(scores.starOnly, "%d ratings have one star only: it stands for all three scores")
	late := c.beyondFirst(ratings.list)
	seen := make(map[uint64]struct{}, len(ratings.list))
	var undated int
	for i := range ratings.list {
		r := &ratings.list[i]
		first := true
		if r.order != 0 {
			_, again := seen[r.order]
			seen[r.order] = struct{}{}
			first = !again
		}
		if r.time == unknownTime {
			undated++
			continue
		}
		back := c.daysBack(r.time)
		if back < 0 || back >= p.Window+maxHistory || late[int32(i)] {
			continue
		}
		k := counted{given: r, day: int32(back)}
		for _, d := range Dimensions {
			if s := scores.of(r, d); s > 0 && (d == D || first) {
				k.stars[d] = s
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
	if more := int(k.day) + 1 - len(c.byDay); more > 0 {
		c.byDay = append(c.byDay, make([][dimensions]Tally, more)...)
	}
	for d, s := range k.stars {
		if s == 0 {
			continue
		}
		c.byDay[k.day][d][s]++
		if int(k.day) < c.Profile.Window {
			c.Tallies[d][s]++
		}
	}
	if int(k.day) < c.Profile.Window {
		c.ratings = append(c.ratings, k)
	}
}

// note adds a remark about n ratings, if there are any.
func (c *Counted) note(n int, format string) {
	if n > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf(format, n))
	}
}

// daysBack counts whole days from the day of a time to the as-of day.
func (c *Counted) daysBack(at int64) int {
	year, month, day := time.UnixMilli(at).In(c.AsOf.Location()).Date()
	then := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	year, month, day = c.AsOf.Date()
	return int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Sub(then) / (24 * time.Hour))
}

// scores finds the stars of a rating: a dimension's own score, or the star
// where the rating has no score at all or the dump lacks the dimension.
type scores struct {
	has      [dimensions]bool // the dump has the dimension
	starOnly int              // ratings without any score
}

func newScores(ratings []given) scores {
	var s scores
	for i := range ratings {
		r := &ratings[i]
		for _, d := range Dimensions {
			s.has[d] = s.has[d] || r.score[d] > 0
		}
		if r.score == [dimensions]int8{} && r.star > 0 {
			s.starOnly++
		}
	}
	return s
}

func (s *scores) of(r *given, d Dimension) int8 {
	if r.score[d] > 0 || s.has[d] && r.score != [dimensions]int8{} {
		return r.score[d]
	}
	return r.star
}

// beyondFirst finds the ratings of orders beyond a buyer's first ones of a
// calendar month.
func (c *Counted) beyondFirst(ratings []given) map[int32]bool {
	late := map[int32]bool{}
	if c.Profile.First == 0 {
		return late
	}
	type visit struct {
		buyer uint64
		month int32 // since year 0
		i     int32
	}
	visits := make([]visit, 0, len(ratings))
	for i := range ratings {
		if r := &ratings[i]; r.buyer != 0 && r.orderTime != unknownTime {
			year, month, _ := time.UnixMilli(r.orderTime).In(c.AsOf.Location()).Date()
			visits = append(visits, visit{r.buyer, int32(year)*12 + int32(month), int32(i)})
		}
	}
	if c.Left.Unknown = len(ratings) - len(visits); c.Left.Unknown > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf("the rule of a buyer's first %d orders a month is skipped for %d ratings without buyer (or with a masked one) or order time", c.Profile.First, c.Left.Unknown))
	}
	slices.SortFunc(visits, func(a, b visit) int {
		switch { // most buyers differ, which spares a look at the ratings
		case a.buyer != b.buyer:
			return cmp.Compare(a.buyer, b.buyer)
		case a.month != b.month:
			return cmp.Compare(a.month, b.month)
		}
		return cmp.Or(cmp.Compare(ratings[a.i].orderTime, ratings[b.i].orderTime), cmp.Compare(a.i, b.i))
	})
	for from := 0; from < len(visits); {
		to := from + 1
		for to < len(visits) && visits[to].buyer == visits[from].buyer && visits[to].month == visits[from].month {
			to++
		}
		var orders []uint64 // of the month
		for _, v := range visits[from:to] {
			order := ratings[v.i].order
			switch {
			case order != 0 && slices.Contains(orders, order):
			case len(orders) == c.Profile.First:
				late[v.i] = true
			default:
				orders = append(orders, order)
			}
		}
		from = to
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
