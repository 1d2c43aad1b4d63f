package main

import (
	"cmp"
	"errors"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"chaping/internal/pipeline"
	"chaping/internal/report"
)

// buildFlags are those of commands that make a report's data.
type buildFlags struct {
	analysisFlags
	scoreFlags
	days int
}

func (f *buildFlags) register(c *cobra.Command, formats ...string) *pflag.FlagSet {
	f.analysisFlags.register(c, formats...)
	fl := c.Flags()
	f.scoreFlags.register(fl)
	fl.IntVar(&f.days, "period", 30, "compare the last `DAYS` with as many before")
	return fl
}

func (f *buildFlags) check() error {
	if f.days < 1 || f.days > 3660 {
		return errors.New("--period must be 1 to 3660 days")
	}
	return errors.Join(f.scoreFlags.check(), f.analysisFlags.check())
}

// build reads and classifies files and gives the data of their report.
func (f *buildFlags) build(cmd *cobra.Command, args []string, noMask bool, write func(io.Writer, *report.Data) error) error {
	var b *report.Builder
	var rows report.Rows
	begin := func(in *intake) {
		opt := report.Options{
			Lexicon: in.cls.Lexicon(), Industry: f.industry, Profile: f.profiled, AsOf: f.day, Days: f.days,
			Price: f.price, Samples: cmp.Or(f.samples, -1), Seed: f.seed, NoMask: noMask,
		}
		if in.shipped != nil {
			opt.Shipped = in.shipped.Base
		}
		b = report.NewBuilder(opt)
	}
	see := func(in *intake, a *pipeline.Annotation) error {
		if b == nil {
			begin(in)
		}
		rows.Out++
		hasOrder := in.shipped == nil || in.shipped.Find(a.Record) >= 0
		if !hasOrder {
			rows.NoOrder++
		}
		b.Add(a, hasOrder, in.whole)
		return nil
	}
	return f.run(cmd, args, see, func(w io.Writer, in *intake) error {
		if b == nil {
			return errors.New("there is no review to report on")
		}
		rows.In, rows.Rejected, rows.Duplicates, rows.Orders = in.rows, in.rejects.n, in.dup.Count, in.shipped != nil
		if f.data != "" { // whose rows were accounted for when they were imported
			rows.In, rows.Rejected = int64(rows.Out), 0
		}
		data, err := b.Build(rows)
		if err != nil {
			return err
		}
		return write(w, data)
	})
}

func reportCommand() *cobra.Command {
	var f buildFlags
	var noMask bool
	c := &cobra.Command{
		Use:   "report [flags] FILE...",
		Short: "Write a report for a manager: scores, what cost most, where, what changed, who mends it",
		Long: `Report classifies reviews and writes one page in Chinese that needs no network and no script: the three scores with
their trend, what cost most in them, the commonest problems, tables of product and SKU by category and courier by
region, what follow-ups complain about, what changed against the period before and from month to month, a worklist
for each department, reviews with the evidence marked, and every formula. The same as a workbook with charts (-o report.xlsx) or as Markdown (-o report.md).`,
		Example: `  chaping report --industry food --orders orders.csv -o report.html reviews.csv
  chaping report --industry food --as-of 2026-06-30 --period 7 -o report.xlsx reviews.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return f.build(cmd, args, noMask, func(w io.Writer, d *report.Data) error {
				switch f.format {
				case "md":
					return d.Markdown(w)
				case "xlsx":
					return d.XLSX(w)
				}
				return d.HTML(w)
			})
		},
	}
	f.register(c, "html", "md", "xlsx").BoolVar(&noMask, "no-mask", false, "leave phone numbers, accounts and addresses in the texts")
	c.Flags().MarkHidden("lang") // the report is Chinese
	return c
}
