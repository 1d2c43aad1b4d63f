package correction

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"slices"

	"go.etcd.io/bbolt"
)

// sumSize is how many bytes of a value are its checksum.
const sumSize = 8

// sum is the checksum of a record.
func sum(bucket, key, data []byte) uint64 {
	h := sha256.Sum256(slices.Concat(bucket, []byte{0}, number(uint64(len(key))), key, data))
	return binary.BigEndian.Uint64(h[:])
}

// unseal gives the data of a record whose checksum is right.
func unseal(bucket, key, value []byte) (data []byte, s uint64, err error) {
	at := len(value) - sumSize
	if at >= 0 {
		data, s = value[:at:at], binary.BigEndian.Uint64(value[at:])
	}
	if at < 0 || s != sum(bucket, key, data) {
		return nil, 0, damaged("the checksum of record %x in %s differs", key, bucket)
	}
	return data, s, nil
}

// act reads a correction.
func act(key, value []byte) (c Correction, err error) {
	data, _, err := unseal(bucket, key, value)
	if err != nil {
		return c, err
	}
	return decode(key, data)
}

// headKey is of the only record in heads.
var headKey = []byte("head")

func readHead(tx *bbolt.Tx) (h head, err error) {
	data, _, err := unseal(heads, headKey, tx.Bucket(heads).Get(headKey))
	if err != nil {
		return h, err
	}
	return h, json.Unmarshal(data, &h)
}

// change is a transaction that keeps the head true.
type change struct {
	tx   *bbolt.Tx
	head head
}

func begin(tx *bbolt.Tx) (*change, error) {
	h, err := readHead(tx)
	return &change{tx, h}, err
}

// update makes a change, all or none.
func (s *Store) update(do func(*change) error) error {
	return guard(func() error {
		return s.db.Update(func(tx *bbolt.Tx) error {
			t, err := begin(tx)
			if err != nil {
				return err
			}
			if err := do(t); err != nil {
				return err
			}
			return t.end()
		})
	})
}

// end writes the head.
func (t *change) end() error {
	data, err := json.Marshal(t.head)
	if err != nil {
		return err
	}
	return t.tx.Bucket(heads).Put(headKey, binary.BigEndian.AppendUint64(data, sum(heads, headKey, data)))
}

// next is the number of a new change.
func (t *change) next() (n uint64, err error) {
	n, err = t.tx.Bucket(bucket).NextSequence()
	t.head.Sequence = n
	return n, err
}

// put writes a record in place of one with its key.
func (t *change) put(name, key, data []byte) error {
	if err := t.forget(name, key); err != nil {
		return err
	}
	s := sum(name, key, data)
	t.head.Sum ^= s
	return t.tx.Bucket(name).Put(key, binary.BigEndian.AppendUint64(slices.Clip(data), s))
}

// forget takes a record, if it is there, out of the head.
func (t *change) forget(name, key []byte) error {
	old := t.tx.Bucket(name).Get(key)
	if old == nil {
		return nil
	}
	_, s, err := unseal(name, key, old)
	t.head.Sum ^= s
	return err
}

// keep writes an act that has its number, and that its review changed with it.
func (t *change) keep(c *Correction) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	t.head.Acts++
	if err := t.put(bucket, number(c.Seq), data); err != nil {
		return err
	}
	return t.put(changes, []byte(c.Key), number(c.Seq))
}

// takeBack removes a correction, which is a change of its review.
func (t *change) takeBack(c Correction) error {
	revision, err := t.next()
	if err != nil {
		return err
	}
	if err := t.put(changes, []byte(c.Key), number(revision)); err != nil {
		return err
	}
	if err := t.forget(bucket, number(c.Seq)); err != nil {
		return err
	}
	t.head.Acts--
	return t.tx.Bucket(bucket).Delete(number(c.Seq))
}

// sealAll gives the records of a file without checksums theirs, and makes what is
// missing.
func sealAll(tx *bbolt.Tx) error {
	for _, name := range [][]byte{bucket, changes, heads} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	h := head{Version: version, Sequence: tx.Bucket(bucket).Sequence()}
	for _, name := range [][]byte{bucket, changes} {
		b := tx.Bucket(name)
		var keys, data [][]byte // a bucket must not change while it is gone through
		err := b.ForEach(func(key, value []byte) error {
			keys, data = append(keys, slices.Clone(key)), append(data, slices.Clone(value))
			return nil
		})
		if err != nil {
			return err
		}
		for i, key := range keys {
			s := sum(name, key, data[i])
			if h.Sum ^= s; bytes.Equal(name, bucket) {
				h.Acts++
			}
			if err := b.Put(key, binary.BigEndian.AppendUint64(data[i], s)); err != nil {
				return err
			}
		}
	}
	t := &change{tx, h}
	return t.end()
}
