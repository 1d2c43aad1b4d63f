package crosstab

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// TestWilson has figures computed from the formula by hand (z = 1.959964).
func TestWilson(t *testing.T) {
	for _, tc := range []struct {
		k, n      int
		low, high float64
	}{
		{0, 10, 0, 0.2775327998628892}, {5, 10, 0.2365930905125640, 0.7634069094874361}, {10, 10, 0.7224672001371107, 1}, {0, 0, 0, 1},
	} {
		low, high := Wilson(tc.k, tc.n)
		if !near(low, tc.low) || !near(high, tc.high) {
			t.Errorf("Wilson(%d, %d) = %v, %v, want %v, %v", tc.k, tc.n, low, high, tc.low, tc.high)
		}
	}
}

// TestFisher has Fisher's own tea tasting: 3 of 4 against 1 of 4 gives 34/70.
func TestFisher(t *testing.T) {
	if p := pValue(3, 4, 1, 4); !near(p, 34.0/70) {
		t.Errorf("the lady's p is %v, want %v", p, 34.0/70)
	}
	if p := pValue(4, 4, 0, 4); !near(p, 2.0/70) {
		t.Errorf("p is %v, want %v", p, 2.0/70)
	}
	if p := pValue(0, 10, 0, 20); p != 1 {
		t.Errorf("no event at all gives p %v", p)
	}
}

// TestChiSquared has 30 of 100 against 15 of 100: χ² = 6.4516…
func TestChiSquared(t *testing.T) {
	want := math.Erfc(math.Sqrt(200 * 1500 * 1500.0 / (100 * 100 * 45 * 155) / 2)) // P(χ²₁ > x) = erfc(√(x/2))
	if p := pValue(30, 100, 15, 100); !near(p, want) {
		t.Errorf("p is %v, want %v", p, want)
	}
}

func TestBenjaminiHochberg(t *testing.T) {
	q := benjaminiHochberg([]float64{0.01, 0.04, 0.03, 0.005})
	for p, want := range map[float64]float64{0.005: 0.02, 0.01: 0.02, 0.03: 0.04, 0.04: 0.04} {
		if !near(q[p], want) {
			t.Errorf("q of %v is %v, want %v", p, q[p], want)
		}
	}
}

// rows makes n reviews of which the first k have a problem.
func rows(n, k int, courier, region, category string) []Row {
	list := make([]Row, n)
	for i := range list {
		list[i] = Row{ID: fmt.Sprint(courier, region, i), Courier: courier, Region: region, Time: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}
		if i < k {
			list[i].Problems = []Problem{{category, "物流部", ""}}
		}
	}
	return list
}

func table(t *testing.T, opt Options, groups ...[]Row) []Cell {
	t.Helper()
	tab, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		for i := range g {
			tab.Add(&g[i])
		}
	}
	return tab.Cells()
}

// TestArticle is the merchants' own case: one courier in one region.
func TestArticle(t *testing.T) {
	cells := table(t, Options{By: []string{"category", "courier", "region"}},
		rows(1280, 41, "圆通", "华中", "courier.damage"), rows(5000, 40, "圆通", "华东", "courier.damage"),
		rows(5000, 38, "中通", "华中", "courier.damage"), rows(5000, 39, "中通", "华东", "courier.damage"))
	c := cells[0]
	if c.Key.Of("courier") != "圆通" || c.Key.Of("region") != "华中" || c.Count != 41 || c.Base != 1280 || !c.Significant || c.Q >= 0.001 {
		t.Errorf("the first cell is %+v", c)
	}
	if want := (41.0 / 1280) / (117.0 / 15000); !near(*c.Ratio, want) {
		t.Errorf("ratio %v, want %v", *c.Ratio, want)
	}
	for _, other := range cells[1:] {
		if other.Significant && *other.Ratio > 1 {
			t.Errorf("%+v is significant too", other)
		}
	}
	data, err := json.Marshal(c.Key)
	if err != nil || string(data) != `{"category":"courier.damage","courier":"圆通","region":"华中"}` {
		t.Errorf("key is %s, %v", data, err)
	}
}

