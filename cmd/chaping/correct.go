package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"chaping/index"
	"chaping/internal/correction"
	"chaping/internal/dataset"
	"chaping/internal/review"
	"chaping/internal/sheet"
	"chaping/internal/writer"
)

func correctCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "correct",
		Short: "Take labels to people who work in Excel and back, and learn from what they say",
		Long: `Correct is for what people say of labels. It wins over the classifier in every command, survives relabel and
importing again, and belongs to the dataset. With chaping serve the same is done in the browser.`,
	}
	c.AddCommand(correctExport(), correctImport(), correctReport(), correctPropose(), correctMend())
	return c
}

// correctFlags are those of the subcommands.
type correctFlags struct {
	data, industry, lexicon, format, output, who string
	first                                        int
	left                                         int // reviews in damaged segments, which an export leaves out
}

func (f *correctFlags) register(c *cobra.Command) {
	registerData(c, &f.data)
	registerIndustry(c.Flags(), &f.industry)
	c.Flags().StringVar(&f.lexicon, "lexicon", "", "`DIR` with rule files laid over the built-in ones")
}

// open opens the dataset and reads the rules for the titles of categories.
func (f *correctFlags) open(open func(path string) (*dataset.Dir, error)) (d *dataset.Dir, t sheet.Titles, err error) {
	cls, err := newClassifier(f.lexicon)
	if err != nil {
		return nil, t, err
	}
	if f.industry != "" {
		if err := checkIndustry(cls, f.industry); err != nil {
			return nil, t, err
		}
	}
	if d, err = open(f.data); err != nil {
		return nil, t, err
	}
	return d, sheet.Titles{Lexicon: cls.Lexicon(), Industry: cmp.Or(f.industry, d.Industry())}, nil
}

func openToRead(path string) (*dataset.Dir, error) { return dataset.Open(path, dataset.Read) }

func correctExport() *cobra.Command {
	var f correctFlags
	formats := []string{"gold", "csv", "xlsx"}
	c := &cobra.Command{
		Use:   "export --data DIR [flags] [QUERY...]",
		Short: "Write a table to fill in with Excel, or what people said as gold lines",
		Long: `Export writes the reviews that a query finds (see chaping search; without one, all): csv and xlsx have a row a review,
with its labels now and an empty column 正确标签 for those that are right; --first 200 takes the 200 whose labels
have most signs of being wrong. gold, which chaping eval reads, has the reviews that people corrected; labels that
nobody judged are optional in it. Personal data is masked. Where a segment of the dataset is damaged, its reviews
are left out, and the exit code is 1.`,
		Example: `  chaping correct export --data shop --first 200 -o check.xlsx queue:uncertain
  chaping correct export --data shop --industry food -o gold.jsonl`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if ext := extension(f.output); f.format == "" && slices.Contains(formats, ext) {
				f.format = ext
			}
			if f.format = cmp.Or(f.format, "gold"); !slices.Contains(formats, f.format) {
				return fmt.Errorf("--format is %q: known are %s", f.format, strings.Join(formats, ", "))
			}
			err := f.export(cmd, strings.Join(args, " "))
			if err == nil && f.left > 0 {
				err = fmt.Errorf("%w: %d reviews in damaged segments are left out", errCheck, f.left)
			}
			return err
		},
	}
	f.register(c)
	c.Flags().StringVarP(&f.format, "format", "f", "", "output `FORMAT`: gold, csv, xlsx (default: by the extension of -o, else gold)")
	c.Flags().StringVarP(&f.output, "output", "o", "", "write to `FILE` instead of standard output")
	c.Flags().IntVar(&f.first, "first", 0, "only the first `N` reviews, the most doubtful before others (default: all, in order of import)")
	return c
}

// export writes what a query finds.
func (f *correctFlags) export(cmd *cobra.Command, query string) (err error) {
	d, titles, err := f.open(openToRead)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	out, finish, err := openOutput(f.output, cmd.OutOrStdout(), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, finish(err == nil)) }()
	n := 0
	if f.format == "gold" {
		err = f.each(cmd, d, query, func(r *dataset.Review) error {
			ok, err := sheet.Gold(out, r, titles)
			if ok {
				n++
			}
			return err
		})
	} else {
		n, err = f.table(cmd, d, query, out, titles)
	}
	if err == nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "chaping: %d reviews\n", n)
	}
	return err
}

