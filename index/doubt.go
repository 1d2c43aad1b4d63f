package index

import (
	"slices"
	"unicode/utf8"

	"chaping/classifier"
	"chaping/internal/dataset"
	"chaping/lexicon"
)

// Reasons to look at a review before others. The classifier has no probabilities;
// these are signs with which its labels were wrong more often on gold texts
// (see TestDoubt).
const (
	doubtStar  = "star"  // many stars with a problem, or few without one
	doubtMany  = "many"  // three labels or more
	doubtLong  = "long"  // more than longText characters and a label: there may be others
	doubtAside = "aside" // something was set aside, other than by negation, and is no label
	doubtBoth  = "both"  // a category counts in one place and was set aside in another
	doubtVague = "vague" // a label rests on vague words alone (质量差)
	doubtRule  = "rule"  // a label rests on no rule: learned weights found it
)

// longText is how many characters a review has at most that says one thing.
const longText = 60

// aside are the reasons for which a match is set aside that are wrong now and then.
var aside = []classifier.Reason{
	classifier.Excluded, classifier.InWord, classifier.Unless, classifier.Question, classifier.Condition, classifier.Worry, classifier.Past, classifier.Other,
	classifier.Hearsay, classifier.Unlike,
}

// doubts lists the reasons to doubt the labels of a review, none of one that a
// person has looked at.
func doubts(r *dataset.Review, ind *lexicon.Industry) []string {
	if r.Corrected {
		return nil
	}
	seen := map[string]bool{}
	results := []classifier.Result{r.Result}
	length, labels := utf8.RuneCountInString(r.Record.Text), r.AllLabels().All()
	if r.FollowUp != nil {
		results = append(results, r.FollowUp.Result)
		length = max(length, utf8.RuneCountInString(r.Record.FollowUp))
	}
	for _, res := range results {
		for i := range res.Suppressed {
			s := &res.Suppressed[i]
			has := slices.Contains(res.Labels, s.Category)
			seen[doubtBoth] = seen[doubtBoth] || has && s.Reason != classifier.Outranked
			seen[doubtAside] = seen[doubtAside] || !has && slices.Contains(aside, s.Reason)
		}
		for _, id := range res.Labels {
			reason := weakest(&res, id, ind)
			seen[reason] = true
		}
	}
	seen[doubtMany] = len(labels) >= 3
	seen[doubtLong] = len(labels) > 0 && length > longText
	if star := r.Record.Star; star > 0 && !r.Template {
		seen[doubtStar] = star >= 4 && len(labels) > 0 || star <= 2 && len(labels) == 0
	}
	var out []string
	for _, reason := range []string{doubtStar, doubtMany, doubtLong, doubtAside, doubtBoth, doubtVague, doubtRule} {
		if seen[reason] {
			out = append(out, reason)
		}
	}
	return out
}

// weakest is doubtVague where all hits of a category are of rules for the vague,
// doubtRule where they are of no rule, and else empty.
func weakest(res *classifier.Result, category string, ind *lexicon.Industry) (reason string) {
	for _, h := range res.Hits {
		if h.Category != category {
			continue
		}
		i := slices.IndexFunc(ind.Rules, func(r lexicon.Rule) bool { return r.ID == h.Rule })
		switch {
		case i < 0:
			reason = doubtRule
		case len(ind.Rules[i].Weak)+len(ind.Rules[i].WeakNear) == 0:
			return ""
		case reason == "":
			reason = doubtVague
		}
	}
	return reason
}
