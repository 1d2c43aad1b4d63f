// Package datasettest makes datasets for tests.
package datasettest

import (
	"testing"

	"chaping/classifier"
	"chaping/internal/dataset"
	"chaping/internal/pipeline"
	"chaping/internal/review"
	"chaping/lexicon"
)

// New makes a dataset of one import of records, classified as food by the
// built-in rules, in a folder of the test. It is open for writing until the test ends.
func New(t testing.TB, records []review.Record) (*dataset.Dir, *classifier.Classifier) {
	t.Helper()
	lex, err := lexicon.Load()
	if err != nil {
		t.Fatal(err)
	}
	cls := classifier.New(lex)
	d, err := dataset.Open(t.TempDir(), dataset.Write)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	im, err := d.Begin(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range records {
		a, err := pipeline.Annotate(cls, "food", &records[i])
		if err != nil {
			t.Fatal(err)
		}
		p, err := im.Prepare(&a)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := im.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := im.Commit(nil); err != nil {
		t.Fatal(err)
	}
	return d, cls
}
