package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"chaping/internal/crosstab"
	"chaping/internal/orders"
	"chaping/internal/review"
	"chaping/internal/writer"
)

func ordersCommand() *cobra.Command {
	var f intakeFlags
	var format string
	c := &cobra.Command{
		Use:   "orders [flags] FILE...",
		Short: "Count what an order export says was shipped",
		Long: `Orders reads the order exports of Taobao, Pinduoduo, Douyin and others and counts shipped orders by courier,
province and month, and once more by product: the base that problems are judged against.`,
		Example: `  chaping orders orders.csv`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains([]string{"table", "csv", "json"}, format) {
				return fmt.Errorf("--format is %q: write table, csv or json", format)
			}
			paths, err := review.Expand(args)
			if err != nil {
				return err
			}
			rejects, err := newRejects("", nil, f.strict, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			book, err := orders.Read(paths, review.Options{Encoding: f.encoding, Map: f.columns, Stdin: cmd.InOrStdin()}, rejects.add)
			if err != nil {
				return err
			}
			s := book.Stats()
			fmt.Fprintf(cmd.ErrOrStderr(), "chaping: %d rows, %d orders, %d rows without an order number that can be trusted, %d rejected\n", s.Rows, s.Orders, s.Damaged, s.Rejects)
			shipped := book.Register()
			return printBase(cmd.OutOrStdout(), format, baseRows(shipped, "courier", "province", "month"), baseRows(shipped, "courier", "province", "product", "month"))
		},
	}
	fl := c.Flags()
	registerReading(fl, &f.encoding, &f.columns)
	fl.BoolVar(&f.strict, "strict", false, "fail at the first row that cannot be read")
	fl.StringVarP(&format, "format", "f", "table", "output `FORMAT`: table, csv or json")
	return c
}

// baseRow is how many orders were shipped under conditions.
type baseRow struct {
	Courier  string `json:"courier"`
	Province string `json:"province"`
	Product  string `json:"product"` // empty in the counts of whole orders
	Month    string `json:"month"`   // of shipping, else of ordering: 2026-05; empty where neither is known
	Orders   int    `json:"orders"`
}

func baseRows(shipped *orders.Register, by ...string) []baseRow {
	list := []baseRow{}
	for _, b := range shipped.Base(by...) {
		list = append(list, baseRow{b.Courier, b.Province, b.Product, crosstab.Period("month", b.Date), b.Orders})
	}
	return list
}

// printBase writes the shipped base.
func printBase(w io.Writer, format string, whole, byProduct []baseRow) error {
	all := slices.Concat(whole, byProduct)
	header := []string{"courier", "province", "product", "month", "orders"}
	switch format {
	case "json":
		return printJSON(w, map[string][]baseRow{"orders": whole, "by_product": byProduct})
	case "csv":
		out := csv.NewWriter(w)
		out.Write(header)
		for _, b := range all {
			out.Write([]string{writer.Neutral(b.Courier), writer.Neutral(b.Province), writer.Neutral(b.Product), b.Month, strconv.Itoa(b.Orders)})
		}
		out.Flush()
		return out.Error()
	}
	t := newTable("courier", "province", "product", "month", "orders")
	for _, b := range all {
		t.AppendRow(table.Row{writer.OneLine(b.Courier), writer.OneLine(b.Province), writer.OneLine(b.Product), b.Month, b.Orders})
	}
	_, err := fmt.Fprintln(w, t.Render())
	return err
}
