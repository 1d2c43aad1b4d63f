package writer

import (
	"cmp"
	"maps"
	"slices"

	"chaping/internal/pipeline"
)

// summary counts first reviews by category.
type summary struct {
	opt        Options
	reviews    int
	problems   int // reviews with a label
	templates  int
	categories map[string]*tally
}

// tally is what is known of one category.
type tally struct {
	id, title string
	reviews   int
	examples  []string
}

func newSummary(opt Options) *summary {
	return &summary{opt: opt, categories: map[string]*tally{}}
}

// add counts a review and returns the tallies of its labels.
func (s *summary) add(a *pipeline.Annotation) []*tally {
	s.reviews++
	if a.Template {
		s.templates++
	}
	if len(a.Labels) > 0 {
		s.problems++
	}
	var of []*tally
	for _, label := range a.Labels {
		c := s.categories[label]
		if c == nil {
			c = &tally{id: label, title: s.opt.title(a, label)}
			s.categories[label] = c
		}
		c.reviews++
		of = append(of, c)
	}
	return of
}

// ranked lists the categories, the commonest first.
func (s *summary) ranked() []*tally {
	return slices.SortedFunc(maps.Values(s.categories), func(a, b *tally) int {
		return cmp.Or(cmp.Compare(b.reviews, a.reviews), cmp.Compare(a.id, b.id))
	})
}

// rows are the summary as a sheet.
func (s *summary) rows() [][]any {
	say := s.opt.say
	rows := [][]any{
		{say("评价数", "reviews"), s.reviews},
		{say("有问题", "with a problem"), s.problems, percent(s.problems, s.reviews)},
		{say("模板好评", "templates"), s.templates, percent(s.templates, s.reviews)},
		{},
		{say("问题", "problem"), say("编号", "id"), say("评价数", "reviews"), say("占比（%）", "share (%)")},
	}
	for _, c := range s.ranked() {
		rows = append(rows, []any{c.title, c.id, c.reviews, percent(c.reviews, s.reviews)})
	}
	return rows
}

func percent(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return 100 * float64(a) / float64(b)
}
