package index

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"golang.org/x/sync/errgroup"

	"chaping/internal/dataset"
	"chaping/lexicon"
)

// version is the number of the index's form; an index of another one is rebuilt.
//
//	1  2026-11: words, pairs, chars, exact and number fields, stored JSON
//	2  2026-11: revision of the corrections, reasons for doubt
//	3  2026-11: traditional characters folded, titles of categories
//	4  2026-11: places of hits in follow-ups
//	5  2026-11: terms in order instead of numbers, short stored keys
//	6  2026-11: pairs without places and with the text, no characters, values without weights, only times to sort by
//	7  2026-11: times are stored, not indexed
const version = 7

// batchSize is how many reviews are handed to the engine at once (measured: 1,000
// are slower by a twentieth, 4,000 no faster).
const batchSize = 2000

// Options say how reviews are indexed.
type Options struct {
	Lexicon *lexicon.Lexicon
	// Industry is that of reviews that name none.
	Industry string
	// NoMask indexes personal data as it is.
	NoMask bool
}

// Index is an open search index.
type Index struct {
	engine bleve.Index
	adding sync.Mutex // held while segments are added
	mu     sync.Mutex // guards state; held while corrected reviews are indexed again
	state  state
}

// state is what the index holds. It is kept in the index itself and changes with it.
type state struct {
	Version  int      `json:"version"`
	NoMask   bool     `json:"no_mask"`
	Segments []string `json:"segments"` // names of the dataset's segments that are whole in the index
	Revision uint64   `json:"revision"` // of the corrections that the index heeds
}

var stateKey = []byte("chaping")

// ErrBehind says that the index must be made again. What wraps it says why, and
// the command.
var ErrBehind = errors.New("must be made again")

// behind says why the index of a dataset is of no use.
func behind(d *dataset.Dir, format string, args ...any) error {
	return fmt.Errorf("the search index %s and %w: run chaping reindex --data %s", fmt.Sprintf(format, args...), ErrBehind, filepath.Dir(d.IndexPath()))
}

// Open opens the index of a dataset for searching. The error wraps [ErrBehind]
// where the index must be made again: it is damaged, lacks segments or corrections
// of the dataset, or is not there. Its files are read once for their checksums (a
// gigabyte in some 150 ms where the system has them in memory), since a damaged one
// would answer wrongly, or be merged into sound ones.
func Open(d *dataset.Dir) (*Index, error) {
	if err := checkFiles(d); err != nil {
		return nil, err
	}
	return openCurrent(d)
}

// openCurrent opens an index that lacks nothing.
func openCurrent(d *dataset.Dir) (*Index, error) {
	x, err := open(d, !d.Writable())
	if err != nil {
		return nil, err
	}
	if !slices.Equal(x.state.Segments, segmentNames(d)) || x.state.Revision != d.Revision() {
		return nil, errors.Join(behind(d, "lacks what the dataset has gained"), x.Close())
	}
	return x, nil
}

func open(d *dataset.Dir, readOnly bool) (*Index, error) {
	if _, err := os.Stat(d.IndexPath()); err != nil {
		return nil, behind(d, "is not there")
	}
	engine, err := openEngine(d.IndexPath(), map[string]any{"bolt_timeout": "2s", "read_only": readOnly})
	if err != nil {
		return nil, behind(d, "cannot be opened (%v)", err)
	}
	x := &Index{engine: engine}
	data, err := engine.GetInternal(stateKey)
	if err != nil || json.Unmarshal(data, &x.state) != nil || x.state.Version != version {
		return nil, errors.Join(behind(d, "is of another form"), engine.Close())
	}
	return x, nil
}

func segmentNames(d *dataset.Dir) []string {
	names := []string{}
	for _, s := range d.Segments() {
		names = append(names, s.Name)
	}
	return names
}

// Close releases the index.
func (x *Index) Close() error { return x.engine.Close() }

// Sync is OpenSynced for those who do not search.
func Sync(d *dataset.Dir, opt Options, progress func(int)) error {
	x, err := OpenSynced(d, opt, progress)
	if err != nil {
		return err
	}
	return x.Close()
}

// OpenSynced opens the index of a dataset, which must be open for writing, and
// brings it up to its segments and corrections; progress gets the number of
// reviews indexed at a time, from one goroutine after another. An index that is damaged, of another form, or of
// segments or corrections that are gone is made anew.
func OpenSynced(d *dataset.Dir, opt Options, progress func(int)) (*Index, error) {
	var x *Index
	err := checkFiles(d)
	if err == nil {
		x, err = open(d, false)
	}
	if err == nil && (x.state.NoMask != opt.NoMask || !isPrefix(x.state.Segments, segmentNames(d)) || x.state.Revision > d.Revision()) {
		err = errors.Join(behind(d, "is of another dataset"), x.Close())
	}
	if err != nil {
		if x, err = create(d, opt); err != nil {
			return nil, err
		}
	}
	if err := x.extend(d, opt, progress); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	return x, nil
}

