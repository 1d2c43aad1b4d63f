package correction

import (
	"cmp"
	"maps"
	"slices"

	"chaping/internal/crosstab"
)

// Precision is how often people agreed with the labels of a rule or category.
// It says something of the labels that they looked at, which are no random
// sample: queues lead to doubtful ones.
type Precision struct {
	Name  string `json:"name"`
	Right int    `json:"right"` // labels accepted
	Wrong int    `json:"wrong"` // labels removed
	// Missed counts reviews that a category was added to; it is 0 for rules.
	Missed int `json:"missed"`
	// Share is Right/(Right+Wrong), Low and High its Wilson interval of 95 %;
	// fractions from 0 to 1, and 0, 0, 1 where nothing was judged.
	Share float64 `json:"precision"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Judged counts the labels that people judged.
func (p Precision) Judged() int { return p.Right + p.Wrong }

// Harm is what a ranking of rules goes by: the labels removed, weighed by their
// share. A rule with 8 of 8 removed comes before one with 10 of 200.
func (p Precision) Harm() float64 {
	if p.Wrong == 0 {
		return 0
	}
	return float64(p.Wrong) * float64(p.Wrong) / float64(p.Judged())
}

// Worst ranks by harm, the most harmful first.
func Worst(of map[string]Precision) []Precision {
	return slices.SortedFunc(maps.Values(of), func(a, b Precision) int {
		return cmp.Or(cmp.Compare(b.Harm(), a.Harm()), cmp.Compare(b.Missed, a.Missed), cmp.Compare(b.Judged(), a.Judged()), cmp.Compare(a.Name, b.Name))
	})
}

// label is a rule or category on a review, or on the one of its texts that it was
// removed from while the other kept it.
type label struct {
	key  string
	part Part
	name string
}

// Precisions counts, by rule and by category, the labels that people accepted and
// removed, and the categories that they added. The last act on a label counts. A
// label of both texts is one, unless it was removed from one of them alone.
func Precisions(list []Correction) (byRule, byCategory map[string]Precision) {
	rules, categories, missed := map[label]bool{}, map[label]bool{}, map[label]bool{}
	for i := range list {
		c := &list[i]
		before := Labels{Text: c.Before, FollowUp: c.BeforeFollowUp}.All()
		of := func(name string) label { return label{c.Key, "", name} }
		if c.Action == Remove && c.leaves() {
			of = func(name string) label { return label{c.Key, c.Part, name} }
		}
		switch c.Action {
		case Accept:
			for _, r := range c.Rules {
				rules[of(r)] = true
			}
			for _, id := range before {
				if l := of(id); !missed[l] { // a category that a person added is no label of the classifier
					categories[l] = true
				}
			}
		case Remove, Template:
			for _, r := range c.Rules {
				rules[of(r)] = false
			}
			for _, id := range before {
				if l := of(id); c.Action == Template || id == c.Category {
					if missed[l] {
						delete(missed, l)
					} else {
						categories[l] = false
					}
				}
			}
		case Add:
			l, apart := of(c.Category), label{c.Key, c.Part, c.Category}
			if right, judged := categories[apart]; judged && !right { // removed, and put back
				categories[apart] = true
			} else if _, judged := categories[l]; judged {
				categories[l] = true
			} else if !slices.Contains(before, c.Category) {
				missed[l] = true
			}
		}
	}
	return count(rules, nil), count(categories, missed)
}

// count sums verdicts by name.
func count(right map[label]bool, missed map[label]bool) map[string]Precision {
	out := map[string]Precision{}
	for l, yes := range right {
		p := out[l.name]
		if yes {
			p.Right++
		} else {
			p.Wrong++
		}
		out[l.name] = p
	}
	for l := range missed {
		p := out[l.name]
		p.Missed++
		out[l.name] = p
	}
	for name, p := range out {
		p.Name = name
		if p.Judged() > 0 {
			p.Share = float64(p.Right) / float64(p.Judged())
		}
		p.Low, p.High = crosstab.Wilson(p.Right, p.Judged())
		out[name] = p
	}
	return out
}
