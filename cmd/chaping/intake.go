package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"chaping/classifier"
	"chaping/internal/dataset"
	"chaping/internal/names"
	"chaping/internal/neardup"
	"chaping/internal/orders"
	"chaping/internal/pipeline"
	"chaping/internal/review"
	"chaping/internal/writer"
)

// intakeFlags are the flags of every command that reads exports of reviews.
type intakeFlags struct {
	industry, lexicon, encoding, rejects, unmatched string
	columns                                         map[string]string
	orders                                          []string
	strict                                          bool
}

func (f *intakeFlags) register(fl *pflag.FlagSet) {
	registerIndustry(fl, &f.industry)
	fl.StringVar(&f.lexicon, "lexicon", "", "`DIR` with rule files laid over the built-in ones")
	fl.StringVar(&f.rejects, "rejects", "", "write rows that could not be read, verbatim with place and reason, to `FILE` (JSON lines)")
	fl.BoolVar(&f.strict, "strict", false, "fail at the first row that cannot be read")
	registerReading(fl, &f.encoding, &f.columns)
	fl.StringArrayVar(&f.orders, "orders", nil, "fill courier, province and product by order number from an order export, and count against what it shipped; `FILE` may be repeated or a glob")
	fl.StringVar(&f.unmatched, "unmatched", "", "write the reviews whose order is in no --orders file to `FILE` (CSV)")
}

// registerReading adds the flags that say how a table is read.
func registerReading(fl *pflag.FlagSet, encoding *string, columns *map[string]string) {
	fl.StringVar(encoding, "encoding", "", "character `SET` of the input, such as gb18030 (default: found by content)")
	fl.StringToStringVar(columns, "map", nil, "column for a field, such as text=评价内容; `FIELD=COLUMN` may be repeated")
}

// industryNames lists the built-in industries for the help text.
const industryNames = "apparel, beauty, electronics, food, generic, mother_baby"

// registerIndustry adds the flag for the industry of reviews that name none.
func registerIndustry(fl *pflag.FlagSet, industry *string) {
	fl.VarP((*industryFlag)(industry), "industry", "i", "`INDUSTRY` of reviews that name none: "+industryNames+", or a name such as 食品 (default: that of the dataset, else generic)")
}

// industryFlag is the id of an industry, given as such or by a name.
type industryFlag string

func (f *industryFlag) Set(s string) error { *f = industryFlag(names.Industry(s)); return nil }
func (f *industryFlag) String() string     { return string(*f) }
func (f *industryFlag) Type() string       { return "string" }

// settleIndustry gives --industry its default: that of a dataset, nil for none.
func settleIndustry(industry *string, d *dataset.Dir) {
	if *industry == "" && d != nil {
		*industry = d.Industry()
	}
	*industry = cmp.Or(*industry, "generic")
}

func (f *intakeFlags) check() error {
	if f.unmatched != "" && len(f.orders) == 0 {
		return errors.New("--unmatched lists reviews without an order: name the order export with --orders")
	}
	return nil
}

// intake takes the reviews of files to annotations.
type intake struct {
	*intakeFlags
	cmd     *cobra.Command
	cls     *classifier.Classifier
	paths   []string
	opt     review.Options
	book    *orders.Book     // nil without --orders
	shipped *orders.Register // nil without --orders and where the dataset has none
	rejects *rejects
	missing *unmatched
	dup     *review.Duplicates
	damage  damage
	rows    int64 // read, once all is done

	data    *dataset.Dir    // nil for files
	current *dataset.Review // of data
}

// newIntake opens what the flags name. The caller closes it.
func newIntake(cmd *cobra.Command, f *intakeFlags, cls *classifier.Classifier, paths []string) (in *intake, err error) {
	in = &intake{
		intakeFlags: f, cmd: cmd, cls: cls, paths: paths, dup: &review.Duplicates{},
		opt: review.Options{Encoding: f.encoding, Map: f.columns, Stdin: cmd.InOrStdin()},
	}
	if in.rejects, err = newRejects(f.rejects, paths, f.strict, cmd.ErrOrStderr()); err != nil {
		return nil, err
	}
	if in.missing, err = newUnmatched(f.unmatched, paths); err != nil {
		return nil, errors.Join(err, in.rejects.close(false))
	}
	if err := in.readOrders(); err != nil {
		return nil, errors.Join(err, in.close(false))
	}
	return in, nil
}

