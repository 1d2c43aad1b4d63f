package correction

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Store is the file of corrections.
type Store struct{ db *bbolt.DB }

// The buckets: corrections by number, the number of the last change by review, and
// what there is in both. Each value ends in a checksum.
var (
	bucket  = []byte("corrections")
	changes = []byte("changes")
	heads   = []byte("head")
)

// version is the number of the file's form.
//
//	none  2026-11: no checksums; sealed when it is opened for writing
//	1     2026-11: a checksum behind each value, and a head
const version = 1

// head says what the other buckets have, so that nothing can get lost.
type head struct {
	Version  int    `json:"version"`
	Sequence uint64 `json:"sequence"` // number of the last change
	Acts     int    `json:"acts"`
	Sum      uint64 `json:"sum"` // the checksums of all records, by exclusive or
}

// ErrInUse says that another process has the file open.
var ErrInUse = errors.New("another process has the corrections open")

// Read lists the corrections of a file, beside other readers, with its revision.
// The error wraps [ErrDamaged] where the file is not as it was written.
func Read(path string) (list []Correction, revision uint64, err error) {
	db, list, h, err := open(path, true)
	if err != nil {
		return nil, 0, err
	}
	return list, h.Sequence, db.Close()
}

// Open opens or makes the file, whose acts it compares with their checksums. The
// caller closes it. The error wraps [ErrDamaged] where the file is not as it was
// written.
func Open(path string) (*Store, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 { // its maker was killed
		err = create(path, nil, 0)
	}
	if err != nil {
		return nil, err
	}
	db, _, h, err := open(path, false)
	if err != nil {
		return nil, err
	}
	if h.Version == 0 {
		if err := db.Update(sealAll); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return &Store{db}, nil
}

// open opens a file and reads all of it.
func open(path string, readOnly bool) (db *bbolt.DB, list []Correction, h head, err error) {
	if err := checkPages(path); err != nil {
		return nil, nil, h, fmt.Errorf("%s: %w", path, err)
	}
	db, err = openFile(path, readOnly, true)
	if err != nil {
		return nil, nil, h, err
	}
	err = guard(func() error {
		return db.View(func(tx *bbolt.Tx) error {
			if list, h, err = content(tx); err != nil {
				return err
			}
			return checkTree(tx)
		})
	})
	if err != nil {
		return nil, nil, h, errors.Join(fmt.Errorf("%s: %w", path, err), db.Close())
	}
	return db, list, h, nil
}

// openFile opens a file, with its list of free pages or not.
func openFile(path string, readOnly, free bool) (db *bbolt.DB, err error) {
	var file *os.File
	opt := bbolt.Options{Timeout: time.Second, ReadOnly: readOnly, PreLoadFreelist: free, OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
		file, err = os.OpenFile(name, flag, mode)
		return file, err
	}}
	err = guard(func() error {
		db, err = bbolt.Open(path, 0o600, &opt)
		return err
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%s: %w", path, ErrInUse)
	case errors.Is(err, ErrDamaged):
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return db, nil
}

// create makes a file that has corrections, in place of what is there: all of it or
// nothing. sequence is the number of the last change.
func create(path string, list []Correction, sequence uint64) (err error) {
	half := path + ".new"
	if err := os.Remove(half); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	db, err := bbolt.Open(half, 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		return fmt.Errorf("%s: %w", half, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		if err := sealAll(tx); err != nil {
			return err
		}
		c, err := begin(tx)
		if err != nil {
			return err
		}
		for i := range list {
			if err := c.keep(&list[i]); err != nil {
				return err
			}
		}
		c.head.Sequence = sequence
		return errors.Join(tx.Bucket(bucket).SetSequence(sequence), c.end())
	})
	if err = errors.Join(err, db.Close()); err != nil {
		return errors.Join(err, os.Remove(half))
	}
	return os.Rename(half, path)
}

// Close releases the file.
func (s *Store) Close() error { return s.db.Close() }

// Add keeps corrections, all or none, and gives them their numbers. When it
// returns they are on disk.
func (s *Store) Add(list ...Correction) ([]Correction, error) {
	out := slices.Clone(list)
	err := s.update(func(t *change) error {
		for i := range out {
			if err := out[i].Validate(); err != nil {
				return err
			}
			seq, err := t.next()
			if err != nil {
				return err
			}
			out[i].Seq, out[i].Batch = seq, 0
			if len(out) > 1 {
				out[i].Batch = out[0].Seq
			}
			if err := t.keep(&out[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// ErrUnknown says that no correction has the number.
var ErrUnknown = errors.New("no such correction")

// Undo takes a correction back and returns it.
func (s *Store) Undo(seq uint64) (c Correction, err error) {
	err = s.update(func(t *change) error {
		data := t.tx.Bucket(bucket).Get(number(seq))
		if data == nil {
			return ErrUnknown
		}
		if c, err = act(number(seq), data); err != nil {
			return err
		}
		return t.takeBack(c)
	})
	return c, err
}

// UndoBatch takes all corrections of a batch back that are still there, all or
// none, and returns them.
func (s *Store) UndoBatch(batch uint64) (list []Correction, err error) {
	if batch == 0 { // that of single acts
		return nil, ErrUnknown
	}
	err = s.update(func(t *change) error {
		list = nil
		at := t.tx.Bucket(bucket).Cursor()
		for key, data := at.Seek(number(batch)); key != nil; key, data = at.Next() {
			c, err := act(key, data)
			if err != nil {
				return err
			}
			if c.Batch != batch { // they lie side by side
				break
			}
			list = append(list, c)
		}
		if len(list) == 0 {
			return ErrUnknown
		}
		for _, c := range list {
			if err := t.takeBack(c); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// Revision is the number of the last change: each correction that is kept or
// undone raises it.
func (s *Store) Revision() (revision uint64, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		revision = tx.Bucket(bucket).Sequence()
		return nil
	})
	return revision, err
}

// Changed lists the reviews whose corrections changed after a revision, and the
// revision that they are of.
func (s *Store) Changed(after uint64) (keys []string, revision uint64, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		revision = tx.Bucket(bucket).Sequence()
		return ascend(tx.Bucket(changes), func(key, value []byte) error {
			n, _, err := unseal(changes, key, value)
			if err == nil && binary.BigEndian.Uint64(n) > after {
				keys = append(keys, string(key))
			}
			return err
		})
	})
	return keys, revision, err
}

// All lists the corrections in the order in which they were made.
func (s *Store) All() (list []Correction, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		list, _, err = content(tx)
		return err
	})
	return list, err
}
