package main

import (
	"encoding/json"
	"fmt"
	"io"

	"chaping/internal/review"
)

// shownRejects is how many rejected rows are told of on standard error.
const shownRejects = 5

// rejects keeps the rows that could not be read.
type rejects struct {
	n      int
	strict bool
	file   *output
	stderr io.Writer
}

func newRejects(path string, inputs []string, strict bool, stderr io.Writer) (*rejects, error) {
	r := &rejects{strict: strict, stderr: stderr}
	if path == "" {
		return r, nil
	}
	var err error
	r.file, err = createOutput(path, inputs)
	return r, err
}

func (r *rejects) add(e *review.RowError) error {
	if r.strict {
		return e
	}
	r.n++
	if r.n <= shownRejects {
		fmt.Fprintln(r.stderr, "chaping: rejected:", e)
	} else if r.n == shownRejects+1 && r.file == nil {
		fmt.Fprintln(r.stderr, "chaping: more rejected rows follow; --rejects FILE keeps them all")
	}
	if r.file == nil {
		return nil
	}
	enc := json.NewEncoder(r.file)
	enc.SetEscapeHTML(false)
	return enc.Encode(e)
}

// close keeps the file, or leaves none when the run failed.
func (r *rejects) close(ok bool) error {
	if r.file == nil {
		return nil
	}
	return r.file.finish(ok)
}