// table writes a table to fill in.
func (f *correctFlags) table(cmd *cobra.Command, d *dataset.Dir, query string, out io.Writer, titles sheet.Titles) (n int, err error) {
	w, err := sheet.NewWriter(f.format, out, titles)
	if err != nil {
		return 0, err
	}
	err = f.each(cmd, d, query, func(r *dataset.Review) error {
		n++
		return w.Add(r)
	})
	if err != nil {
		return n, err
	}
	return n, w.Close()
}

// sound gives the reviews of the segments that are sound, and says which are not.
func (f *correctFlags) sound(cmd *cobra.Command, d *dataset.Dir, see func(*dataset.Review) error) error {
	for _, s := range d.Segments() {
		if err := d.Sound(s); err != nil {
			fmt.Fprintln(cmd.ErrOrStderr(), "chaping: warning:", err)
			f.left += s.Reviews()
			continue
		}
		if err := d.EachOf(s, see); err != nil {
			return err
		}
	}
	return nil
}

// each gives the reviews that a query finds.
func (f *correctFlags) each(cmd *cobra.Command, d *dataset.Dir, query string, see func(*dataset.Review) error) (err error) {
	if query == "" && f.first == 0 {
		return f.sound(cmd, d, see)
	}
	x, err := index.Open(d)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	if f.first > 0 {
		found, err := x.Search(cmd.Context(), index.Request{Query: query, Size: f.first, Sort: "doubt"})
		if err != nil {
			return err
		}
		for _, h := range found.Hits {
			segment, i, err := x.Place(cmd.Context(), h.Key)
			if err != nil {
				return err
			}
			r, err := d.At(segment, i)
			if err != nil {
				return err
			}
			if err := see(r); err != nil {
				return err
			}
		}
		return nil
	}
	keys := map[string]bool{}
	if err := x.Keys(cmd.Context(), query, func(key string) { keys[key] = true }); err != nil {
		return err
	}
	return f.sound(cmd, d, func(r *dataset.Review) error {
		if !keys[r.Key] {
			return nil
		}
		return see(r)
	})
}

func correctImport() *cobra.Command {
	var f correctFlags
	c := &cobra.Command{
		Use:   "import --data DIR [flags] FILE...",
		Short: "Keep what people filled in",
		Long: `Import reads tables that chaping correct export wrote and people filled in, or gold lines, and keeps what they say. In
正确标签 stand all labels that are right, by title or id, with ； between; or 对 (as they are), 无 (none) or 模板 (filler).
Rows that are not filled in change nothing, nor does a file that is imported again. Where a row makes no sense,
nothing is kept, and every such row is named.`,
		Example: `  chaping correct import --data shop check.xlsx`,
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return f.importFiles(cmd, args) },
	}
	f.register(c)
	c.Flags().StringVar(&f.who, "who", "", "`NAME` of the person who filled it in (default: the user of this machine)")
	return c
}

// importFiles keeps what files say, all or nothing.
func (f *correctFlags) importFiles(cmd *cobra.Command, args []string) (err error) {
	if f.who == "" {
		if u, err := user.Current(); err == nil {
			f.who = u.Username
		}
	}
	paths, err := review.Expand(args)
	if err != nil {
		return err
	}
	d, titles, err := f.open(openToWrite)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	opt := sheet.Reading()
	opt.Stdin = cmd.InOrStdin()
	in, err := review.OpenAll(paths, opt)
	if err != nil {
		return err
	}
	rows, mistakes, err := sheet.Read(in)
	if err = errors.Join(err, in.Close()); err != nil {
		return err
	}
	plan, err := sheet.NewPlan(d, rows, mistakes, sheet.Options{Titles: titles, Who: f.who, At: time.Now()})
	if err != nil {
		return err
	}
	for _, m := range plan.Mistakes {
		fmt.Fprintln(cmd.ErrOrStderr(), "chaping:", m)
	}
	if n := len(plan.Mistakes); n > 0 {
		return fmt.Errorf("nothing is kept: %d of %d rows make no sense; correct them and import the file again", n, plan.Rows)
	}
	if err := keepActs(d, plan.Acts, index.Options{Lexicon: titles.Lexicon, Industry: cmp.Or(titles.Industry, "generic")}); err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "chaping: %d rows = %d with other labels + %d found right + %d known before + %d not filled in\n", plan.Rows, plan.Changed, plan.Accepted, plan.Unchanged, plan.Blank)
	return nil
}

