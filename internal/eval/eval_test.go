package eval_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chaping/internal/eval"
)

func TestScore(t *testing.T) {
	var s eval.Score
	for _, tt := range []struct {
		gold, optional, got []string
		missing, wrong      []string
	}{
		{gold: []string{"a", "b"}, got: []string{"a", "b"}},
		{gold: []string{"a"}, got: []string{"a", "c"}, wrong: []string{"c"}},
		{gold: []string{"a"}, optional: []string{"c"}, got: []string{"a", "c"}},
		{gold: []string{"b"}, got: nil, missing: []string{"b"}},
		{gold: nil, got: nil},
		{gold: nil, got: []string{"a"}, wrong: []string{"a"}},
		{gold: []string{"a"}, optional: []string{"a"}, got: nil},
	} {
		m := s.Add(eval.Gold{Labels: tt.gold, Optional: tt.optional}, tt.got)
		if m == nil {
			m = &eval.Miss{}
		}
		if diff := cmp.Diff([][]string{tt.missing, tt.wrong}, [][]string{m.Missing, m.Wrong}); diff != "" {
			t.Errorf("Add(%v, %v) mismatch (-want +got):\n%s", tt.gold, tt.got, diff)
		}
	}
	micro := s.Micro()
	if want := (eval.Counts{TP: 4, FP: 2, FN: 1}); micro != want {
		t.Errorf("Micro() = %+v, want %+v", micro, want)
	}
	got := fmt.Sprintf("%.4f %.4f %.4f %.4f %.4f", micro.Precision(), micro.Recall(), micro.F1(), s.ExactShare(), s.FalseAlarmShare())
	if want := "0.6667 0.8000 0.7273 0.5714 0.5000"; got != want {
		t.Errorf("figures are %s, want %s", got, want)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, s.Sorted()); diff != "" {
		t.Errorf("Sorted() mismatch (-want +got):\n%s", diff)
	}
}

func TestZero(t *testing.T) {
	var s eval.Score
	if m := s.Micro(); m.Precision() != 0 || m.Recall() != 0 || m.F1() != 0 || s.ExactShare() != 0 {
		t.Error("figures of nothing are not 0")
	}
}
