package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"chaping/internal/pipeline"
	"chaping/internal/report"
	"chaping/internal/trend"
)

// countFlags are those of commands that count problems by day.
type countFlags struct {
	analysisFlags
	categories []string
}

func (f *countFlags) register(c *cobra.Command) *pflag.FlagSet {
	f.analysisFlags.register(c, "table", "json")
	c.Flags().StringSliceVar(&f.categories, "category", nil, "`CATEGORY` such as courier.damage; may be repeated (default: all)")
	return c.Flags()
}

type compareFlags struct {
	countFlags
	before, after string
}

func compareCommand() *cobra.Command {
	var f compareFlags
	c := &cobra.Command{
		Use:   "compare --before FROM..TO --after FROM..TO [flags] FILE...",
		Short: "Say whether a problem became rarer after a fix",
		Long: `Compare counts the share of reviews with a problem in two spans of days, by review time, and gives the difference
with Newcombe's hybrid score interval of 95 %. A difference is sure where the interval leaves 0 out. Without
--category it compares every category, and one in twenty of those that did not change may look sure.`,
		Example: `  chaping compare --industry food --before 2026-06-01..2026-06-30 --after 2026-07-01..2026-07-31 --category courier.damage reviews.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return f.run(cmd, args)
		},
	}
	fl := f.register(c)
	fl.StringVar(&f.before, "before", "", "`SPAN` before, such as 2026-06-01..2026-06-30, both days among it")
	fl.StringVar(&f.after, "after", "", "`SPAN` after")
	c.MarkFlagRequired("before")
	c.MarkFlagRequired("after")
	return c
}

func (f *compareFlags) run(cmd *cobra.Command, args []string) error {
	before, err := trend.ParseSpan(f.before)
	if err != nil {
		return fmt.Errorf("--before: %w", err)
	}
	after, err := trend.ParseSpan(f.after)
	if err != nil {
		return fmt.Errorf("--after: %w", err)
	}
	if before.To.Compare(after.From) >= 0 && after.To.Compare(before.From) >= 0 {
		return fmt.Errorf("--before %s and --after %s share days, whose reviews would count twice: name spans apart", before, after)
	}
	return f.count(cmd, args, func(w io.Writer, in *intake, days *trend.Counter) error {
		title := f.titles(in.cls.Lexicon())
		categories, err := f.wanted(days, title)
		if err != nil {
			return err
		}
		changes := []trend.Change{}
		for _, id := range categories {
			changes = append(changes, days.Change(id, before, after))
		}
		if f.format == "json" {
			return printJSON(w, struct {
				Before  trend.Span     `json:"before"`
				After   trend.Span     `json:"after"`
				Changes []trend.Change `json:"changes"`
			}{before, after, changes})
		}
		return f.table(w, before, after, changes, title)
	})
}

func (f *compareFlags) table(w io.Writer, before, after trend.Span, changes []trend.Change, title func(string) string) error {
	t := newTable("", before, after, f.say("变化（百分点）", "change (points)"), "95 %", "")
	share := func(s trend.Share) string { return fmt.Sprintf("%s (%d/%d)", report.Percent(s.Share), s.Count, s.Base) }
	for _, c := range changes {
		mark := ""
		if c.Sure {
			mark = "*"
		}
		t.AppendRow([]any{title(c.Category), share(c.Before), share(c.After), fmt.Sprintf("%+.1f", 100*c.Difference), fmt.Sprintf("%+.1f – %+.1f", 100*c.Low, 100*c.High), mark})
	}
	_, err := fmt.Fprintln(w, t.Render())
	return err
}

// count reads and classifies files and counts problems by day.
func (f *countFlags) count(cmd *cobra.Command, args []string, write func(io.Writer, *intake, *trend.Counter) error) error {
	var days trend.Counter
	see := func(in *intake, a *pipeline.Annotation) error {
		row := a.Row(in.cls.Lexicon(), f.industry)
		var ids []string
		for _, p := range row.Problems {
			ids = append(ids, p.Category)
		}
		days.Add(row.Time, ids)
		return nil
	}
	return f.run(cmd, args, see, func(w io.Writer, in *intake) error {
		if n := days.Undated(); n > 0 {
			fmt.Fprintf(cmd.ErrOrStderr(), "chaping: %d reviews have no time and are left out\n", n)
		}
		return write(w, in, &days)
	})
}

// wanted are the categories that were asked for, or all that were found.
func (f *countFlags) wanted(days *trend.Counter, title func(string) string) ([]string, error) {
	for _, id := range f.categories {
		if title(id) == id {
			return nil, fmt.Errorf("--category: no category is called %q", id)
		}
	}
	if len(f.categories) == 0 {
		return days.Categories(), nil
	}
	return slices.Compact(slices.Sorted(slices.Values(f.categories))), nil
}
