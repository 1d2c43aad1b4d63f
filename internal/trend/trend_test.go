package trend_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"chaping/internal/trend"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-4 }

// TestNewcombe has the examples of Newcombe's own paper (1998, table II, method
// 10), which tell p₁ − p₂; ours is p₂ − p₁, the groups the other way round.
func TestNewcombe(t *testing.T) {
	for _, tc := range []struct {
		k, n, l, m int
		low, high  float64
	}{
		{48, 80, 56, 70, 0.0524, 0.3339}, {3, 10, 9, 10, 0.1705, 0.8090}, {2, 7, 6, 7, 0.0582, 0.8062},
		{0, 29, 5, 56, -0.0381, 0.1926}, {0, 20, 0, 10, -0.1611, 0.2775}, {0, 20, 10, 10, 0.6791, 1}, {0, 10, 10, 10, 0.6075, 1},
	} {
		low, high := trend.Newcombe(tc.k, tc.n, tc.l, tc.m)
		if !near(low, tc.low) || !near(high, tc.high) {
			t.Errorf("Newcombe(%d, %d, %d, %d) = %.4f, %.4f, want %.4f, %.4f", tc.k, tc.n, tc.l, tc.m, low, high, tc.low, tc.high)
		}
	}
	if low, high := trend.Newcombe(0, 0, 1, 2); low != -1 || high != 1 {
		t.Errorf("without trials the interval is %v, %v", low, high)
	}
}

func at(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return t.Add(10 * time.Hour)
}

func span(t *testing.T, s string) trend.Span {
	t.Helper()
	p, err := trend.ParseSpan(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCounter(t *testing.T) {
	var c trend.Counter
	c.Add(at("2026-05-31"), []string{"a", "a", "b"})
	c.Add(at("2026-05-31"), nil)
	c.Add(at("2026-06-02"), []string{"a"})
	c.Add(time.Time{}, []string{"a"})
	if c.Undated() != 1 {
		t.Errorf("%d undated, want 1", c.Undated())
	}
	if diff := cmp.Diff([]string{"a", "b"}, c.Categories()); diff != "" {
		t.Errorf("categories mismatch (-want +got):\n%s", diff)
	}
	days, ok := c.Days()
	if !ok || days.String() != "2026-05-31..2026-06-02" {
		t.Errorf("days are %s", days)
	}
	for unit, want := range map[string][]trend.Point{
		"day":   {{Period: "2026-05-31", Share: trend.Share{Count: 1, Base: 2, Share: 0.5}}, {Period: "2026-06-01"}, {Period: "2026-06-02", Share: trend.Share{Count: 1, Base: 1, Share: 1}}},
		"week":  {{Period: "2026-W22", Share: trend.Share{Count: 1, Base: 2, Share: 0.5}}, {Period: "2026-W23", Share: trend.Share{Count: 1, Base: 1, Share: 1}}},
		"month": {{Period: "2026-05", Share: trend.Share{Count: 1, Base: 2, Share: 0.5}}, {Period: "2026-06", Share: trend.Share{Count: 1, Base: 1, Share: 1}}},
	} {
		if diff := cmp.Diff(want, c.Series("a", unit, days)); diff != "" {
			t.Errorf("series by %s mismatch (-want +got):\n%s", unit, diff)
		}
	}
	ch := c.Change("a", span(t, "2026-05-01..2026-05-31"), span(t, "2026-06-01..2026-06-30"))
	if ch.Before.Share != 0.5 || ch.After.Share != 1 || ch.Difference != 0.5 || ch.Sure {
		t.Errorf("change is %+v", ch)
	}
	for _, bad := range []string{"", "2026-06-01", "2026-06-02..2026-06-01", "a..b", "2026-06-01..2026-6-2"} {
		if _, err := trend.ParseSpan(bad); err == nil {
			t.Errorf("ParseSpan(%q) succeeds", bad)
		}
	}
}