func TestOrdersBase(t *testing.T) {
	cells := table(t, Options{By: []string{"category", "courier"}, Within: map[string]string{"region": "华中"}, Orders: []Base{
		{Courier: "圆通", Region: "华中", Orders: 1000}, {Courier: "中通", Region: "华中", Orders: 2000}, {Courier: "圆通", Region: "华东", Orders: 9},
	}}, rows(100, 30, "圆通", "华中", "courier.damage"), rows(100, 20, "中通", "华中", "courier.damage"), rows(100, 99, "圆通", "华东", "courier.damage"))
	if len(cells) != 2 {
		t.Fatalf("%d cells, want 2: %+v", len(cells), cells)
	}
	i := slices.IndexFunc(cells, func(c Cell) bool { return c.Key.Of("courier") == "圆通" })
	if c := cells[i]; c.Count != 30 || c.Base != 1000 || !near(c.Rate, 0.03) || !near(*c.Ratio, 3) {
		t.Errorf("cell is %+v", c)
	}
	for _, by := range []string{"star"} {
		if _, err := New(Options{By: []string{by}, Orders: []Base{{}}}); err == nil {
			t.Errorf("an order base by %s is accepted", by)
		}
	}
}

// TestOrderCountsOnce has an order with three complaining reviews and a base of one.
func TestOrderCountsOnce(t *testing.T) {
	list := rows(3, 3, "圆通", "华中", "courier.damage")
	for i := range list {
		list[i].Order = "1"
	}
	cells := table(t, Options{By: []string{"courier"}, MinN: 1, Orders: []Base{{Courier: "圆通", Orders: 1}}}, list)
	if c := cells[0]; c.Count != 1 || c.Base != 1 || math.IsNaN(c.Low) || c.High != 1 {
		t.Errorf("cell is %+v", c)
	}
}

func TestAnyProblem(t *testing.T) {
	r := Row{ID: "a", Courier: "圆通", Problems: []Problem{{"courier.damage", "物流部", ""}, {"courier.slow", "物流部", ""}}}
	list := []Row{r, {ID: "b", Courier: "中通"}, {ID: "c"}}
	if c := table(t, Options{By: []string{"courier"}}, list)[0]; c.Count != 1 || c.Base != 1 || !c.Small || c.Significant {
		t.Errorf("by courier: %+v", c)
	}
	if c := table(t, Options{By: []string{"owner"}}, list)[0]; c.Count != 1 || c.Base != 3 {
		t.Errorf("two categories of one owner count twice: %+v", c)
	}
	if cells := table(t, Options{By: []string{"category"}}, list); len(cells) != 2 || cells[0].Base != 3 {
		t.Errorf("by category: %+v", cells)
	}
	for _, by := range [][]string{nil, {"a"}, {"star", "star"}, {"star", "sku", "city", "week"}} {
		if _, err := New(Options{By: by}); err == nil {
			t.Errorf("New(%q) succeeds", by)
		}
	}
}

// TestChance makes tables without any effect: at most 5 % of the cells may be
// significant, and of whole tables not many more may have one.
func TestChance(t *testing.T) {
	cells, significant, tables := 0, 0, 0
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		list := make([]Row, 4000)
		for i := range list {
			list[i] = Row{ID: fmt.Sprint(i), Courier: fmt.Sprint("c", r.IntN(6)), Region: fmt.Sprint("r", r.IntN(7))}
			if r.IntN(20) == 0 {
				list[i].Problems = []Problem{{"x", "", ""}}
			}
		}
		found := 0
		for _, c := range table(t, Options{By: []string{"category", "courier", "region"}}, list) {
			cells++
			if c.Significant {
				found++
			}
		}
		significant += found
		tables += min(found, 1)
	}
	if float64(significant) > 0.05*float64(cells) || tables > 6 {
		t.Errorf("%d of %d cells are significant by chance, in %d of 40 tables", significant, cells, tables)
	}
}

func TestPeriod(t *testing.T) {
	at := time.Date(2026, 5, 31, 12, 0, 0, 0, time.UTC)
	for unit, want := range map[string]string{"day": "2026-05-31", "week": "2026-W22", "month": "2026-05"} {
		if got := Period(unit, at); got != want {
			t.Errorf("Period(%s) = %q, want %q", unit, got, want)
		}
	}
}
