package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/google/renameio/v2"

	"chaping/internal/review"
)

// inputs reads several files one after the other.
type inputs struct {
	paths []string
	opt   review.Options
	file  *review.File
}

func (in *inputs) read() (review.Record, error) {
	for {
		if in.file == nil {
			if len(in.paths) == 0 {
				return review.Record{}, io.EOF
			}
			var err error
			if in.file, err = review.Open(in.paths[0], in.opt); err != nil {
				return review.Record{}, err
			}
			in.paths = in.paths[1:]
		}
		r, err := in.file.Read()
		if err != io.EOF {
			return r, err
		}
		if err := in.close(); err != nil {
			return r, err
		}
	}
}

func (in *inputs) close() error {
	if in.file == nil {
		return nil
	}
	err := in.file.Close()
	in.file = nil
	return err
}

// shownRejects is how many rejected rows are told of on standard error.
const shownRejects = 5

// rejects keeps the rows that could not be read.
type rejects struct {
	n      int
	strict bool
	file   *renameio.PendingFile
	stderr io.Writer
}

func newRejects(path string, strict bool, stderr io.Writer) (*rejects, error) {
	r := &rejects{strict: strict, stderr: stderr}
	if path == "" {
		return r, nil
	}
	var err error
	r.file, err = renameio.NewPendingFile(path)
	return r, err
}

// rejectLine is a line of the rejects file. Raw is the row as it stood; bytes
// that are no UTF-8 are in RawBytes (base64) instead.
type rejectLine struct {
	File     string `json:"file"`
	Sheet    string `json:"sheet,omitempty"`
	Row      int    `json:"row"`
	Column   string `json:"column,omitempty"`
	Reason   string `json:"reason"`
	Remedy   string `json:"remedy,omitempty"`
	Raw      string `json:"raw"`
	RawBytes []byte `json:"raw_bytes,omitempty"`
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
	line := rejectLine{File: e.File, Sheet: e.Sheet, Row: e.Row, Column: e.Column, Reason: e.Reason, Remedy: e.Remedy, Raw: string(e.Raw)}
	if !utf8.Valid(e.Raw) {
		line.Raw, line.RawBytes = "", e.Raw
	}
	enc := json.NewEncoder(r.file)
	enc.SetEscapeHTML(false)
	return enc.Encode(line)
}

// close keeps the file, or leaves none when the run failed.
func (r *rejects) close(ok bool) error {
	if r.file == nil {
		return nil
	}
	if !ok {
		return r.file.Cleanup()
	}
	return errors.Join(r.file.CloseAtomicallyReplace())
}
