package server

import (
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
	for _, segment := range s.dir.Segments() {
		names = append(names, segment.Name)
	}
	now := state{strings.Join(names, " "), s.dir.Orders().Name, s.dir.Revision(), s.cls.Load().Lexicon()}
	if s.facts.kept != nil && s.facts.of == now {
		return s.facts.kept, nil
	}
	f := &kept{}
	var err error
	if f.shipped, err = s.dir.Shipped(); err != nil {
		return nil, err
	}
	err = s.dir.Facts(func(r *dataset.Review) error {
		if f.shipped != nil {
			f.shipped.Fill(r.Record)
			f.places = append(f.places, f.shipped.Find(r.Record))
		}
		row := r.Row(now.lexicon, s.opt.Industry)
		f.rows = append(f.rows, row)
		rating := r.Rating()
		f.ratings.Add(&rating)
		var problems []string
		for _, p := range row.Problems {
			problems = append(problems, p.Category)
		}
		f.days.Add(row.Time, problems)
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.facts.of, s.facts.kept = now, f
	return f, nil
}
