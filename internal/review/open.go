package review

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Reader gives records one after the other. Read returns io.EOF after the last,
// a *[RowError] for a row that could not be read, after which reading may go
// on, and any other error as the final one.
type Reader interface {
	Read() (Record, error)
}

// Stats counts rows. Rows = Records + Rejects always holds: no row vanishes.
// Blank lines, rows whose cells are all empty, and the header once more are no rows.
type Stats struct {
	Rows    int64 // data rows met
	Records int64 // of these, read
	Rejects int64 // of these, refused with a [RowError]
	Short   int64 // records whose row had fewer cells than the header
	Recoded int64 // rows in the other of UTF-8 and GB18030 than the rest of the file
}

// File is an open export: one table, or the several of an archive or workbook
// one after the other. It is a [Reader]. It is not safe for concurrent use.
type File struct {
	name    string
	opt     Options
	over    overrides
	queue   []pending
	current table
	stats   Stats
	tables  []*Table
	skipped []Skipped
	budget  *expansion
	closers []io.Closer // released by Close
	inner   []io.Closer // released with the current table
	err     error       // final
}

// table is a stream of rows with a description.
type table interface {
	Reader
	describe() *Table
	counts() (short, recoded int64)
}

// pending is a part of a File that has not been opened yet.
type pending struct {
	name     string
	optional bool // may turn out to hold no reviews
	open     func() (table, error)
}

// Open opens an export, "-" for Options.Stdin. The container, the format, the
// encoding, the delimiter and the columns are found by content. An error says
// what was seen and what the user can do. The caller closes the File.
func Open(path string, opt Options) (*File, error) {
	if path == "-" {
		if opt.Stdin == nil {
			return nil, errors.New("review: standard input is not available here")
		}
		return OpenReader(opt.Stdin, "-", opt)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err == nil && info.IsDir() {
		file.Close()
		return nil, fmt.Errorf("%s: is a directory; name the files in it", path)
	}
	f, err := OpenReader(file, path, opt)
	if err != nil {
		file.Close()
		return nil, err
	}
	f.closers = append(f.closers, file)
	return f, nil
}

// OpenReader is Open for a stream; name stands in messages and its extension
// is asked only where content leaves a doubt. The caller closes r after the
// File. Archives and workbooks that come as a stream are spooled to a
// temporary file.
func OpenReader(r io.Reader, name string, opt Options) (*File, error) {
	over, err := newOverrides(opt.Map)
	if err != nil {
		return nil, err
	}
	over.verbatim = opt.Verbatim
	f := &File{name: name, opt: opt.withDefaults(), over: over}
	f.budget = &expansion{max: f.opt.MaxExpanded, ratio: f.opt.MaxRatio}
	f.queue = []pending{{name: name, open: func() (table, error) { return f.enter(r, name, 0) }}}
	if err := f.advance(); err != nil {
		f.Close()
		if err == io.EOF {
			return nil, f.nothing()
		}
		return nil, err
	}
	return f, nil
}

// advance opens the next table. It returns io.EOF after the last.
func (f *File) advance() error {
	f.leave()
	for len(f.queue) > 0 {
		p := f.queue[0]
		f.queue = f.queue[1:]
		t, err := p.open()
		if err != nil {
			f.release()
			if p.optional && isNoReviews(err) {
				f.skipped = append(f.skipped, Skipped{Name: p.name, Reason: strings.TrimPrefix(err.Error(), p.name+": "), Empty: errors.Is(err, errEmpty)})
				continue
			}
			return err
		}
		if t == nil { // it was a container, and has queued its parts
			continue
		}
		f.current = t
		f.tables = append(f.tables, t.describe())
		return nil
	}
	return io.EOF
}

// leave ends the current table.
func (f *File) leave() {
	if f.current != nil {
		f.current.describe()
		short, recoded := f.current.counts()
		f.stats.Short += short
		f.stats.Recoded += recoded
		f.current = nil
	}
	f.release()
}

// release closes what only the current table needed, last opened first.
func (f *File) release() {
	for i := len(f.inner) - 1; i >= 0; i-- {
		f.inner[i].Close() // read only: nothing to lose
	}
	f.inner = nil
}

// front queues parts before everything that waits.
func (f *File) front(parts []pending) {
	f.queue = append(parts, f.queue...)
}

// Read implements [Reader].
func (f *File) Read() (Record, error) {
	for f.err == nil {
		if f.current == nil {
			if f.err = f.advance(); f.err != nil {
				break
			}
		}
		r, err := f.current.Read()
		var row *RowError
		switch {
		case err == nil:
			f.stats.Rows++
			f.stats.Records++
			return r, nil
		case errors.As(err, &row):
			f.stats.Rows++
			f.stats.Rejects++
			return r, err
		case err == io.EOF:
			f.leave()
		default:
			f.err = err
		}
	}
	return Record{}, f.err
}

// nothing is the error for a file in which no table was found.
func (f *File) nothing() error {
	if len(f.skipped) == 0 {
		return noReviews("%s: no rows; the file is empty", f.name)
	}
	if len(f.skipped) == 1 {
		return noReviews("%s: %s", f.skipped[0].Name, f.skipped[0].Reason)
	}
	return noReviews("%s: nothing in it has reviews; the first of %d parts: %s: %s", f.name, len(f.skipped), f.skipped[0].Name, f.skipped[0].Reason)
}

// Stats counts the rows read so far.
func (f *File) Stats() Stats {
	s := f.stats
	if f.current != nil {
		short, recoded := f.current.counts()
		s.Short += short
		s.Recoded += recoded
	}
	return s
}

// Tables describes the tables opened so far, the current one last.
func (f *File) Tables() []*Table {
	if f.current != nil {
		f.current.describe() // JSON: the keys met so far
	}
	return f.tables
}

// Skipped lists the parts of an archive or workbook that hold no reviews, as
// far as they have been met.
func (f *File) Skipped() []Skipped { return f.skipped }

// Close releases files and removes temporary ones.
func (f *File) Close() error {
	f.leave()
	f.queue = nil
	if f.err == nil {
		f.err = errors.New("review: file is closed")
	}
	var errs []error
	for i := len(f.closers) - 1; i >= 0; i-- {
		errs = append(errs, f.closers[i].Close())
	}
	f.closers = nil
	return errors.Join(errs...)
}

// noReviewsError says that a part can be understood but holds no reviews.
type noReviewsError struct{ error }

// errEmpty is within a noReviewsError of a part in which nothing is.
var errEmpty = errors.New("empty")

func (e *noReviewsError) Unwrap() error { return e.error }

func noReviews(format string, args ...any) error {
	return &noReviewsError{fmt.Errorf(format, args...)}
}

func isNoReviews(err error) bool {
	var e *noReviewsError
	return errors.As(err, &e)
}
