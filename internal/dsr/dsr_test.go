package dsr_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"chaping/internal/dsr"
)

var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

func profile(t *testing.T, id string) dsr.Profile {
	t.Helper()
	p, err := dsr.ProfileOf(id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestProfiles(t *testing.T) {
	for id, window := range map[string]int{"taobao": 180, "pdd": 90, "douyin": 60} {
		if p := profile(t, id); p.Window != window || p.Source == "" || p.Seen == "" {
			t.Errorf("profile is %+v", p)
		}
	}
	if _, err := dsr.ProfileOf("ebay"); err == nil {
		t.Error("an unknown profile is found")
	}
}

// TestOffset has the table of the project's facts: the widely copied 19 at 4.7
// and 59 at 4.9 are an algebra slip.
func TestOffset(t *testing.T) {
	for _, tc := range []struct {
		score string
		star  int
		want  int64
	}{{"4.6", 1, 9}, {"4.7", 1, 13}, {"4.8", 1, 19}, {"4.9", 1, 39}, {"4.8", 4, 4}, {"4.8", 5, 0}, {"3", 4, 0}} {
		score, err := dsr.ParseScore(tc.score)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := dsr.Offset(score, tc.star); err != nil || got != tc.want {
			t.Errorf("Offset(%s, %d) = %d, %v, want %d", tc.score, tc.star, got, err, tc.want)
		}
	}
	if _, err := dsr.Offset(big.NewRat(5, 1), 1); err != dsr.ErrNeverReached {
		t.Errorf("Offset(5, 1) error is %v", err)
	}
	for _, bad := range []string{"", "0.9", "5.1", "x"} {
		if _, err := dsr.ParseScore(bad); err == nil {
			t.Errorf("ParseScore(%q) succeeds", bad)
		}
	}
}

// TestOffsetHolds adds the five-stars: one fewer is not enough.
func TestOffsetHolds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		before := dsr.Tally{0, r.Int64N(9), r.Int64N(9), r.Int64N(9), r.Int64N(99), 1 + r.Int64N(999)}
		star := 1 + r.IntN(5)
		score := big.NewRat(before.Sum(), before.N())
		x, err := dsr.Offset(score, star)
		if err == dsr.ErrNeverReached {
			continue
		}
		after := before
		after[star]++
		after[5] += x
		if big.NewRat(after.Sum(), after.N()).Cmp(score) < 0 {
			t.Fatalf("%v with a %d-star and %d five-stars falls", before, star, x)
		}
		after[5]--
		if x > 0 && big.NewRat(after.Sum(), after.N()).Cmp(score) >= 0 {
			t.Fatalf("%v with a %d-star needs fewer than %d five-stars", before, star, x)
		}
	}
}

func TestShown(t *testing.T) {
	for _, tc := range []struct {
		tally dsr.Tally
		want  string
	}{
		{dsr.Tally{5: 1}, "5.0"}, {dsr.Tally{4: 1, 5: 4}, "4.8"}, {dsr.Tally{4: 1, 5: 8}, "4.8"}, {dsr.Tally{1: 1}, "1.0"}, {dsr.Tally{}, ""},
		{dsr.Tally{1: 96, 2: 40, 3: 143, 4: 305, 5: 9416}, "4.8"}, // the article's worked mean, 4.8905
	} {
		if got := tc.tally.Shown(1); got != tc.want {
			t.Errorf("%v is shown as %q, want %q", tc.tally, got, tc.want)
		}
	}
	if got := (dsr.Tally{1: 96, 2: 40, 3: 143, 4: 305, 5: 9416}).Mean(); !near(got, 4.8905) {
		t.Errorf("the article's mean is %v", got)
	}
}

// score is a rating of all three dimensions.
func score(day string, d, s, l int) dsr.Rating {
	return dsr.Rating{Time: at(day), Score: [3]int{d, s, l}}
}

func count(list []dsr.Rating, p dsr.Profile, asOf time.Time) *dsr.Counted {
	var rs dsr.Ratings
	for i := range list {
		rs.Add(&list[i])
	}
	return dsr.Count(&rs, p, asOf)
}

