package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"chaping/index"
	"chaping/internal/dataset"
	"chaping/internal/writer"
)

func relabelCommand() *cobra.Command {
	var data, industry, lexicon string
	var dry, noMask bool
	c := &cobra.Command{
		Use:   "relabel --data DIR",
		Short: "Classify a dataset again with the current rules and show what changes",
		Long: `Relabel classifies every review of a dataset again and prints, by category, how many gain and lose it. The new
labels take the place of the old ones all at once; with --dry-run nothing is changed. Reviews are completed from
orders that were imported after them.`,
		Example: `  chaping relabel --data shop --lexicon my-rules --dry-run`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			cls, err := newClassifier(lexicon)
			if err != nil {
				return err
			}
			open := openToWrite
			if dry {
				open = func(path string) (*dataset.Dir, error) { return dataset.Open(path, dataset.Read) }
			}
			d, err := open(data)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
			settleIndustry(&industry, d)
			if err := checkIndustry(cls, industry); err != nil {
				return err
			}
			shipped, err := d.Shipped()
			if err != nil {
				return err
			}
			change := changes{gained: map[string]int{}, lost: map[string]int{}}
			err = d.Relabel(dry, industry, func(r *dataset.Review) error {
				before := r.Labels
				if shipped != nil { // orders may have come after the review
					shipped.Fill(r.Record)
				}
				again, err := r.Again(cls, industry)
				if err != nil {
					return err
				}
				r.Annotation = again
				change.see(before, again.Labels)
				return nil
			}, func() error {
				o := writer.Options{Lexicon: cls.Lexicon(), Industry: industry}
				return change.print(cmd.OutOrStdout(), o.Title)
			})
			if err != nil || dry {
				return err
			}
			bar := progress(cmd.ErrOrStderr())
			defer bar.Exit()
			defer collectLess()()
			return index.Sync(d, index.Options{Lexicon: cls.Lexicon(), Industry: industry, NoMask: noMask}, func(n int) { bar.Add(n) })
		},
	}
	registerData(c, &data)
	fl := c.Flags()
	registerIndustry(fl, &industry)
	fl.StringVar(&lexicon, "lexicon", "", "`DIR` with rule files laid over the built-in ones")
	fl.BoolVar(&dry, "dry-run", false, "show what would change, and change nothing")
	fl.BoolVar(&noMask, "no-mask", false, "index phone numbers, accounts and the like of all reviews as they are")
	return c
}

// changes counts what relabelling does.
type changes struct {
	reviews, changed int
	gained, lost     map[string]int // by category
}

func (c *changes) see(before, after []string) {
	c.reviews++
	if !slices.Equal(before, after) {
		c.changed++
	}
	for _, id := range after {
		if !slices.Contains(before, id) {
			c.gained[id]++
		}
	}
	for _, id := range before {
		if !slices.Contains(after, id) {
			c.lost[id]++
		}
	}
}

func (c *changes) print(w io.Writer, title func(string) string) error {
	fmt.Fprintf(w, "%d reviews, %d with other labels\n", c.reviews, c.changed)
	all := maps.Clone(c.gained)
	maps.Copy(all, c.lost)
	if len(all) == 0 {
		return nil
	}
	t := newTable("category", "gained", "lost", "")
	for _, id := range slices.Sorted(maps.Keys(all)) {
		t.AppendRow(table.Row{title(id), c.gained[id], c.lost[id], id})
	}
	_, err := fmt.Fprintln(w, t.Render())
	return err
}
