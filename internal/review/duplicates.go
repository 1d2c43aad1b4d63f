package review

import (
	"cmp"
	"hash/maphash"
	"math/bits"
	"strconv"
)

// Duplicates finds reviews that an export, or several that overlap, give
// twice. Two records are the same when they have the same id and the
// same texts, or the same order, product, time and texts. An id alone is not
// enough: many exports number their rows from 1, and a review must never be
// dropped for that.
//
// It keeps about 12 bytes a record; that two different reviews are taken for
// one has a chance of 1 in 700,000 over five million records. The zero value
// is ready. It is not safe for concurrent use.
type Duplicates struct {
	Count int64 // duplicates found

	seed   maphash.Seed
	shards []shard
}

// shard is a part of the set of keys. Many small tables grow one at a time,
// where one large table would need room for its old self as well.
type shard struct {
	keys []uint64 // open addressing; 0 is free
	n    int
}

const shardCount = 1024

// Again returns an empty set that decides as d does, for a second pass over the
// same records.
func (d *Duplicates) Again() *Duplicates {
	again := &Duplicates{seed: d.seed}
	if d.shards != nil {
		again.shards = make([]shard, shardCount)
	}
	return again
}

// Seen reports whether the same review has been given before, and remembers it.
// Records with an id are compared with each other, and so are those without.
func (d *Duplicates) Seen(r *Record) bool {
	if d.shards == nil {
		d.seed = maphash.MakeSeed()
		d.shards = make([]shard, shardCount)
	}
	parts := r.Identity()
	found := parts != nil && d.add(append(parts, r.FollowUp)...)
	if found {
		d.Count++
	}
	return found
}

// Identity is what makes two records the same review: equal parts. The follow-up
// is none of them, since a later export may bring it; what fills a record in from
// its order may change them. It is nil where the record has neither an id nor an order
// and a time.
func (r *Record) Identity() []string {
	switch {
	case r.ID != "":
		return []string{"id", r.Platform, r.Shop, r.ID, r.Text}
	case r.OrderID != "" && (r.Text != "" || r.FollowUp != "") && !r.Time.IsZero():
		return []string{
			"order", r.Platform, r.OrderID, r.SubOrderID, cmp.Or(r.ProductID, r.Product), r.SKU,
			strconv.FormatInt(r.Time.Unix(), 10), r.Text,
		}
	}
	return nil
}

// add remembers a key and reports whether it was known.
func (d *Duplicates) add(parts ...string) bool {
	var h maphash.Hash
	h.SetSeed(d.seed)
	for _, p := range parts {
		h.WriteString(p)
		h.WriteByte(0)
	}
	key := max(h.Sum64(), 1)
	return d.shards[key%shardCount].add(key)
}

// add reports whether a key was known.
func (s *shard) add(key uint64) bool {
	if 8*(s.n+1) > 7*len(s.keys) {
		old := s.keys
		s.keys = make([]uint64, max(16, len(old)*3/2))
		for _, k := range old {
			if k != 0 {
				s.keys[s.slot(k)] = k
			}
		}
	}
	i := s.slot(key)
	if s.keys[i] == key {
		return true
	}
	s.keys[i] = key
	s.n++
	return false
}

// slot finds a key, or the free place for it.
func (s *shard) slot(key uint64) int {
	high, _ := bits.Mul64(key, uint64(len(s.keys))) // the low bits chose the shard
	i := int(high)
	for s.keys[i] != 0 && s.keys[i] != key {
		if i++; i == len(s.keys) {
			i = 0
		}
	}
	return i
}
