package index

import (
	"errors"
	"fmt"
	"math"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
)

// init keeps segments from being merged before they are written: where the disk is
// full, the engine merges one that it has closed meanwhile and falls over, in a
// goroutine of its own. It has no option for it that an index takes.
func init() { scorch.DefaultMinSegmentsForInMemoryMerge = math.MaxInt }

// openEngine keeps a damaged file, which the engine does not expect, from
// ending the program.
func openEngine(path string, config map[string]any) (engine bleve.Index, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return bleve.OpenUsing(path, config)
}

// errFell says that the engine fell over something.
var errFell = errors.New("the search engine failed")

// write hands a batch to the engine, which falls over the batch after one that it
// could not write, as when the disk is full.
func write(engine bleve.Index, batch *bleve.Batch) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w (%v), as it does after a write that failed", errFell, p)
		}
	}()
	return engine.Batch(batch)
}
