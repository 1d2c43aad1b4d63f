package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"chaping/classifier"
	"chaping/internal/correction"
	"chaping/internal/orders"
)

// Corrected is the reason of hits that a person took away.
const Corrected classifier.Reason = "corrected"

// ErrCorrections says that the corrections are damaged or gone.
var ErrCorrections = errors.New("the corrections cannot be read")

// readCorrections reads what people said, if they did.
func (d *Dir) readCorrections() error {
	path := filepath.Join(d.path, correctionsName)
	info, err := os.Stat(path)
	gone := errors.Is(err, os.ErrNotExist)
	if err != nil && !gone {
		return err
	}
	if empty := gone || info.Size() == 0; empty && d.manifest.Corrections {
		return d.damagedCorrections(fmt.Errorf("%s is gone or empty, and the dataset had corrections", path))
	} else if gone || empty && d.mode == Read { // its maker was killed before the first act
		return nil
	}
	var list []correction.Correction
	if d.mode == Read {
		list, d.revision, err = correction.Read(path)
	} else if d.store, err = correction.Open(path); err == nil {
		list, err = d.store.All()
	}
	if errors.Is(err, correction.ErrDamaged) {
		return d.damagedCorrections(err)
	}
	if err != nil {
		return err
	}
	d.corrections = correction.ByKey(list)
	if d.store == nil {
		return nil
	}
	if d.revision, err = d.store.Revision(); err != nil || d.manifest.Corrections {
		return err
	}
	return d.writeManifest() // of an older chaping, or the file was copied here
}

func (d *Dir) damagedCorrections(what error) error {
	return fmt.Errorf("%w: %w: restore the file from a backup, or run chaping correct mend --data %s, which keeps those that can still be read", ErrCorrections, what, filepath.Clean(d.path))
}

// MendCorrections replaces the file of corrections, where it is damaged or gone, by
// one with those that can still be read; ok is false where it is sound. The index,
// which has lost ones too, is removed.
func MendCorrections(path string) (m correction.Mended, ok bool, err error) {
	d, err := openFolder(path, Read) // does not make one
	if err != nil {
		return m, false, err
	}
	if err := d.Close(); err != nil {
		return m, false, err
	}
	if d, err = openFolder(path, Write); err != nil {
		return m, false, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.readCorrections(); !errors.Is(err, ErrCorrections) {
		return m, false, err
	}
	if err := os.RemoveAll(d.IndexPath()); err != nil {
		return m, false, err
	}
	if m, err = correction.Mend(filepath.Join(d.path, correctionsName)); err != nil {
		return m, false, err
	}
	return m, true, syncFolder(d.path)
}

// Correct keeps corrections, all or none; when it returns they are on disk. The
// dataset must be open for writing.
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
		d.store, d.corrections = store, map[string][]correction.Correction{}
		if err := syncFolder(d.path); err != nil { // that the file is there must be on disk as well
			return nil, err
		}
	}
	if !d.manifest.Corrections {
		if err := d.writeManifest(); err != nil {
			return nil, err
		}
	}
	added, err := d.store.Add(list...)
	if err != nil {
		return nil, err
	}
	for _, c := range added {
		d.corrections[c.Key] = append(d.corrections[c.Key], c)
		d.revision = c.Seq
	}
	return added, nil
}

// UndoCorrection takes a correction back. The error is [correction.ErrUnknown]
// where there is none.
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
	return c, d.forget(c)
}

// UndoCorrections takes back all that were made at once and are still there.
func (d *Dir) UndoCorrections(batch uint64) ([]correction.Correction, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.store == nil {
		return nil, correction.ErrUnknown
	}
	list, err := d.store.UndoBatch(batch)
	if err != nil {
		return nil, err
	}
	return list, d.forget(list...)
}

// forget takes corrections out of what is held in memory. Readers may still go
// through the old lists.
func (d *Dir) forget(list ...correction.Correction) (err error) {
	for _, c := range list {
		left := slices.DeleteFunc(slices.Clone(d.corrections[c.Key]), func(o correction.Correction) bool { return o.Seq == c.Seq })
		if d.corrections[c.Key] = left; len(left) == 0 {
			delete(d.corrections, c.Key)
		}
	}
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
	slices.SortFunc(out, func(a, b correction.Correction) int { return cmp.Compare(a.Seq, b.Seq) })
	return out
}

// CorrectionsOf lists what people said of a review, in their order.
func (d *Dir) CorrectionsOf(key string) []correction.Correction {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Clip(d.corrections[key])
}

// correct applies what people said to a review.
func (d *Dir) correct(r *Review) { r.Apply(d.CorrectionsOf(r.Key)...) }

// Apply applies corrections to a review, after those that it has already.
func (r *Review) Apply(list ...correction.Correction) {
	if len(list) == 0 {
		return
	}
	r.Corrected, r.Corrections = true, append(slices.Clip(r.Corrections), list...)
	l := r.AllLabels()
	seen := r.seen()
	for i := range list {
		followUp := l.FollowUp
		l = correction.Apply(l, list[i:i+1])
		if c := &list[i]; c.Seen != 0 && c.Seen != seen { // of another follow-up or of none: this one says what it says
			l.FollowUp = followUp
			l.Template = l.Template && len(followUp) == 0
		}
	}
	r.Template = l.Template
	r.Labels = append([]string{}, l.Text...)
	takeAway(&r.Result, r.Labels)
	if r.FollowUp != nil {
		followUp := *r.FollowUp // others may hold it
		followUp.Labels = append([]string{}, l.FollowUp...)
		takeAway(&followUp.Result, followUp.Labels)
		r.FollowUp = &followUp
	}
}

// AllLabels are the labels of a review as corrections see them.
func (r *Review) AllLabels() correction.Labels {
	l := correction.Labels{Text: r.Labels, Template: r.Template}
	if r.FollowUp != nil {
		l.FollowUp = r.FollowUp.Labels
	}
	return l
}

// Describe notes in a correction what it is said of: the labels as they are and
// the rules behind its category or, without one, behind all, in the texts that
// it is said of.
func (r *Review) Describe(c *correction.Correction) {
	c.Before, c.BeforeTemplate, c.Rules = slices.Clone(r.Labels), r.Template, nil
	var hits []classifier.Hit
	if c.Part != correction.FollowUp {
		hits = r.Hits
	}
	c.Seen = r.seen()
	if r.FollowUp != nil {
		c.BeforeFollowUp = slices.Clone(r.FollowUp.Labels)
		if c.Part != correction.Text {
			hits = slices.Concat(hits, r.FollowUp.Hits)
		}
	}
	for _, h := range hits {
		if (c.Category == "" || h.Category == c.Category) && !slices.Contains(c.Rules, h.Rule) {
			c.Rules = append(c.Rules, h.Rule)
		}
	}
}

// noFollowUp is what Correction.Seen is for a review without one.
const noFollowUp = -1

// seen names the follow-up text of the review for Correction.Seen.
func (r *Review) seen() int64 {
	return cmp.Or(orders.Digest(r.Record.FollowUp), r.followUpDigest, noFollowUp)
}

// takeAway moves the hits of labels that are gone to the suppressed ones.
func takeAway(r *classifier.Result, labels []string) {
	kept := []classifier.Hit{}
	for _, h := range r.Hits {
		if slices.Contains(labels, h.Category) {
			kept = append(kept, h)
		} else {
			r.Suppressed = append(slices.Clip(r.Suppressed), classifier.Suppressed{Hit: h, Reason: Corrected})
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