// Rebuild makes the index anew.
func Rebuild(d *dataset.Dir, opt Options, progress func(int)) error {
	if err := os.RemoveAll(d.IndexPath()); err != nil {
		return err
	}
	return Sync(d, opt, progress)
}

func isPrefix(a, b []string) bool { return len(a) <= len(b) && slices.Equal(a, b[:len(a)]) }

// create makes an empty index in place of what is there. Segments are indexed
// as corrected, so it heeds what the dataset has.
func create(d *dataset.Dir, opt Options) (*Index, error) {
	if err := os.RemoveAll(d.IndexPath()); err != nil {
		return nil, err
	}
	engine, err := bleve.New(d.IndexPath(), newMapping())
	if err != nil {
		return nil, err
	}
	x := &Index{engine: engine}
	return x, x.flush(engine.NewBatch(), state{Version: version, NoMask: opt.NoMask, Segments: []string{}, Revision: d.Revision()})
}

// flush adds what a batch has, and with it the state that the index is in then.
func (x *Index) flush(batch *bleve.Batch, to state) error {
	data, err := json.Marshal(to)
	if err != nil {
		return err
	}
	batch.SetInternal(stateKey, data)
	if err := write(x.engine, batch); err != nil {
		return err
	}
	x.state = to
	return nil
}

// builders is how many batches are made into the engine's segments at once.
const builders = 2

// add indexes a segment. It counts once all of it is in: a review that is
// indexed again replaces itself. Batches are made while the engine writes others.
func (x *Index) add(d *dataset.Dir, s dataset.Segment, opt Options, progress func(int)) error {
	full := make(chan *bleve.Batch)
	var told sync.Mutex
	failures := make([]error, builders)
	build, ctx := errgroup.WithContext(context.Background())
	for i := range builders {
		build.Go(func() error {
			for batch := range full {
				if failures[i] = write(x.engine, batch); failures[i] != nil {
					return failures[i]
				}
				told.Lock()
				progress(batch.Size())
				told.Unlock()
			}
			return nil
		})
	}
	batch := x.engine.NewBatch()
	var docs documents
	err := d.EachOf(s, func(r *dataset.Review) error {
		doc, err := properties(r, opt.Lexicon, opt.Industry, opt.NoMask)
		if err != nil {
			return err
		}
		if err := batch.IndexAdvanced(docs.make(r.Key, doc)); err != nil {
			return err
		}
		if batch.Size() < batchSize {
			return nil
		}
		select {
		case full <- batch:
			batch = x.engine.NewBatch()
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	close(full)
	if wrong := build.Wait(); wrong != nil {
		// the builder that could not write says more than the one that fell over it
		i := slices.IndexFunc(failures, func(err error) bool { return err != nil && !errors.Is(err, errFell) })
		if i >= 0 {
			wrong = failures[i]
		}
		return wrong
	}
	if err != nil {
		return err
	}
	progress(batch.Size())
	x.mu.Lock()
	defer x.mu.Unlock()
	to := x.state
	to.Segments = append(slices.Clip(to.Segments), s.Name)
	return x.flush(batch, to)
}

// Extend brings an open index up to the segments and corrections that its
// dataset has gained since. Searches and Correct go on meanwhile.
func (x *Index) Extend(d *dataset.Dir, opt Options) error {
	return x.extend(d, opt, func(int) {})
}

func (x *Index) extend(d *dataset.Dir, opt Options, progress func(int)) error {
	x.adding.Lock()
	defer x.adding.Unlock()
	x.mu.Lock()
	indexed, revision := len(x.state.Segments), x.state.Revision
	opt.NoMask = x.state.NoMask
	x.mu.Unlock()
	for _, s := range d.Segments()[indexed:] {
		if err := x.add(d, s, opt, progress); err != nil {
			return err
		}
	}
	// What was corrected while segments were added may have been written over.
	return x.correct(d, opt, revision)
}

// Correct brings an open index up to the corrections that its dataset has gained
// since, those that were undone among them. Reviews that are not indexed yet
// get theirs when they are.
func (x *Index) Correct(d *dataset.Dir, opt Options) error {
	x.mu.Lock()
	from := x.state.Revision
	x.mu.Unlock()
	return x.correct(d, opt, from)
}

// correct writes the corrections since a revision.
func (x *Index) correct(d *dataset.Dir, opt Options, from uint64) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	keys, revision, err := d.Changed(from)
	if err != nil || revision == from {
		return err
	}
	places, err := x.Places(context.Background(), keys)
	if err != nil {
		return err
	}
	batch := x.engine.NewBatch()
	var docs documents
	err = d.Pick(places, func(r *dataset.Review) error {
		doc, err := properties(r, opt.Lexicon, opt.Industry, x.state.NoMask)
		if err != nil {
			return err
		}
		if err := batch.IndexAdvanced(docs.make(r.Key, doc)); err != nil {
			return err
		}
		if batch.Size() < batchSize {
			return nil
		}
		err = x.flush(batch, x.state)
		batch.Reset()
		return err
	})
	if err != nil {
		return err
	}
	to := x.state
	to.Revision = revision
	return x.flush(batch, to)
}
