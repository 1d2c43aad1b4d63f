package main

import (
	"fmt"
	"io"

	"github.com/go-ego/gse"

	"chaping/classifier"
	"chaping/lexicon"
)

// The question: how fast are all stages of the classifier, from a raw review to its labels and evidence, on one core,
// next to a word segmenter, with which a classifier would usually begin? gse is given what is fastest: its smallest
// Chinese dictionary and segmentation without the hidden Markov model.

// labelled is how many of the corpus' reviews must get a label at least: about half of them are negative.
const labelled = 0.3

func classifyTable(out io.Writer, c *corpus, rounds int) error {
	lex, err := lexicon.Load()
	if err != nil {
		return err
	}
	cls := classifier.New(lex)
	var seg gse.Segmenter
	seg.SkipLog = true
	if err := seg.LoadDictEmbed("zh_s"); err != nil {
		return err
	}
	seconds := map[string][]float64{}
	industries := []string{"food", "electronics"}
	for range rounds {
		for _, industry := range industries {
			var wrong error
			best, _ := bestOf(func() { wrong = classifyAll(cls, industry, c) })
			if wrong != nil {
				return wrong
			}
			seconds[industry] = append(seconds[industry], best)
		}
		words := 0
		best, _ := bestOf(func() {
			words = 0
			for _, review := range c.bytes {
				words += len(seg.Segment(review))
			}
		})
		if words < len(c.texts) {
			return fmt.Errorf("gse finds only %d words", words)
		}
		seconds["gse"] = append(seconds["gse"], best)
	}
	fmt.Fprintf(out, "\nClassifying, one goroutine\n")
	table := newTable(out)
	fmt.Fprintln(table, "engine\tMB/s\tfaster than gse by")
	for _, row := range []struct{ name, key string }{{"Classify, food", "food"}, {"Classify, electronics", "electronics"}, {"gse Segment, zh_s", "gse"}} {
		fmt.Fprintf(table, "%s\t%.1f\t%.2fx\n", row.name, float64(c.size)/1e6/median(seconds[row.key]), medianRatio(seconds["gse"], seconds[row.key]))
	}
	return table.Flush()
}

func classifyAll(cls *classifier.Classifier, industry string, c *corpus) error {
	n := 0
	for _, text := range c.texts {
		r, err := cls.Classify(industry, text)
		if err != nil {
			return err
		}
		if len(r.Labels) > 0 {
			n++
		}
	}
	if float64(n) < labelled*float64(len(c.texts)) {
		return fmt.Errorf("%s: only %d of %d reviews get a label", industry, n, len(c.texts))
	}
	return nil
}
