package neardup

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"unicode"
)

const (
	// gramLen is how many letters make a gram.
	gramLen = 3
	// minGrams is how many different grams a text needs to take part: that of
	// twelve letters without repetition. The reasons are in doc.go.
	minGrams = 10
	// maxLetters bounds the work and the memory for one text.
	maxLetters = 1024
	// sample is how many grams the parity sketch is made of at most.
	sample = 128
	// parityBits is the length of the parity sketch.
	parityBits = 128
	// minHashes is how many minimum hashes of a byte each a Signature has.
	minHashes = 8
)

// A Signature stands for a text: 26 bytes from which the similarity to another
// text can be estimated, not the text itself; 32 bytes in memory. Signatures of
// texts with the same letters in the same order are equal (==). The zero Signature is that of a
// text too short to cluster. It is meant for one run of the program: what is in
// it may change from version to version.
type Signature struct {
	// mins holds eight minimum hashes, a byte each. A byte of two texts is
	// equal with probability J + (1-J)/256 at similarity J.
	mins uint64
	// parity is an odd sketch: the bit that a gram hashes to is flipped for
	// every gram of the sample, so that the grams two texts have in common
	// cancel out in the XOR of their sketches.
	parity [2]uint64
	// grams is the number of different grams of the text.
	grams uint16
}

// seeds are odd constants, one for each minimum hash (the first of a splitmix64
// sequence).
var seeds = func() (s [minHashes]uint64) {
	for i := range s {
		s[i] = mix(uint64(i+1)*0x9E3779B97F4A7C15) | 1
	}
	return s
}()

// Sketch returns the signature of a text. Only letters and digits of it count
// (Chinese characters are letters), compared exactly: give it text that is
// normalised in width and case. Of a text with more than 1,024 letters the
// first 1,024 count.
//
// Sketch depends on nothing but text, does not allocate, and may be called
// from several goroutines at once. It takes 3 to 6 µs for 50 letters.
func Sketch(text []rune) Signature {
	var buf [maxLetters]uint64
	n := gramHashes(&buf, text)
	hashes := buf[:n]
	slices.Sort(hashes)
	hashes = slices.Compact(hashes)
	if len(hashes) < minGrams {
		return Signature{}
	}
	s := Signature{grams: uint16(len(hashes)), mins: minBytes(hashes)}
	for _, h := range hashes[:min(len(hashes), sample)] {
		s.parity[h>>6&1] ^= 1 << (h & 63)
	}
	return s
}

// gramHashes fills buf with a hash for each gram of text and returns their number.
func gramHashes(buf *[maxLetters]uint64, text []rune) int {
	var window uint64 // the last gramLen letters, 21 bits each
	letters, n := 0, 0
	for _, r := range text {
		if !isLetter(r) {
			continue
		}
		window = (window<<21 | uint64(r)) & (1<<(21*gramLen) - 1)
		if letters++; letters >= gramLen {
			buf[n] = mix(window)
			n++
		}
		if letters == maxLetters {
			break
		}
	}
	return n
}

func minBytes(hashes []uint64) uint64 {
	var m [minHashes]uint64
	for i := range m {
		m[i] = math.MaxUint64
	}
	for _, h := range hashes {
		h = bits.RotateLeft64(h, 32)
		for i, seed := range &seeds {
			m[i] = min(m[i], h*seed)
		}
	}
	var packed uint64
	for i, v := range m {
		packed |= mix(v) >> 56 << (8 * i)
	}
	return packed
}

func isLetter(r rune) bool {
	switch {
	case r >= 0x4E00 && r <= 0x9FFF:
		return true
	case r < 0x80:
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// mix is the finaliser of splitmix64: a bijection in which every bit of the
// result depends on every bit of x.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xBF58476D1CE4E5B9
	x ^= x >> 27
	x *= 0x94D049BB133111EB
	return x ^ x>>31
}

// priority is a number as good as random that depends on the whole signature.
func (s Signature) priority() uint64 {
	return mix(mix(mix(s.mins)^s.parity[0])^s.parity[1]) + uint64(s.grams)
}

// compare orders signatures by priority. It is 0 only if they are equal.
func (s Signature) compare(t Signature) int {
	if p, q := s.priority(), t.priority(); p != q {
		return cmp.Compare(p, q)
	}
	return cmp.Or(
		cmp.Compare(s.mins, t.mins),
		cmp.Compare(s.parity[0], t.parity[0]),
		cmp.Compare(s.parity[1], t.parity[1]),
		cmp.Compare(s.grams, t.grams))
}

// differing[m] is the number of different grams, in sixteenths, that two
// samples most likely have when their parity sketches differ in m bits:
// -n/2·ln(1-2m/n) of n bits (Mitzenmacher, Pagh and Pham, "Efficient estimation
// for high similarities using odd sketches", WWW 2014).
var differing = func() (t [parityBits / 2]int64) {
	for m := range t {
		t[m] = int64(math.Round(-16 * parityBits / 2 * math.Log(1-2*float64(m)/parityBits)))
	}
	return t
}()

// similar reports whether the estimated similarity of a and b is at least
// permille/1000. Integers only, so that every machine decides alike.
//
// The sample of a text is all its grams or the sample lowest by hash, so a
// common gram is in both samples with the smaller of the two sampling rates.
// With c the grams in common that follow, J = c/(A+B-c) ≥ t is c(1+t) ≥ t(A+B).
func similar(a, b Signature, permille int64) bool {
	m := bits.OnesCount64(a.parity[0]^b.parity[0]) + bits.OnesCount64(a.parity[1]^b.parity[1])
	if m >= len(differing) {
		return false
	}
	ga, gb := int64(a.grams), int64(b.grams)
	if ga > gb {
		ga, gb = gb, ga
	}
	if ga*1000 < gb*permille {
		return false
	}
	sa, sb := min(ga, sample), min(gb, sample)
	common := 16*(sa+sb) - differing[m] // in 32nds; gb/sb is the larger inverse rate
	return common*gb*(1000+permille) >= 32*sb*permille*(ga+gb)
}