func TestCountWindow(t *testing.T) {
	p := profile(t, "taobao")
	list := []dsr.Rating{
		score("2026-06-30 23:59", 5, 5, 5), score("2026-01-02 00:00", 4, 4, 4), // the 180th day
		score("2026-01-01 23:59", 1, 1, 1), score("2026-07-01 00:00", 1, 1, 1), {Score: [3]int{1, 1, 1}},
	}
	c := count(list, p, at("2026-06-30 09:00"))
	if c.Tallies[dsr.D] != (dsr.Tally{4: 1, 5: 1}) {
		t.Errorf("D is %v", c.Tallies[dsr.D])
	}
	f := c.Forecast(2)
	if !f[0].Date.Equal(at("2026-07-01 00:00")) || f[0].Tallies[dsr.D] != (dsr.Tally{5: 1}) {
		t.Errorf("the forecast is %+v", f[0])
	}
	if last := c.Forecast(200)[199].Tallies[dsr.D]; last.N() != 0 {
		t.Errorf("after the window %v is left", last)
	}
}

func TestCountOrders(t *testing.T) {
	p := profile(t, "taobao")
	two := []dsr.Rating{score("2026-06-01 00:00", 5, 4, 3), score("2026-06-01 00:00", 1, 1, 1)}
	two[0].Order, two[1].Order = "a", "a"
	c := count(two, p, at("2026-06-30 00:00"))
	if c.Tallies != [3]dsr.Tally{{1: 1, 5: 1}, {4: 1}, {3: 1}} {
		t.Errorf("S and L of an order's second row count: %v", c.Tallies)
	}
	unrated := []dsr.Rating{score("2026-06-01 00:00", 5, 0, 3), {Time: at("2026-06-01 00:00"), Score: [3]int{5, 5, 5}, Star: 1}}
	if c := count(unrated, p, at("2026-06-30 00:00")); c.Tallies != [3]dsr.Tally{{5: 2}, {5: 1}, {3: 1, 5: 1}} {
		t.Errorf("an unrated dimension counts: %v", c.Tallies)
	}
	star := []dsr.Rating{{Time: at("2026-06-01 00:00"), Star: 2}}
	if c := count(star, p, at("2026-06-30 00:00")); c.Tallies != [3]dsr.Tally{{2: 1}, {2: 1}, {2: 1}} || len(c.Notes) == 0 {
		t.Errorf("a dump of stars gives %v, notes %q", c.Tallies, c.Notes)
	}
}

func TestFirstThree(t *testing.T) {
	p := profile(t, "taobao")
	var list []dsr.Rating
	for i, day := range []string{"2026-06-04", "2026-06-01", "2026-06-02", "2026-06-03", "2026-07-01"} { // the first row's order is the month's last
		r := score("2026-07-10 00:00", 5, 5, 5)
		r.Buyer, r.Order, r.OrderTime = "x", fmt.Sprint(i), at(day+" 12:00")
		list = append(list, r)
	}
	list[0].Score = [3]int{1, 1, 1}
	if c := count(list, p, at("2026-07-30 00:00")); c.Tallies[dsr.D] != (dsr.Tally{5: 4}) {
		t.Errorf("D is %v, want the fourth order of June left out", c.Tallies[dsr.D])
	}
	masked := list
	for i := range masked {
		masked[i].Buyer = "x**x"
	}
	if c := count(masked, p, at("2026-07-30 00:00")); c.Tallies[dsr.D].N() != 5 || len(c.Notes) == 0 {
		t.Errorf("masked buyers are taken for one: %v, notes %q", c.Tallies[dsr.D], c.Notes)
	}
}

// TestImpactByHand has figures that were computed on paper.
func TestImpactByHand(t *testing.T) {
	day := "2026-06-01 00:00"
	list := []dsr.Rating{score(day, 5, 5, 5), score(day, 5, 5, 5), score(day, 3, 5, 5), score(day, 1, 5, 5), score(day, 4, 5, 5)}
	for i, product := range []string{"a", "b", "b", "b", "a"} {
		list[i].Product = product
	}
	list[3].Categories = []string{"product.taste"}
	c := count(list, profile(t, "taobao"), at("2026-06-30 00:00"))
	var got *dsr.Impact
	for _, im := range c.Impacts(dsr.ImpactOptions{Price: 2, Seed: 1}) {
		if im.Key == (dsr.Key{Category: "product.taste"}) && im.Dimension == dsr.D {
			got = &im
			break
		}
	}
	if got == nil {
		t.Fatal("no impact of product.taste")
	}
	// mean 18/5 = 3.6; without 17/4 = 4.25; the others of b gave 4: (17+4)/5 = 4.2
	if !near(got.Without, 0.65) || !near(got.AsOthers, 0.6) || got.ShownBefore != "3.6" || got.ShownAfter != "4.2" || got.Reviews != 1 {
		t.Errorf("impact is %+v", got)
	}
	// (18 + 5x)/(5 + x) ≥ 4.25 ⇔ x ≥ 3.25/0.75
	if got.FiveStars != 5 || got.Cost != 10 {
		t.Errorf("%d five-stars for %v yuan, want 5 for 10", got.FiveStars, got.Cost)
	}
	if half := c.WhatIf("product.taste", 0.5, dsr.D); !near(half, 3.9) {
		t.Errorf("half of it mended gives %v, want 3.9", half)
	}
}

