package proposal

import (
	"slices"

	"chaping/classifier"
	"chaping/internal/correction"
	"chaping/internal/dataset"
	"chaping/internal/eval"
	"chaping/internal/pii"
)

// Case is a review of which people said something.
type Case struct {
	Key      string // of the review, empty for a gold text
	Industry string
	Texts    []string // of the review and its follow-up
	correction.Knowledge
	// Words are those that people named for categories that they added.
	Words map[string]string
	// Optional categories count neither way.
	Optional []string
	// Gold texts judge changes and suggest none.
	Gold bool

	split  func(string) []string
	texts  []*text
	labels []string // by the rules as they are
	found  []classifier.Result
}

// CaseOf makes a case of a review; ok is false where nothing is settled. industry
// is that of reviews that name none.
func CaseOf(r *dataset.Review, industry string) (c *Case, ok bool) {
	k := correction.Known(r.Corrections)
	if !k.Complete && len(k.Right)+len(k.Wrong) == 0 {
		return nil, false
	}
	c = &Case{Key: r.Key, Industry: industry, Texts: textsOf(r), Knowledge: k, Words: map[string]string{}}
	if r.Record.Industry != "" {
		c.Industry = r.Record.Industry
	}
	for _, x := range r.Corrections {
		if x.Action == correction.Add && x.Words != "" {
			c.Words[x.Category] = x.Words
		}
	}
	return c, true
}

// textsOf lists the texts of a review, personal data masked: what a rule is made
// of may be shown.
func textsOf(r *dataset.Review) []string {
	out := []string{pii.Mask(r.Record.Text)}
	if r.Record.FollowUp != "" {
		out = append(out, pii.Mask(r.Record.FollowUp))
	}
	return out
}

// CaseOfGold makes a case of a gold text.
func CaseOfGold(g eval.Gold) *Case {
	return &Case{Industry: g.Industry, Texts: []string{g.Text}, Knowledge: correction.Knowledge{Right: g.Labels, Complete: true}, Optional: g.Optional, Gold: true}
}

// mistakes lists the categories that labels have wrongly or lack.
func (c *Case) mistakes(labels []string) []string {
	var out []string
	for _, id := range c.Right {
		if !slices.Contains(labels, id) {
			out = append(out, id)
		}
	}
	for _, id := range labels {
		if slices.Contains(c.Wrong, id) || c.Complete && !slices.Contains(c.Right, id) && !slices.Contains(c.Optional, id) {
			out = append(out, id)
		}
	}
	return out
}

// absent reports whether it is known that the review does not have the category.
func (c *Case) absent(id string) bool {
	return slices.Contains(c.Wrong, id) || c.Complete && !slices.Contains(c.Right, id) && !slices.Contains(c.Optional, id)
}

// classify labels texts as one review.
func classify(cls *classifier.Classifier, industry string, texts []string) (labels []string, found []classifier.Result, err error) {
	for _, t := range texts {
		r, err := cls.Classify(industry, t)
		if err != nil {
			return nil, nil, err
		}
		found = append(found, r)
		for _, id := range r.Labels {
			if !slices.Contains(labels, id) {
				labels = append(labels, id)
			}
		}
	}
	return labels, found, nil
}
