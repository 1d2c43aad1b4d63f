package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"chaping/classifier"
	"chaping/index"
	"chaping/internal/dataset"
	"chaping/internal/pipeline"
	"chaping/internal/review"
	"chaping/internal/server"
)

type importFlags struct {
	intakeFlags
	data   string
	noMask bool
	hide   string // what the names of files begin with that the dataset must not keep
	seen   func() // is called after each review, if it is there
}

func importCommand() *cobra.Command {
	var f importFlags
	c := &cobra.Command{
		Use:   "import --data DIR [flags] FILE...",
		Short: "Classify reviews and keep them in a dataset, to be searched and analysed",
		Long: `Import classifies the reviews of files and adds them to the dataset in DIR, which is made if there is none. It is
whole or absent, whatever happens meanwhile; the same file, or the same review in another file, changes nothing.
A review that is exported again with another follow-up (追评) is updated, and keeps what people said of it.
What --orders says was shipped is kept too, an order once; analyses with --data count against it. Orders may
come without reviews, before or after them.`,
		Example: `  chaping import --data shop --industry food --orders orders-may.csv reviews-may.csv
  chaping import --data shop --orders orders-june.csv
  chaping search --data shop 坏了 快递:圆通`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args)+len(f.orders) == 0 {
				return errors.New("name files with reviews, or with orders by --orders")
			}
			if err := f.check(); err != nil {
				return err
			}
			return f.run(cmd, args)
		},
	}
	f.register(c.Flags())
	registerData(c, &f.data)
	c.Flags().BoolVar(&f.noMask, "no-mask", false, "index phone numbers, accounts and the like of all reviews as they are")
	return c
}

// registerData adds --data, which the command needs.
func registerData(c *cobra.Command, dir *string) {
	c.Flags().StringVar(dir, "data", "", "`DIR` of the dataset")
	if err := c.MarkFlagRequired("data"); err != nil {
		panic(err) // the flag was added above
	}
}

// run imports files.
func (f *importFlags) run(cmd *cobra.Command, args []string) (err error) {
	d, err := dataset.Open(f.data, dataset.Write)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	settleIndustry(&f.industry, d)
	go index.LoadDictionary()
	cls, err := newClassifier(f.lexicon)
	if err != nil {
		return err
	}
	if _, err := f.into(cmd, d, cls, args); err != nil {
		return err
	}
	bar := progress(cmd.ErrOrStderr())
	defer bar.Exit()
	defer collectLess()()
	err = index.Sync(d, index.Options{Lexicon: cls.Lexicon(), Industry: f.industry, NoMask: f.noMask}, func(n int) { bar.Add(n) })
	if err != nil {
		err = fmt.Errorf("%w: the reviews are kept, their index is not whole: make room if the disk is full, then run chaping reindex --data %s", err, f.data)
	}
	return err
}

// into classifies the reviews of files and adds them to a dataset; the index is
// left as it is. It says what became of the rows.
func (f *importFlags) into(cmd *cobra.Command, d *dataset.Dir, cls *classifier.Classifier, args []string) (r server.ImportResult, err error) {
	if err := checkIndustry(cls, f.industry); err != nil {
		return r, err
	}
	paths, err := review.Expand(args)
	if err != nil {
		return r, err
	}
	kept, err := d.Shipped()
	importedOrders, anew := d.ImportedOrders, false
	if errors.Is(err, dataset.ErrOrders) && len(f.orders) > 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "chaping: the shipped base is damaged and begins anew with --orders")
		importedOrders, anew = func(string) bool { return false }, true
		err = nil
	}
	if err != nil {
		return r, err
	}
	paths, files, err := f.fresh(cmd, paths, d.Imported, &r)
	if err != nil {
		return r, err
	}
	shipped, err := review.Expand(f.orders)
	if err != nil {
		return r, err
	}
	shipped, exports, err := f.fresh(cmd, shipped, importedOrders, &r)
	if err != nil || len(paths)+len(shipped) == 0 {
		return r, err
	}
	in, err := newIntake(cmd, &f.intakeFlags, cls, paths)
	if err != nil {
		return r, err
	}
	in.shipped = kept
	im, err := d.Begin(files)
	if err == nil {
		im.OrdersAnew = anew
		err = f.add(in, im, d, files, exports, &r)
	}
	if errors.Is(err, syscall.ENOSPC) {
		err = fmt.Errorf("%w: the dataset is as it was: make room on the disk and import again", err)
	}
	return r, errors.Join(err, in.close(err == nil))
}

