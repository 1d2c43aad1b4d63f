package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"chaping/internal/orders"
	"chaping/internal/pipeline"
)

// Importer takes the reviews of one import.
type Importer struct {
	d     *Dir
	w     *segmentWriter
	known map[string]struct{}
	files map[string]string // checksum by name
	// Known counts reviews that the dataset had already.
	Known int
	// Industry is that of reviews that name none; the dataset remembers it.
	Industry string
	lexicon  string
	number   int // of the segment to come

	lines      []orders.Line // of order exports
	orderFiles []Import
}

// Begin begins an import of files. The caller ends it with Commit or Abandon.
func (d *Dir) Begin(files []Import) (*Importer, error) {
	if d.mode != Write {
		return nil, errors.New("dataset: opened for reading")
	}
	im := &Importer{d: d, known: map[string]struct{}{}, files: map[string]string{}}
	d.mu.RLock()
	im.number = d.manifest.Next
	d.mu.RUnlock()
	for _, f := range files {
		im.files[f.Name] = f.SHA256
	}
	type keyOnly struct {
		Key string `parquet:"key"`
	}
	for _, s := range d.Segments() {
		err := read(d, s, func(r *keyOnly) error {
			im.known[r.Key] = struct{}{}
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
func (im *Importer) key(a *pipeline.Annotation) string {
	parts := a.Record.Identity()
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
	return hex.EncodeToString(sum[:10])
}

// Add takes a review. It reports whether it is new.
func (im *Importer) Add(a *pipeline.Annotation) (bool, error) {
	key := im.key(a)
	if _, known := im.known[key]; known {
		im.Known++
		return false, nil
	}
	im.known[key] = struct{}{}
	im.lexicon = a.Lexicon
	return true, im.w.add(key, a)
}

// Abandon leaves the dataset as it was.
func (im *Importer) Abandon() error { return im.w.abandon() }

// Commit makes the import part of the dataset, all at once. An import without a
// new review is noted, so that its files are known.
func (im *Importer) Commit(files []Import) (added int, err error) {
	d := im.d
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
		segments, added = append(segments, s), s.Rows
	}
	if err != nil {
		return 0, err
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
		err = os.Remove(filepath.Join(d.path, ordersName, old))
	}
	return added, err
}

// Relabel replaces every segment by one that label made of it: label takes a
// review and changes its labels; industry is that of reviews that name none. With dry, nothing is changed. The new segments
// count all at once.
func (d *Dir) Relabel(dry bool, industry string, label func(*Review) error) (err error) {
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
	if dry {
		return nil
	}
	d.mu.Lock()
	d.manifest.Segments = segments
	err = d.writeManifest()
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
