package report

import (
	"cmp"
	"fmt"
	"slices"

	"chaping/internal/crosstab"
)

// FollowUps tells what follow-ups (追评) complain about. They have no score of
// their own, and change none.
type FollowUps struct {
	Count      int // reviews with a follow-up
	Complaints int // of those, follow-ups with a problem
	Turned     int // of those, reviews of four or five stars that had no problem at first
	Problems   []FollowUpProblem

	counts map[string]*FollowUpProblem
}

// FollowUpProblem is a category that follow-ups complain about.
type FollowUpProblem struct {
	Category, Title string
	Count           int     // follow-ups that say it
	Later           int     // of those, whose first review does not
	Share           float64 // of the follow-ups
	Low, High       float64 // Wilson, 95 %
}

// add counts a review that has a follow-up.
func (f *FollowUps) add(star int, problems []crosstab.Problem) {
	f.Count++
	said, before := 0, 0
	for _, p := range problems {
		if p.Text == crosstab.FirstText {
			before++
			continue
		}
		said++
		if f.counts == nil {
			f.counts = map[string]*FollowUpProblem{}
		}
		of := f.counts[p.Category]
		if of == nil {
			of = &FollowUpProblem{Category: p.Category}
			f.counts[p.Category] = of
		}
		of.Count++
		if p.Text == crosstab.FollowUp {
			of.Later++
		} else {
			before++
		}
	}
	if said > 0 {
		f.Complaints++
	}
	if said > 0 && before == 0 && star >= 4 {
		f.Turned++
	}
}

// ranked is what was counted, the commonest problem first.
func (f FollowUps) ranked(title Titles) FollowUps {
	for _, p := range f.counts {
		p.Title, p.Share = title(p.Category), float64(p.Count)/float64(f.Count)
		p.Low, p.High = crosstab.Wilson(p.Count, f.Count)
		f.Problems = append(f.Problems, *p)
	}
	slices.SortFunc(f.Problems, func(a, b FollowUpProblem) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Category, b.Category))
	})
	return f
}

// Text says how many there are, and how many complain.
func (f *FollowUps) Text() string {
	if f.Count == 0 {
		return "没有追评。"
	}
	return fmt.Sprintf("追评 %s 条，有问题 %s 条（%s），其中 %s 条初评是四五星且没有问题。追评没有评分，不影响店铺得分。",
		Number(f.Count), Number(f.Complaints), Percent(float64(f.Complaints)/float64(f.Count)), Number(f.Turned))
}
