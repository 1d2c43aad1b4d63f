package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"chaping/internal/pii"
	"chaping/internal/review"
	"chaping/internal/writer"
)

func inspectCommand() *cobra.Command {
	var encoding, format string
	var columns map[string]string
	c := &cobra.Command{
		Use:   "inspect [flags] FILE...",
		Short: "Say what is understood of an export before a batch is run",
		Long: `Inspect reads the first thousand rows of each table and prints its encoding, delimiter and header row, what
each column is taken for, five sample rows, and what is missing and what that disables. It exits with 1 if a
file has nothing that can be read.`,
		Example: `  chaping inspect reviews.xlsx
  chaping inspect --map text=心得 reviews.csv`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "table" && format != "json" {
				return fmt.Errorf("--format is %q: write table or json", format)
			}
			paths, err := review.Expand(args)
			if err != nil {
				return err
			}
			failed := 0
			list := []*review.Inspection{}
			for _, p := range paths {
				in, err := review.Inspect(p, review.Options{Encoding: encoding, Map: columns, Stdin: cmd.InOrStdin()})
				if err != nil {
					return err
				}
				if in.Problem != "" {
					failed++
				}
				hide(in)
				list = append(list, in)
				if format == "table" {
					printInspection(cmd.OutOrStdout(), in)
				}
			}
			if format == "json" {
				if err := printJSON(cmd.OutOrStdout(), list); err != nil {
					return err
				}
			}
			if failed > 0 {
				return fmt.Errorf("%w: %d of %d files cannot be read, or not to the end", errCheck, failed, len(list))
			}
			return nil
		},
	}
	registerReading(c.Flags(), &encoding, &columns)
	c.Flags().StringVarP(&format, "format", "f", "table", "output `FORMAT`: table or json")
	return c
}

// hide masks personal data in what was looked at.
func hide(in *review.Inspection) {
	for i := range in.Tables {
		t := &in.Tables[i]
		for k := range t.Sample {
			t.Sample[k] = writer.Options{}.Shown(t.Sample[k])
		}
		for k := range t.Damaged {
			t.Damaged[k].Value = pii.Mask(t.Damaged[k].Value)
		}
		for _, r := range t.Rejects {
			r.Raw = []byte(pii.Mask(string(r.Raw)))
		}
	}
}

// printJSON writes a value for programs and people.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func printInspection(w io.Writer, in *review.Inspection) {
	for _, t := range in.Tables {
		name := t.File
		if t.Sheet != "" {
			name += "[" + t.Sheet + "]"
		}
		fmt.Fprintf(w, "%s: %s\n", name, strings.Join(understood(&t), ", "))
		fields := newTable("", "column", "field", "how", "first value")
		for _, c := range t.Columns {
			field := c.Field
			if field == "" {
				field = "(kept)"
			}
			fields.AppendRow(table.Row{c.Number, writer.OneLine(c.Name), field, c.How, text.Snip(firstValue(&t, c), 40, "…")})
		}
		fmt.Fprintln(w, fields.Render())
		more := ""
		if t.Partial {
			more = " looked at, there are more"
		}
		fmt.Fprintf(w, "%d rows%s, %d rejected\n", t.Rows, more, t.Rejected)
		for _, r := range t.Rejects {
			fmt.Fprintf(w, "  rejected: %v\n", r)
		}
		for _, d := range t.Damaged {
			fmt.Fprintf(w, "  damaged: %s %q: %s\n", d.Field, d.Value, d.Reason)
		}
		for i, r := range t.Sample {
			fmt.Fprintf(w, "  sample %d: %s\n", i+1, text.Snip(writer.OneLine(r.Text), 100, "…"))
		}
		for _, m := range t.Missing {
			fmt.Fprintf(w, "  no column for %s: %s\n", m.Field, m.Disables)
		}
	}
	for _, s := range in.Skipped {
		fmt.Fprintf(w, "%s: skipped: %s\n", s.Name, s.Reason)
	}
	if in.Problem != "" {
		fmt.Fprintf(w, "%s cannot be read: %s\n", in.Name, in.Problem)
	}
}

// understood describes a table's form.
func understood(t *review.TableInspection) []string {
	out := []string{t.Format}
	if t.Encoding != "" {
		out = append(out, t.Encoding)
	}
	if t.Delimiter != "" {
		out = append(out, fmt.Sprintf("delimiter %q", t.Delimiter))
	}
	switch {
	case t.HeaderRow > 0:
		out = append(out, fmt.Sprintf("header in row %d", t.HeaderRow))
	case t.Format == "table" || t.Format == "xlsx":
		out = append(out, "no header row")
	}
	return out
}

// firstValue is what the first sample has in a column.
func firstValue(t *review.TableInspection, c review.Column) string {
	if len(t.Sample) == 0 {
		return ""
	}
	var keys, extra map[string]json.RawMessage
	data, err := json.Marshal(t.Sample[0])
	if err != nil || json.Unmarshal(data, &keys) != nil {
		return "" // a Record always marshals to an object
	}
	v, ok := keys[c.Field]
	if !ok && json.Unmarshal(keys["extra"], &extra) == nil {
		v = extra[c.Name]
	}
	var s string
	if json.Unmarshal(v, &s) != nil {
		s = string(v) // numbers and lists as they are written
	}
	return writer.OneLine(s)
}

// newTable is a plain table for a terminal: columns side by side, Chinese
// characters counted as two cells.
func newTable(header ...any) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleDefault)
	t.Style().Options = table.Options{}
	t.Style().Box.PaddingLeft, t.Style().Box.PaddingRight = "", "  "
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(header)
	return t
}
