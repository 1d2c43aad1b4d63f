package neardup

import "errors"

// Options adjust a [Detector]. The zero value is the usual one.
type Options struct {
	// MaxTexts is how many texts a Detector takes, 1 to 2^28-1. 0 means
	// 2,000,000; a value out of range counts as the nearest one in it.
	MaxTexts int
}

const (
	defaultMaxTexts = 2_000_000
	mostTexts       = indexMask
)

// ErrFull is what [Detector.Add] returns when Options.MaxTexts texts are in.
var ErrFull = errors.New("neardup: limit of texts reached")

// A Detector collects the signatures of texts and puts them into clusters. It
// must not be used by several goroutines at once. The zero value is ready to
// use with the zero Options.
type Detector struct {
	max    int // 0: defaultMaxTexts
	n      int
	chunks []*chunk
}

// A chunk holds what is kept of chunkLen texts, 30 bytes each: memory grows by
// chunks so that growing never copies, nor leaves a half of it unused.
type chunk struct {
	mins   [chunkLen]uint64
	parity [chunkLen][2]uint64
	orders [chunkLen]uint32 // hash of the order key, 0: none
	grams  [chunkLen]uint16
}

const (
	chunkBits = 13
	chunkLen  = 1 << chunkBits
)

// New returns an empty Detector.
func New(o Options) *Detector {
	d := &Detector{max: defaultMaxTexts}
	if o.MaxTexts != 0 {
		d.max = min(max(o.MaxTexts, 1), mostTexts)
	}
	return d
}

// Add takes the next text: the i-th call, counted from 0, is text i. order says
// which order the review belongs to; texts of one order are no evidence of
// copying. An empty order means that nothing is known, and the text counts as
// an order of its own. Orders are told apart by a 32-bit hash.
//
// The error is [ErrFull] if the Detector has as many texts as it may have. The
// text is not added then; those added before still can be clustered.
func (d *Detector) Add(order string, s Signature) error {
	limit := d.max
	if limit == 0 {
		limit = defaultMaxTexts
	}
	if d.n == limit {
		return ErrFull
	}
	at := d.n & (chunkLen - 1)
	if at == 0 {
		d.chunks = append(d.chunks, new(chunk))
	}
	c := d.chunks[len(d.chunks)-1]
	c.mins[at], c.parity[at], c.grams[at] = s.mins, s.parity, s.grams
	c.orders[at] = orderHash(order)
	d.n++
	return nil
}

// Len returns the number of texts added, short ones included.
func (d *Detector) Len() int { return d.n }

func orderHash(order string) uint32 {
	if order == "" {
		return 0
	}
	h := uint64(len(order))
	for i := 0; i < len(order); i++ {
		h = (h ^ uint64(order[i])) * 0x100000001B3 // as FNV-1a
	}
	return max(uint32(mix(h)>>32), 1)
}

func (d *Detector) mins(i uint32) uint64  { return d.chunks[i>>chunkBits].mins[i&(chunkLen-1)] }
func (d *Detector) order(i uint32) uint32 { return d.chunks[i>>chunkBits].orders[i&(chunkLen-1)] }

func (d *Detector) signature(i uint32) Signature {
	c, at := d.chunks[i>>chunkBits], i&(chunkLen-1)
	return Signature{c.mins[at], c.parity[at], c.grams[at]}
}
