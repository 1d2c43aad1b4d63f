package dataset_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"chaping/classifier"
	"chaping/internal/correction"
	"chaping/internal/dataset"
	"chaping/internal/pipeline"
	"chaping/internal/review"
)

// followed is a review of an order with a follow-up, "" for none.
func followed(order, followUp string) *pipeline.Annotation {
	a := annotation("")
	a.ID, a.Record.OrderID, a.Record.FollowUp = order, order, followUp
	if followUp != "" {
		a.FollowUp = &pipeline.FollowUp{Result: classifier.Result{Labels: []string{"product.quality"}, Hits: []classifier.Hit{}, Suppressed: []classifier.Suppressed{}}}
	}
	return a
}

// imported imports reviews and says what became of them.
func imported(t *testing.T, d *dataset.Dir, list ...*pipeline.Annotation) string {
	t.Helper()
	im, err := d.Begin(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if _, err := add(im, a); err != nil {
			t.Fatal(err)
		}
	}
	added, err := im.Commit([]dataset.Import{{Name: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(added, " added ", im.Updated, " updated ", im.Known, " known")
}

// has lists the reviews of a dataset: order, follow-up, labels of it. Each and Facts
// must agree.
func has(t *testing.T, d *dataset.Dir) string {
	t.Helper()
	var whole, facts []string
	err := errors.Join(d.Each(func(r *dataset.Review) error {
		whole = append(whole, r.Record.OrderID+r.Record.FollowUp)
		at, err := d.At(r.Segment, r.Index)
		if err == nil && at.Key != r.Key {
			err = fmt.Errorf("at the place of %s is %s", r.Key, at.Key)
		}
		return err
	}), d.Facts(func(r *dataset.Review) error {
		facts = append(facts, r.Record.OrderID)
		if whole[len(facts)-1] != r.Record.OrderID && r.FollowUp == nil {
			return fmt.Errorf("Facts lacks the follow-up of %s", r.Record.OrderID)
		}
		return nil
	}))
	if err != nil || len(whole) != d.Rows() || len(facts) != len(whole) {
		t.Errorf("%d reviews, %d facts, %d counted: %v", len(whole), len(facts), d.Rows(), err)
	}
	slices.Sort(whole)
	return strings.Join(whole, " ")
}

// TestUpdate imports reviews again with other follow-ups.
func TestUpdate(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir, dataset.Write)
	for _, tc := range []struct {
		name      string
		list      []*pipeline.Annotation
		said, has string
	}{
		{"new", []*pipeline.Annotation{followed("a", ""), followed("b", "坏了"), followed("c", "")}, "3 added 0 updated 0 known", "a b坏了 c"},
		{"the same", []*pipeline.Annotation{followed("a", ""), followed("b", "坏了")}, "0 added 0 updated 2 known", "a b坏了 c"},
		{"a new follow-up", []*pipeline.Annotation{followed("a", "烂了"), followed("b", "坏了")}, "0 added 1 updated 1 known", "a烂了 b坏了 c"},
		{"and again", []*pipeline.Annotation{followed("a", "烂了"), followed("b", "坏了")}, "0 added 0 updated 2 known", "a烂了 b坏了 c"},
		{"an older export lacks it", []*pipeline.Annotation{followed("a", "")}, "0 added 0 updated 1 known", "a烂了 b坏了 c"},
		{"changed", []*pipeline.Annotation{followed("b", "修好了"), followed("a", "发霉")}, "0 added 2 updated 0 known", "a发霉 b修好了 c"},
		{"the last one wins", []*pipeline.Annotation{followed("c", "一"), followed("c", ""), followed("c", "二"), followed("c", "")}, "0 added 1 updated 3 known", "a发霉 b修好了 c二"},
		{"there and back", []*pipeline.Annotation{followed("c", "三"), followed("c", "二")}, "0 added 0 updated 2 known", "a发霉 b修好了 c二"},
		{"new and at once followed", []*pipeline.Annotation{followed("d", ""), followed("e", ""), followed("d", "四"), followed("a", "五")}, "2 added 2 updated 0 known", "a五 b修好了 c二 d四 e"},
	} {
		if got := imported(t, d, tc.list...); got != tc.said {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.said)
		}
		if got := has(t, d); got != tc.has {
			t.Errorf("%s: the dataset has %s, want %s", tc.name, got, tc.has)
		}
	}
	want := has(t, d)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = open(t, dir, dataset.Write)
	if got := has(t, d); got != want {
		t.Errorf("after reopening: %s, want %s", got, want)
	}
	if err := d.Relabel(false, "food", func(r *dataset.Review) error { r.Labels = []string{"product.date"}; return nil }, nil); err != nil {
		t.Fatal(err)
	}
	if got := has(t, d); got != want || len(d.Segments()[0].Gone) > 0 || len(d.Verify()) > 0 {
		t.Errorf("after relabelling: %s, want %s; segments %+v, damage %v", got, want, d.Segments(), d.Verify())
	}
	if got := imported(t, d, followed("a", "五"), followed("d", "六")); got != "0 added 1 updated 1 known" {
		t.Errorf("after relabelling: %s", got)
	}
}

// TestOlderFollowUp imports exports in another order than that in which they were
// made: the later follow-up stays, where the times are known.
func TestOlderFollowUp(t *testing.T) {
	at := func(order, followUp string, day int) *pipeline.Annotation {
		a := followed(order, followUp)
		if day > 0 {
			a.Record.FollowUpTime = time.Date(2026, 6, day, 8, 0, 0, 0, review.Shanghai)
		}
		return a
	}
	d := open(t, t.TempDir(), dataset.Write)
	for _, tc := range []struct {
		name      string
		list      []*pipeline.Annotation
		said, has string
	}{
		{"new", []*pipeline.Annotation{at("a", "五", 5), at("b", "五", 5), at("c", "五", 5)}, "3 added 0 updated 0 known", "a五 b五 c五"},
		{"older, later, without a time", []*pipeline.Annotation{at("a", "四", 4), at("b", "六", 6), at("c", "无", 0)}, "0 added 2 updated 1 known", "a五 b六 c无"},
		{"within an import", []*pipeline.Annotation{at("a", "八", 8), at("a", "七", 7), at("d", "三", 3), at("d", "二", 2), at("e", "三", 3), at("e", "四", 4)}, "2 added 2 updated 2 known", "a八 b六 c无 d三 e四"},
		{"back to what there is, which is older", []*pipeline.Annotation{at("b", "九", 9), at("b", "六", 6)}, "0 added 1 updated 1 known", "a八 b九 c无 d三 e四"},
		{"older ones alone", []*pipeline.Annotation{at("b", "一", 1), at("b", "二", 2)}, "0 added 0 updated 2 known", "a八 b九 c无 d三 e四"},
	} {
		if got := imported(t, d, tc.list...); got != tc.said {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.said)
		}
		if got := has(t, d); got != tc.has {
			t.Errorf("%s: the dataset has %s, want %s", tc.name, got, tc.has)
		}
	}
}