// keepActs keeps corrections and brings the index up to them. One that lacks more is made again.
func keepActs(d *dataset.Dir, acts []correction.Correction, opt index.Options) (err error) {
	if len(acts) == 0 {
		return nil
	}
	x, opened := index.Open(d)
	if opened == nil {
		defer func() { err = errors.Join(err, x.Close()) }()
	}
	if _, err := d.Correct(acts...); err != nil {
		return err
	}
	if opened != nil {
		return index.Sync(d, opt, func(int) {})
	}
	return x.Correct(d, opt)
}

// openToWrite opens a dataset that is there.
func openToWrite(path string) (*dataset.Dir, error) {
	d, err := dataset.Open(path, dataset.Read) // does not make one
	if err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil {
		return nil, err
	}
	return dataset.Open(path, dataset.Write)
}

func correctMend() *cobra.Command {
	var data string
	c := &cobra.Command{
		Use:   "mend --data DIR",
		Short: "Keep the corrections that can still be read where their file is damaged or gone",
		Long: `Mend is for a file of corrections that is damaged or gone and of which there is no backup. It makes a new one of those
that can be read and have their checksums, says how many are lost, and copies the damaged file beside it.`,
		Example: `  chaping correct mend --data shop`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m, mended, err := dataset.MendCorrections(data)
			if err != nil {
				return err
			}
			if !mended {
				fmt.Fprintln(cmd.ErrOrStderr(), "chaping: the corrections are sound: nothing is changed")
				return nil
			}
			lost := fmt.Sprintf("%d are lost", m.Lost)
			if m.Lost < 0 {
				lost = "how many are lost is not known"
			}
			aside := "there was no file"
			if m.Aside != "" {
				aside = "the damaged file is kept as " + m.Aside
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "chaping: %d corrections are kept, %s; %s; now run chaping reindex --data %s\n", m.Kept, lost, aside, data)
			return nil
		},
	}
	registerData(c, &data)
	return c
}

func correctReport() *cobra.Command {
	var f correctFlags
	c := &cobra.Command{
		Use:   "report --data DIR",
		Short: "How often people agreed with the rules and categories",
		Long: `Report counts, by category and by rule, the labels that people accepted and removed, with the share accepted and its
Wilson interval of 95 %, and the reviews that a category was added to. Rules that hurt most come first: by labels
removed, weighed by their share. These are figures of the labels that people looked at, which are no random
sample: queues lead to doubtful ones.`,
		Example: `  chaping correct report --data shop`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if f.format != "table" && f.format != "json" {
				return fmt.Errorf("--format is %q: write table or json", f.format)
			}
			d, titles, err := f.open(openToRead)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
			list := d.Corrections()
			rules, categories := correction.Precisions(list)
			if f.format == "json" {
				return printJSON(cmd.OutOrStdout(), map[string]any{
					"corrections": len(list), "reviews": len(correction.ByKey(list)), "categories": worst(categories), "rules": worst(rules),
				})
			}
			title := writer.Options{Lexicon: titles.Lexicon, Industry: titles.Industry}.Title
			return printPrecisions(cmd.OutOrStdout(), list, rules, categories, title)
		},
	}
	f.register(c)
	c.Flags().StringVarP(&f.format, "format", "f", "table", "output `FORMAT`: table, json")
	return c
}

// worst ranks by harm; it is never nil.
func worst(of map[string]correction.Precision) []correction.Precision {
	return append([]correction.Precision{}, correction.Worst(of)...)
}

// printPrecisions writes what people judged, for people.
func printPrecisions(w io.Writer, list []correction.Correction, rules, categories map[string]correction.Precision, title func(string) string) error {
	fmt.Fprintf(w, "%d corrections of %d reviews\n", len(list), len(correction.ByKey(list)))
	cells := func(p correction.Precision) []any {
		if p.Judged() == 0 {
			return []any{p.Right, p.Wrong, "", ""}
		}
		return []any{p.Right, p.Wrong, fmt.Sprintf("%.1f%%", 100*p.Share), fmt.Sprintf("%.1f%%–%.1f%%", 100*p.Low, 100*p.High)}
	}
	if len(categories) > 0 {
		t := newTable("category", "accepted", "removed", "precision", "95% interval", "added", "")
		for _, p := range correction.Worst(categories) {
			t.AppendRow(append(append([]any{title(p.Name)}, cells(p)...), p.Missed, p.Name))
		}
		fmt.Fprintf(w, "\n%s\n", t.Render())
	}
	if len(rules) > 0 {
		t := newTable("rule", "accepted", "removed", "precision", "95% interval")
		for _, p := range correction.Worst(rules) {
			t.AppendRow(append([]any{p.Name}, cells(p)...))
		}
		fmt.Fprintf(w, "\n%s\n", t.Render())
	}
	return nil
}
