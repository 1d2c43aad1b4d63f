package demo

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"chaping/lexicon"
)

// items makes all items of a shop.
func items(t *testing.T, industry string, reviews int, seed uint64) ([]Item, *Truth) {
	t.Helper()
	s, err := New(industry, reviews, seed)
	if err != nil {
		t.Fatal(err)
	}
	var all []Item
	if err := s.Each(func(list []Item) error { all = append(all, list...); return nil }); err != nil {
		t.Fatal(err)
	}
	return all, s.Truth()
}

func TestDeterministic(t *testing.T) {
	a, _ := items(t, "food", 500, 7)
	b, _ := items(t, "food", 500, 7)
	if !reflect.DeepEqual(a, b) {
		t.Error("the same seed gives other orders")
	}
	if c, _ := items(t, "food", 500, 8); c[0].Record.OrderID == a[0].Record.OrderID && c[0].Record.Text == a[0].Record.Text {
		t.Error("another seed gives the same orders")
	}
}

// TestShops checks of each industry what every shop must hold to.
func TestShops(t *testing.T) {
	lex, err := lexicon.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range Industries() {
		t.Run(name, func(t *testing.T) {
			d, err := load(name)
			if err != nil {
				t.Fatal(err)
			}
			ind := lex.Industry(name)
			for _, c := range ind.Categories {
				if d.Complaints[c.ID] == nil {
					t.Errorf("nobody complains about %s", c.ID)
				} else if got := dimension(c.ID); got != string(c.Dimension) {
					t.Errorf("%s lowers %s, in the lexicon %s", c.ID, got, c.Dimension)
				}
			}
			for id := range d.Complaints {
				if ind.Category(id) == nil {
					t.Errorf("%s is no category of the lexicon", id)
				}
			}
			all, truth := items(t, name, 4000, 1)
			check(t, all, truth)
		})
	}
}

// check counts what the truth says once more.
func check(t *testing.T, all []Item, truth *Truth) {
	t.Helper()
	orders, ids := map[string]bool{}, map[string]bool{}
	var reviews, problems, copies, followUps int
	var before time.Time
	for _, it := range all {
		r := it.Record
		orders[r.OrderID] = true
		if !it.Reviewed {
			continue
		}
		reviews++
		if ids[r.ID] || r.Text == "" || strings.ContainsAny(r.Text+r.FollowUp, "{|}<>") {
			t.Fatalf("bad review %+v", r)
		}
		ids[r.ID] = true
		if r.Time.Before(before) || r.Time.Format(time.DateOnly) < truth.First || r.Time.Format(time.DateOnly) > truth.Last {
			t.Fatalf("review %s is of %s, after one of %s", r.ID, r.Time, before)
		}
		before = r.Time
		if !r.OrderTime.Before(r.ShipTime) || !r.ShipTime.Before(r.ReceiveTime) || !r.ReceiveTime.Before(r.Time) {
			t.Fatalf("the times of %s are out of order: %+v", r.ID, r)
		}
		if len(it.Labels)+len(it.FollowUpLabels) > 0 {
			problems++
		}
		if it.Template {
			copies++
		}
		if r.FollowUp != "" {
			followUps++
		}
		for _, l := range it.Labels {
			if score := map[string]int{"D": r.ScoreD, "S": r.ScoreS, "L": r.ScoreL}[dimension(l)]; score < 1 || score > 5 {
				t.Errorf("%s has a score of %d", r.ID, score)
			}
		}
	}
	if reviews != 4000 || truth.Reviews != reviews || truth.Orders != len(orders) || truth.Problems != problems || truth.Copied != copies || truth.FollowUp != followUps {
		t.Errorf("truth is %+v, counted %d reviews, %d orders, %d with problems, %d copied, %d follow-ups", *truth, reviews, len(orders), problems, copies, followUps)
	}
	for _, c := range truth.Planted {
		n, count := 0, 0
		for i := range all {
			it := &all[i]
			if r := &it.Record; !it.Reviewed || !c.Key.has((&Shop{}).placeOf(r)) {
				continue
			}
			n++
			if slices.Contains(it.Labels, c.Key.Category) || slices.Contains(it.FollowUpLabels, c.Key.Category) {
				count++
			}
		}
		if n != c.Reviews || count != c.Count {
			t.Errorf("cell %+v has %d reviews and %d problems", *c, n, count)
		}
		if math.Abs(float64(count)-c.Expected) > 4*math.Sqrt(c.Expected) || c.Expected < 5 {
			t.Errorf("cell %+v is far from what was expected", *c)
		}
	}
}

// TestScores checks that problems cost their own score and no other.
func TestScores(t *testing.T) {
	all, _ := items(t, "food", 20_000, 3)
	sum, n := map[string]float64{}, map[string]float64{}
	for _, it := range all {
		if !it.Reviewed || len(it.Labels) > 1 {
			continue
		}
		of := "none"
		if len(it.Labels) == 1 {
			of = dimension(it.Labels[0])
		}
		for dim, score := range map[string]int{"D": it.Record.ScoreD, "S": it.Record.ScoreS, "L": it.Record.ScoreL} {
			sum[of+dim] += float64(score)
			n[of+dim]++
		}
	}
	for key := range sum {
		mean := sum[key] / n[key]
		if low := key[:len(key)-1] == key[len(key)-1:]; low && (mean < 2 || mean > 3) || !low && mean < 4.9 {
			t.Errorf("the mean score for %s is %.3f", key, mean)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, n := range []int{0, -1, 1_000_000_000} {
		if _, err := New("food", n, 1); err == nil {
			t.Errorf("%d reviews are accepted", n)
		}
	}
	if _, err := New("common", 1, 1); err == nil || !strings.Contains(err.Error(), "known are apparel, beauty,") {
		t.Errorf("the error is %v", err)
	}
}

func TestPhrase(t *testing.T) {
	sets := map[string][]string{"who": {"爸", "妈"}}
	p, rest, err := parse("我{|<who>|老<who>}来{了}", "")
	if err != nil || rest != "" || p.fill(sets) != nil {
		t.Fatal(err, rest)
	}
	got := map[string]bool{}
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		var b strings.Builder
		p.write(&b, r)
		got[b.String()] = true
	}
	for _, want := range []string{"我来了", "我爸来了", "我妈来了", "我老爸来了", "我老妈来了"} {
		if !got[want] {
			t.Errorf("%s is never said", want)
		}
	}
	if len(got) != 5 {
		t.Errorf("said is %v", got)
	}
	for _, bad := range []string{"{a", "<a", "{a|{b}"} {
		if _, _, err := parse(bad, ""); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
	if _, rest, _ := parse("a}b", ""); rest == "" {
		t.Error("a bracket that was not opened is accepted")
	}
	if p, _, _ := parse("<nobody>", ""); p.fill(sets) == nil {
		t.Error("an unknown set is accepted")
	}
}
