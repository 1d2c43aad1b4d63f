package dataset_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chaping/classifier"
	"chaping/internal/correction"
	"chaping/internal/dataset"
	"chaping/internal/pipeline"
	"chaping/internal/review"
)

// factual is a review with a value in every field that Facts gives.
func factual(i int) *pipeline.Annotation {
	at := time.Date(2026, 5, 1, 10, 0, i, 0, review.Shanghai)
	a := annotation(fmt.Sprint("f", i))
	r := a.Record
	r.Industry, r.ScoreD, r.ScoreS, r.ScoreL, r.OrderID, r.SubOrderID, r.Buyer = "food", 1, 2, 3, fmt.Sprint("o", i/2), fmt.Sprint("s", i), "小鱼"
	r.Product, r.ProductID, r.SKU, r.Courier, r.Province, r.City, r.OrderTime = "桃", "77", "5斤", "圆通", "湖北", "武汉", at.AddDate(0, 0, -3)
	r.Time = at
	switch i % 3 {
	case 1: // nothing is known but the text
		*r = review.Record{ID: a.ID, Text: "好"}
		a.Labels = []string{}
	case 2:
		r.FollowUp = "坏了"
		a.FollowUp = &pipeline.FollowUp{Result: classifier.Result{Labels: []string{"product.quality", "courier.damage"}}}
	}
	return a
}

// factsOf is what Facts tells of a whole review, as JSON.
func factsOf(r *dataset.Review) string {
	k := r.Record
	a := pipeline.Annotation{ID: r.ID, Result: classifier.Result{Labels: append([]string{}, r.Labels...), Template: r.Template}, Record: &review.Record{
		ID: k.ID, Industry: k.Industry, Star: k.Star, ScoreD: k.ScoreD, ScoreS: k.ScoreS, ScoreL: k.ScoreL, OrderID: k.OrderID, SubOrderID: k.SubOrderID,
		Buyer: k.Buyer, Product: k.Product, ProductID: k.ProductID, SKU: k.SKU, Courier: k.Courier, Province: k.Province, City: k.City, Time: k.Time, OrderTime: k.OrderTime,
	}}
	if r.FollowUp != nil {
		a.FollowUp = &pipeline.FollowUp{Result: classifier.Result{Labels: append([]string{}, r.FollowUp.Labels...)}}
	}
	data, err := json.Marshal(a)
	if err != nil {
		panic(err) // of plain values
	}
	return string(data)
}

// TestFacts compares Facts with Each over several row groups and segments, with
// corrections.
func TestFacts(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir, dataset.Write)
	n := 0
	for _, rows := range []int{20_100, 100} { // a row group has 20,000
		im, err := d.Begin(nil)
		if err != nil {
			t.Fatal(err)
		}
		for range rows {
			if _, err := add(im, factual(n)); err != nil {
				t.Fatal(err)
			}
			n++
		}
		if _, err := im.Commit(nil); err != nil {
			t.Fatal(err)
		}
	}
	var keys []string
	collect := func(r *dataset.Review) error { keys = append(keys, r.Key); return nil }
	if err := d.Facts(collect); err != nil {
		t.Fatal(err)
	}
	_, err := d.Correct(
		correction.Correction{Key: keys[2], Action: correction.Remove, Category: "courier.damage"},
		correction.Correction{Key: keys[1], Action: correction.Add, Category: "product.taste"},
	)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	var places []string
	err = d.Each(func(r *dataset.Review) error {
		want = append(want, factsOf(r))
		places = append(places, fmt.Sprint(r.Key, r.Segment, r.Index, r.Corrected))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	err = d.Facts(func(r *dataset.Review) error {
		if got := factsOf(r); got != want[i] {
			return fmt.Errorf("review %d is %s, in Each %s", i, got, want[i])
		}
		if place := fmt.Sprint(r.Key, r.Segment, r.Index, r.Corrected); place != places[i] {
			return fmt.Errorf("review %d is %s, in Each %s", i, place, places[i])
		}
		i++
		return nil
	})
	if err != nil || i != n {
		t.Errorf("%d of %d reviews: %v", i, n, err)
	}
	if got := want[1]; !strings.Contains(got, `"product.taste"`) {
		t.Errorf("a correction does not show: %q", got)
	}
	stop := errors.New("stop")
	if err := d.Facts(func(*dataset.Review) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the error is %v", err)
	}
	segment := filepath.Join(dir, "segments", d.Segments()[0].Name)
	data, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(segment, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Facts(collect); err == nil {
		t.Error("a damaged segment is read")
	}
}
