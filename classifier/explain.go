package classifier

import (
	"strings"

	"chaping/lexicon"
)

// Explanation shows what each stage made of a text.
type Explanation struct {
	Normalized string   `json:"normalized"`
	Clauses    []string `json:"clauses"` // of the normalised text
	// Cues are those of the clauses where a rule matched: nobody looks for others.
	Cues []CueHit `json:"cues"`
	// Candidates are the matches but for those that a longer one of their
	// category covers, with the verdict: Reason is empty where the hit counts.
	// Cue then has the words that spoke most for one that was learned.
	Candidates []Suppressed `json:"candidates"`
	Result     Result       `json:"result"`
}

// CueHit is a word that may change what a match means.
type CueHit struct {
	Kind lexicon.CueKind `json:"kind"`
	Text string          `json:"text"` // normalised
}

// Explain classifies like [Classifier.Classify] and tells how. It is slower.
func (c *Classifier) Explain(industry, text string) (Explanation, error) {
	s, release, err := c.acquire(industry)
	if err != nil {
		return Explanation{}, err
	}
	defer release()
	e := Explanation{Clauses: []string{}, Cues: []CueHit{}, Candidates: []Suppressed{}}
	e.Result = s.classify(text)
	e.Normalized = string(s.text.Runes)
	for at := int32(0); at < int32(len(s.text.Runes)); {
		end := at + 1
		for end < int32(len(s.clauses)) && s.clauses[end] == s.clauses[at] {
			end++
		}
		e.Clauses = append(e.Clauses, s.slice(at, end))
		at = end
	}
	for i, kind := range lexicon.CueKinds {
		for _, cue := range s.cues[i] {
			e.Cues = append(e.Cues, CueHit{kind, s.slice(cue.start, cue.end)})
		}
	}
	for i := range s.candidates {
		cand := &s.candidates[i]
		if cand.index < 0 {
			cand.cue = strings.Join(s.weights.words(s, cand), " ")
		}
		e.Candidates = append(e.Candidates, Suppressed{s.quote(cand), cand.reason, cand.cue})
	}
	return e, nil
}
