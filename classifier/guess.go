package classifier

import (
	"cmp"
	"slices"
)

// Guess is a category that a text may complain about although it was not found.
type Guess struct {
	Category string
	// Score is what the learned weights say: a category is found where it is above
	// 0 and the text complains at all.
	Score float32
}

// Guesses ranks the categories that [Classifier.Classify] does not find in a text by what the
// learned weights say of them, the likeliest first. There are none where the
// industry has no weights, nor for a text that rules explain in full.
func (c *Classifier) Guesses(industry, text string) ([]Guess, error) {
	s, release, err := c.acquire(industry)
	if err != nil {
		return nil, err
	}
	defer release()
	found := s.classify(text)
	if s.weights == nil {
		return nil, nil
	}
	root := s.sumUp()
	var out []Guess
	for i, k := range s.weights.categories {
		if k.category >= 0 && s.sums.bestAt[i] >= 0 && !slices.Contains(found.Labels, k.rule.Category) {
			out = append(out, Guess{k.rule.Category, s.says(i, root)})
		}
	}
	slices.SortStableFunc(out, func(a, b Guess) int { return cmp.Compare(b.Score, a.Score) })
	return out, nil
}
