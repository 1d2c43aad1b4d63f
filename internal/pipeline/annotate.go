// Package pipeline takes reviews from records to results: [Annotate] is the
// one step a record that every command and server shares, free of files,
// clocks and globals; [Run] does it on all cores and keeps the order.
package pipeline

import (
	"errors"
	"fmt"

	"chaping/classifier"
	"chaping/internal/review"
)

// Annotation is what is known of one review after classification.
type Annotation struct {
	ID string `json:"id"`
	classifier.Result
	// Cluster tells of other orders with nearly the same text, nil where there are none.
	Cluster *Cluster `json:"cluster,omitempty"`
	// FollowUp is the result of the follow-up text (追评), nil where there is none.
	FollowUp *FollowUp `json:"follow_up,omitempty"`
	// Lexicon is the hash of the lexicon that the labels come from.
	Lexicon string `json:"lexicon"`
	// Record is the review itself.
	Record *review.Record `json:"review,omitempty"`
	// Identity is the record's as it was read, where it was filled in since.
	Identity []string `json:"-"`
}

// Cluster is a group of reviews of different orders with nearly the same text.
type Cluster struct {
	ID   int `json:"id"`   // 1-based, in order of first appearance
	Size int `json:"size"` // reviews in it, at least 2
}

// FollowUp is the result of a follow-up text. Its offsets are into that text.
type FollowUp struct {
	classifier.Result
	Days *int `json:"days,omitempty"` // since the review (or what the export counts from), nil when unknown
}

// Annotate gives a record's courier and province their canonical names and
// classifies its texts. The record's own industry wins over the one given. An industry that the lexicon lacks gives a *[review.RowError]
// that names the record's place; any other error is a fault of the lexicon.
func Annotate(c *classifier.Classifier, industry string, r *review.Record) (Annotation, error) {
	r.Canonical()
	if r.Industry != "" {
		industry = r.Industry
	}
	a := Annotation{ID: r.ID, Lexicon: c.Lexicon().Hash, Record: r}
	if a.ID == "" {
		a.ID = fmt.Sprint(r.Source.Row)
	}
	var err error
	if a.Result, err = c.Classify(industry, r.Text); err != nil {
		return a, reject(r, err)
	}
	if r.FollowUp != "" {
		f := FollowUp{Days: r.FollowUpDays}
		if f.Result, err = c.Classify(industry, r.FollowUp); err != nil {
			return a, reject(r, err)
		}
		a.FollowUp = &f
	}
	return a, nil
}

// reject makes a rejected row of an unknown industry. Raw is the record as
// read, in JSON, whatever form it had in the export.
func reject(r *review.Record, err error) error {
	var unknown *classifier.UnknownIndustryError
	if !errors.As(err, &unknown) {
		return err
	}
	raw, marshalErr := r.MarshalJSON()
	if marshalErr != nil {
		return marshalErr
	}
	return &review.RowError{
		File: r.Source.File, Sheet: r.Source.Sheet, Row: r.Source.Row, Column: "industry", Reason: err.Error(),
		Remedy: "correct it, or leave it out and name the industry with --industry", Raw: raw,
	}
}
