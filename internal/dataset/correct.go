package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"chaping/classifier"
	"chaping/internal/correction"
)

// Corrected is the reason of hits that a person took away.
const Corrected classifier.Reason = "corrected"

// readCorrections reads what people said, if they did.
func (d *Dir) readCorrections() error {
	if _, err := os.Stat(filepath.Join(d.path, correctionsName)); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	store, err := correction.Open(filepath.Join(d.path, correctionsName))
	if err != nil {
		return err
	}
	list, err := store.All()
	d.corrections = correction.ByKey(list)
	if d.mode == Write && err == nil {
		d.store = store
		return nil
	}
	return errors.Join(err, store.Close())
}

// Correct keeps corrections; when it returns they are on disk. The dataset must
// be open for writing.
func (d *Dir) Correct(list ...correction.Correction) ([]correction.Correction, error) {
	if d.mode != Write {
		return nil, errors.New("dataset: opened for reading")
	}
	if d.store == nil {
		store, err := correction.Open(filepath.Join(d.path, correctionsName))
		if err != nil {
			return nil, err
		}
		d.store = store
	}
	added, err := d.store.Add(list...)
	if err != nil {
		return nil, err
	}
	return added, d.rereadCorrections()
}

// UndoCorrection takes a correction back.
func (d *Dir) UndoCorrection(seq uint64) (correction.Correction, error) {
	if d.store == nil {
		return correction.Correction{}, correction.ErrUnknown
	}
	c, err := d.store.Undo(seq)
	if err != nil {
		return c, err
	}
	return c, d.rereadCorrections()
}

func (d *Dir) rereadCorrections() error {
	list, err := d.store.All()
	d.corrections = correction.ByKey(list)
	return err
}

// Corrections lists what people said, in their order.
func (d *Dir) Corrections() []correction.Correction {
	var out []correction.Correction
	for _, list := range d.corrections {
		out = append(out, list...)
	}
	slices.SortFunc(out, func(a, b correction.Correction) int { return int(a.Seq) - int(b.Seq) })
	return out
}

// correct applies what people said to a review.
func (d *Dir) correct(r *Review) {
	list := d.corrections[r.Key]
	if len(list) == 0 {
		return
	}
	r.Corrected = true
	r.Labels, r.Template = correction.Apply(r.Labels, r.Template, list)
	kept := r.Hits[:0]
	for _, h := range r.Hits {
		if slices.Contains(r.Labels, h.Category) {
			kept = append(kept, h)
		} else {
			r.Suppressed = append(r.Suppressed, classifier.Suppressed{Hit: h, Reason: Corrected})
		}
	}
	r.Hits = kept
}

// At reads one review: the i-th of a segment, counted from 0.
func (d *Dir) At(segment string, i int) (*Review, error) {
	at := slices.IndexFunc(d.manifest.Segments, func(s Segment) bool { return s.Name == segment })
	if at < 0 || i < 0 || i >= d.manifest.Segments[at].Rows {
		return nil, fmt.Errorf("segment %s has no review %d", segment, i)
	}
	return d.one(d.manifest.Segments[at], i)
}
