package writer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"

	"chaping/internal/pipeline"
)

// jsonl writes one JSON object a line: the classify contract.
type jsonl struct {
	out *bufio.Writer
	opt Options
}

func newJSONL(w io.Writer, opt Options) *jsonl {
	return &jsonl{bufio.NewWriterSize(w, 64<<10), opt}
}

func (j *jsonl) Encode(a *pipeline.Annotation) ([]byte, error) {
	row := j.opt.Masked(a)
	if j.opt.WithReview {
		shown := j.opt.Shown(*a.Record)
		row.Record = &shown
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(row); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (j *jsonl) Write(_ *pipeline.Annotation, line []byte) error {
	_, err := j.out.Write(line)
	return err
}

func (j *jsonl) Close() error { return j.out.Flush() }
