package server

import (
	"context"
	"slices"
	"strings"
	"sync"

	"chaping/internal/crosstab"
	"chaping/internal/dataset"
	"chaping/internal/dsr"
	"chaping/internal/orders"
	"chaping/internal/trend"
	"chaping/lexicon"
)

// facts are what tables and scores are computed from: all reviews of the dataset.
// They are read once and kept until it changes.
type facts struct {
	mu   sync.Mutex // held while they are read
	of   state
	kept *kept
}

// kept must not be changed.
type kept struct {
	rows    []crosstab.Row
	ratings dsr.Ratings
	days    trend.Counter
	shipped *orders.Register // nil where the dataset has no orders
	places  []int            // of the rows' orders in it

	once   sync.Once
	values map[string]map[string]int // made by valuesOf
}

// valuesOf counts the reviews of each value of each dimension that tables can be
// restricted to.
func (k *kept) valuesOf() map[string]map[string]int {
	k.once.Do(func() {
		k.values = map[string]map[string]int{}
		for _, d := range withinDimensions {
			counts := map[string]int{}
			for i := range k.rows {
				for _, v := range k.rows[i].Values(d) {
					counts[v]++
				}
			}
			k.values[d] = counts
		}
	})
	return k.values
}

// state is what facts depend on.
type state struct {
	segments string
	orders   string
	revision uint64
	lexicon  *lexicon.Lexicon
}

// factsOf are the facts of the dataset as it is.
func (s *Server) factsOf() (*kept, error) {
	if s.dir == nil {
		return nil, noDataset
	}
	s.facts.mu.Lock()
	defer s.facts.mu.Unlock()
	var names []string
	segments := s.dir.Segments()
	for _, segment := range segments {
		names = append(names, segment.Name)
	}
	now := state{strings.Join(names, " "), s.dir.Orders().Name, s.dir.Revision(), s.cls.Load().Lexicon()}
	f, old := s.facts.kept, s.facts.of
	switch {
	case f != nil && old == now:
		return f, nil
	case f != nil && old.but(now.revision) == now:
		keys, revision, err := s.dir.Changed(old.revision)
		if err != nil {
			return nil, err
		}
		now.revision = revision
		if f, err = s.relabelled(f, segments, keys); err != nil {
			return nil, err
		}
	default:
		var err error
		if f, err = s.readFacts(); err != nil {
			return nil, err
		}
	}
	s.facts.of, s.facts.kept = now, f
	return f, nil
}

// but is the state at another revision.
func (st state) but(revision uint64) state {
	st.revision = revision
	return st
}

// readFacts reads the facts of all reviews.
func (s *Server) readFacts() (*kept, error) {
	lex := s.cls.Load().Lexicon()
	f := &kept{}
	var err error
	if f.shipped, err = s.dir.Shipped(); err != nil {
		return nil, err
	}
	return f, s.dir.Facts(func(r *dataset.Review) error {
		if f.shipped != nil {
			if !orders.Complete(r.Record) {
				f.shipped.Fill(r.Record)
			}
			f.places = append(f.places, f.shipped.Find(r.Record))
		}
		row := r.Row(lex, s.opt.Industry)
		f.rows = append(f.rows, row)
		rating := r.Rating()
		f.ratings.Add(&rating)
		f.days.Add(row.Time, categoriesOf(&row))
		return nil
	})
}

// categoriesOf are the problems of a row.
func categoriesOf(row *crosstab.Row) []string {
	var out []string
	for _, p := range row.Problems {
		out = append(out, p.Category)
	}
	return out
}

// relabelled are facts with the labels that some reviews have now. Nothing else of a
// review is changed by corrections, and reading all of them takes much longer.
func (s *Server) relabelled(f *kept, segments []dataset.Segment, keys []string) (*kept, error) {
	lex := s.cls.Load().Lexicon()
	places, err := s.index.Places(context.Background(), keys)
	if err != nil {
		return nil, err
	}
	at := map[dataset.Place]int{} // rows of the facts
	for _, p := range places {
		n := 0
		for _, segment := range segments {
			if segment.Name == p.Segment {
				if !segment.IsGone(p.Index) { // else the index has its place of before an update
					at[p] = n + segment.Before(p.Index)
				}
				break
			}
			n += segment.Reviews()
		}
	}
	if len(at) < len(keys) { // the index or the facts are behind
		return s.readFacts()
	}
	out := &kept{rows: slices.Clone(f.rows), days: f.days.Clone(), shipped: f.shipped, places: f.places}
	categories := map[int][]string{}
	err = s.dir.Pick(places, func(r *dataset.Review) error {
		i := at[dataset.Place{Segment: r.Segment, Index: r.Index}]
		row, before := &out.rows[i], categoriesOf(&out.rows[i])
		row.Problems = r.Row(lex, s.opt.Industry).Problems
		out.days.Relabel(row.Time, before, categoriesOf(row))
		categories[i] = r.Labels
		return nil
	})
	out.ratings = f.ratings.Relabel(categories)
	return out, err
}
