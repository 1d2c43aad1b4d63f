package index

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/blevesearch/bleve/v2"

	"chaping/internal/dataset"
	"chaping/lexicon"
)

// version is the number of the index's form; an index of another one is rebuilt.
//
//	1  2026-11: words, pairs, chars, exact and number fields, stored JSON
const version = 1

// batchSize is how many reviews are handed to the engine at once (measured: 100
// is slower by a quarter, 5,000 no faster).
const batchSize = 1000

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
	mu     sync.Mutex // held while reviews are added
	state  state
}

// state is what the index holds. It is kept in the index itself and changes with it.
type state struct {
	Version  int      `json:"version"`
	NoMask   bool     `json:"no_mask"`
	Segments []string `json:"segments"` // names of the dataset's segments that are whole in the index
}

var stateKey = []byte("chaping")

// ErrBehind says that the index lacks segments of the dataset, or is not there.
var ErrBehind = errors.New("the search index is not up to date: run chaping reindex --data DIR")

// Open opens the index of a dataset for searching. The error is [ErrBehind], or
// wraps it, where the index must be made again.
func Open(d *dataset.Dir) (*Index, error) {
	x, err := open(d.IndexPath(), !d.Writable())
	if err != nil {
		return nil, err
	}
	if !slices.Equal(x.state.Segments, segmentNames(d)) {
		return nil, errors.Join(ErrBehind, x.Close())
	}
	return x, nil
}

func open(path string, readOnly bool) (*Index, error) {
	engine, err := bleve.OpenUsing(path, map[string]any{"bolt_timeout": "2s", "read_only": readOnly})
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrBehind, err)
	}
	x := &Index{engine: engine}
	data, err := engine.GetInternal(stateKey)
	if err != nil || json.Unmarshal(data, &x.state) != nil || x.state.Version != version {
		return nil, errors.Join(ErrBehind, engine.Close())
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

// Sync brings the index of a dataset, which must be open for writing, up to its
// segments; progress gets the number of reviews indexed at a time. An index
// that is damaged, of another form or of segments that are gone is made anew.
func Sync(d *dataset.Dir, opt Options, progress func(int)) error {
	x, err := open(d.IndexPath(), false)
	if err == nil && (x.state.NoMask != opt.NoMask || !isPrefix(x.state.Segments, segmentNames(d))) {
		err = errors.Join(ErrBehind, x.Close())
	}
	if err != nil {
		if x, err = create(d.IndexPath(), opt); err != nil {
			return err
		}
	}
	for _, s := range d.Segments()[len(x.state.Segments):] {
		if err := x.add(d, s, opt, progress); err != nil {
			return errors.Join(err, x.Close())
		}
	}
	return x.Close()
}

// Rebuild makes the index anew.
func Rebuild(d *dataset.Dir, opt Options, progress func(int)) error {
	if err := os.RemoveAll(d.IndexPath()); err != nil {
		return err
	}
	return Sync(d, opt, progress)
}

func isPrefix(a, b []string) bool { return len(a) <= len(b) && slices.Equal(a, b[:len(a)]) }

// create makes an empty index in place of what is there.
func create(path string, opt Options) (*Index, error) {
	if err := os.RemoveAll(path); err != nil {
		return nil, err
	}
	engine, err := bleve.New(path, newMapping())
	if err != nil {
		return nil, err
	}
	x := &Index{engine: engine, state: state{Version: version, NoMask: opt.NoMask, Segments: []string{}}}
	batch := engine.NewBatch()
	if err := x.mark(batch); err != nil {
		return nil, err
	}
	return x, engine.Batch(batch)
}

// mark notes the state in a batch: it changes with what the batch adds.
func (x *Index) mark(batch *bleve.Batch) error {
	data, err := json.Marshal(x.state)
	if err == nil {
		batch.SetInternal(stateKey, data)
	}
	return err
}

// add indexes a segment. It counts once all of it is in: a review that is
// indexed again replaces itself.
func (x *Index) add(d *dataset.Dir, s dataset.Segment, opt Options, progress func(int)) error {
	batch := x.engine.NewBatch()
	flush := func() error {
		n := batch.Size()
		err := x.engine.Batch(batch)
		batch.Reset()
		progress(n)
		return err
	}
	err := d.EachOf(s, func(r *dataset.Review) error {
		doc, err := document(r, opt.Lexicon, opt.Industry, opt.NoMask)
		if err != nil {
			return err
		}
		if err := batch.Index(r.Key, doc); err != nil {
			return err
		}
		if batch.Size() < batchSize {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	x.state.Segments = append(x.state.Segments, s.Name)
	if err := x.mark(batch); err != nil {
		return err
	}
	return flush()
}

// Update indexes one review again, after a correction.
func (x *Index) Update(r *dataset.Review, opt Options) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	doc, err := document(r, opt.Lexicon, opt.Industry, x.state.NoMask)
	if err != nil {
		return err
	}
	return x.engine.Index(r.Key, doc)
}

// Extend indexes the segments that a dataset has gained since. Searches go on
// meanwhile.
func (x *Index) Extend(d *dataset.Dir, opt Options) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, s := range d.Segments()[len(x.state.Segments):] {
		if err := x.add(d, s, opt, func(int) {}); err != nil {
			return err
		}
	}
	return nil
}
