package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chaping/internal/pipeline"
	"chaping/internal/review"
)

// reader gives n records; those whose row number is in bad are row errors.
func reader(n int, bad map[int]bool) func() (review.Record, error) {
	row := 0
	return func() (review.Record, error) {
		if row++; row > n {
			return review.Record{}, io.EOF
		}
		if bad[row] {
			return review.Record{}, &review.RowError{Row: row, Reason: "bad"}
		}
		return review.Record{Text: fmt.Sprint(row), Source: review.Source{Row: row}}, nil
	}
}

// TestRunOrder checks that nothing is lost and that order is kept, with any
// number of workers.
func TestRunOrder(t *testing.T) {
	const n = 1000
	for workers := range 5 {
		var got, rejected []int
		err := pipeline.Run(t.Context(), workers+1, pipeline.Steps[int]{
			Read: reader(n, map[int]bool{1: true, 500: true}),
			Work: func(i int, r *review.Record) (int, error) {
				if want := r.Source.Row - 1 - rejectedBefore(r.Source.Row); i != want {
					t.Errorf("row %d is record %d, want %d", r.Source.Row, i, want)
				}
				if r.Source.Row%100 == 7 {
					return 0, &review.RowError{Row: r.Source.Row, Reason: "refused"}
				}
				return r.Source.Row, nil
			},
			Emit:   func(row int) error { got = append(got, row); return nil },
			Reject: func(e *review.RowError) error { rejected = append(rejected, e.Row); return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(got)+len(rejected) != n {
			t.Errorf("%d workers: %d emitted and %d rejected of %d", workers+1, len(got), len(rejected), n)
		}
		if diff := cmp.Diff([]int{1, 7, 107, 207, 307, 407, 500, 507, 607, 707, 807, 907}, rejected); diff != "" {
			t.Errorf("rejected mismatch (-want +got):\n%s", diff)
		}
		for i := 1; i < len(got); i++ {
			if got[i] <= got[i-1] {
				t.Fatalf("%d workers: %d comes after %d", workers+1, got[i], got[i-1])
			}
		}
	}
}

// rejectedBefore counts the rows before row that TestRunOrder's reader rejects.
func rejectedBefore(row int) int {
	n := 0
	for _, bad := range []int{1, 500} {
		if bad < row {
			n++
		}
	}
	return n
}

// TestRunErrors checks that every step's error ends the run and comes back.
func TestRunErrors(t *testing.T) {
	fail := errors.New("fail")
	ok := pipeline.Steps[int]{
		Read:   reader(1000, map[int]bool{3: true}),
		Work:   func(int, *review.Record) (int, error) { return 0, nil },
		Emit:   func(int) error { return nil },
		Reject: func(*review.RowError) error { return nil },
	}
	for name, change := range map[string]func(*pipeline.Steps[int]){
		"read":   func(s *pipeline.Steps[int]) { s.Read = func() (review.Record, error) { return review.Record{}, fail } },
		"work":   func(s *pipeline.Steps[int]) { s.Work = func(int, *review.Record) (int, error) { return 0, fail } },
		"emit":   func(s *pipeline.Steps[int]) { s.Emit = func(int) error { return fail } },
		"reject": func(s *pipeline.Steps[int]) { s.Reject = func(*review.RowError) error { return fail } },
	} {
		steps := ok
		for range 50 { // a race would show in some of them
			steps.Read = reader(1000, map[int]bool{3: true})
			change(&steps)
			if err := pipeline.Run(t.Context(), 2, steps); !errors.Is(err, fail) {
				t.Errorf("%s: Run returns %v, want %v", name, err, fail)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	steps := ok
	steps.Read = func() (review.Record, error) { return review.Record{}, nil }
	steps.Emit = func(int) error { cancel(); return nil }
	if err := pipeline.Run(ctx, 2, steps); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: Run returns %v", err)
	}
}
