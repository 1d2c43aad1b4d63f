package dataset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"chaping/internal/correction"
	"chaping/internal/pipeline"
	"chaping/internal/review"
)

// Review is a review as it is kept.
type Review struct {
	// Key is the same whenever and wherever the review is imported.
	Key string `json:"key"`
	pipeline.Annotation
	// Segment and Index say where it lies, for Dir.At.
	Segment string `json:"-"`
	Index   int    `json:"-"`
	// Corrected says that a person looked at the labels, Corrections what they said.
	Corrected   bool                    `json:"corrected"`
	Corrections []correction.Correction `json:"-"`
	// followUpDigest is of the follow-up's text where that is left out, see Facts.
	followUpDigest int64
}

// row is a review in a segment. The columns but for annotation are for other
// programs and for Dir.Facts; annotation, JSON with the record under "review",
// has everything.
type row struct {
	facts
	Text       string `parquet:"text"`
	File       string `parquet:"file,dict"`
	Row        int32  `parquet:"row"`
	Sheet      string `parquet:"sheet,dict"`
	Annotation []byte `parquet:"annotation"`
}

// rowGroup is how many reviews are kept in memory before they are written.
const rowGroup = 20_000

func newRow(key string, a *pipeline.Annotation) (row, error) {
	r := a.Record
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(keptAnnotation{*a, r.Stored()}); err != nil {
		return row{}, err
	}
	return row{
		facts: newFacts(key, a), Text: r.Text,
		File: r.Source.File, Row: int32(r.Source.Row), Sheet: r.Source.Sheet, Annotation: b.Bytes(),
	}, nil
}

// segmentWriter writes a segment under a temporary name.
type segmentWriter struct {
	file *os.File
	out  *parquet.GenericWriter[row]
	rows int
	one  [1]row // that is being written
}

func (d *Dir) newSegmentWriter() (*segmentWriter, error) {
	f, err := os.CreateTemp(filepath.Join(d.path, segmentsName), "half-*")
	if err != nil {
		return nil, err
	}
	return &segmentWriter{file: f, out: parquet.NewGenericWriter[row](f, parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}), parquet.MaxRowsPerRowGroup(rowGroup))}, nil
}

func (w *segmentWriter) add(key string, a *pipeline.Annotation) error {
	r, err := newRow(key, a)
	if err != nil {
		return err
	}
	return w.write(r)
}

func (w *segmentWriter) write(r row) error {
	w.rows++
	w.one[0] = r
	_, err := w.out.Write(w.one[:])
	return err
}

// nextNumber gives a segment its number.
func (d *Dir) nextNumber() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.manifest.Next
	d.manifest.Next++
	return n
}

// abandon removes the file.
func (w *segmentWriter) abandon() error {
	return errors.Join(w.file.Close(), os.Remove(w.file.Name()))
}

