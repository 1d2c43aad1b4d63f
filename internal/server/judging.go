package server

import (
	"cmp"
	"net/http"
	"slices"
	"unicode/utf8"

	"chaping/classifier"
	"chaping/index"
	"chaping/internal/correction"
	"chaping/internal/dataset"
	"chaping/internal/pii"
	"chaping/internal/sheet"
	"chaping/lexicon"
)

// judging is a review with all that a person needs to judge its labels.
type judging struct {
	shownReview
	Texts      []judgedText
	Categories []lexicon.Category // that it may have
	MayWrite   bool               // whether the person may judge
	State      cleanState         // of the correction page
	Next       string             // where the next review is, on the correction page
	Back       string             // where to return to, on other pages
}

// judgedText is one of the texts of a review.
type judgedText struct {
	Part        correction.Part
	Title       string
	Parts       []index.Part
	Labels      []judgedLabel
	Suggestions []suggestion
}

// judgedLabel is a label of a text with the hits that prove it.
type judgedLabel struct {
	ID   string
	Key  string // that removes it, empty where the keys have run out
	Hits []classifier.Hit
	// Words are those that the person who added the label named.
	Words string
}

// suggestion is a category that a text may lack.
type suggestion struct {
	Category string
	Words    string // that say so, empty where nobody knows
	Why      string
	Key      string // that adds it
}

// The keys that remove labels and add suggestions.
const (
	removeKeys  = "123456789"
	suggestKeys = "qwer"
)

// judge prepares a review for judgement.
func (s *Server) judge(r *http.Request, found *dataset.Review) (*judging, error) {
	industry := cmp.Or(found.Record.Industry, s.opt.Industry)
	j := &judging{shownReview: s.show(found), MayWrite: s.client(r).write, Categories: s.lexiconOf(industry).Categories}
	j.Texts = []judgedText{{Part: correction.Text, Title: "首评", Parts: j.Parts}}
	results := []*classifier.Result{&j.Result}
	if j.FollowUp != nil {
		j.Texts = append(j.Texts, judgedText{Part: correction.FollowUp, Title: "追评", Parts: j.FollowUpParts})
		results = append(results, &j.FollowUp.Result)
	}
	removing, adding := removeKeys, suggestKeys
	key := func(left *string) (key string) {
		if *left != "" {
			key, *left = (*left)[:1], (*left)[1:]
		}
		return key
	}
	for i := range j.Texts {
		t, result := &j.Texts[i], results[i]
		for _, id := range result.Labels {
			l := judgedLabel{ID: id, Key: key(&removing)}
			for _, h := range result.Hits {
				if h.Category == id {
					l.Hits = append(l.Hits, h)
				}
			}
			for _, c := range j.Corrections {
				if c.Action == correction.Add && c.Category == id && cmp.Or(c.Part, correction.Text) == t.Part {
					l.Words = pii.Mask(c.Words)
				}
			}
			t.Labels = append(t.Labels, l)
		}
		list, err := s.suggest(industry, textOf(found, t.Part), result)
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			if x.Key = key(&adding); x.Key != "" {
				t.Suggestions = append(t.Suggestions, x)
			}
		}
	}
	return j, nil
}

// A text gets at most maxGuesses suggestions of the learned weights, whose scores
// are above leastGuess: what is below was never near.
const (
	maxGuesses = 2
	leastGuess = -3
)

// suggest lists categories that a text may lack: those of matches that were set
// aside, negated ones last, then the weights' best guesses. What gave way to a
// label that says it better is none of them.
func (s *Server) suggest(industry, text string, result *classifier.Result) ([]suggestion, error) {
	var out []suggestion
	has := func(id string) bool {
		return slices.Contains(result.Labels, id) || slices.ContainsFunc(out, func(x suggestion) bool { return x.Category == id })
	}
	for _, negated := range []bool{false, true} {
		for _, h := range result.Suppressed {
			if has(h.Category) || h.Reason == dataset.Corrected || h.Reason == classifier.Weak || (h.Reason == classifier.Negated) != negated {
				continue
			}
			x := suggestion{Category: h.Category, Words: h.Text, Why: cmp.Or(reasonTitles[h.Reason], string(h.Reason))}
			if utf8.RuneCountInString(x.Words) > correction.MaxWords || !sheet.Quotes(text, x.Words) { // too long, or personal data that was masked
				x.Words = ""
			}
			out = append(out, x)
		}
	}
	if s.lexiconOf(industry).ID != industry { // an industry that the rules no longer have
		return out, nil
	}
	guesses, err := s.cls.Load().Guesses(industry, text)
	if err != nil {
		return nil, err
	}
	for _, g := range guesses[:min(maxGuesses, len(guesses))] {
		if g.Score > leastGuess && !has(g.Category) {
			out = append(out, suggestion{Category: g.Category, Why: "从用词推测"})
		}
	}
	return out, nil
}