// fresh leaves out the files that were imported before, and computes the
// checksums of the others; pipes have none.
func (f *importFlags) fresh(cmd *cobra.Command, paths []string, imported func(sum string) bool, r *server.ImportResult) (fresh []string, files []dataset.Import, err error) {
	for _, p := range paths {
		file := dataset.Import{Name: p}
		if info, err := os.Stat(p); p != "-" && err == nil && info.Mode().IsRegular() {
			if file.SHA256, err = dataset.FileChecksum(p); err != nil {
				return nil, nil, err
			}
			if imported(file.SHA256) {
				fmt.Fprintf(cmd.ErrOrStderr(), "chaping: %s was imported before: left out\n", p)
				r.Before = append(r.Before, strings.TrimPrefix(p, f.hide))
				continue
			}
		}
		fresh, files = append(fresh, p), append(files, file)
	}
	return fresh, files, nil
}

// add makes one import of what in reads, and of the order exports that are new.
// Files with rejected rows do not count as imported: once they are mended, or
// their columns are named, they may come again.
func (f *importFlags) add(in *intake, im *dataset.Importer, d *dataset.Dir, files, exports []dataset.Import, r *server.ImportResult) (err error) {
	im.Industry = f.industry
	if len(files) > 0 {
		err = annotate(in, im.Prepare, func(_ *pipeline.Annotation, p dataset.Prepared) error {
			if f.seen != nil {
				f.seen()
			}
			_, err := im.Add(p)
			return err
		})
	}
	if err != nil {
		return errors.Join(err, im.Abandon())
	}
	f.tidy(files, in.rejects.n > 0)
	if len(exports) > 0 {
		s := in.book.Stats()
		f.tidy(exports, s.Rejects+s.Damaged > 0)
		im.AddOrders(in.book.Each, exports)
	}
	if r.Added, err = im.Commit(files); err != nil {
		return err
	}
	r.Rows, r.Known, r.Updated, r.Rejected, r.Duplicates, r.Rejects = in.rows, im.Known, im.Updated, in.rejects.n, in.dup.Count, in.rejects.first
	if in.book != nil {
		r.Orders, r.WithoutOrder = in.book.Stats().Orders, in.missing.n
	}
	fmt.Fprintf(in.cmd.ErrOrStderr(), "chaping: %d reviews added, %d updated with a new follow-up, %d were there before; the dataset has %d\n", r.Added, r.Updated, r.Known, d.Rows())
	if kept := d.Orders(); kept.Name != "" {
		fmt.Fprintf(in.cmd.ErrOrStderr(), "chaping: the dataset has %d shipped orders\n", kept.Orders)
	}
	return nil
}

// tidy makes the names of files, which reviews had until now, those that the
// dataset keeps. Without their checksums they do not count as imported.
func (f *importFlags) tidy(files []dataset.Import, rejected bool) {
	for i := range files {
		files[i].Name = strings.TrimPrefix(files[i].Name, f.hide)
		if rejected {
			files[i].SHA256 = ""
		}
	}
}

// indexGCPercent lets as much garbage stand beside the 100 MB or so that live while
// an index is made that collecting it costs little: measured at 100,000 reviews, a
// seventh of the time of an import, for some 500 MB instead of 270.
const indexGCPercent = 200

// collectLess is for making an index, until the function that it returns is called.
// Who sets GOGC decides for himself.
func collectLess() (undo func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(indexGCPercent)
	return func() { debug.SetGCPercent(before) }
}

func reindexCommand() *cobra.Command {
	var data, industry, lexicon string
	var noMask bool
	c := &cobra.Command{
		Use:     "reindex --data DIR",
		Short:   "Make the search index of a dataset anew",
		Example: `  chaping reindex --data shop`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			cls, err := newClassifier(lexicon)
			if err != nil {
				return err
			}
			d, err := openToWrite(data)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
			for _, s := range d.Segments() { // before the old index is removed
				if err := d.Sound(s); err != nil {
					return fmt.Errorf("the index stays as it is: %w", err)
				}
			}
			settleIndustry(&industry, d)
			bar := progress(cmd.ErrOrStderr())
			defer bar.Exit()
			defer collectLess()()
			err = index.Rebuild(d, index.Options{Lexicon: cls.Lexicon(), Industry: industry, NoMask: noMask}, func(n int) { bar.Add(n) })
			if err == nil {
				fmt.Fprintf(cmd.ErrOrStderr(), "chaping: %d reviews indexed\n", d.Rows())
			}
			return err
		},
	}
	registerData(c, &data)
	registerIndustry(c.Flags(), &industry)
	c.Flags().StringVar(&lexicon, "lexicon", "", "`DIR` with rule files laid over the built-in ones")
	c.Flags().BoolVar(&noMask, "no-mask", false, "index phone numbers, accounts and the like of all reviews as they are")
	return c
}
