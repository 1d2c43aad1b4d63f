package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"chaping/classifier"
	"chaping/internal/review"
	"chaping/internal/writer"
)

// classifyFlags are the flags of `chaping classify`.
type classifyFlags struct {
	intakeFlags
	format, output, lang, explain string
	withReview, noMask, explains  bool
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
	f.register(fl)
	fl.StringVarP(&f.format, "format", "f", "", "output `FORMAT`: "+strings.Join(writer.Formats, ", ")+" (default: by the extension of -o, else table on a terminal, jsonl otherwise)")
	fl.StringVarP(&f.output, "output", "o", "", "write to `FILE`, which appears whole or not at all, instead of standard output")
	fl.BoolVar(&f.withReview, "with-review", false, "pass the review's own fields through under \"review\" (jsonl)")
	fl.BoolVar(&f.noMask, "no-mask", false, "leave phone numbers, accounts, addresses, order numbers and nicks as they are")
	fl.StringVar(&f.lang, "lang", "zh", "language of category titles: zh or en")
	fl.StringVar(&f.explain, "explain", "", "show stage by stage what happens to one `TEXT`; no FILE then")
	return c
}

// startHeap is how many bytes the program may take before garbage is collected
// while it starts: an engine takes some 50 MB, what is read beside it is bounded.
const startHeap = 128 << 20

// gcPercent keeps a run over any number of reviews at some 200 MB: what lives is
// about 100 MB, and little is gained by letting as much garbage stand beside it.
const gcPercent = 30

// prepare loads the lexicon and begins to make the industry ready, while the
// files are read for the first time. Collecting garbage meanwhile would only
// delay the first line: nearly all that is made is kept.
func (f *classifyFlags) prepare() (*classifier.Classifier, error) {
	limit := debug.SetMemoryLimit(startHeap)
	debug.SetGCPercent(-1)
	done := func() {
		debug.SetGCPercent(gcPercent)
		debug.SetMemoryLimit(limit)
	}
	cls, err := newClassifier(f.lexicon)
	if err == nil {
		if err = cls.Check(f.industry); err != nil {
			err = fmt.Errorf("--industry: %w", err)
		}
	}
	if err != nil {
		done()
		return nil, err
	}
	go func() {
		_, _ = cls.Classify(f.industry, "") // the first review meets the same error
		done()
	}()
	return cls, nil
}

func (f *classifyFlags) check(args []string) error {
	if f.output == "-" {
		f.output = ""
	}
	ext := extension(f.output)
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
	settleIndustry(&f.industry, nil)
	return f.intakeFlags.check()
}

// run classifies the files.
func (f *classifyFlags) run(cmd *cobra.Command, cls *classifier.Classifier, files []string) (err error) {
	paths, err := review.Expand(files)
	if err != nil {
		return err
	}
	out, finish, err := openOutput(f.output, cmd.OutOrStdout(), paths)
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
	if tty && (f.format == "xlsx" || f.format == "parquet") {
		return fmt.Errorf("--format %s is not for a terminal: name a file with -o", f.format)
	}
	w, err := writer.New(f.format, out, writer.Options{
		WithReview: f.withReview, Lexicon: cls.Lexicon(), Industry: f.industry, English: f.lang == "en", NoMask: f.noMask,
		Color: tty && os.Getenv("NO_COLOR") == "",
	})
	if err != nil {
		return err
	}
	in, err := newIntake(cmd, &f.intakeFlags, cls, paths)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.close(err == nil)) }()
	if err := annotate(in, w.Encode, w.Write); err != nil {
		return err
	}
	return w.Close()
}

func isTerminal(v any) bool {
	f, ok := v.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
