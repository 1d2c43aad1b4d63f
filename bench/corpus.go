package main

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// errNoCorpus says that the reviews to measure with are not there, and how to name their place.
var errNoCorpus = errors.New("no corpus: set CHAPING_SHARED to the directory that has data/online_shopping.csv.gz, " +
	"as in: CHAPING_SHARED=/path/to/shared go run .")

// A corpus holds reviews in the forms that engines take.
type corpus struct {
	texts []string
	bytes [][]byte
	runes [][]rune
	size  int64 // UTF-8 bytes of all texts
}

// loadCorpus reads the reviews of online_shopping.csv.gz (SophonPlus/ChineseNlpCorpus; no licence, so they are used
// where they are and nothing of them is kept). The error is errNoCorpus where the file does not exist.
func loadCorpus() (*corpus, error) {
	dir := os.Getenv("CHAPING_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	name := filepath.Join(dir, "data", "online_shopping.csv.gz")
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoCorpus
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := readCorpus(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// readCorpus reads the column "review" of compressed CSV.
func readCorpus(r io.Reader) (*corpus, error) {
	unzipped, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	rows := csv.NewReader(unzipped)
	rows.LazyQuotes = true
	rows.FieldsPerRecord = 3
	var texts []string
	for {
		row, err := rows.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		texts = append(texts, row[2])
	}
	if len(texts) < 2 || texts[0] != "review" {
		return nil, errors.New(`no rows, or no third column "review"`)
	}
	return newCorpus(texts[1:]), nil
}

func newCorpus(texts []string) *corpus {
	c := &corpus{texts: texts}
	for _, text := range texts {
		c.bytes = append(c.bytes, []byte(text))
		c.runes = append(c.runes, []rune(text))
		c.size += int64(len(text))
	}
	return c
}
