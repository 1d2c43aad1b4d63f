package server

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"chaping/internal/trend"
)

// categoryTrend is how often a problem occurs over time.
type categoryTrend struct {
	Category string        `json:"category"`
	Points   []trend.Point `json:"points"`
	Change   trend.Change  `json:"change"`
	// Watch is nil where there are too few periods.
	Watch *trend.Watched `json:"watch"`
}

// trends are those of all categories or of some.
type trends struct {
	Unit       string          `json:"unit"`
	Span       *trend.Span     `json:"span"`    // of the points; nil without a review that has a time
	Undated    int             `json:"undated"` // reviews without time, which are left out
	Before     *trend.Span     `json:"before"`
	After      *trend.Span     `json:"after"`
	Categories []categoryTrend `json:"categories"`
	Lexicon    string          `json:"lexicon"`
}

// maxPeriods is how many periods trends have at most.
const maxPeriods = 1000

// changeDays is how many days the change of a trend compares with as many before.
const changeDays = 30

// trendsOf computes what unit, periods, as_of, before, after and category ask for.
func (s *Server) trendsOf(q url.Values) (*trends, error) {
	f, err := s.factsOf()
	if err != nil {
		return nil, err
	}
	out := &trends{Unit: cmp.Or(q.Get("unit"), "week"), Undated: f.days.Undated(), Categories: []categoryTrend{}, Lexicon: s.lexicon()}
	if !slices.Contains(trend.Units, out.Unit) {
		return nil, fail(http.StatusBadRequest, "unit=%s: write day, week or month", "时间单位 %s 有误，应为 day、week 或 month", out.Unit)
	}
	periods, err := number(q, "periods", 26)
	if err != nil {
		return nil, err
	}
	if periods < 1 || periods > maxPeriods {
		return nil, fail(http.StatusBadRequest, "periods must be 1 to %d", "期数应为 1 到 %d", maxPeriods)
	}
	all, ok := f.days.Days()
	if !ok {
		return out, nil
	}
	if v := q.Get("as_of"); v != "" {
		day, err := asOfDay(v)
		if err != nil {
			return nil, err
		}
		all.To = trend.DayOf(day)
	}
	span, _ := f.days.Recent(out.Unit, periods, all.To)
	before, after := trend.Span{From: all.To.Add(1 - 2*changeDays), To: all.To.Add(-changeDays)}, trend.Span{From: all.To.Add(1 - changeDays), To: all.To}
	if err := spanOf(q, "before", &before); err != nil {
		return nil, err
	}
	if err := spanOf(q, "after", &after); err != nil {
		return nil, err
	}
	out.Span, out.Before, out.After = &span, &before, &after
	categories := list(q, "category")
	for _, id := range categories {
		if s.title(id) == id {
			return nil, fail(http.StatusBadRequest, "no category is called %q", "没有分类 %q", id)
		}
	}
	if len(categories) == 0 {
		categories = f.days.Categories()
	}
	for _, id := range categories {
		points := f.days.Series(id, out.Unit, span)
		one := categoryTrend{Category: id, Points: points[max(0, len(points)-periods):], Change: f.days.Change(id, before, after)}
		if one.Watch, err = trend.Watch(one.Points, trend.WatchOptions{}); err != nil {
			one.Watch = nil // too few periods
		}
		out.Categories = append(out.Categories, one)
	}
	return out, nil
}

// spanOf reads a span of days of a query string, if it is there.
func spanOf(q url.Values, name string, to *trend.Span) error {
	v := q.Get(name)
	if v == "" {
		return nil
	}
	span, err := trend.ParseSpan(v)
	if err != nil {
		return fail(http.StatusBadRequest, "%[1]s: %[3]s", "时间段 %[2]s 有误，请写成 2026-05-01..2026-05-31", name, v, err)
	}
	*to = span
	return nil
}

// trends answers GET /trends.
func (s *Server) trends(w http.ResponseWriter, r *http.Request) error {
	t, err := s.trendsOf(r.URL.Query())
	if err != nil {
		return err
	}
	return reply(w, t)
}
