package pipeline

import (
	"slices"

	"chaping/internal/crosstab"
	"chaping/internal/dsr"
	"chaping/internal/names"
	"chaping/internal/review"
	"chaping/lexicon"
)

// Row is the annotation for cross-tabs: the problems of the review and its
// follow-up together, with the department that the lexicon names for each.
func (a *Annotation) Row(lex *lexicon.Lexicon, industry string) crosstab.Row {
	r := a.Record
	row := crosstab.Row{
		ID: a.ID, Order: r.OrderID, Product: r.Product, SKU: r.SKU, Courier: r.Courier, Province: r.Province,
		Region: names.Region(r.Province), City: r.City, Star: r.Star, Time: r.Time,
	}
	if !r.Time.IsZero() {
		row.Time = r.Time.In(review.Shanghai)
	}
	if r.Industry != "" {
		industry = r.Industry
	}
	ind := lex.Industry(industry)
	add := func(labels []string, text string) {
		for _, id := range labels {
			p := crosstab.Problem{Category: id, Text: text}
			if c := ind.Category(id); c != nil {
				p.Owner = c.Owner
			}
			row.Problems = append(row.Problems, p)
		}
	}
	add(a.Labels, crosstab.FirstText)
	if a.FollowUp == nil {
		return row
	}
	var more []string
	for _, id := range a.FollowUp.Labels {
		if i := slices.IndexFunc(row.Problems, func(p crosstab.Problem) bool { return p.Category == id }); i >= 0 {
			row.Problems[i].Text = crosstab.BothTexts
		} else {
			more = append(more, id)
		}
	}
	add(more, crosstab.FollowUp)
	return row
}

// Rating is the annotation for scores: the problems are those of the review
// itself, since a follow-up changes no score.
func (a *Annotation) Rating() dsr.Rating {
	r := a.Record
	return dsr.Rating{
		Buyer: r.Buyer, Order: r.OrderID, Time: r.Time, OrderTime: r.OrderTime, Star: r.Star, Score: [3]int{r.ScoreD, r.ScoreS, r.ScoreL},
		Categories: a.Labels, Product: r.Product, Courier: r.Courier, Province: r.Province,
	}
}
