package classifier

// RuleMatches reports whether the rule alone finds text: what other rules say
// of it does not count.
func (c *Classifier) RuleMatches(industry, rule, text string) (bool, error) {
	e, err := c.engines[industry].build()
	if err != nil {
		return false, err
	}
	s := newScan(e)
	s.run(text)
	s.judge()
	for _, cand := range s.candidates {
		if cand.rule.ID == rule && cand.reason == "" {
			return true, nil
		}
	}
	return false, nil
}
