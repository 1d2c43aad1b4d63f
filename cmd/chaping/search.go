package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"chaping/index"
	"chaping/internal/dataset"
	"chaping/internal/writer"
	"chaping/lexicon"
)

type searchFlags struct {
	data, format, output, sort, lang, more string
	size, from                             int
	facets                                 []string
	noMask                                 bool
}

func searchCommand() *cobra.Command {
	var f searchFlags
	formats := []string{"table", "json", "csv", "xlsx"}
	c := &cobra.Command{
		Use:   "search --data DIR [flags] [QUERY...]",
		Short: "Find reviews of a dataset",
		Long: `Search finds reviews by words, phrases and conditions, joined by AND, OR, NOT (且, 或, 非), - and parentheses.
A word or "phrase" finds every review that has it anywhere. Conditions are FIELD:VALUE with the fields
  ` + strings.Join(index.FieldNames(), ", ") + `
such as category:product.taste, category:product.*, star:<=2, time:2026-05..2026-06, template:true, -courier:* (unknown);
the Chinese names 问题 规则 部门 行业 商品 规格 快递 省份 大区 城市 月份 星级 时间 队列 serve as well, as in 问题:口感. Ready queries:
  ` + strings.Join(queues(), "\n  ") + `
table and json show a page and facets; csv and xlsx have all that is found. A query that begins with - follows after --.`,
		Example: `  chaping search --data shop 坏了 快递:圆通 '星级:<=2' --facet category,province
  chaping search --data shop --format csv -o hidden.csv queue:hidden`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := f.settle(cmd, formats); err != nil {
				return err
			}
			d, err := dataset.Open(f.data, dataset.Read)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
			x, err := index.Open(d)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, x.Close()) }()
			out, finish, err := openOutput(f.output, cmd.OutOrStdout(), nil)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, finish(err == nil)) }()
			return f.run(cmd, d, x, strings.Join(args, " "), out)
		},
	}
	registerData(c, &f.data)
	fl := c.Flags()
	fl.StringVarP(&f.format, "format", "f", "", "output `FORMAT`: "+strings.Join(formats, ", ")+" (default: by the extension of -o, else table)")
	fl.StringVarP(&f.output, "output", "o", "", "write to `FILE` instead of standard output")
	fl.StringVar(&f.sort, "sort", "score", "`ORDER` of hits: score, time, or doubt: those first whose labels have most signs of being wrong")
	fl.StringVar(&f.lang, "lang", "zh", "language of category titles: zh or en")
	fl.StringVar(&f.more, "more-like", "", "reviews like the one with this `KEY` (of --format json) or id, instead of a query")
	fl.IntVar(&f.size, "size", 10, "hits of a page; 0 for counts alone")
	fl.IntVar(&f.from, "from", 0, "hits before the page")
	fl.StringSliceVar(&f.facets, "facet", nil, "count the values of `FIELDS`, with commas between")
	fl.BoolVar(&f.noMask, "no-mask", false, "leave personal data in csv and xlsx as it is")
	return c
}

// settle gives the format its default and refuses flags that it does not heed.
func (f *searchFlags) settle(cmd *cobra.Command, formats []string) error {
	if f.format == "" {
		f.format = "table"
		if ext := extension(f.output); ext != "" {
			f.format = ext
		}
		if !slices.Contains(formats, f.format) {
			return fmt.Errorf("-o %s: no format ends in .%s: name one with --format, known are %s", f.output, f.format, strings.Join(formats, ", "))
		}
	}
	if !slices.Contains(formats, f.format) {
		return fmt.Errorf("--format is %q: known are %s", f.format, strings.Join(formats, ", "))
	}
	if f.lang != "zh" && f.lang != "en" {
		return fmt.Errorf("--lang is %q: write zh or en", f.lang)
	}
	if f.format == "csv" || f.format == "xlsx" {
		for _, name := range []string{"size", "from", "sort", "facet", "more-like"} {
			if cmd.Flags().Changed(name) {
				return fmt.Errorf("--%s goes with the formats table and json: %s has all that the query finds, in order of import", name, f.format)
			}
		}
	}
	for i, name := range f.facets {
		var err error
		if f.facets[i], err = index.FacetNamed(name); err != nil {
			return fmt.Errorf("--facet: %w", err)
		}
	}
	return nil
}

// queues describes the ready queries for the help text.
func queues() []string {
	var out []string
	for name, query := range index.Queues {
		out = append(out, fmt.Sprintf("queue:%-11s %s", name, query))
	}
	slices.Sort(out)
	return out
}

