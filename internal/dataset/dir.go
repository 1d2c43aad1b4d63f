package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"

	"chaping/internal/correction"
)

// Format is the version of the directory's layout.
//
//	1  2026-11: manifest dataset.json, segments with key, typed columns and the annotation as JSON
//	2  2026-11: the shipped base beside the segments; keys without the follow-up, which a later import may bring
const Format = 2

const (
	manifestName = "dataset.json"
	segmentsName = "segments"
	ordersName   = "orders"
	indexName    = "index"
	lockName     = "lock"
	incomingName = "incoming-" // begins the names of folders with uploads

	correctionsName = "corrections.db"
)

// Mode says what a Dir is opened for.
type Mode int

// The modes.
const (
	Read  Mode = iota // several at once
	Write             // one alone; makes the directory if there is none
)

// ErrInUse says that another process has the directory open.
var ErrInUse = errors.New("another process has the dataset open, such as chaping serve or an import: use the pages of the server, or wait for it or stop it")

// Segment is the reviews of one import.
type Segment struct {
	Name    string   `json:"name"`
	Rows    int      `json:"rows"`
	SHA256  string   `json:"sha256"`
	Files   []Import `json:"files"`   // that it came from
	Parent  string   `json:"parent"`  // the segment that relabelling replaced, "" for none
	Lexicon string   `json:"lexicon"` // hash
	// Industry is that of its reviews that name none, "" where it was not said.
	Industry string `json:"industry,omitempty"`
	// Gone are the rows that a later import updated, ascending, counted from 0.
	Gone []int `json:"gone,omitempty"`
}

// Reviews counts the reviews: rows that are not gone.
func (s *Segment) Reviews() int { return s.Rows - len(s.Gone) }

// Before counts the reviews before a row.
func (s *Segment) Before(row int) int {
	gone, _ := slices.BinarySearch(s.Gone, row)
	return row - gone
}

// IsGone reports whether a row was updated by a later import.
func (s *Segment) IsGone(row int) bool {
	_, gone := slices.BinarySearch(s.Gone, row)
	return gone
}

// Import is a file that was imported.
type Import struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// manifest is dataset.json.
type manifest struct {
	Format   int       `json:"format"`
	Next     int       `json:"next"` // number of the next segment
	Segments []Segment `json:"segments"`
	Orders   Orders    `json:"orders,omitzero"`
	// Corrections says that there is a file of them, which must not get lost.
	Corrections bool `json:"corrections,omitempty"`
}

// Dir is an open dataset.
type Dir struct {
	path string
	mode Mode
	lock *flock.Flock

	mu       sync.RWMutex // guards what follows; it is not held while segments are read or written
	manifest manifest

	store       *correction.Store // open while writing, made by the first correction
	corrections map[string][]correction.Correction
	revision    uint64 // of them
}

// Open opens a dataset. The caller closes it. The error wraps [ErrCorrections]
// where those are damaged or gone.
func Open(path string, mode Mode) (*Dir, error) {
	d, err := openFolder(path, mode)
	if err != nil {
		return nil, err
	}
	if err := d.readCorrections(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// OpenDamaged opens a dataset for reading, to look for damage in it: where its
// corrections are damaged or gone, damage says so, and it is without them.
func OpenDamaged(path string) (d *Dir, damage, err error) {
	if d, err = openFolder(path, Read); err != nil {
		return nil, nil, err
	}
	err = d.readCorrections()
	if errors.Is(err, ErrCorrections) {
		return d, err, nil
	}
	if err != nil {
		return nil, nil, errors.Join(err, d.Close())
	}
	return d, nil, nil
}

// openFolder opens a dataset without its corrections.
func openFolder(path string, mode Mode) (*Dir, error) {
	if mode == Write {
		if err := os.MkdirAll(filepath.Join(path, segmentsName), 0o755); err != nil {
			return nil, err
		}
	}
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%s is no dataset: make one with chaping import --data %s FILE", path, path)
	}
	d := &Dir{path: path, mode: mode, lock: flock.New(filepath.Join(path, lockName))}
	try := d.lock.TryRLock
	if mode == Write {
		try = d.lock.TryLock
	}
	locked, err := try()
	if err != nil {
		return nil, fmt.Errorf("%s: cannot lock: %w", path, err)
	}
	if !locked {
		return nil, fmt.Errorf("%s: %w", path, ErrInUse)
	}
	if err := d.readManifest(); err != nil {
		return nil, errors.Join(err, d.lock.Unlock())
	}
	if mode == Write {
		if err := d.sweep(); err != nil {
			return nil, errors.Join(err, d.lock.Unlock())
		}
	}
	return d, nil
}

// Close releases the dataset.
func (d *Dir) Close() error {
	var err error
	if d.store != nil {
		err = d.store.Close()
	}
	return errors.Join(err, d.lock.Unlock())
}

// Writable reports whether the dataset was opened for writing.
func (d *Dir) Writable() bool { return d.mode == Write }

// IndexPath is the folder of the search index.
func (d *Dir) IndexPath() string { return filepath.Join(d.path, indexName) }

// Segments lists the segments in order of import.
func (d *Dir) Segments() []Segment {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Clone(d.manifest.Segments)
}

// Industry is that of reviews that name none, from the newest import that says
// it; "" where none does.
func (d *Dir) Industry() string {
	for _, s := range slices.Backward(d.Segments()) {
		if s.Industry != "" {
			return s.Industry
		}
	}
	return ""
}

// Rows counts the reviews.
func (d *Dir) Rows() int {
	n := 0
	for _, s := range d.Segments() {
		n += s.Reviews()
	}
	return n
}

func (d *Dir) readManifest() error {
	data, err := os.ReadFile(filepath.Join(d.path, manifestName))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return d.firstManifest()
	case err != nil:
		return err
	}
	var sealed struct {
		Dataset json.RawMessage `json:"dataset"`
		SHA256  string          `json:"sha256"` // of dataset, compacted
	}
	if err := json.Unmarshal(data, &sealed); err != nil || sealed.SHA256 != checksum(sealed.Dataset) {
		return fmt.Errorf("%s is damaged: %s", filepath.Join(d.path, manifestName), d.withoutManifest())
	}
	if err := json.Unmarshal(sealed.Dataset, &d.manifest); err != nil {
		return err
	}
	switch {
	case d.manifest.Format < Format:
		var files []Import
		for _, s := range d.manifest.Segments {
			files = append(files, s.Files...)
		}
		return fmt.Errorf("%s was made by an older chaping (format %d, this one knows %d): run %s with the files that it came from: %s; corrections made in it do not come along", d.path, d.manifest.Format, Format, d.importAnew(), fileNames(files))
	case d.manifest.Format > Format:
		return fmt.Errorf("%s was made by a newer chaping (format %d, this one knows %d): use that one", d.path, d.manifest.Format, Format)
	}
	return nil
}

