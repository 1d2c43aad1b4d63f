package correction

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Store is the file of corrections.
type Store struct{ db *bbolt.DB }

// The buckets: corrections by number, and the number of the last change by review.
var (
	bucket  = []byte("corrections")
	changes = []byte("changes")
)

// ErrInUse says that another process has the file open.
var ErrInUse = errors.New("another process has the corrections open")

// Read lists the corrections of a file, beside other readers, with its revision.
func Read(path string) (list []Correction, revision uint64, err error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second, ReadOnly: true})
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	s := &Store{db}
	if list, err = s.All(); err != nil {
		return nil, 0, err
	}
	revision, err = s.Revision()
	return list, revision, err
}

// Open opens or makes the file. The caller closes it.
func Open(path string) (*Store, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%s: %w", path, ErrInUse)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: restore it from a backup or move it away", path, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucket)
		if err == nil {
			_, err = tx.CreateBucketIfNotExists(changes)
		}
		return err
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{db}, nil
}

// Close releases the file.
func (s *Store) Close() error { return s.db.Close() }

// Add keeps corrections, all or none, and gives them their numbers. When it
// returns they are on disk.
func (s *Store) Add(list ...Correction) ([]Correction, error) {
	out := slices.Clone(list)
	err := s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		for i := range out {
			if err := out[i].Validate(); err != nil {
				return err
			}
			seq, err := b.NextSequence()
			if err != nil {
				return err
			}
			out[i].Seq, out[i].Batch = seq, 0
			if len(out) > 1 {
				out[i].Batch = out[0].Seq
			}
			data, err := json.Marshal(out[i])
			if err != nil {
				return err
			}
			if err := b.Put(number(seq), data); err != nil {
				return err
			}
			if err := tx.Bucket(changes).Put([]byte(out[i].Key), number(seq)); err != nil {
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
	err = s.db.Update(func(tx *bbolt.Tx) error {
		data := tx.Bucket(bucket).Get(number(seq))
		if data == nil {
			return ErrUnknown
		}
		if err := json.Unmarshal(data, &c); err != nil {
			return err
		}
		return takeBack(tx, c)
	})
	return c, err
}

// UndoBatch takes all corrections of a batch back that are still there, all or
// none, and returns them.
func (s *Store) UndoBatch(batch uint64) (list []Correction, err error) {
	if batch == 0 { // that of single acts
		return nil, ErrUnknown
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		list = nil
		at := tx.Bucket(bucket).Cursor()
		for key, data := at.Seek(number(batch)); key != nil; key, data = at.Next() {
			var c Correction
			if err := json.Unmarshal(data, &c); err != nil {
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
			if err := takeBack(tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// takeBack removes a correction, which is a change of its review.
func takeBack(tx *bbolt.Tx, c Correction) error {
	revision, err := tx.Bucket(bucket).NextSequence()
	if err != nil {
		return err
	}
	if err := tx.Bucket(changes).Put([]byte(c.Key), number(revision)); err != nil {
		return err
	}
	return tx.Bucket(bucket).Delete(number(c.Seq))
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// Revision is the number of the last change: each correction that is kept or
// undone raises it.
func (s *Store) Revision() (revision uint64, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		if b := tx.Bucket(bucket); b != nil {
			revision = b.Sequence()
		}
		return nil
	})
	return revision, err
}

// Changed lists the reviews whose corrections changed after a revision, and the
// revision that they are of.
func (s *Store) Changed(after uint64) (keys []string, revision uint64, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		revision = tx.Bucket(bucket).Sequence()
		return tx.Bucket(changes).ForEach(func(key, n []byte) error {
			if binary.BigEndian.Uint64(n) > after {
				keys = append(keys, string(key))
			}
			return nil
		})
	})
	return keys, revision, err
}

// All lists the corrections in the order in which they were made.
func (s *Store) All() ([]Correction, error) {
	var out []Correction
	err := s.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		if b == nil { // its maker was interrupted
			return nil
		}
		return b.ForEach(func(_, data []byte) error {
			var c Correction
			if err := json.Unmarshal(data, &c); err != nil {
				return err
			}
			out = append(out, c)
			return nil
		})
	})
	return out, err
}
