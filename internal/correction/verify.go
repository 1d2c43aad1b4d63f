package correction

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"runtime/debug"

	"go.etcd.io/bbolt"
)

// ErrDamaged says that the file is not as it was written.
var ErrDamaged = errors.New("damaged")

// errMeta says that bbolt would go on with what there was before the last act.
var errMeta = errors.New("the last act may be lost")

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w (%s)", ErrDamaged, fmt.Sprintf(format, args...))
}

// guard keeps a damaged file, which bbolt does not expect, from ending the program:
// it maps the file, and panics or faults over what it reads there.
func guard(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = damaged("%v", p)
		}
	}()
	return do()
}

// What bbolt writes before the records: a header on each page, and behind that of
// the first two, in turn, where the rest is. These are its structs page and meta.
const (
	headerSize   = 16
	metaSize     = 64
	metaMagic    = 0xED0CDAED
	metaFlag     = 0x04
	freelistFlag = 0x10
)

// checkPages looks at what bbolt believes without a look of its own: that both meta
// pages are whole (after a damaged one it goes on with the last act but one), that
// the file has all its pages (beyond its end, reading is a fault), and that the list of free pages is one.
func checkPages(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	header := func(id, pageSize uint64, flags uint16) error {
		var h [headerSize]byte
		if _, err := f.ReadAt(h[:], int64(id*pageSize)); err != nil || binary.NativeEndian.Uint64(h[:]) != id || binary.NativeEndian.Uint16(h[8:]) != flags {
			return damaged("page %d is not what it was", id)
		}
		return nil
	}
	var pageSize, last, pages, freelist uint64
	for id := range uint64(2) {
		var m [metaSize]byte
		if _, err := f.ReadAt(m[:], int64(id*pageSize+headerSize)); err != nil {
			return damaged("it has only %d bytes", info.Size())
		}
		sum := fnv.New64a()
		sum.Write(m[:metaSize-8])
		if binary.NativeEndian.Uint32(m[:]) != metaMagic || binary.NativeEndian.Uint64(m[metaSize-8:]) != sum.Sum64() {
			return fmt.Errorf("%w, %w", damaged("the checksum of page %d differs", id), errMeta)
		}
		if id == 0 {
			pageSize = uint64(binary.NativeEndian.Uint32(m[8:]))
		}
		if err := header(id, pageSize, metaFlag); err != nil {
			return err
		}
		if tx := binary.NativeEndian.Uint64(m[48:]); tx >= last {
			last, freelist, pages = tx, binary.NativeEndian.Uint64(m[32:]), binary.NativeEndian.Uint64(m[40:])
		}
	}
	if want := pages * pageSize; uint64(info.Size()) < want {
		return damaged("it has only %d of %d bytes", info.Size(), want)
	}
	return header(freelist, pageSize, freelistFlag)
}

// checkTree looks at the pages that the records lie on, once all records were read.
func checkTree(tx *bbolt.Tx) error {
	pages := int(tx.Size() / int64(tx.DB().Info().PageSize))
	for id := 0; id < pages; id++ {
		p, err := tx.Page(id)
		if err != nil {
			return err
		}
		if p == nil { // beyond those in use
			break
		}
		if p.Type != "free" {
			id += p.OverflowCount
		}
		if id >= pages {
			return damaged("page %d has no end", p.ID)
		}
	}
	var first error
	for err := range tx.Check() {
		if first == nil {
			first = damaged("%v", err)
		}
	}
	return first
}

// untouched is the number of the transaction that bbolt makes an empty file with.
const untouched = 1

// content reads everything that a store has and compares it with its checksums. A
// store without any is of an older chaping.
func content(tx *bbolt.Tx) (list []Correction, h head, err error) {
	err = tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
		if b == nil || !bytes.Equal(name, bucket) && !bytes.Equal(name, changes) && !bytes.Equal(name, heads) {
			return damaged("it has %q, which is not of corrections", name)
		}
		return nil
	})
	if err != nil {
		return nil, h, err
	}
	sealed := tx.Bucket(heads) != nil
	if sealed {
		if h, err = readHead(tx); err != nil {
			return nil, h, err
		}
		if h.Version > version {
			return nil, h, fmt.Errorf("made by a newer chaping (form %d, this one knows %d): use that one", h.Version, version)
		}
	}
	var found head
	for _, name := range [][]byte{bucket, changes} {
		b := tx.Bucket(name)
		if b == nil && !sealed && tx.ID() <= untouched {
			continue // its maker was interrupted
		}
		if b == nil {
			return nil, h, damaged("%s are gone", name)
		}
		err := ascend(b, func(key, value []byte) error {
			data := value
			if sealed {
				var sum uint64
				if data, sum, err = unseal(name, key, value); err != nil {
					return err
				}
				found.Sum ^= sum
			}
			if !bytes.Equal(b.Get(key), value) {
				return damaged("%s %x is not where it belongs", name, key)
			}
			if bytes.Equal(name, changes) {
				return checkNumber(key, data)
			}
			c, err := decode(key, data)
			list = append(list, c)
			return err
		})
		if err != nil {
			return nil, h, err
		}
	}
	if b := tx.Bucket(bucket); b != nil {
		found.Sequence = b.Sequence()
	}
	found.Version, found.Acts = h.Version, len(list)
	if sealed && found != h {
		return nil, h, damaged("it has %d acts up to number %d, not those %d up to number %d that were written", found.Acts, found.Sequence, h.Acts, h.Sequence)
	}
	return list, found, nil
}

// decode reads an act.
func decode(key, data []byte) (c Correction, err error) {
	if json.Unmarshal(data, &c) != nil || c.Validate() != nil || !bytes.Equal(number(c.Seq), key) {
		return c, damaged("act %x cannot be read", key)
	}
	return c, nil
}

// checkNumber looks at the number of the last change of a review.
func checkNumber(key, data []byte) error {
	if len(data) != 8 {
		return damaged("the last change of %q is no number", key)
	}
	return nil
}

// ascend gives the records of a bucket in their order, which must ascend: pages that
// refer to each other in a circle have no end.
func ascend(b *bbolt.Bucket, see func(key, value []byte) error) error {
	at := b.Cursor()
	var last []byte
	for key, value := at.First(); key != nil; key, value = at.Next() {
		if last != nil && bytes.Compare(last, key) >= 0 || value == nil {
			return damaged("record %x is not where it belongs", key)
		}
		if err := see(key, value); err != nil {
			return err
		}
		last = key
	}
	return nil
}
