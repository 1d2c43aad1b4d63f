package correction_test

import (
	"errors"
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
	for _, bad := range []correction.Correction{{Action: correction.Accept}, {Key: "a", Action: "x"}, {Key: "a", Action: correction.Add}, {Key: "a", Action: correction.Accept, Category: "b"}} {
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

func TestApply(t *testing.T) {
	c := func(a correction.Action, category string) correction.Correction {
		return correction.Correction{Key: "k", Action: a, Category: category}
	}
	for _, tc := range []struct {
		labels   string
		list     []correction.Correction
		want     string
		template bool
	}{
		{"a b", nil, "a b", false},
		{"a b", []correction.Correction{c(correction.Remove, "a"), c(correction.Add, "c")}, "b c", false},
		{"a", []correction.Correction{c(correction.Template, "")}, "", true},
		{"a", []correction.Correction{c(correction.Template, ""), c(correction.Add, "a")}, "a", false},
		{"a", []correction.Correction{c(correction.Remove, "a"), c(correction.Add, "a"), c(correction.Add, "a")}, "a", false},
		{"a", []correction.Correction{{Key: "k", Action: correction.Accept, Before: []string{"a"}}, c(correction.Skip, "")}, "a", false},
	} {
		got, template := correction.Apply(strings.Fields(tc.labels), false, tc.list)
		if !slices.Equal(got, strings.Fields(tc.want)) || template != tc.template {
			t.Errorf("%q with %+v gives %q, %v", tc.labels, tc.list, got, template)
		}
	}
}

func TestPrecisions(t *testing.T) {
	rules, categories := correction.Precisions([]correction.Correction{
		{Key: "1", Action: correction.Accept, Before: []string{"x"}, Rules: []string{"r"}},
		{Key: "2", Action: correction.Remove, Category: "x", Before: []string{"x"}, Rules: []string{"r"}},
		{Key: "2", Action: correction.Accept, Before: []string{"x"}, Rules: []string{"r"}}, // thought better of it
		{Key: "3", Action: correction.Remove, Category: "x", Before: []string{"x"}, Rules: []string{"s"}},
	})
	if rules["r"] != (correction.Precision{Name: "r", Right: 2}) || rules["s"].Wrong != 1 || categories["x"] != (correction.Precision{Name: "x", Right: 2, Wrong: 1}) {
		t.Errorf("rules %+v, categories %+v", rules, categories)
	}
}