func (f *searchFlags) run(cmd *cobra.Command, d *dataset.Dir, x *index.Index, query string, out io.Writer) error {
	lex, err := lexicon.Load()
	if err != nil {
		return err
	}
	if f.more != "" && query != "" {
		return errors.New("--more-like takes the place of a query: leave one of them out")
	}
	if f.format == "csv" || f.format == "xlsx" {
		return f.export(cmd, d, x, query, out, lex)
	}
	req := index.Request{Query: query, Size: f.size, From: f.from, Sort: f.sort, Facets: f.facets}
	var r *index.Result
	if f.more != "" {
		r, err = f.moreLike(cmd.Context(), x, req)
	} else {
		r, err = x.Search(cmd.Context(), req)
	}
	if err != nil {
		return err
	}
	if f.format == "json" {
		return printJSON(out, r)
	}
	title := writer.Options{Lexicon: lex, English: f.lang == "en"}.Title
	return printHits(out, r, f.facets, title, isTerminal(out))
}

// moreLike finds reviews like the one of a key or, where only one has it, an id.
func (f *searchFlags) moreLike(ctx context.Context, x *index.Index, req index.Request) (*index.Result, error) {
	r, err := x.More(ctx, f.more, req)
	if !errors.Is(err, index.ErrNoReview) {
		return r, err
	}
	id := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(f.more)
	of, idErr := x.Search(ctx, index.Request{Query: `id:"` + id + `"`, Size: 1})
	if idErr != nil {
		return nil, idErr
	}
	if of.Total != 1 {
		return nil, fmt.Errorf("--more-like %s: %w, and %d have the id: take the \"key\" that --format json shows", f.more, err, of.Total)
	}
	return x.More(ctx, of.Hits[0].Key, req)
}

// export writes all that a query finds, with the columns of classify.
func (f *searchFlags) export(cmd *cobra.Command, d *dataset.Dir, x *index.Index, query string, out io.Writer, lex *lexicon.Lexicon) error {
	keys := map[string]bool{}
	if err := x.Keys(cmd.Context(), query, func(key string) { keys[key] = true }); err != nil {
		return err
	}
	w, err := writer.New(f.format, out, writer.Options{Lexicon: lex, English: f.lang == "en", NoMask: f.noMask})
	if err != nil {
		return err
	}
	err = d.Each(func(r *dataset.Review) error {
		if !keys[r.Key] {
			return nil
		}
		line, err := w.Encode(&r.Annotation)
		if err != nil {
			return err
		}
		return w.Write(&r.Annotation, line)
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "chaping: %d reviews\n", len(keys))
	return w.Close()
}

// shownValues is how many values of a facet are shown to people.
const shownValues = 40

// printHits writes a page for people.
func printHits(w io.Writer, r *index.Result, facets []string, title func(string) string, color bool) error {
	fmt.Fprintf(w, "%d 条评价\n", r.Total)
	for _, c := range r.Absent {
		fmt.Fprintf(w, "没有一条评价符合 %s，请检查写法\n", writer.OneLine(c))
	}
	for _, h := range r.Hits {
		about := []string{writer.OneLine(h.ID)}
		if h.Time != nil {
			about = append(about, h.Time.Format(time.DateOnly))
		}
		if h.Star > 0 {
			about = append(about, strings.Repeat("★", h.Star)+strings.Repeat("☆", 5-h.Star))
		}
		for _, s := range []string{h.Product, h.Courier, h.Province} {
			if s != "" {
				about = append(about, writer.OneLine(s))
			}
		}
		for _, id := range h.Labels {
			about = append(about, title(id))
		}
		fmt.Fprintf(w, "\n%s\n  %s\n", strings.Join(about, "  "), marked(h.Text, h.Highlights, color))
		if h.FollowUp != "" {
			fmt.Fprintf(w, "  追评：%s\n", marked(h.FollowUp, h.FollowUpHighlights, color))
		}
	}
	for _, name := range facets {
		if len(r.Facets[name]) == 0 {
			continue
		}
		t := newTable(name, "")
		list := r.Facets[name]
		for _, c := range list[:min(len(list), shownValues)] {
			value := c.Value
			if name == "category" {
				value = title(value)
			}
			t.AppendRow([]any{writer.OneLine(value), c.Count})
		}
		if more := len(list) - shownValues; more > 0 {
			t.AppendRow([]any{fmt.Sprintf("其余 %d 个值见 --format json", more), ""})
		}
		if _, err := fmt.Fprintf(w, "\n%s\n", t.Render()); err != nil {
			return err
		}
	}
	return nil
}

// marked is a text of a hit with evidence and query terms set off: red and yellow on
// a terminal, 【】 and 「」 elsewhere.
func marked(text string, highlights []index.Highlight, color bool) string {
	marks := map[string][2]string{"evidence": {"【", "】"}, "query": {"「", "」"}}
	if color {
		marks = map[string][2]string{"evidence": {"\x1b[1;31m", "\x1b[0m"}, "query": {"\x1b[33m", "\x1b[0m"}}
	}
	var b strings.Builder
	for _, p := range index.Parts(writer.OneLine(text), highlights) {
		b.WriteString(marks[p.Kind][0] + p.Text + marks[p.Kind][1])
	}
	return b.String()
}
