package dsr

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
)

// Dimension is one of the three scores.
type Dimension int

// The dimensions, in the order of every array by dimension.
const (
	D Dimension = iota // 描述相符
	S                  // 卖家服务
	L                  // 物流服务
	dimensions
)

// Dimensions lists them.
var Dimensions = [dimensions]Dimension{D, S, L}

// String is the letter of the dimension.
func (d Dimension) String() string { return "DSL"[d : d+1] }

// MarshalText is the letter, also as a key of JSON objects.
func (d Dimension) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Tally counts ratings by star: Tally[s] ratings of s stars, 1 to 5. Index 0 is
// not used.
type Tally [6]int64

// N is the number of ratings.
func (t Tally) N() int64 { return t[1] + t[2] + t[3] + t[4] + t[5] }

// Sum is the sum of all stars.
func (t Tally) Sum() int64 { return t[1] + 2*t[2] + 3*t[3] + 4*t[4] + 5*t[5] }

// Mean is the mean of the stars, 0 without ratings.
func (t Tally) Mean() float64 {
	if t.N() == 0 {
		return 0
	}
	return float64(t.Sum()) / float64(t.N())
}

// plus adds ratings.
func (t Tally) plus(o Tally) Tally {
	for s := range t {
		t[s] += o[s]
	}
	return t
}

// Minus takes ratings away.
func (t Tally) Minus(o Tally) Tally {
	for s := range t {
		t[s] -= o[s]
	}
	return t
}

// Shown is the score as the platform shows it: floored to so many decimals.
// It is empty without ratings.
func (t Tally) Shown(decimals int) string {
	n := t.N()
	if n == 0 {
		return ""
	}
	scale := int64(1)
	for range decimals {
		scale *= 10
	}
	return decimal(t.Sum()*scale/n, decimals)
}

// decimal writes an integer as a number with so many decimals.
func decimal(v int64, decimals int) string {
	if decimals == 0 {
		return strconv.FormatInt(v, 10)
	}
	s := fmt.Sprintf("%0*d", decimals+1, v)
	return s[:len(s)-decimals] + "." + s[len(s)-decimals:]
}

// ErrNeverReached says that no number of five-stars is enough: a mean can come
// near 5 but not reach it.
var ErrNeverReached = errors.New("no number of five-stars is enough: a mean of 5.0 takes nothing but five-stars")

var five = big.NewRat(5, 1)

// Offset is how many five-stars offset one rating of so many stars at a score:
// ceil((score − star)/(5 − score)), 0 if the rating does not lower it. The
// score is exact, as in "4.8".
func Offset(score *big.Rat, star int) (int64, error) {
	return ceilDiv(new(big.Rat).Sub(score, big.NewRat(int64(star), 1)), new(big.Rat).Sub(five, score))
}

// FiveStarsTo is how many five-stars lift t to a goal: ceil((goal·n − Σ)/(5 − goal)),
// 0 if it is there.
func (t Tally) FiveStarsTo(goal *big.Rat) (int64, error) {
	gap := new(big.Rat).Mul(goal, big.NewRat(t.N(), 1))
	return ceilDiv(gap.Sub(gap, big.NewRat(t.Sum(), 1)), new(big.Rat).Sub(five, goal))
}

// ceilDiv is ceil(a/b) for what is to be made up, 0 where nothing is.
func ceilDiv(a, b *big.Rat) (int64, error) {
	if a.Sign() <= 0 {
		return 0, nil
	}
	if b.Sign() <= 0 {
		return 0, ErrNeverReached
	}
	q := new(big.Rat).Quo(a, b)
	n := new(big.Int).Add(q.Num(), new(big.Int).Sub(q.Denom(), big.NewInt(1)))
	if n.Quo(n, q.Denom()); !n.IsInt64() {
		return 0, ErrNeverReached
	}
	return n.Int64(), nil
}

// ParseScore reads an exact score of 1 to 5, such as 4.8.
func ParseScore(s string) (*big.Rat, error) {
	r, ok := new(big.Rat).SetString(s)
	if !ok || r.Cmp(big.NewRat(1, 1)) < 0 || r.Cmp(five) > 0 {
		return nil, fmt.Errorf("%q is no score: write a number from 1 to 5, such as 4.8", s)
	}
	return r, nil
}
