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
	path := filepath.Join(d.path, correctionsName)
	if d.mode == Read {
		list, revision, err := correction.Read(path)
		d.corrections, d.revision = correction.ByKey(list), revision
		return err
	}
	store, err := correction.Open(path)
	if err != nil {
		return err
	}
	d.store = store
	return d.rereadCorrections()
}

// Correct keeps corrections; when it returns they are on disk. The dataset must
// be open for writing.
func (d *Dir) Correct(list ...correction.Correction) ([]correction.Correction, error) {
	if d.mode != Write {
		return nil, errors.New("dataset: opened for reading")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.store == nil {
		store, err := correction.Open(filepath.Join(d.path, correctionsName))
		if err != nil {
			return nil, err
		}
		d.store = store
		if err := syncFolder(d.path); err != nil {
			return nil, err
		}
	}
	added, err := d.store.Add(list...)
	if err != nil {
		return nil, err
	}
	return added, d.rereadCorrections()
}

// UndoCorrection takes a correction back.
func (d *Dir) UndoCorrection(seq uint64) (correction.Correction, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
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
	if err != nil {
		return err
	}
	d.corrections = correction.ByKey(list)
	d.revision, err = d.store.Revision()
	return err
}

// Revision is a number that each correction raises, also one that is undone; 0
// where there were none.
func (d *Dir) Revision() uint64 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.revision
}

// Changed lists the reviews whose corrections changed after a revision, and the
// revision that they are of. The dataset must be open for writing.
func (d *Dir) Changed(after uint64) (keys []string, revision uint64, err error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.store == nil {
		return nil, d.revision, nil
	}
	return d.store.Changed(after)
}

// Corrections lists what people said, in their order.
func (d *Dir) Corrections() []correction.Correction {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var out []correction.Correction
	for _, list := range d.corrections {
		out = append(out, list...)
	}
	slices.SortFunc(out, func(a, b correction.Correction) int { return int(a.Seq) - int(b.Seq) })
	return out
}

// correct applies what people said to a review.
func (d *Dir) correct(r *Review) {
	d.mu.RLock()
	list := d.corrections[r.Key]
	d.mu.RUnlock()
	if len(list) == 0 {
		return
	}
	r.Corrected = true
	r.Labels, r.Template = correction.Apply(r.Labels, r.Template, list)
	takeAway(&r.Result, r.Labels)
	if f := r.FollowUp; f != nil { // what is removed is removed from both texts
		f.Labels = slices.DeleteFunc(f.Labels, func(id string) bool {
			return slices.ContainsFunc(list, func(c correction.Correction) bool { return c.Action == correction.Remove && c.Category == id })
		})
		if r.Template {
			f.Labels = []string{}
		}
		takeAway(&f.Result, f.Labels)
	}
}

// takeAway moves the hits of labels that are gone to the suppressed ones.
func takeAway(r *classifier.Result, labels []string) {
	kept := []classifier.Hit{}
	for _, h := range r.Hits {
		if slices.Contains(labels, h.Category) {
			kept = append(kept, h)
		} else {
			r.Suppressed = append(r.Suppressed, classifier.Suppressed{Hit: h, Reason: Corrected})
		}
	}
	r.Hits = kept
}

// At reads one review: the i-th of a segment, counted from 0.
func (d *Dir) At(segment string, i int) (*Review, error) {
	segments := d.Segments()
	at := slices.IndexFunc(segments, func(s Segment) bool { return s.Name == segment })
	if at < 0 || i < 0 || i >= segments[at].Rows {
		return nil, fmt.Errorf("segment %s has no review %d", segment, i)
	}
	return d.one(segments[at], i)
}
