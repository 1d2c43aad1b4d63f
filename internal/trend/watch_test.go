package trend_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"chaping/internal/trend"
)

func point(count, base int) trend.Point {
	p := trend.Point{Share: trend.Share{Count: count, Base: base}}
	if base > 0 {
		p.Share.Share = float64(count) / float64(base)
	}
	return p
}

// TestWatchByHand has two steps that were computed on paper.
func TestWatchByHand(t *testing.T) {
	w, err := trend.Watch([]trend.Point{point(4, 49), point(0, 0), point(5, 50), point(0, 0), point(40, 100)}, trend.WatchOptions{Base: 2, Lambda: 0.5, Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	p0 := 4.5 / 50 // 0.09
	v1 := 0.25 * p0 * (1 - p0) / 50
	z1 := 0.5*0.1 + 0.5*p0
	half1 := 2 * math.Sqrt(v1+0.25*p0*(1-p0)/49)
	v2 := 0.25*p0*(1-p0)/100 + 0.25*v1
	z2 := 0.5*0.4 + 0.5*z1
	half2 := 2 * math.Sqrt(v2+0.75*0.75*p0*(1-p0)/49)
	for i, want := range [][3]float64{{z1, max(0, p0-half1), p0 + half1}, {z1, max(0, p0-half1), p0 + half1}, {z2, max(0, p0-half2), p0 + half2}} {
		s := w.Steps[i]
		if math.Abs(s.EWMA-want[0]) > 1e-9 || math.Abs(s.Low-want[1]) > 1e-9 || math.Abs(s.High-want[2]) > 1e-9 {
			t.Errorf("step %d is %+v, want %v", i, s, want)
		}
	}
	if !w.Alert {
		t.Error("0.2475 is above the band and no alert")
	}
	for _, short := range [][]trend.Point{nil, {point(1, 10), point(1, 10)}, {point(0, 0), point(0, 0), point(9, 10)}} {
		if _, err := trend.Watch(short, trend.WatchOptions{Base: 2}); !errors.Is(err, trend.ErrShort) {
			t.Errorf("Watch of %d points gives %v", len(short), err)
		}
	}
}

// TestWatchPast has a wave that is over: its EWMA is still above the band.
func TestWatchPast(t *testing.T) {
	points := []trend.Point{point(10, 1000), point(10, 1000), point(200, 1000), point(200, 1000), point(9, 1000)}
	for n, want := range map[int]bool{4: true, 5: false} {
		w, err := trend.Watch(points[:n], trend.WatchOptions{Base: 2})
		if err != nil {
			t.Fatal(err)
		}
		if last := w.Steps[n-3]; w.Alert != want || last.EWMA <= last.High {
			t.Errorf("after %d periods the alert is %v, the step %+v", n, w.Alert, last)
		}
	}
}

// TestWatchChance makes series without any change: few may give an alert. Then
// the share doubles, and most must.
func TestWatchChance(t *testing.T) {
	false1, true1 := 0, 0
	const runs = 1000
	for seed := range uint64(runs) {
		r := rand.New(rand.NewPCG(seed, 2))
		draw := func(p float64) trend.Point {
			k := 0
			for range 200 {
				if r.Float64() < p {
					k++
				}
			}
			return point(k, 200)
		}
		var calm, rising []trend.Point
		for i := range 16 {
			calm = append(calm, draw(0.08))
			p := 0.08
			if i >= 12 {
				p = 0.16
			}
			rising = append(rising, draw(p))
		}
		for _, c := range []struct {
			points []trend.Point
			n      *int
		}{{calm, &false1}, {rising, &true1}} {
			w, err := trend.Watch(c.points, trend.WatchOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if w.Alert {
				*c.n++
			}
		}
	}
	if false1 > runs/100 || true1 < runs*9/10 {
		t.Errorf("%d of %d calm series and %d of as many rising ones give an alert", false1, runs, true1)
	}
}