// TestUpdateKeeps what an update must not touch: key, corrections, and what the
// later export lacks.
func TestUpdateKeeps(t *testing.T) {
	d := open(t, t.TempDir(), dataset.Write)
	first := followed("a", "")
	first.Identity = first.Record.Identity() // as it was read, before the order filled it in
	first.Record.Courier, first.Record.Product, first.Record.SKU = "圆通", "桃", "5斤"
	imported(t, d, first)
	var before dataset.Review
	see := func(to *dataset.Review) func(*dataset.Review) error {
		return func(r *dataset.Review) error { *to = *r; return nil }
	}
	if err := d.Each(see(&before)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Correct(correction.Correction{Key: before.Key, Action: correction.Add, Category: "product.date"}); err != nil {
		t.Fatal(err)
	}
	again := followed("a", "用了三天坏了")
	again.Record.FollowUpTime = again.Record.Time.Add(72 * time.Hour)
	again.Record.Source = review.Source{File: "june.csv", Row: 9}
	if got := imported(t, d, again); got != "0 added 1 updated 0 known" {
		t.Fatal(got)
	}
	var after dataset.Review
	if err := d.Each(see(&after)); err != nil {
		t.Fatal(err)
	}
	r := after.Record
	if after.Key != before.Key || r.Courier != "圆通" || r.SKU != "5斤" || r.FollowUp != "用了三天坏了" || !r.FollowUpTime.Equal(again.Record.FollowUpTime) || r.Source != again.Record.Source {
		t.Errorf("updated to %+v, record %+v", after, r)
	}
	if want := []string{"product.taste", "product.date"}; !slices.Equal(after.Labels, want) || !after.Corrected || after.FollowUp == nil {
		t.Errorf("labels are %q, want %q; corrected %v", after.Labels, want, after.Corrected)
	}
}

// TestUpdateKeepsFollowUp corrects a review before it has a follow-up text: what that
// complains about when it comes is nothing that anybody has seen.
func TestUpdateKeepsFollowUp(t *testing.T) {
	for _, c := range []correction.Correction{
		{Action: correction.Accept},
		{Action: correction.Template},
		{Action: correction.Remove, Category: "product.taste"},
	} {
		t.Run(string(c.Action), func(t *testing.T) {
			d := open(t, t.TempDir(), dataset.Write)
			imported(t, d, followed("a", ""))
			var r dataset.Review
			see := func(v *dataset.Review) error { r = *v; return nil }
			if err := d.Each(see); err != nil {
				t.Fatal(err)
			}
			c.Key = r.Key
			r.Describe(&c)
			if _, err := d.Correct(c); err != nil {
				t.Fatal(err)
			}
			again := followed("a", "太酸了")
			want := []string{"product.taste"}
			again.FollowUp.Labels = slices.Clone(want)
			imported(t, d, again)
			if err := d.Each(see); err != nil {
				t.Fatal(err)
			}
			if r.FollowUp == nil || !slices.Equal(r.FollowUp.Labels, want) || r.Template {
				t.Errorf("the follow-up has %+v, want labels %q; template %v", r.FollowUp, want, r.Template)
			}
			r.Describe(&c)
			if _, err := d.Correct(c); err != nil {
				t.Fatal(err)
			}
			if err := d.Each(see); err != nil {
				t.Fatal(err)
			}
			if got := len(r.FollowUp.Labels) == 0; got != (c.Action != correction.Accept) {
				t.Errorf("labels of the follow-up that was seen are %q after %s", r.FollowUp.Labels, c.Action)
			}
		})
	}
}
