package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"chaping/classifier"
	"chaping/internal/neardup"
	"chaping/internal/review"
	"chaping/lexicon"
)

// minCopies is how many reviews of the same text without a complaint are taken
// for copied praise.
const minCopies = 3

// maxClustered is how many records are looked at for copies: their sketches take
// some 60 bytes each.
const maxClustered = 1_000_000

// FindClusters reads all records and finds those with nearly the same text in
// different orders. Clusters.Of takes a record's number, as [Steps].Work gets
// it. With more than a million records, which would take too much memory, it
// returns nil: no clusters are known. The error of an interruption says
// how many records were read.
func FindClusters(ctx context.Context, workers int, read func() (review.Record, error)) (*neardup.Clusters, error) {
	type sketch struct {
		order     string
		signature neardup.Signature
	}
	texts := sync.Pool{New: func() any { return new(lexicon.Text) }}
	d := neardup.New(neardup.Options{MaxTexts: maxClustered})
	n := 0
	err := Run(ctx, workers, Steps[sketch]{
		Read: read,
		Work: func(_ int, r *review.Record) (sketch, error) {
			t := texts.Get().(*lexicon.Text)
			defer texts.Put(t)
			t.Reset(r.Text)
			return sketch{r.OrderID, neardup.Sketch(t.Runes)}, nil
		},
		Emit:   func(s sketch) error { n++; return d.Add(s.order, s.signature) },
		Reject: func(*review.RowError) error { return nil },
	})
	if errors.Is(err, neardup.ErrFull) {
		return nil, nil
	}
	var clusters *neardup.Clusters
	if err == nil {
		clusters, err = d.Clusters(ctx)
	}
	if errors.Is(err, context.Canceled) {
		err = fmt.Errorf("interrupted while looking for copied texts among %d reviews: none is classified yet", n)
	}
	return clusters, err
}

// Again classifies a review once more, which keeps its id and cluster.
func (a *Annotation) Again(c *classifier.Classifier, industry string) (Annotation, error) {
	again, err := Annotate(c, industry, a.Record)
	again.ID, again.Cluster = a.ID, a.Cluster
	again.copied()
	return again, err
}

// Join notes the i-th record's cluster. What several orders share and does not
// complain, by its text or its star, is a template.
func (a *Annotation) Join(clusters *neardup.Clusters, i int) {
	if clusters == nil {
		return
	}
	id, size := clusters.Of(i)
	if id == 0 {
		return
	}
	a.Cluster = &Cluster{id, size}
	a.copied()
}

// copied makes a template of what several orders share.
func (a *Annotation) copied() {
	if a.Cluster != nil && a.Cluster.Size >= minCopies && len(a.Labels) == 0 && (a.Record.Star == 0 || a.Record.Star >= 4) {
		a.Template = true
	}
}
