package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
)

// output is a file that appears whole or not at all. A device or a pipe is
// written to directly.
type output struct {
	io.Writer
	path    string
	pending *renameio.PendingFile
	direct  *os.File
}

// extension is the ending of a file's name, which says its format, in lower case.
func extension(path string) string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
}

// openOutput opens path, or uses stdout where it is empty or "-". finish keeps the file, or
// leaves none.
func openOutput(path string, stdout io.Writer, inputs []string) (w io.Writer, finish func(ok bool) error, err error) {
	if path == "" || path == "-" {
		return stdout, func(bool) error { return nil }, nil
	}
	out, err := createOutput(path, inputs)
	if err != nil {
		return nil, nil, err
	}
	return out, out.finish, nil
}

// createOutput opens path for writing. It must be none of the inputs.
func createOutput(path string, inputs []string) (*output, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s is a directory: name a file in it", path)
	case err == nil && !info.Mode().IsRegular():
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		return &output{Writer: f, path: path, direct: f}, err
	case err == nil:
		for _, in := range inputs {
			if other, err := os.Stat(in); err == nil && os.SameFile(info, other) {
				return nil, fmt.Errorf("%s is one of the inputs: name another file to write", path)
			}
		}
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return nil, err
		}
	}
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("cannot write %s: the folder does not exist: create it or name another", path)
	}
	f, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644), renameio.WithExistingPermissions())
	if err != nil {
		return nil, fmt.Errorf("cannot write %s: %w", path, errors.Unwrap(err))
	}
	return &output{Writer: f, path: path, pending: f}, nil
}

// finish keeps the file, or leaves none where ok is false.
func (o *output) finish(ok bool) error {
	switch {
	case o.direct != nil:
		return o.direct.Close()
	case !ok:
		return o.pending.Cleanup()
	}
	if err := o.pending.CloseAtomicallyReplace(); err != nil {
		return errors.Join(fmt.Errorf("cannot write %s: %w", o.path, err), o.pending.Cleanup())
	}
	return nil
}
