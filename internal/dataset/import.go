package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"chaping/internal/orders"
	"chaping/internal/pipeline"
)

// Importer takes the reviews of one import.
type Importer struct {
	d       *Dir
	w       *segmentWriter
	known   map[reviewKey]place
	updates map[reviewKey]*pipeline.Annotation // reviews with another follow-up than they have
	files   map[string]string                  // checksum by name
	said    map[reviewKey]time.Time            // when the follow-ups of its new reviews were, where known
	// Known counts reviews that the dataset had already, Updated those of them that got
	// another follow-up; once Commit returned, Known is without those.
	Known, Updated int
	// Industry is that of reviews that name none; the dataset remembers it.
	Industry string
	// OrdersAnew gives up the shipped base, which is damaged: it begins with the orders
	// of this import.
	OrdersAnew bool
	lexicon    string
	number     int // of the segment to come

	lines      orders.Lines // of order exports
	orderFiles []Import
}

// reviewKey is a review's key, which is written in hexadecimal digits.
type reviewKey [10]byte

// place is where a review lies, and what its follow-up is.
type place struct {
	segment, row int // segment is one past the last for the import itself
	followUp     int64
}

// Begin begins an import of files. The caller ends it with Commit or Abandon.
func (d *Dir) Begin(files []Import) (*Importer, error) {
	if d.mode != Write {
		return nil, errors.New("dataset: opened for reading")
	}
	im := &Importer{d: d, known: map[reviewKey]place{}, updates: map[reviewKey]*pipeline.Annotation{}, files: map[string]string{}, said: map[reviewKey]time.Time{}}
	d.mu.RLock()
	im.number = d.manifest.Next
	d.mu.RUnlock()
	for _, f := range files {
		im.files[f.Name] = f.SHA256
	}
	type known struct {
		Key      string `parquet:"key"`
		FollowUp int64  `parquet:"follow_up_digest"`
	}
	for i, s := range d.Segments() {
		n := 0
		err := read(d, s, func(r *known) error {
			at := n
			if n++; s.IsGone(at) {
				return nil
			}
			var key reviewKey
			if _, err := hex.Decode(key[:], []byte(r.Key)); err != nil {
				return fmt.Errorf("%s: row %d: key: %w", s.Name, at, err)
			}
			im.known[key] = place{i, at, r.FollowUp}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	var err error
	im.w, err = d.newSegmentWriter()
	return im, err
}

// key is the same whenever the review is imported: from its identity or, where
// it has none, from the bytes of its file and its place in it.
func (im *Importer) key(a *pipeline.Annotation) reviewKey {
	parts := a.Identity
	if parts == nil {
		parts = a.Record.Identity()
	}
	if parts == nil {
		src := a.Record.Source
		file, member, _ := strings.Cut(src.File, "!") // of an archive
		from := im.files[file]
		if from == "" { // a pipe: its rows are new, whatever came before
			from = fmt.Sprint("import ", im.number)
		}
		parts = []string{"row", from, member, src.Sheet, fmt.Sprint(src.Row)}
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return reviewKey(sum[:])
}

// Prepared is a review as an import takes it.
type Prepared struct {
	annotation *pipeline.Annotation
	key        reviewKey
	row        row
}

// Prepare makes a review ready, which is most of the work of adding it. It may be
// called by several goroutines at once, also while others add.
func (im *Importer) Prepare(a *pipeline.Annotation) (Prepared, error) {
	key := im.key(a)
	r, err := newRow(hex.EncodeToString(key[:]), a)
	return Prepared{a, key, r}, err
}

// Add takes a review. It reports whether it is new. A known one whose follow-up is
// another gets it with Commit, the last one that was added, or the later one where
// the times of both are known; that an export lacks a follow-up says nothing.
func (im *Importer) Add(p Prepared) (bool, error) {
	a, key, followUp := p.annotation, p.key, orders.Digest(p.annotation.Record.FollowUp)
	at, known := im.known[key]
	switch {
	case !known:
		im.known[key] = place{len(im.d.Segments()), im.w.rows, followUp}
		im.lexicon = a.Lexicon
		if followUp != 0 && !a.Record.FollowUpTime.IsZero() {
			im.said[key] = a.Record.FollowUpTime
		}
		return true, im.w.write(p.row)
	case followUp == 0:
	case im.isOlder(key, a):
	case followUp == at.followUp:
		delete(im.updates, key)
	default:
		im.updates[key], im.lexicon = a, a.Lexicon
	}
	im.Known++
	return false, nil
}

// isOlder reports whether a review has a follow-up from before the one that it got
// in this import.
func (im *Importer) isOlder(key reviewKey, a *pipeline.Annotation) bool {
	if later := im.updates[key]; later != nil {
		return before(a.Record.FollowUpTime, later.Record.FollowUpTime)
	}
	return before(a.Record.FollowUpTime, im.said[key])
}

// before reports whether a time is before another, where both are known.
func before(a, b time.Time) bool { return !a.IsZero() && !b.IsZero() && a.Before(b) }

// update writes the reviews that have another follow-up, and says which rows of
// which segments are gone with that, by the number of the segment.
func (im *Importer) update() (gone map[int][]int, err error) {
	gone = map[int][]int{}
	keys := map[[2]int]reviewKey{}
	for key := range im.updates {
		at := im.known[key]
		gone[at.segment] = append(gone[at.segment], at.row)
		keys[[2]int{at.segment, at.row}] = key
	}
	segments := im.d.Segments()
	for i := range len(segments) + 1 {
		rows := gone[i]
		slices.Sort(rows)
		if i == len(segments) { // reviews of this import
			for _, at := range rows {
				key := keys[[2]int{i, at}]
				if err := im.w.add(hex.EncodeToString(key[:]), im.updates[key]); err != nil {
					return nil, err
				}
			}
			break
		}
		if len(rows) == 0 {
			continue
		}
		n := 0
		var left []int // rows whose follow-up is later than that of this import
		err := read(im.d, segments[i], func(r *whole) error {
			at := n
			if n++; len(rows) == 0 || at != rows[0] {
				return nil
			}
			rows = rows[1:]
			kept, err := r.review(segments[i].Name, at)
			if err != nil {
				return err
			}
			key := keys[[2]int{i, at}]
			a := im.updates[key]
			if before(a.Record.FollowUpTime, kept.Record.FollowUpTime) {
				left = append(left, at)
				delete(im.updates, key)
				return nil
			}
			return im.w.add(r.Key, kept.updated(a))
		})
		if err != nil {
			return nil, err
		}
		gone[i] = slices.DeleteFunc(gone[i], func(row int) bool {
			_, later := slices.BinarySearch(left, row)
			return later
		})
	}
	im.Updated = len(im.updates)
	im.Known -= im.Updated
	return gone, nil
}

// updated is the review with the follow-up and the labels of a later export, whose
// texts the same rules have read.
func (r *Review) updated(a *pipeline.Annotation) *pipeline.Annotation {
	now := *a
	record := *r.Record
	record.FollowUp, record.FollowUpTime, record.FollowUpDays, record.FollowUpBasis = a.Record.FollowUp, a.Record.FollowUpTime, a.Record.FollowUpDays, a.Record.FollowUpBasis
	record.Source = a.Record.Source
	now.ID, now.Record = r.ID, &record
	return &now
}

// Abandon leaves the dataset as it was.
func (im *Importer) Abandon() error { return im.w.abandon() }

// Commit makes the import part of the dataset, all at once. An import without a
// new review is noted, so that its files are known. added counts the new reviews.
func (im *Importer) Commit(files []Import) (added int, err error) {
	d := im.d
	added = im.w.rows
	gone, err := im.update()
	if err != nil {
		return 0, errors.Join(err, im.Abandon())
	}
	shipped, err := im.mergedOrders()
	if err != nil {
		return 0, errors.Join(err, im.Abandon())
	}
	segments := d.Segments()
	if len(files) == 0 && im.w.rows == 0 { // orders alone
		err = im.Abandon()
	} else {
		var s Segment
		s, err = im.w.keep(d, Segment{Files: files, Lexicon: im.lexicon, Industry: im.Industry})
		segments = append(segments, s)
	}
	if err != nil {
		return 0, err
	}
	for i, rows := range gone {
		s := &segments[i]
		s.Gone = slices.Concat(s.Gone, rows)
		slices.Sort(s.Gone)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.manifest
	d.manifest.Segments, d.manifest.Orders = segments, shipped
	if err := d.writeManifest(); err != nil {
		d.manifest.Segments, d.manifest.Orders = before.Segments, before.Orders
		return 0, err
	}
	if old := before.Orders.Name; old != "" && old != shipped.Name {
		os.Remove(filepath.Join(d.path, ordersName, old)) // else the next opening sweeps it away
	}
	return added, nil
}

// Relabel replaces every segment by one that label made of it: label takes a
// review and changes its labels; industry is that of reviews that name none. With dry, nothing is changed. The new segments
// count all at once, after agree, if there is one, has had its say: its error leaves
// everything as it was.
func (d *Dir) Relabel(dry bool, industry string, label func(*Review) error, agree func() error) (err error) {
	if d.mode != Write && !dry {
		return errors.New("dataset: opened for reading")
	}
	old := d.Segments()
	var segments []Segment
	for _, s := range old {
		if dry {
			if err := d.each(s, label); err != nil {
				return err
			}
			continue
		}
		replaced, err := d.relabelled(s, industry, label)
		if err != nil {
			return err
		}
		segments = append(segments, replaced)
	}
	if agree != nil {
		if err := agree(); err != nil {
			return err
		}
	}
	if dry {
		return nil
	}
	d.mu.Lock()
	d.manifest.Segments = segments
	if err = d.writeManifest(); err != nil {
		d.manifest.Segments = old
	}
	d.mu.Unlock()
	if err != nil {
		return err
	}
	for _, s := range old {
		if err := os.Remove(filepath.Join(d.path, segmentsName, s.Name)); err != nil {
			return err
		}
	}
	return nil
}

// relabelled writes a segment anew.
func (d *Dir) relabelled(s Segment, industry string, label func(*Review) error) (Segment, error) {
	w, err := d.newSegmentWriter()
	if err != nil {
		return s, err
	}
	replaced := Segment{Files: s.Files, Parent: s.Name, Lexicon: s.Lexicon, Industry: industry}
	err = d.each(s, func(r *Review) error {
		if err := label(r); err != nil {
			return err
		}
		replaced.Lexicon = r.Lexicon
		return w.add(r.Key, &r.Annotation)
	})
	if err != nil {
		return s, errors.Join(err, w.abandon())
	}
	return w.keep(d, replaced)
}
