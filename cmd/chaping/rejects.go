package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"chaping/internal/pii"
	"chaping/internal/review"
	"chaping/internal/server"
)

// shownRejects is how many rejected rows are told of on standard error, keptRejects
// on the page of an upload.
const (
	shownRejects = 5
	keptRejects  = 50
)

// rejects keeps the rows that could not be read.
type rejects struct {
	n      int // rows of reviews
	shown  int // rows of any file
	first  []server.Reject
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

// add keeps a row of the reviews.
func (r *rejects) add(e *review.RowError) error {
	r.n++
	return r.keep(e)
}

// addOrder keeps a row of an order export, which does not count as a review.
func (r *rejects) addOrder(e *review.RowError) error { return r.keep(e) }

func (r *rejects) keep(e *review.RowError) error {
	if r.strict {
		return e
	}
	r.shown++
	if len(r.first) < keptRejects {
		r.first = append(r.first, server.Reject{File: e.File, Sheet: e.Sheet, Row: e.Row, Column: e.Column, Reason: e.Reason, Remedy: e.Remedy})
	}
	if r.shown <= shownRejects {
		fmt.Fprintln(r.stderr, "chaping: rejected:", e)
	} else if r.shown == shownRejects+1 && r.file == nil {
		fmt.Fprintln(r.stderr, "chaping: more rejected rows follow; --rejects FILE keeps them all")
	}
	if r.file == nil {
		return nil
	}
	enc := json.NewEncoder(r.file)
	enc.SetEscapeHTML(false)
	return enc.Encode(e)
}

// damage counts the values of records that cannot be trusted: fields that stay unknown, nearly always.
type damage struct {
	fields map[string]int
	first  string
}

// add counts those of a record.
func (d *damage) add(r *review.Record) {
	for _, v := range r.Damaged {
		if d.fields == nil {
			d.fields = map[string]int{}
			d.first = fmt.Sprintf("%v: %s %q: %s", r.Source, v.Field, pii.Mask(v.Value), v.Reason)
		}
		d.fields[v.Field]++
	}
}

// tell says how many there are in which fields.
func (d *damage) tell(stderr io.Writer) {
	if len(d.fields) == 0 {
		return
	}
	var list []string
	for _, field := range slices.Sorted(maps.Keys(d.fields)) {
		list = append(list, fmt.Sprintf("%s %d", field, d.fields[field]))
	}
	fmt.Fprintf(stderr, "chaping: warning: damaged values: %s; the first is %s\n", strings.Join(list, ", "), d.first)
}

// shownSkipped is how many skipped parts are told of on standard error.
const shownSkipped = 5

// tellSkipped says which parts of archives and workbooks hold something but no reviews.
func tellSkipped(stderr io.Writer, skipped []review.Skipped) {
	skipped = slices.DeleteFunc(skipped, func(s review.Skipped) bool { return s.Empty })
	for _, s := range skipped[:min(len(skipped), shownSkipped)] {
		fmt.Fprintf(stderr, "chaping: warning: %s is left out: %s\n", s.Name, s.Reason)
	}
	if more := len(skipped) - shownSkipped; more > 0 {
		fmt.Fprintf(stderr, "chaping: warning: %d more parts are left out; `chaping inspect` lists them\n", more)
	}
}

// close keeps the file, or leaves none when the run failed.
func (r *rejects) close(ok bool) error {
	if r.file == nil {
		return nil
	}
	return r.file.finish(ok)
}
