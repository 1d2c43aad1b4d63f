package review

import (
	"hash/maphash"
	"strconv"
)

// Duplicates finds reviews that an export, or several that overlap, give
// twice. Two records are the same review when they have the same id and the
// same texts, or the same order, product, time and texts. An id alone is not
// enough: many exports number their rows from 1, and a review must never be
// dropped for that.
//
// It keeps eight bytes a key, about 20 bytes a record; that two different
// reviews are taken for one has a chance of 1 in 700,000 over five million
// records. The zero value is ready. It is not safe for concurrent use.
type Duplicates struct {
	seed  maphash.Seed
	seen  []uint64 // open addressing; 0 is free
	n     int
	Count int64 // duplicates found
}

// Seen reports whether the same review has been given before, and remembers it.
func (d *Duplicates) Seen(r *Record) bool {
	if d.seen == nil {
		d.seed = maphash.MakeSeed()
		d.seen = make([]uint64, 1024)
	}
	found := false
	if r.ID != "" {
		found = d.add("id", r.Platform, r.Shop, r.ID, r.Text, r.FollowUp)
	}
	if r.OrderID != "" && (r.Text != "" || r.FollowUp != "") && !r.Time.IsZero() {
		product := r.ProductID
		if product == "" {
			product = r.Product
		}
		same := d.add("order", r.Platform, r.OrderID+"\x00"+r.SubOrderID, product+"\x00"+r.SKU,
			strconv.FormatInt(r.Time.Unix(), 10), r.Text+"\x00"+r.FollowUp)
		// Two ids say that it is two reviews.
		found = found || same && r.ID == ""
	}
	if found {
		d.Count++
	}
	return found
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
	if 4*(d.n+1) > 3*len(d.seen) {
		old := d.seen
		d.seen = make([]uint64, 2*len(old))
		for _, k := range old {
			if k != 0 {
				d.seen[d.slot(k)] = k
			}
		}
	}
	i := d.slot(key)
	if d.seen[i] == key {
		return true
	}
	d.seen[i] = key
	d.n++
	return false
}

// slot finds a key, or the free place for it.
func (d *Duplicates) slot(key uint64) int {
	mask := len(d.seen) - 1
	i := int(key) & mask
	for d.seen[i] != 0 && d.seen[i] != key {
		i = (i + 1) & mask
	}
	return i
}
