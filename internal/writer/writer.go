// Package writer turns annotations into files that people and programs read:
// JSON lines, CSV, XLSX, Parquet and a summary table. CSV, XLSX and Parquet have
// the same columns whatever the input; JSON leaves out cluster, follow_up and
// review where there is none. Personal data is masked unless Options.NoMask.
package writer

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"chaping/internal/pipeline"
	"chaping/lexicon"
)

// Writer writes annotations in the order in which Write gets them. Encode may
// be called by several goroutines at once and before its turn; all others by one.
type Writer interface {
	// Encode does the part of the work that needs no order.
	Encode(*pipeline.Annotation) ([]byte, error)
	// Write takes an annotation and what Encode made of it.
	Write(*pipeline.Annotation, []byte) error
	// Close writes what is left. It does not close the underlying writer.
	Close() error
}

// Options are what the formats need to know.
type Options struct {
	// WithReview adds the review itself to JSON lines. The others always have it.
	WithReview bool
	// Lexicon gives the titles of categories.
	Lexicon *lexicon.Lexicon
	// Industry is that of records that name none.
	Industry string
	// English chooses English titles instead of Chinese ones.
	English bool
	// Color highlights with ANSI escapes.
	Color bool
	// NoMask leaves personal data as it is. Offsets are into the original text either way.
	NoMask bool
}

// Formats lists the names that New takes.
var Formats = []string{"jsonl", "csv", "xlsx", "parquet", "table"}

// New returns a writer of a format.
func New(format string, w io.Writer, opt Options) (Writer, error) {
	switch format {
	case "jsonl":
		return newJSONL(w, opt), nil
	case "csv":
		return newCSV(w, opt), nil
	case "xlsx":
		return newXLSX(w, opt)
	case "parquet":
		return newParquet(w, opt), nil
	case "table":
		return newTable(w, opt), nil
	}
	return nil, fmt.Errorf("unknown format %q: known are %s", format, strings.Join(Formats, ", "))
}

// say chooses the words of the language.
func (o Options) say(zh, en string) string {
	if o.English {
		return en
	}
	return zh
}

// title is a category's title in the industry of a, its id where that has none.
func (o Options) title(a *pipeline.Annotation, category string) string {
	if a.Record.Industry != "" {
		o.Industry = a.Record.Industry
	}
	return o.Title(category)
}

// Title is a category's title in the industry of the options, or in the first
// one that has it; its id where none does.
func (o Options) Title(category string) string {
	for _, id := range append([]string{o.Industry}, o.Lexicon.IDs()...) {
		ind := o.Lexicon.Industry(id)
		if ind == nil {
			continue
		}
		if c := ind.Category(category); c != nil {
			return o.say(c.Title.ZH, c.Title.EN)
		}
	}
	return category
}

// join lists what get gives for each of list, without repeats.
func join[T any](list []T, get func(T) string) string {
	var out []string
	for _, v := range list {
		if s := get(v); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return strings.Join(out, "; ")
}
