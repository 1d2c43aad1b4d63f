package classifier

import (
	"fmt"

	"chaping/lexicon"
)

// CheckExamples runs every rule of an industry on its own match and no_match
// texts and reports those where it is wrong, with file, line and remedy. What
// other rules find in a text does not count.
func (c *Classifier) CheckExamples(industry string) ([]error, error) {
	s, release, err := c.acquire(industry)
	if err != nil {
		return nil, err
	}
	defer release()
	var out []error
	complain := func(r *lexicon.Rule, text, what string) {
		out = append(out, fmt.Errorf("lexicon: %s:%d: rule %q: %s %q: correct the pattern or the text", r.File, r.Line, r.ID, what, text))
	}
	for i := range s.industry.Rules {
		r := &s.industry.Rules[i]
		if r.When != "" && !s.industry.Switches[r.When] {
			continue
		}
		for _, text := range r.Match {
			if !s.finds(r, text) {
				complain(r, text, "does not find its match")
			}
		}
		for _, text := range r.NoMatch {
			if s.finds(r, text) {
				complain(r, text, "finds its no_match")
			}
		}
	}
	return out, nil
}

// Finds reports whether a rule alone finds a text, as its match texts must be found.
// An unknown rule finds nothing.
func (c *Classifier) Finds(industry, rule, text string) (bool, error) {
	s, release, err := c.acquire(industry)
	if err != nil {
		return false, err
	}
	defer release()
	for i := range s.industry.Rules {
		if r := &s.industry.Rules[i]; r.ID == rule {
			return s.finds(r, text), nil
		}
	}
	return false, nil
}

// finds reports whether the rule alone finds text.
func (s *scan) finds(r *lexicon.Rule, text string) bool {
	s.run(text)
	s.judge()
	for _, c := range s.candidates {
		if c.rule == r && c.reason == "" {
			return true
		}
	}
	return false
}