// random makes ratings with categories, products, couriers and provinces.
func random(n int, r *rand.Rand) []dsr.Rating {
	list := make([]dsr.Rating, n)
	for i := range list {
		list[i] = dsr.Rating{
			Time: at("2026-06-01 00:00").AddDate(0, 0, -r.IntN(200)), Order: fmt.Sprint(i / 2), Score: [3]int{1 + r.IntN(5), r.IntN(6), 1 + r.IntN(5)},
			Product: fmt.Sprint("p", r.IntN(4)), Courier: fmt.Sprint("c", r.IntN(3)), Province: fmt.Sprint("v", r.IntN(3)),
		}
		for _, category := range []string{"x", "y"} {
			if r.IntN(4) == 0 {
				list[i].Categories = append(list[i].Categories, category)
			}
		}
	}
	return list
}

// TestWithoutEqualsRecounting checks every impact against a count from scratch.
func TestWithoutEqualsRecounting(t *testing.T) {
	p := profile(t, "taobao")
	r := rand.New(rand.NewPCG(3, 4))
	list := random(400, r)
	asOf := at("2026-06-01 12:00")
	c := count(list, p, asOf)
	checked := 0
	for _, im := range c.Impacts(dsr.ImpactOptions{Samples: -1}) {
		kept := make([]dsr.Rating, len(list))
		copy(kept, list)
		for i := range kept {
			if in(im.Key, &kept[i]) {
				kept[i].Score[im.Dimension] = 0 // the row stays: it may be its order's first
			}
		}
		again := count(kept, p, asOf)
		if want := again.Tallies[im.Dimension].Mean() - c.Tallies[im.Dimension].Mean(); !near(im.Without, want) {
			t.Errorf("%+v %v: without is %v, recounted %v", im.Key, im.Dimension, im.Without, want)
		}
		if n := c.Tallies[im.Dimension].N() - again.Tallies[im.Dimension].N(); n != im.Reviews {
			t.Errorf("%+v %v: %d reviews, recounted %d", im.Key, im.Dimension, im.Reviews, n)
		}
		checked++
	}
	if checked < 100 {
		t.Errorf("only %d impacts", checked)
	}
}

func in(k dsr.Key, r *dsr.Rating) bool {
	if k.Category != "" {
		found := false
		for _, c := range r.Categories {
			found = found || c == k.Category
		}
		if !found {
			return false
		}
	}
	return (k.Product == "" || k.Product == r.Product) && (k.Courier == "" || k.Courier == r.Courier) && (k.Province == "" || k.Province == r.Province)
}

// TestBootstrap checks that the interval covers the truth about as often as it
// says, and that a seed gives the same one.
func TestBootstrap(t *testing.T) {
	p := profile(t, "taobao")
	truth := 0.1 * (4.5 - 2.5) // one rating in ten has the problem: 2.5 stars on average, the others 4.5
	covered, trials := 0, 200
	for i := range trials {
		r := rand.New(rand.NewPCG(uint64(i), 9))
		list := make([]dsr.Rating, 500)
		for k := range list {
			list[k] = dsr.Rating{Time: at("2026-06-01 00:00"), Star: 4 + r.IntN(2)}
			if r.IntN(10) == 0 {
				list[k].Star, list[k].Categories = 1+r.IntN(4), []string{"x"}
			}
		}
		c := count(list, p, at("2026-06-01 00:00"))
		im := c.Impacts(dsr.ImpactOptions{Samples: 300, Seed: 5})[0]
		if again := c.Impacts(dsr.ImpactOptions{Samples: 300, Seed: 5})[0]; *again.Low != *im.Low || *again.High != *im.High {
			t.Fatalf("the same seed gives %+v and %+v", im, again)
		}
		if *im.Low <= truth && truth <= *im.High {
			covered++
		}
	}
	if covered < 180 || covered == trials {
		t.Errorf("the interval covers the truth in %d of %d trials, want about 190", covered, trials)
	}
}
