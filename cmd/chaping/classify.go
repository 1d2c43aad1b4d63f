package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"chaping/classifier"
	"chaping/internal/neardup"
	"chaping/internal/pipeline"
	"chaping/internal/review"
	"chaping/internal/writer"
)

// classifyFlags are the flags of `chaping classify`.
type classifyFlags struct {
	industry, format, output, lang, lexicon string
	rejects, encoding, explain              string
	columns                                 map[string]string
	withReview, strict, explains            bool
}

func classifyCommand() *cobra.Command {
	var f classifyFlags
	c := &cobra.Command{
		Use:   "classify [flags] FILE...",
		Short: "Say which problems each review complains about",
		Long: `Classify reads reviews (JSON lines, JSON, CSV or XLSX, also in gzip or zip; "-" for standard input)
and writes, in the same order, the problem categories of each with the words that prove it.`,
		Example: `  chaping classify --industry food --format table reviews.csv
  chaping classify --industry food -o labels.csv reviews.csv
  chaping classify --industry food --explain 物流很快，就是太酸了`,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.explains = cmd.Flags().Changed("explain")
			if err := f.check(args); err != nil {
				return err
			}
			cls, err := f.prepare()
			if err != nil {
				return err
			}
			if f.explains {
				return explain(cmd.OutOrStdout(), cls, f)
			}
			return f.run(cmd, cls, args)
		},
	}
	fl := c.Flags()
	fl.StringVarP(&f.industry, "industry", "i", "generic", "`INDUSTRY` of reviews that name none: "+industryNames())
	fl.StringVarP(&f.format, "format", "f", "", "output `FORMAT`: "+strings.Join(writer.Formats, ", ")+" (default: by the extension of -o, else table on a terminal, jsonl otherwise)")
	fl.StringVarP(&f.output, "output", "o", "", "write to `FILE`, which appears whole or not at all, instead of standard output")
	fl.BoolVar(&f.withReview, "with-review", false, "pass the review's own fields through under \"review\" (jsonl)")
	fl.StringVar(&f.lexicon, "lexicon", "", "`DIR` with rule files laid over the built-in ones")
	fl.StringVar(&f.lang, "lang", "zh", "language of category titles: zh or en")
	fl.StringVar(&f.rejects, "rejects", "", "write rows that could not be read, verbatim with place and reason, to `FILE` (JSON lines)")
	fl.BoolVar(&f.strict, "strict", false, "fail at the first row that cannot be read")
	fl.StringVar(&f.encoding, "encoding", "", "character `SET` of the input, such as gb18030 (default: found by content)")
	fl.StringToStringVar(&f.columns, "map", nil, "column for a field, such as text=评价内容; `FIELD=COLUMN` may be repeated")
	fl.StringVar(&f.explain, "explain", "", "show stage by stage what happens to one `TEXT`; no FILE then")
	return c
}

// prepare loads the lexicon and makes the industry ready. Collecting garbage
// meanwhile would only delay the first line: nearly all that is made is kept.
func (f *classifyFlags) prepare() (*classifier.Classifier, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	cls, err := newClassifier(f.lexicon)
	if err != nil {
		return nil, err
	}
	if _, err := cls.Classify(f.industry, ""); err != nil {
		return nil, fmt.Errorf("--industry: %w", err)
	}
	return cls, nil
}

// industryNames lists the built-in industries for the help text.
func industryNames() string {
	return "apparel, beauty, electronics, food, generic, mother_baby"
}

func (f *classifyFlags) check(args []string) error {
	if f.output == "-" {
		f.output = ""
	}
	ext := strings.TrimPrefix(filepath.Ext(f.output), ".")
	if f.format == "" && slices.Contains(writer.Formats, ext) {
		f.format = ext
	}
	switch {
	case f.explains && (f.output != "" || f.rejects != ""):
		return errors.New("--explain prints to standard output: leave -o and --rejects out")
	case f.output != "" && f.format == "" && ext != "":
		return fmt.Errorf("-o %s: no format is called %q: name one with --format %s", f.output, ext, strings.Join(writer.Formats, "|"))
	case f.output != "" && f.output == f.rejects:
		return errors.New("-o and --rejects name the same file: give each its own")
	case !f.explains && len(args) == 0:
		return errors.New("no FILE given: name at least one, or - for standard input")
	case f.explains && len(args) > 0:
		return errors.New("--explain takes no FILE: it shows what happens to its one text")
	case f.lang != "zh" && f.lang != "en":
		return fmt.Errorf("--lang is %q: write zh or en", f.lang)
	case f.format != "" && !slices.Contains(writer.Formats, f.format):
		return fmt.Errorf("--format is %q: known are %s", f.format, strings.Join(writer.Formats, ", "))
	}
	return nil
}

