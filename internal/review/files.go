package review

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Expand turns what a user wrote on a command line into paths, for shells that
// leave globs to the program. A path that exists is taken as it is, whatever
// characters it has; a glob gives its matches in order of name; a directory is
// an error, as is a pattern without a match.
func Expand(patterns []string) ([]string, error) {
	var paths []string
	for _, p := range patterns {
		if p == "-" {
			paths = append(paths, p)
			continue
		}
		info, err := os.Stat(p)
		switch {
		case err == nil && info.IsDir():
			return nil, fmt.Errorf("%s: is a directory; name the files in it, as in %s", p, filepath.Join(p, "*.csv"))
		case err == nil:
			paths = append(paths, p)
			continue
		case !strings.ContainsAny(p, "*?["):
			return nil, err
		}
		matches, err := filepath.Glob(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		matches = slices.DeleteFunc(matches, func(m string) bool {
			info, err := os.Stat(m)
			return err == nil && info.IsDir()
		})
		if len(matches) == 0 {
			return nil, fmt.Errorf("%s: no file matches", p)
		}
		paths = append(paths, matches...)
	}
	return paths, nil
}

// Files reads several exports one after the other. It is a [Reader]; it is not
// safe for concurrent use.
type Files struct {
	paths   []string
	opt     Options
	file    *File
	stats   Stats
	skipped []Skipped
	err     error
}

// OpenAll opens the first of several exports; the others are opened when their
// turn comes, but that they exist is checked now. The caller closes the Files.
func OpenAll(paths []string, opt Options) (*Files, error) {
	for _, p := range paths {
		if p != "-" {
			if _, err := os.Stat(p); err != nil {
				return nil, err
			}
		}
	}
	fs := &Files{paths: paths, opt: opt}
	if len(paths) == 0 {
		fs.err = io.EOF
		return fs, nil
	}
	return fs, fs.next()
}

// next opens the next file.
func (fs *Files) next() error {
	if len(fs.paths) == 0 {
		return io.EOF
	}
	f, err := Open(fs.paths[0], fs.opt)
	if err != nil {
		return err
	}
	fs.file, fs.paths = f, fs.paths[1:]
	return nil
}

// Read implements [Reader].
func (fs *Files) Read() (Record, error) {
	for fs.err == nil {
		if fs.file == nil {
			fs.err = fs.next()
			continue
		}
		r, err := fs.file.Read()
		var row *RowError
		switch {
		case err == nil || errors.As(err, &row):
			return r, err
		case err == io.EOF:
			fs.err = fs.leave()
		default:
			fs.err = err
		}
	}
	return Record{}, fs.err
}

// leave closes the current file and keeps its figures.
func (fs *Files) leave() error {
	if fs.file == nil {
		return nil
	}
	fs.stats = fs.stats.plus(fs.file.Stats())
	fs.skipped = append(fs.skipped, fs.file.Skipped()...)
	err := fs.file.Close()
	fs.file = nil
	return err
}

// Stats counts the rows of all files read so far.
func (fs *Files) Stats() Stats {
	if fs.file == nil {
		return fs.stats
	}
	return fs.stats.plus(fs.file.Stats())
}

// Skipped lists the parts of archives and workbooks that hold no reviews.
func (fs *Files) Skipped() []Skipped {
	if fs.file == nil {
		return fs.skipped
	}
	return append(slices.Clone(fs.skipped), fs.file.Skipped()...)
}

// Close releases the current file; the others have been closed.
func (fs *Files) Close() error {
	err := fs.leave()
	if fs.err == nil {
		fs.err = errors.New("review: files are closed")
	}
	return err
}

// plus adds up two counts.
func (s Stats) plus(t Stats) Stats {
	return Stats{
		Rows: s.Rows + t.Rows, Records: s.Records + t.Records, Rejects: s.Rejects + t.Rejects,
		Short: s.Short + t.Short, Recoded: s.Recoded + t.Recoded,
	}
}
