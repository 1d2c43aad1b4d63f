// Package eval measures labels against gold labels: precision, recall and F1
// per category and micro-averaged, and the share of texts whose label set is
// exactly right.
//
// All figures are fractions from 0 to 1. With tp right labels, fp wrong ones
// and fn missing ones, precision = tp/(tp+fp), recall = tp/(tp+fn) and
// F1 = 2tp/(2tp+fp+fn) (van Rijsbergen, Information Retrieval, 1979). A
// denominator of zero gives 0.
package eval

import (
	"cmp"
	"slices"
)

// Gold is one labelled text.
type Gold struct {
	ID       string   `json:"id"`
	Industry string   `json:"industry"`
	Text     string   `json:"text"`
	Labels   []string `json:"labels"`
	// Optional labels count neither way.
	Optional []string `json:"optional"`
	Template bool     `json:"template"`
}

// Counts are right, wrong and missing labels.
type Counts struct {
	TP int `json:"tp"`
	FP int `json:"fp"`
	FN int `json:"fn"`
}

// Precision is the share of the labels given that are right.
func (c Counts) Precision() float64 { return ratio(c.TP, c.TP+c.FP) }

// Recall is the share of the gold labels that were given.
func (c Counts) Recall() float64 { return ratio(c.TP, c.TP+c.FN) }

// F1 is the harmonic mean of precision and recall.
func (c Counts) F1() float64 { return ratio(2*c.TP, 2*c.TP+c.FP+c.FN) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func (c *Counts) add(o Counts) { c.TP += o.TP; c.FP += o.FP; c.FN += o.FN }

// Score collects the verdicts on many texts. The zero value is ready.
type Score struct {
	N          int               // texts
	Exact      int               // texts whose labels are all right and complete
	Clean      int               // texts without a gold label
	FalseAlarm int               // of the clean ones, those that got a label
	Categories map[string]Counts // by category id
}

// Miss is a text whose labels are not exactly right.
type Miss struct {
	Gold    Gold
	Wrong   []string // labels given that gold lacks
	Missing []string // gold labels not given
}

// Add counts the labels given to a text and returns what is wrong with them,
// nil where nothing is.
func (s *Score) Add(g Gold, labels []string) *Miss {
	if s.Categories == nil {
		s.Categories = map[string]Counts{}
	}
	s.N++
	m := Miss{Gold: g}
	for _, l := range labels {
		switch {
		case slices.Contains(g.Labels, l):
			s.count(l, Counts{TP: 1})
		case !slices.Contains(g.Optional, l):
			s.count(l, Counts{FP: 1})
			m.Wrong = append(m.Wrong, l)
		}
	}
	for _, l := range g.Labels {
		if !slices.Contains(labels, l) && !slices.Contains(g.Optional, l) {
			s.count(l, Counts{FN: 1})
			m.Missing = append(m.Missing, l)
		}
	}
	if len(g.Labels) == 0 && len(g.Optional) == 0 {
		s.Clean++
		if len(labels) > 0 {
			s.FalseAlarm++
		}
	}
	if m.Wrong == nil && m.Missing == nil {
		s.Exact++
		return nil
	}
	return &m
}

func (s *Score) count(category string, c Counts) {
	have := s.Categories[category]
	have.add(c)
	s.Categories[category] = have
}

// Micro sums the counts of all categories.
func (s *Score) Micro() Counts {
	var total Counts
	for _, c := range s.Categories {
		total.add(c)
	}
	return total
}

// ExactShare is the share of texts whose label set is exactly right.
func (s *Score) ExactShare() float64 { return ratio(s.Exact, s.N) }

// FalseAlarmShare is the share of texts without a gold label that got one.
func (s *Score) FalseAlarmShare() float64 { return ratio(s.FalseAlarm, s.Clean) }

// Sorted returns the category ids, those with most gold labels first.
func (s *Score) Sorted() []string {
	ids := make([]string, 0, len(s.Categories))
	for id := range s.Categories {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int {
		ca, cb := s.Categories[a], s.Categories[b]
		return cmp.Or(cmp.Compare(cb.TP+cb.FN, ca.TP+ca.FN), cmp.Compare(a, b))
	})
	return ids
}