// keep gives the segment its name. It counts once the manifest has it.
func (w *segmentWriter) keep(d *Dir, s Segment) (Segment, error) {
	if err := errors.Join(w.out.Close(), w.file.Sync(), w.file.Close()); err != nil {
		return s, errors.Join(err, os.Remove(w.file.Name()))
	}
	sum, err := FileChecksum(w.file.Name())
	if err != nil {
		return s, err
	}
	s.Name, s.Rows, s.SHA256 = fmt.Sprintf("%06d.parquet", d.nextNumber()), w.rows, sum
	folder := filepath.Join(d.path, segmentsName)
	if err := os.Rename(w.file.Name(), filepath.Join(folder, s.Name)); err != nil {
		return s, err
	}
	return s, syncFolder(folder)
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// read gives the rows of a segment in order, after a look at its checksum. T is
// row, or has some of its columns.
func read[T any](d *Dir, s Segment, see func(*T) error) error {
	f, err := d.openChecked(s)
	if err != nil {
		return err
	}
	defer f.Close()
	r := parquet.NewGenericReader[T](f)
	defer r.Close()
	rows := make([]T, 256)
	for {
		n, err := r.Read(rows)
		for i := range rows[:n] {
			if err := see(&rows[i]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name(), err)
		}
		clear(rows)
	}
}

func fileNames(files []Import) string {
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	return fmt.Sprintf("%q", names)
}

// Each gives all reviews in order of import.
func (d *Dir) Each(see func(*Review) error) error {
	for _, s := range d.Segments() {
		if err := d.EachOf(s, see); err != nil {
			return err
		}
	}
	return nil
}

// EachOf gives the reviews of a segment, with people's corrections applied.
func (d *Dir) EachOf(s Segment, see func(*Review) error) error {
	return d.each(s, func(r *Review) error {
		d.correct(r)
		return see(r)
	})
}

// each gives the reviews of a segment as the classifier left them.
func (d *Dir) each(s Segment, see func(*Review) error) error {
	i := 0
	return read(d, s, func(r *whole) error {
		at := i
		if i++; s.IsGone(at) {
			return nil
		}
		v, err := r.review(s.Name, at)
		if err != nil {
			return err
		}
		return see(v)
	})
}

// keptAnnotation is an annotation as the column of that name has it.
type keptAnnotation struct {
	pipeline.Annotation
	Record *review.Stored `json:"review"`
}

// whole has the columns of a row that make the review.
type whole struct {
	Key        string `parquet:"key"`
	File       string `parquet:"file,dict"`
	Row        int32  `parquet:"row"`
	Sheet      string `parquet:"sheet,dict"`
	Annotation []byte `parquet:"annotation"`
}

func (r *whole) review(segment string, i int) (*Review, error) {
	k := keptAnnotation{Record: &review.Stored{}}
	if err := json.Unmarshal(r.Annotation, &k); err != nil {
		return nil, fmt.Errorf("%s: review %s: %w", segment, r.Key, err)
	}
	v := Review{Key: r.Key, Annotation: k.Annotation, Segment: segment, Index: i}
	v.Record = k.Record.Record()
	v.Record.Source = review.Source{File: r.File, Sheet: r.Sheet, Row: int(r.Row)}
	return &v, nil
}

// one reads the i-th review of a segment, without a look at the checksum of all.
func (d *Dir) one(s Segment, i int) (v *Review, err error) {
	err = d.some(s, []int{i}, func(r *Review) error {
		v = r
		return nil
	})
	return v, err
}

// some reads a few reviews of a segment, without a look at the checksum of all.
func (d *Dir) some(s Segment, at []int, see func(*Review) error) error {
	f, err := d.openSegment(s)
	if err != nil {
		return err
	}
	defer f.Close()
	reader := parquet.NewGenericReader[whole](f)
	defer reader.Close()
	for _, i := range at {
		if err := reader.SeekToRow(int64(i)); err != nil {
			return err
		}
		rows := make([]whole, 1)
		if n, err := reader.Read(rows); n == 0 {
			return fmt.Errorf("%s: review %d: %w", s.Name, i, err)
		}
		v, err := rows[0].review(s.Name, i)
		if err != nil {
			return err
		}
		d.correct(v)
		if err := see(v); err != nil {
			return err
		}
	}
	return nil
}

// Place says where a review lies: the Index-th of a segment, counted from 0.
type Place struct {
	Segment string
	Index   int
}

// seek is how many reviews are read one after the other in the time in which a single one is found.
const seek = 300

// Pick gives the reviews at some places, in order of import, with people's
// corrections applied. Many are read in one go.
func (d *Dir) Pick(places []Place, see func(*Review) error) error {
	wanted := map[string]map[int]bool{}
	for _, p := range places {
		if wanted[p.Segment] == nil {
			wanted[p.Segment] = map[int]bool{}
		}
		wanted[p.Segment][p.Index] = true
	}
	for _, s := range d.Segments() {
		if err := d.pick(s, wanted[s.Name], see); err != nil {
			return err
		}
		delete(wanted, s.Name)
	}
	for name := range wanted {
		return fmt.Errorf("there is no segment %s", name)
	}
	return nil
}

// pick gives some reviews of a segment.
func (d *Dir) pick(s Segment, wanted map[int]bool, see func(*Review) error) error {
	if len(wanted)*seek < s.Rows {
		return d.some(s, slices.Sorted(maps.Keys(wanted)), see)
	}
	i := 0
	return read(d, s, func(r *whole) error {
		i++
		if !wanted[i-1] {
			return nil
		}
		v, err := r.review(s.Name, i-1)
		if err != nil {
			return err
		}
		d.correct(v)
		return see(v)
	})
}