// readOrders reads the order exports.
func (in *intake) readOrders() error {
	if len(in.orders) == 0 {
		return nil
	}
	files, err := review.Expand(in.orders)
	if err != nil {
		return err
	}
	if in.book, err = orders.Read(files, review.Options{Encoding: in.encoding}, in.rejects.addOrder); err != nil {
		return err
	}
	s := in.book.Stats()
	fmt.Fprintf(in.cmd.ErrOrStderr(), "chaping: orders: %d rows, %d orders, %d rejected\n", s.Rows, s.Orders, s.Rejects)
	if s.Damaged > 0 {
		fmt.Fprintf(in.cmd.ErrOrStderr(), "chaping: warning: %d rows of --orders have no order number that can be trusted; they join nothing. Export them again with the numbers as text\n", s.Damaged)
	}
	return nil
}

// fill completes a review from its order: that of --orders, else that which the
// dataset has. It reports whether one is known.
func (in *intake) fill(r *review.Record) bool {
	if in.book != nil && in.book.Fill(r) {
		return true
	}
	return in.shipped != nil && in.shipped.Fill(r)
}

// close keeps the files that were written beside the result, or leaves none.
func (in *intake) close(ok bool) error {
	return errors.Join(in.rejects.close(ok), in.missing.close(ok))
}

// unique leaves out what d has seen before.
func unique(read func() (review.Record, error), d *review.Duplicates) func() (review.Record, error) {
	return func() (review.Record, error) {
		for {
			if r, err := read(); err != nil || !d.Seen(&r) {
				return r, err
			}
		}
	}
}

// joined is an annotation on its way to the writer.
type joined[T any] struct {
	annotation *pipeline.Annotation
	result     T
	noOrder    bool
}

// annotate reads, joins and classifies all reviews: work runs on all cores,
// emit in input order. At the end it tells the user what became of the rows.
func annotate[T any](in *intake, work func(*pipeline.Annotation) (T, error), emit func(*pipeline.Annotation, T) error) (err error) {
	clusters, err := in.findClusters()
	if err != nil {
		return err
	}
	files, err := review.OpenAll(in.paths, in.opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.Close()) }()
	bar := progress(in.cmd.ErrOrStderr())
	defer bar.Exit()
	count := 0
	err = pipeline.Run(in.cmd.Context(), runtime.GOMAXPROCS(0), pipeline.Steps[joined[T]]{
		Read: unique(files.Read, in.dup),
		Work: func(i int, r *review.Record) (j joined[T], err error) {
			identity := r.Identity()
			j.noOrder = !in.fill(r) && in.book != nil
			a, err := pipeline.Annotate(in.cls, in.industry, r)
			if err != nil {
				return j, err
			}
			a.Identity = identity
			a.Join(clusters, i)
			j.annotation = &a
			j.result, err = work(&a)
			return j, err
		},
		Emit: func(j joined[T]) error {
			count++
			bar.Add(1)
			in.damage.add(j.annotation.Record)
			if j.noOrder {
				if err := in.missing.add(j.annotation); err != nil {
					return err
				}
			}
			return emit(j.annotation, j.result)
		},
		Reject: in.rejects.add,
	})
	if errors.Is(err, context.Canceled) {
		err = fmt.Errorf("interrupted after %d reviews", count)
	}
	if err != nil {
		return err
	}
	in.damage.tell(in.cmd.ErrOrStderr())
	tellSkipped(in.cmd.ErrOrStderr(), files.Skipped())
	return in.account(files.Stats().Rows, count)
}

