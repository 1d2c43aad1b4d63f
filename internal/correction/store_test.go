package correction_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chaping/internal/correction"
)

func TestStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	s, err := correction.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	added, err := s.Add(
		correction.Correction{Key: "a", Action: correction.Remove, Category: "product.taste", Who: "小满"},
		correction.Correction{Key: "a", Action: correction.Add, Category: "product.date"},
	)
	if err != nil || added[0].Seq == 0 || added[1].Seq <= added[0].Seq {
		t.Fatalf("%+v, %v", added, err)
	}
	if _, err := correction.Open(path); !errors.Is(err, correction.ErrInUse) {
		t.Errorf("a second process: %v", err)
	}
	for _, bad := range []correction.Correction{{Action: correction.Accept}, {Key: "a", Action: "x"}, {Key: "a", Action: correction.Add}, {Key: "a", Action: correction.Accept, Category: "b"}, {Key: "a", Action: correction.Accept, Words: "酸"}, {Key: "a", Action: correction.Add, Category: "b", Words: strings.Repeat("酸", 31)}} {
		if _, err := s.Add(correction.Correction{Key: "b", Action: correction.Skip}, bad); err == nil {
			t.Errorf("%+v is kept", bad)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = correction.Open(path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all, err := s.All()
	if err != nil || len(all) != 2 || all[0].Who != "小满" {
		t.Errorf("kept %+v, %v", all, err)
	}
	if c, err := s.Undo(added[0].Seq); err != nil || c.Category != "product.taste" {
		t.Errorf("undone %+v, %v", c, err)
	}
	if _, err := s.Undo(added[0].Seq); !errors.Is(err, correction.ErrUnknown) {
		t.Errorf("undone twice: %v", err)
	}
	if all, _ := s.All(); len(all) != 1 {
		t.Errorf("after undoing: %+v", all)
	}
}

// TestBatch keeps acts that were made at once together, and undoes them together.
func TestBatch(t *testing.T) {
	s, err := correction.Open(filepath.Join(t.TempDir(), "c.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	remove := func(keys ...string) (list []correction.Correction) {
		for _, k := range keys {
			list = append(list, correction.Correction{Key: k, Action: correction.Remove, Category: "x"})
		}
		list, err := s.Add(list...)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	remove("a")
	first := remove("b", "c", "d")
	remove("e", "f")
	if first[0].Batch != first[0].Seq || first[2].Batch != first[0].Seq {
		t.Fatalf("batch is %+v", first)
	}
	if _, err := s.Undo(first[1].Seq); err != nil {
		t.Fatal(err)
	}
	undone, err := s.UndoBatch(first[0].Batch)
	if err != nil || len(undone) != 2 || undone[0].Key != "b" || undone[1].Key != "d" {
		t.Errorf("undone %+v, %v", undone, err)
	}
	all, err := s.All()
	var keys []string
	for _, c := range all {
		keys = append(keys, c.Key)
	}
	if err != nil || strings.Join(keys, " ") != "a e f" {
		t.Errorf("left are %v, %v", keys, err)
	}
	for _, n := range []uint64{0, 1, first[0].Batch, 99} { // none, a single act, what is undone, what never was
		if _, err := s.UndoBatch(n); !errors.Is(err, correction.ErrUnknown) {
			t.Errorf("batch %d: %v", n, err)
		}
	}
	broken := remove("g", "h", "i")
	if _, err := s.Undo(broken[0].Seq); err != nil { // its first act is gone, the others are not
		t.Fatal(err)
	}
	if undone, err := s.UndoBatch(broken[0].Seq); err != nil || len(undone) != 2 {
		t.Errorf("a batch without its first act: %+v, %v", undone, err)
	}
}

func TestApply(t *testing.T) {
	c := func(a correction.Action, category string) correction.Correction {
		return correction.Correction{Key: "k", Action: a, Category: category}
	}
	of := func(part correction.Part, a correction.Action, category, before, followUp string) correction.Correction {
		return correction.Correction{Key: "k", Action: a, Category: category, Part: part, Before: strings.Fields(before), BeforeFollowUp: strings.Fields(followUp)}
	}
	template := correction.Correction{Key: "k", Action: correction.Template, Before: []string{"a", "b"}}
	accept := func(before, followUp string, template bool) correction.Correction {
		return correction.Correction{Key: "k", Action: correction.Accept, Before: strings.Fields(before), BeforeFollowUp: strings.Fields(followUp), BeforeTemplate: template}
	}
	for _, tc := range []struct {
		labels, followUp string
		list             []correction.Correction
		want, wantFollow string
		template         bool
		right, wrong     string
		complete         bool
	}{
		{"a b", "", nil, "a b", "", false, "", "", false},
		{"a b", "", []correction.Correction{c(correction.Remove, "a"), c(correction.Add, "c")}, "b c", "", false, "c", "a", false},
		{"a b", "a", []correction.Correction{c(correction.Remove, "a")}, "b", "", false, "", "a", false},
		{"b", "a", []correction.Correction{c(correction.Add, "a")}, "b", "a", false, "a", "", false},
		{"a b", "a", []correction.Correction{template}, "", "", true, "", "a b", true},
		{"a", "", []correction.Correction{template, c(correction.Add, "a")}, "a", "", false, "a", "b", true},
		{"a", "", []correction.Correction{c(correction.Remove, "a"), c(correction.Add, "a"), c(correction.Add, "a")}, "a", "", false, "a", "", false},
		{"x", "y", []correction.Correction{accept("a", "b", false), c(correction.Skip, "")}, "a", "b", false, "a b", "", true},
		{"x", "", []correction.Correction{accept("", "", true)}, "", "", true, "", "", true},
		{"a b", "a", []correction.Correction{of(correction.Text, correction.Remove, "a", "a b", "a")}, "b", "a", false, "", "", false},
		{"a b", "a", []correction.Correction{of(correction.FollowUp, correction.Remove, "a", "a b", "a")}, "a b", "", false, "", "", false},
		{"a", "a", []correction.Correction{of(correction.FollowUp, correction.Remove, "a", "a", "a"), of(correction.Text, correction.Remove, "a", "a", "")}, "", "", false, "", "a", false},
		{"a", "", []correction.Correction{of(correction.FollowUp, correction.Add, "a", "a", ""), of(correction.FollowUp, correction.Add, "b", "a", "a")}, "a", "a b", false, "a b", "", false},
		{"", "a", []correction.Correction{of(correction.Text, correction.Add, "a", "", "a")}, "a", "a", false, "a", "", false},
		{"a", "", []correction.Correction{c(correction.Add, "c"), accept("a", "", false)}, "a", "", false, "a", "c", true},
	} {
		l := correction.Labels{Text: strings.Fields(tc.labels), FollowUp: strings.Fields(tc.followUp)}
		got := correction.Apply(l, tc.list)
		if !slices.Equal(got.Text, strings.Fields(tc.want)) || !slices.Equal(got.FollowUp, strings.Fields(tc.wantFollow)) || got.Template != tc.template {
			t.Errorf("%+v with %+v gives %+v", l, tc.list, got)
		}
		k := correction.Known(tc.list)
		slices.Sort(k.Right)
		slices.Sort(k.Wrong)
		if !slices.Equal(k.Right, strings.Fields(tc.right)) || !slices.Equal(k.Wrong, strings.Fields(tc.wrong)) || k.Complete != tc.complete || k.Complete && k.Template != tc.template {
			t.Errorf("of %+v is known %+v", tc.list, k)
		}
	}
}

func TestPrecisions(t *testing.T) {
	rules, categories := correction.Precisions([]correction.Correction{
		{Key: "1", Action: correction.Accept, Before: []string{"x"}, Rules: []string{"r"}},
		{Key: "2", Action: correction.Remove, Category: "x", Before: []string{"x"}, Rules: []string{"r"}},
		{Key: "2", Action: correction.Accept, Before: []string{"x"}, Rules: []string{"r"}}, // thought better of it
		{Key: "3", Action: correction.Remove, Category: "x", Before: []string{"x", "z"}, Rules: []string{"s"}},
		{Key: "3", Action: correction.Add, Category: "y", Before: []string{"z"}},
		{Key: "3", Action: correction.Accept, Before: []string{"z", "y"}, Rules: []string{"t"}},
		{Key: "4", Action: correction.Template, BeforeFollowUp: []string{"x"}, Rules: []string{"s"}},
		{Key: "5", Action: correction.Add, Category: "x"},
		{Key: "5", Action: correction.Remove, Category: "x", Before: []string{"x"}}, // a slip of the person, none of the classifier
		{Key: "6", Action: correction.Remove, Category: "w", Part: correction.FollowUp, Before: []string{"w"}, BeforeFollowUp: []string{"w"}, Rules: []string{"u"}},
		{Key: "6", Action: correction.Accept, Before: []string{"w"}, Rules: []string{"u"}}, // of the other text
		{Key: "7", Action: correction.Accept, BeforeFollowUp: []string{"w"}, Rules: []string{"u"}},
		{Key: "7", Action: correction.Remove, Category: "w", Part: correction.FollowUp, BeforeFollowUp: []string{"w"}, Rules: []string{"u"}}, // thought better of it
	})
	short := func(p correction.Precision) string {
		return fmt.Sprintf("%s %d+%d- %d? %.3f %.3f-%.3f", p.Name, p.Right, p.Wrong, p.Missed, p.Share, p.Low, p.High)
	}
	for _, tc := range []struct {
		got  correction.Precision
		want string
	}{
		{rules["r"], "r 2+0- 0? 1.000 0.342-1.000"},
		{rules["s"], "s 0+2- 0? 0.000 0.000-0.658"},
		{rules["t"], "t 1+0- 0? 1.000 0.207-1.000"},
		{rules["u"], "u 1+2- 0? 0.333 0.061-0.792"},
		{categories["w"], "w 1+2- 0? 0.333 0.061-0.792"},
		{categories["x"], "x 2+2- 0? 0.500 0.150-0.850"}, // Wilson of 2/4 by hand: (0.5 + z²/8 ± z·sqrt(1/16 + z²/64)) / (1 + z²/4), z = 1.96
		{categories["y"], "y 0+0- 1? 0.000 0.000-1.000"},
		{categories["z"], "z 1+0- 0? 1.000 0.207-1.000"},
	} {
		if short(tc.got) != tc.want {
			t.Errorf("got %s, want %s", short(tc.got), tc.want)
		}
	}
	if worst := correction.Worst(rules); worst[0].Name != "s" || worst[1].Name != "u" {
		t.Errorf("ranked %+v", worst)
	}
	few, many := correction.Precision{Right: 0, Wrong: 8}, correction.Precision{Right: 190, Wrong: 10}
	if few.Harm() <= many.Harm() {
		t.Errorf("8 of 8 harm %.2f, 10 of 200 %.2f", few.Harm(), many.Harm())
	}
}