// firstManifest makes the manifest of a new dataset. Where files lie there that one
// must have named, it is lost, and nothing may be made in its place: what it does
// not name is removed.
func (d *Dir) firstManifest() error {
	for _, name := range []string{segmentsName, ordersName, correctionsName} {
		path := filepath.Join(d.path, name)
		info, err := os.Stat(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if info.IsDir() {
			files, err := os.ReadDir(path)
			if err != nil {
				return err
			}
			if len(files) == 0 { // its maker was killed before the manifest
				continue
			}
		}
		return fmt.Errorf("%s is gone, and %s has what it named: %s", filepath.Join(d.path, manifestName), path, d.withoutManifest())
	}
	if d.mode != Write {
		return fmt.Errorf("%s is no dataset: make one with chaping import --data %s FILE", d.path, d.path)
	}
	d.manifest = manifest{Format: Format, Next: 1}
	return d.writeManifest()
}

// withoutManifest says what to do where the manifest is damaged or gone.
func (d *Dir) withoutManifest() string {
	return fmt.Sprintf("restore it from a backup, or run %s with the exports that the dataset came from and their --industry, and copy %s into the new folder, if it is there; the segments are Parquet files that any tool can read", d.importAnew(), correctionsName)
}

// importAnew is the command that imports exports into another folder, as far as the
// manifest tells it.
func (d *Dir) importAnew() string {
	command := fmt.Sprintf("chaping import --data %s-new", filepath.Clean(d.path))
	if industry := d.Industry(); industry != "" {
		command += " --industry " + industry
	}
	return command
}

// writeManifest replaces dataset.json at once: what it names exists from now on.
func (d *Dir) writeManifest() error {
	d.manifest.Corrections = d.manifest.Corrections || d.store != nil
	body, err := json.Marshal(d.manifest)
	if err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"dataset": json.RawMessage(body), "sha256": checksum(body)})
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(filepath.Join(d.path, manifestName), append(data, '\n'), 0o644); err != nil {
		return err
	}
	return syncFolder(d.path)
}

func checksum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// FileChecksum is the checksum of a file's bytes.
func FileChecksum(path string) (sum string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return sumOf(f)
}

func sumOf(r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Incoming makes a folder for files that are on their way into the dataset. The
// caller removes it; what an interrupted one left goes when the dataset is opened for writing.
func (d *Dir) Incoming() (string, error) { return os.MkdirTemp(d.path, incomingName) }

// sweep removes what an interrupted writer left: segments and orders that no manifest
// names, and uploads.
func (d *Dir) sweep() error {
	left, err := os.ReadDir(d.path)
	if err != nil {
		return err
	}
	for _, e := range left {
		if strings.HasPrefix(e.Name(), incomingName) {
			if err := os.RemoveAll(filepath.Join(d.path, e.Name())); err != nil {
				return err
			}
		}
	}
	for _, folder := range []string{segmentsName, ordersName} {
		if err := d.sweepFolder(folder); err != nil {
			return err
		}
	}
	return nil
}

// sweepFolder removes the files of a folder that the manifest does not name.
func (d *Dir) sweepFolder(name string) error {
	folder := filepath.Join(d.path, name)
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		named := slices.ContainsFunc(d.manifest.Segments, func(s Segment) bool { return s.Name == e.Name() })
		if name == ordersName {
			named = d.manifest.Orders.Name == e.Name()
		}
		if !named {
			if err := os.Remove(filepath.Join(folder, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// Imported reports whether a file with this checksum has been imported.
func (d *Dir) Imported(sum string) bool {
	return slices.ContainsFunc(d.Segments(), func(s Segment) bool {
		return slices.ContainsFunc(s.Files, func(f Import) bool { return f.SHA256 == sum })
	})
}
