package main

import (
	"encoding/csv"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"chaping/internal/report"
	"chaping/internal/writer"
)

func worklistCommand() *cobra.Command {
	var f buildFlags
	var owner string
	c := &cobra.Command{
		Use:   "worklist [flags] FILE...",
		Short: "List each department's problems, the costliest for the shop's scores first",
		Long: `Worklist names the department that answers for each problem, as the rules have it, and ranks its problems by what
they cost in the score that they belong to, with where they are most frequent and how they changed.`,
		Example: `  chaping worklist --industry food --orders orders.csv reviews.csv
  chaping worklist --industry food --owner 物流部 -o work.csv reviews.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return f.build(cmd, args, false, func(w io.Writer, d *report.Data) error {
				work := []report.Work{}
				for _, o := range d.Owners {
					if owner == "" || o.Name == owner {
						work = append(work, o.Work...)
					}
				}
				if owner != "" && len(work) == 0 {
					fmt.Fprintf(cmd.ErrOrStderr(), "chaping: %s has no problem to solve\n", owner)
				}
				return f.writeWork(w, d, work)
			})
		},
	}
	f.register(c, "table", "json", "csv").StringVar(&owner, "owner", "", "only the list of `DEPARTMENT`, such as 物流部")
	return c
}

// writeWork writes the list.
func (f *buildFlags) writeWork(w io.Writer, d *report.Data, work []report.Work) error {
	switch f.format {
	case "json":
		return printJSON(w, struct {
			AsOf   string        `json:"as_of"`
			Before string        `json:"before"`
			After  string        `json:"after"`
			Work   []report.Work `json:"work"`
		}{d.AsOf.Format("2006-01-02"), d.Before.String(), d.After.String(), work})
	case "csv":
		out := csv.NewWriter(w)
		out.Write([]string{"owner", "category", "title", "dimension", "reviews", "share", "without", "low", "high", "shown_before", "shown_after", "five_stars", "cost", "where", "change"})
		for _, x := range work {
			row := []string{x.Owner, x.Category, x.Title, x.Dimension.String(), fmt.Sprint(x.Reviews), fmt.Sprint(x.Share)}
			if im := x.Impact; im != nil {
				row = append(row, fmt.Sprint(im.Without), bound(im.Low), bound(im.High), im.ShownBefore, im.ShownAfter, fmt.Sprint(im.FiveStars), fmt.Sprint(im.Cost))
			} else {
				row = append(row, "", "", "", "", "", "", "")
			}
			row = append(row, x.Where, fmt.Sprint(x.Change.Difference))
			for _, i := range []int{0, 1, 2, 13} { // texts; numbers stay numbers
				row[i] = writer.Neutral(row[i])
			}
			out.Write(row)
		}
		out.Flush()
		return out.Error()
	}
	t := newTable(f.say("责任部门", "owner"), f.say("问题", "problem"), f.say("评价数", "reviews"), f.say("得分", "score"), f.say("扣分", "costs"), f.say("显示", "shown"), f.say("相当五星", "five-stars"), f.say("集中在", "where"))
	title := func(x report.Work) string { return x.Title }
	if f.lang == "en" {
		title = func(x report.Work) string { return x.Category }
	}
	for _, x := range work {
		costs, shown, five := "", "", ""
		if im := x.Impact; im != nil {
			costs, shown, five = fmt.Sprintf("%.4f", im.Without), im.ShownBefore+"→"+im.ShownAfter, fmt.Sprint(im.FiveStars)
		}
		t.AppendRow([]any{x.Owner, title(x), x.Reviews, x.Dimension, costs, shown, five, writer.OneLine(x.Where)})
	}
	_, err := fmt.Fprintln(w, t.Render())
	return err
}

// bound is an end of an interval, empty where none was drawn.
func bound(f *float64) string {
	if f == nil {
		return ""
	}
	return fmt.Sprint(*f)
}