// account tells what became of the rows. That none is lost is checked here,
// against the reader's own count.
func (in *intake) account(rows int64, out int) error {
	in.rows = rows
	stderr := in.cmd.ErrOrStderr()
	fmt.Fprintf(stderr, "chaping: %d rows in = %d out + %d rejected + %d duplicates\n", rows, out, in.rejects.n, in.dup.Count)
	if rows != int64(out)+int64(in.rejects.n)+in.dup.Count {
		return errors.New("rows are lost: this is a fault of chaping, and the result cannot be trusted; please report it with the input's form")
	}
	if in.book != nil {
		in.missing.tell(stderr, out)
	}
	return nil
}

// findClusters reads the files once for texts that several orders share.
// Standard input and other pipes can be read only once: they have no clusters.
func (in *intake) findClusters() (clusters *neardup.Clusters, err error) {
	for _, p := range in.paths {
		if info, err := os.Stat(p); p == "-" || err != nil || !info.Mode().IsRegular() {
			return nil, nil
		}
	}
	files, err := review.OpenAll(in.paths, in.opt)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, files.Close()) }()
	clusters, err = pipeline.FindClusters(in.cmd.Context(), runtime.GOMAXPROCS(0), unique(files.Read, in.dup))
	in.dup = in.dup.Again()
	if err == nil && clusters == nil {
		fmt.Fprintln(in.cmd.ErrOrStderr(), "chaping: too many reviews to look for copied texts; they are classified without clusters")
	}
	return clusters, err
}

// progress is a bar on standard error if that is a terminal, else a silent one.
// It shows itself after half a second.
func progress(stderr io.Writer) *progressbar.ProgressBar {
	if !isTerminal(stderr) {
		return progressbar.DefaultSilent(-1)
	}
	return progressbar.NewOptions(-1, progressbar.OptionSetWriter(stderr), progressbar.OptionSetDescription("reviews"), progressbar.OptionShowCount(),
		progressbar.OptionShowIts(), progressbar.OptionThrottle(500*time.Millisecond), progressbar.OptionClearOnFinish())
}

// shownUnmatched is how many reviews without an order are told of on standard error.
const shownUnmatched = 5

// unmatched keeps the reviews whose order is in no order export.
type unmatched struct {
	n     int
	first []string
	file  *output
	csv   *csv.Writer
}

func newUnmatched(path string, inputs []string) (*unmatched, error) {
	u := &unmatched{}
	if path == "" {
		return u, nil
	}
	var err error
	if u.file, err = createOutput(path, inputs); err != nil {
		return nil, fmt.Errorf("--unmatched: %w", err)
	}
	u.csv = csv.NewWriter(u.file)
	if _, err := io.WriteString(u.file, "\uFEFF"); err != nil {
		return nil, err
	}
	return u, u.csv.Write([]string{"id", "order_id", "file", "row"})
}

// add lists a review. Its order number is not masked: the list is for finding it.
func (u *unmatched) add(a *pipeline.Annotation) error {
	u.n++
	r := a.Record
	if len(u.first) < shownUnmatched {
		u.first = append(u.first, r.Source.String())
	}
	if u.csv == nil {
		return nil
	}
	return u.csv.Write([]string{writer.Neutral(a.ID), writer.Neutral(r.OrderID), r.Source.File, strconv.Itoa(r.Source.Row)})
}

// tell says how many reviews have no order.
func (u *unmatched) tell(stderr io.Writer, reviews int) {
	fmt.Fprintf(stderr, "chaping: %d of %d reviews have their order in --orders, %d do not\n", reviews-u.n, reviews, u.n)
	for _, place := range u.first {
		fmt.Fprintln(stderr, "chaping: no order:", place)
	}
	if u.n > len(u.first) && u.csv == nil {
		fmt.Fprintln(stderr, "chaping: --unmatched FILE lists them all")
	}
}

// close keeps the file, or leaves none when the run failed.
func (u *unmatched) close(ok bool) error {
	if u.file == nil {
		return nil
	}
	u.csv.Flush()
	return errors.Join(u.csv.Error(), u.file.finish(ok && u.csv.Error() == nil))
}
