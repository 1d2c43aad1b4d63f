package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"chaping/classifier"
	"chaping/internal/pipeline"
	"chaping/internal/review"
	"chaping/internal/writer"
	"chaping/lexicon"
)

// The question: what do reading and writing add to classifying, on one core? The corpus is written as a CSV export;
// "classify alone" has its records in memory.

func pipelineTable(out io.Writer, c *corpus, rounds int) (err error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	folder, err := os.MkdirTemp("", "chaping-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "in.csv")
	if err := writeExport(path, c); err != nil {
		return err
	}
	lex, err := lexicon.Load()
	if err != nil {
		return err
	}
	p := pipelineRun{cls: classifier.New(lex), path: path}
	seconds := map[string][]float64{}
	for range rounds {
		for _, row := range []struct {
			name string
			run  func() (int, error)
		}{{"alone", p.alone}, {"csv", func() (int, error) { return p.through("csv") }}, {"jsonl", func() (int, error) { return p.through("jsonl") }}} {
			var n int
			var wrong error
			best, _ := bestOf(func() { n, wrong = row.run() })
			if wrong != nil {
				return wrong
			}
			if n != len(c.texts) {
				return fmt.Errorf("%s: %d of %d reviews", row.name, n, len(c.texts))
			}
			seconds[row.name] = append(seconds[row.name], best)
		}
	}
	fmt.Fprintf(out, "\nReading and writing, one core\n")
	table := newTable(out)
	fmt.Fprintln(table, "what\treviews/s\tof classify alone")
	for _, row := range []struct{ name, key string }{{"classify alone", "alone"}, {"CSV → classify → CSV", "csv"}, {"CSV → classify → JSONL", "jsonl"}} {
		fmt.Fprintf(table, "%s\t%.0f\t%.2fx\n", row.name, float64(len(c.texts))/median(seconds[row.key]), medianRatio(seconds["alone"], seconds[row.key]))
	}
	return table.Flush()
}

// writeExport writes the corpus as a merchant has it.
func writeExport(path string, c *corpus) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	w.Write([]string{"评价编号", "评价内容", "评分", "订单编号", "物流公司", "省份", "评价时间"})
	for i, text := range c.texts {
		w.Write([]string{strconv.Itoa(i), text, strconv.Itoa(i%5 + 1), fmt.Sprintf("52604%014d", i), "圆通速递", "湖北省", "2026-05-01 10:00:00"})
	}
	w.Flush()
	return errors.Join(w.Error(), f.Close())
}

// pipelineRun classifies an export.
type pipelineRun struct {
	cls     *classifier.Classifier
	path    string
	records []review.Record
}

func (p *pipelineRun) read() (*review.Files, error) {
	return review.OpenAll([]string{p.path}, review.Options{})
}

// alone classifies the records, which are read the first time.
func (p *pipelineRun) alone() (n int, err error) {
	if p.records == nil {
		in, err := p.read()
		if err != nil {
			return 0, err
		}
		for {
			r, err := in.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				return 0, errors.Join(err, in.Close())
			}
			p.records = append(p.records, r)
		}
		if err := in.Close(); err != nil {
			return 0, err
		}
	}
	for i := range p.records {
		if _, err := pipeline.Annotate(p.cls, "food", &p.records[i]); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// through reads, classifies and writes.
func (p *pipelineRun) through(format string) (n int, err error) {
	in, err := p.read()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	f, err := os.Create(p.path + "." + format)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w, err := writer.New(format, f, writer.Options{Lexicon: p.cls.Lexicon(), Industry: "food"})
	if err != nil {
		return 0, err
	}
	type line struct {
		annotation *pipeline.Annotation
		bytes      []byte
	}
	err = pipeline.Run(context.Background(), 1, pipeline.Steps[line]{
		Read: in.Read,
		Work: func(_ int, r *review.Record) (line, error) {
			a, err := pipeline.Annotate(p.cls, "food", r)
			if err != nil {
				return line{}, err
			}
			encoded, err := w.Encode(&a)
			return line{&a, encoded}, err
		},
		Emit:   func(l line) error { n++; return w.Write(l.annotation, l.bytes) },
		Reject: func(e *review.RowError) error { return e },
	})
	return n, errors.Join(err, w.Close())
}
