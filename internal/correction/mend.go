package correction

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"go.etcd.io/bbolt"
)

// Mended says what became of a damaged file.
type Mended struct {
	Kept  int    // corrections that could be read
	Lost  int    // that could not; -1 where it is not known how many there were
	Aside string // the copy of the damaged file; "" where there was none
}

// Mend replaces a damaged file, or one that is gone, by one that has the
// corrections which can still be read and have their checksums. The damaged one is
// copied beside it first. It does all or nothing.
func Mend(path string) (m Mended, err error) {
	list, h := salvage(path)
	m.Kept, m.Lost = len(list), h.Acts-len(list)
	if h.Version == 0 || errors.Is(checkPages(path), errMeta) {
		m.Lost = -1
	}
	if m.Aside, err = setAside(path); err != nil {
		return m, err
	}
	for _, c := range list {
		h.Sequence = max(h.Sequence, c.Seq)
	}
	return m, create(path, list, h.Sequence+1)
}

// setAside copies a file, if it is there, under a name that is free.
func setAside(path string) (aside string, err error) {
	from, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer from.Close()
	var to *os.File
	for i := 1; ; i++ {
		if aside = path + ".damaged"; i > 1 {
			aside = fmt.Sprint(aside, "-", i)
		}
		to, err = os.OpenFile(aside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, os.ErrExist) {
			break
		}
	}
	if err != nil {
		return "", err
	}
	_, err = io.Copy(to, from)
	return aside, errors.Join(err, to.Sync(), to.Close())
}

// salvage reads the corrections of a damaged file from both ends, each as far as it
// comes, and the head; that one is empty if it cannot be read, as in files without.
func salvage(path string) (list []Correction, h head) {
	found := map[uint64]Correction{}
	for _, backward := range []bool{false, true} {
		guard(func() error { // what cannot be read is missing in the end
			if _, err := os.Stat(path); err != nil {
				return err
			}
			db, err := openFile(path, true, false)
			if err != nil {
				return err
			}
			err = guard(func() error {
				return db.View(func(tx *bbolt.Tx) error { return gather(tx, backward, found, &h) })
			})
			return errors.Join(err, db.Close())
		})
	}
	for _, n := range slices.Sorted(maps.Keys(found)) {
		list = append(list, found[n])
	}
	return list, h
}

// gather reads corrections until it fails.
func gather(tx *bbolt.Tx, backward bool, found map[uint64]Correction, h *head) error {
	sealed := tx.Bucket(heads) != nil
	if sealed {
		if read, err := readHead(tx); err == nil {
			*h = read
		}
	}
	at := tx.Bucket(bucket).Cursor()
	first, next, order := at.First, at.Next, -1
	if backward {
		first, next, order = at.Last, at.Prev, 1
	}
	var last []byte
	for key, value := first(); key != nil; key, value = next() {
		if last != nil && bytes.Compare(last, key) != order { // a circle
			return nil
		}
		last = key
		c, err := act(key, value)
		if err != nil && !sealed {
			c, err = decode(key, value)
		}
		if err == nil {
			found[c.Seq] = c
		}
	}
	return nil
}
