package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"chaping/classifier"
	"chaping/internal/dataset"
	"chaping/internal/orders"
	"chaping/internal/pipeline"
	"chaping/internal/review"
	"chaping/internal/writer"
	"chaping/lexicon"
)

// analysisFlags are those of commands that read reviews, classify them and
// compute something of all.
type analysisFlags struct {
	intakeFlags
	format, output, lang, data string
	formats                    []string
}

func (f *analysisFlags) register(cmd *cobra.Command, formats ...string) {
	f.formats = formats
	fl := cmd.Flags()
	f.intakeFlags.register(fl)
	fl.StringVarP(&f.format, "format", "f", "", "output `FORMAT`: "+strings.Join(formats, ", ")+" (default: by the extension of -o, else "+formats[0]+")")
	fl.StringVarP(&f.output, "output", "o", "", "write to `FILE`, which appears whole or not at all, instead of standard output")
	fl.StringVar(&f.lang, "lang", "zh", "language of titles: zh or en")
	fl.StringVar(&f.data, "data", "", "the reviews of the dataset in `DIR` instead of files")
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if (f.data == "") == (len(args) == 0) {
			return errors.New("name either files or a dataset with --data DIR")
		}
		return nil
	}
}

func (f *analysisFlags) check() error {
	if ext := extension(f.output); f.format == "" && slices.Contains(f.formats, ext) {
		f.format = ext
	} else if f.format == "" {
		f.format = f.formats[0]
	}
	switch {
	case !slices.Contains(f.formats, f.format):
		return fmt.Errorf("--format is %q: known are %s", f.format, strings.Join(f.formats, ", "))
	case f.lang != "zh" && f.lang != "en":
		return fmt.Errorf("--lang is %q: write zh or en", f.lang)
	}
	return f.intakeFlags.check()
}

// titles gives the titles of categories of any industry, that of the flag first.
func (f *analysisFlags) titles(lex *lexicon.Lexicon) func(string) string {
	o := writer.Options{Lexicon: lex, Industry: f.industry, English: f.lang == "en"}
	return o.Title
}

// run classifies the reviews of files; see takes each annotation in order.
// Then write writes the result. The reviews of a dataset have their labels, but
// neither texts nor evidence: in.whole has those.
func (f *analysisFlags) run(cmd *cobra.Command, args []string, see func(in *intake, a *pipeline.Annotation) error, write func(w io.Writer, in *intake) error) (err error) {
	cls, err := newClassifier(f.lexicon)
	if err != nil {
		return err
	}
	var data *dataset.Dir
	if f.data != "" {
		if data, err = dataset.Open(f.data, dataset.Read); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, data.Close()) }()
	}
	settleIndustry(&f.industry, data)
	if err := f.checkIndustry(cls); err != nil {
		return err
	}
	paths, err := review.Expand(args)
	if err != nil {
		return err
	}
	out, finish, err := openOutput(f.output, cmd.OutOrStdout(), paths)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, finish(err == nil)) }()
	in, err := newIntake(cmd, &f.intakeFlags, cls, paths)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.close(err == nil)) }()
	if in.book != nil {
		in.shipped = in.book.Register()
	}
	if data != nil {
		in.data = data
		if in.shipped == nil {
			if in.shipped, err = data.Shipped(); err != nil {
				return err
			}
		}
		err = in.fromData(func(a *pipeline.Annotation) error { return see(in, a) })
	} else {
		nothing := func(*pipeline.Annotation) (struct{}, error) { return struct{}{}, nil }
		err = annotate(in, nothing, func(a *pipeline.Annotation, _ struct{}) error { return see(in, a) })
	}
	if err != nil {
		return err
	}
	return write(out, in)
}

// fromData gives the reviews of the dataset with the labels that it keeps.
func (in *intake) fromData(see func(*pipeline.Annotation) error) error {
	return in.data.Facts(func(r *dataset.Review) error {
		switch {
		case in.book != nil:
			if in.book.Fill(r.Record) {
				r.Record.Canonical()
			}
		case in.shipped != nil && !orders.Complete(r.Record): // what the dataset has is canonical
			in.shipped.Fill(r.Record)
		}
		in.current = r
		return see(&r.Annotation)
	})
}

// whole leads to the review that is seen now, with its texts and evidence. It may be
// called until the result is written.
func (in *intake) whole(a *pipeline.Annotation) func() (*pipeline.Annotation, error) {
	if in.data == nil {
		return func() (*pipeline.Annotation, error) { return a, nil }
	}
	segment, i := in.current.Segment, in.current.Index
	return func() (*pipeline.Annotation, error) {
		r, err := in.data.At(segment, i)
		if err != nil {
			return nil, err
		}
		return &r.Annotation, nil
	}
}

// checkIndustry checks --industry, and makes it ready where texts are classified.
func (f *analysisFlags) checkIndustry(cls *classifier.Classifier) error {
	if f.data == "" {
		return checkIndustry(cls, f.industry)
	}
	if err := cls.Check(f.industry); err != nil {
		return fmt.Errorf("--industry: %w", err)
	}
	return nil
}

// checkIndustry makes the industry of --industry ready.
func checkIndustry(cls *classifier.Classifier, industry string) error {
	if _, err := cls.Classify(industry, ""); err != nil {
		return fmt.Errorf("--industry: %w", err)
	}
	return nil
}
