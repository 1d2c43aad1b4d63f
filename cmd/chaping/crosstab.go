package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
	"github.com/xuri/excelize/v2"

	"chaping/internal/crosstab"
	"chaping/internal/pipeline"
	"chaping/internal/report"
	"chaping/internal/writer"
)

// shownCells is how many cells a table for people has, those that are
// significant aside.
const shownCells = 25

type crosstabFlags struct {
	analysisFlags
	by     []string
	within map[string]string
	base   string
	minN   int
}

func crosstabCommand() *cobra.Command {
	var f crosstabFlags
	c := &cobra.Command{
		Use:   "crosstab [flags] FILE...",
		Short: "Count problems by product, courier, region … and say which counts are no chance",
		Long: `Crosstab classifies reviews and counts problems over one to three dimensions: ` + strings.Join(crosstab.DimensionNames(), ", ") + `.
A cell has its count, base, rate with the Wilson 95 % interval, ratio to the rest, p, and q after
Benjamini and Hochberg. With --orders, or orders in the dataset, the base is what was shipped, and only reviews of
those orders count; otherwise it is the reviews.`,
		Example: `  chaping crosstab --industry food --by category,courier,region reviews.csv
  chaping crosstab --industry food --by category,courier --within region=华中 --orders orders.csv reviews.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return f.run(cmd, args)
		},
	}
	f.register(c, "table", "json", "csv", "xlsx")
	fl := c.Flags()
	fl.StringSliceVar(&f.by, "by", []string{"category"}, "`DIMENSIONS`, one to three, with commas between")
	fl.StringToStringVar(&f.within, "within", nil, "only reviews with this value, such as region=华中; `DIMENSION=VALUE` may be repeated")
	fl.StringVar(&f.base, "base", "", "count against `BASE`: orders or reviews (default: orders where there are any and they tell the dimensions, else reviews)")
	fl.IntVar(&f.minN, "min-n", 20, "a cell with a base below `N` is small and never significant")
	return c
}

func (f *crosstabFlags) check() error {
	switch {
	case f.base != "" && f.base != "orders" && f.base != "reviews":
		return fmt.Errorf("--base is %q: write orders or reviews", f.base)
	case f.base == "orders" && len(f.orders) == 0 && f.data == "":
		return errors.New("--base orders needs an order export: name it with --orders")
	case f.minN < 1:
		return errors.New("--min-n must be 1 at least")
	}
	// dimensions are checked before a long run
	if _, err := crosstab.New(crosstab.Options{By: f.by, Within: f.within}); err != nil {
		return fmt.Errorf("--by or --within: %w", err)
	}
	return f.analysisFlags.check()
}

// dimensions are those of --by and --within.
func (f *crosstabFlags) dimensions() []string {
	return slices.AppendSeq(slices.Clone(f.by), maps.Keys(f.within))
}

// table makes the empty table. It settles what it counts against.
func (f *crosstabFlags) table(in *intake) (*crosstab.Table, error) {
	switch {
	case f.base == "orders" && in.shipped == nil:
		return nil, fmt.Errorf("--base orders needs an order export: name it with --orders, or add it to the dataset with chaping import --data %s --orders FILE", f.data)
	case f.base != "":
	case in.book != nil, in.shipped != nil && crosstab.Shipped(f.dimensions()...):
		f.base = "orders"
	default:
		f.base = "reviews"
	}
	opt := crosstab.Options{By: f.by, Within: f.within, MinN: f.minN}
	if f.base == "orders" {
		opt.Orders = in.shipped.Base(f.dimensions()...)
	}
	t, err := crosstab.New(opt)
	if err != nil {
		err = fmt.Errorf("--by or --within: %w", err)
	}
	return t, err
}

// run makes the table.
func (f *crosstabFlags) run(cmd *cobra.Command, args []string) error {
	var t *crosstab.Table
	reviews, apart := 0, 0 // apart are those whose order is not in the base
	see := func(in *intake, a *pipeline.Annotation) error {
		if t == nil {
			var err error
			if t, err = f.table(in); err != nil {
				return err
			}
		}
		reviews++
		row := a.Row(in.cls.Lexicon(), f.industry)
		if f.base == "orders" {
			at := in.shipped.Find(a.Record)
			if at < 0 {
				apart++
				return nil
			}
			in.shipped.Place(at, &row)
		}
		t.Add(&row)
		return nil
	}
	return f.analysisFlags.run(cmd, args, see, func(w io.Writer, in *intake) (err error) {
		if t == nil { // there is no review
			if t, err = f.table(in); err != nil {
				return err
			}
		}
		switch {
		case f.base == "orders" && t.Total() == 0:
			return errors.New("no order was shipped (none has a courier, a tracking number or a time of shipping), or none lies --within: count against reviews with --base reviews")
		case apart > 0:
			fmt.Fprintf(cmd.ErrOrStderr(), "chaping: %d of %d reviews are of orders that are not in the base and do not count; --base reviews counts all\n", apart, reviews)
		}
		return f.write(w, t.Cells(), f.titles(in.cls.Lexicon()))
	})
}

func (f *crosstabFlags) write(w io.Writer, cells []crosstab.Cell, title func(string) string) error {
	findings := report.Findings(cells, title, report.Unit(f.base == "orders"))
	switch f.format {
	case "json":
		if cells == nil {
			cells = []crosstab.Cell{}
		}
		return printJSON(w, struct {
			By       []string        `json:"by"`
			Base     string          `json:"base"`
			Findings []string        `json:"findings"`
			Cells    []crosstab.Cell `json:"cells"`
		}{f.by, f.base, findings, cells})
	case "csv":
		out := csv.NewWriter(w)
		for _, row := range f.rows(cells, title) {
			cells := make([]string, len(row))
			for i, v := range row {
				cells[i] = writer.Neutral(fmt.Sprint(v))
			}
			out.Write(cells)
		}
		out.Flush()
		return out.Error()
	case "xlsx":
		return writeSheet(w, "交叉分析", f.rows(cells, title))
	}
	for _, s := range findings {
		fmt.Fprintln(w, s)
	}
	if len(findings) > 0 {
		fmt.Fprintln(w)
	}
	return f.writeTable(w, cells, title)
}

// writeTable writes the cells for people.
func (f *crosstabFlags) writeTable(w io.Writer, cells []crosstab.Cell, title func(string) string) error {
	header := []any{}
	for _, d := range f.by {
		header = append(header, d)
	}
	t := newTable(append(header, "count", "base", "rate", "95 %", "ratio", "q", "")...)
	hidden := 0
	for i, c := range cells {
		if i >= shownCells && !c.Significant {
			hidden++
			continue
		}
		row := table.Row{}
		for _, v := range c.Key {
			row = append(row, shownValue(v, title))
		}
		ratio, mark := "", ""
		if c.Ratio != nil {
			ratio = fmt.Sprintf("%.2f", *c.Ratio)
		}
		switch {
		case c.Small:
			mark = "small"
		case c.Significant:
			mark = "*"
		}
		t.AppendRow(append(row, c.Count, c.Base, report.Percent(c.Rate), fmt.Sprintf("%.1f–%.1f", 100*c.Low, 100*c.High), ratio, fmt.Sprintf("%.3g", c.Q), mark))
	}
	fmt.Fprintln(w, t.Render())
	if hidden == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "… %d more cells: --format csv, xlsx or json has all\n", hidden)
	return err
}

func shownValue(v crosstab.Value, title func(string) string) string {
	if v.Dimension == "category" {
		return title(v.Value)
	}
	return writer.OneLine(v.Value)
}

// rows are the cells for spreadsheets, the header first.
func (f *crosstabFlags) rows(cells []crosstab.Cell, title func(string) string) [][]any {
	header := []any{}
	for _, d := range f.by {
		header = append(header, d)
		if d == "category" {
			header = append(header, "title")
		}
	}
	rows := [][]any{append(header, "count", "base", "rate", "low", "high", "ratio", "p", "q", "significant", "small")}
	for _, c := range cells {
		row := []any{}
		for _, v := range c.Key {
			row = append(row, v.Value)
			if v.Dimension == "category" {
				row = append(row, title(v.Value))
			}
		}
		ratio := any("")
		if c.Ratio != nil {
			ratio = *c.Ratio
		}
		rows = append(rows, append(row, c.Count, c.Base, c.Rate, c.Low, c.High, ratio, c.P, c.Q, strconv.FormatBool(c.Significant), strconv.FormatBool(c.Small)))
	}
	return rows
}

// writeSheet writes a workbook of one sheet with a frozen, filtered header.
func writeSheet(w io.Writer, name string, rows [][]any) (err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	if err := book.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	for i := range rows {
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := book.SetSheetRow(name, at, &rows[i]); err != nil {
			return err
		}
	}
	if err := book.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	end, err := excelize.CoordinatesToCellName(len(rows[0]), max(len(rows), 2))
	if err != nil {
		return err
	}
	if err := book.AutoFilter(name, "A1:"+end, nil); err != nil {
		return err
	}
	_, err = book.WriteTo(w)
	return err
}