// run classifies the files.
func (f *classifyFlags) run(cmd *cobra.Command, cls *classifier.Classifier, files []string) (err error) {
	paths, err := review.Expand(files)
	if err != nil {
		return err
	}
	out, finish, err := f.openOutput(cmd.OutOrStdout(), paths)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, finish(err == nil)) }()
	tty := f.output == "" && isTerminal(cmd.OutOrStdout())
	if f.format == "" {
		f.format = "jsonl"
		if tty {
			f.format = "table"
		}
	}
	w, err := writer.New(f.format, out, writer.Options{
		WithReview: f.withReview, Lexicon: cls.Lexicon(), Industry: f.industry, English: f.lang == "en",
		Color: tty && os.Getenv("NO_COLOR") == "",
	})
	if err != nil {
		return err
	}
	rejects, err := newRejects(f.rejects, paths, f.strict, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rejects.close(err == nil)) }()
	count, err := f.pipe(cmd, cls, paths, w, rejects)
	if err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "chaping: %d rows in, %d classified, %d rejected\n", count+rejects.n, count, rejects.n)
	return nil
}

// encoded is an annotation with what the writer made of it.
type encoded struct {
	annotation pipeline.Annotation
	bytes      []byte
}

// pipe moves the reviews from the files to the writer.
func (f *classifyFlags) pipe(cmd *cobra.Command, cls *classifier.Classifier, paths []string, w writer.Writer, rejects *rejects) (count int, err error) {
	opt := review.Options{Encoding: f.encoding, Map: f.columns, Stdin: cmd.InOrStdin()}
	clusters, err := findClusters(cmd, paths, opt)
	if err != nil {
		return 0, err
	}
	in, err := review.OpenAll(paths, opt)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	bar := progress(cmd.ErrOrStderr())
	defer bar.Exit()
	err = pipeline.Run(cmd.Context(), runtime.GOMAXPROCS(0), pipeline.Steps[encoded]{
		Read: in.Read,
		Work: func(i int, r *review.Record) (e encoded, err error) {
			if e.annotation, err = pipeline.Annotate(cls, f.industry, r); err != nil {
				return e, err
			}
			e.annotation.Join(clusters, i)
			e.bytes, err = w.Encode(&e.annotation)
			return e, err
		},
		Emit: func(e encoded) error {
			count++
			bar.Add(1)
			return w.Write(&e.annotation, e.bytes)
		},
		Reject: rejects.add,
	})
	if errors.Is(err, context.Canceled) {
		err = fmt.Errorf("interrupted after %d reviews", count)
	}
	return count, err
}

// findClusters reads the files once for texts that several orders share.
// Standard input and other pipes can be read only once: they have no clusters.
func findClusters(cmd *cobra.Command, paths []string, opt review.Options) (clusters *neardup.Clusters, err error) {
	for _, p := range paths {
		if info, err := os.Stat(p); p == "-" || err != nil || !info.Mode().IsRegular() {
			return nil, nil
		}
	}
	in, err := review.OpenAll(paths, opt)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	clusters, err = pipeline.FindClusters(cmd.Context(), runtime.GOMAXPROCS(0), in.Read)
	if errors.Is(err, context.Canceled) {
		return nil, errors.New("interrupted before the first review was classified")
	}
	if err == nil && clusters == nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "chaping: too many reviews to look for copied texts; they are classified without clusters")
	}
	return clusters, err
}

// openOutput opens -o, or uses stdout. finish keeps the file, or leaves none.
func (f *classifyFlags) openOutput(stdout io.Writer, inputs []string) (w io.Writer, finish func(ok bool) error, err error) {
	if f.output == "" {
		return stdout, func(bool) error { return nil }, nil
	}
	out, err := createOutput(f.output, inputs)
	if err != nil {
		return nil, nil, err
	}
	return out, out.finish, nil
}

func isTerminal(v any) bool {
	f, ok := v.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
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
