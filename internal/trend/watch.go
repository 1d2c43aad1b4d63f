package trend

import (
	"errors"
	"math"
)

// WatchOptions are the parameters of an EWMA chart.
type WatchOptions struct {
	Base   int     // periods that the band is made of, the first ones; default 8
	Lambda float64 // weight of the newest period, above 0 to 1; default 0.2
	Limit  float64 // L, half width of the band in standard deviations; default 3
	// LeastCount is how many reviews with the problem the last period must have
	// for an alert; default 3.
	LeastCount int
}

// withDefaults fills in what is not set.
func (o WatchOptions) withDefaults() WatchOptions {
	if o.Base == 0 {
		o.Base = 8
	}
	if o.Lambda == 0 {
		o.Lambda = 0.2
	}
	if o.Limit == 0 {
		o.Limit = 3
	}
	if o.LeastCount == 0 {
		o.LeastCount = 3
	}
	return o
}

// Step is a watched period. Shares are fractions.
type Step struct {
	Point
	EWMA float64 `json:"ewma"`
	Low  float64 `json:"low"` // of the band
	High float64 `json:"high"`
}

// Watched is a series against its band.
type Watched struct {
	Base   Share   `json:"base"`   // of the base periods
	Center float64 `json:"center"` // p₀
	Steps  []Step  `json:"steps"`  // of the periods after them, never empty
	// Alert says that in the last period the problem is more frequent than the band
	// allows: the EWMA is above the band and the period's own share above the usual
	// one, so that what has passed gives none.
	Alert bool `json:"alert"`
}

// ErrShort says that there is no period to watch beyond the base, or no review in
// the base.
var ErrShort = errors.New("there are too few periods to watch: give more reviews or a smaller base")

// Watch holds a series against its band.
func Watch(points []Point, opt WatchOptions) (*Watched, error) {
	opt = opt.withDefaults()
	if len(points) <= opt.Base {
		return nil, ErrShort
	}
	w := &Watched{}
	for _, p := range points[:opt.Base] {
		w.Base = newShare(w.Base.Count+p.Count, w.Base.Base+p.Base)
	}
	if w.Base.Base == 0 {
		return nil, ErrShort
	}
	n0 := float64(w.Base.Base)
	p0 := (float64(w.Base.Count) + 0.5) / (n0 + 1)
	w.Center = p0
	z, v, left := p0, 0.0, 1.0 // left is what z still holds of p₀: (1 − λ)ᵗ
	for _, p := range points[opt.Base:] {
		if p.Base > 0 {
			z = opt.Lambda*p.Share.Share + (1-opt.Lambda)*z
			v = opt.Lambda*opt.Lambda*p0*(1-p0)/float64(p.Base) + (1-opt.Lambda)*(1-opt.Lambda)*v
			left *= 1 - opt.Lambda
		}
		half := opt.Limit * math.Sqrt(v+(1-left)*(1-left)*p0*(1-p0)/n0)
		w.Steps = append(w.Steps, Step{Point: p, EWMA: z, Low: max(0, p0-half), High: min(1, p0+half)})
	}
	last := w.Steps[len(w.Steps)-1]
	w.Alert = last.EWMA > last.High && last.Share.Share > p0 && last.Count >= opt.LeastCount
	return w, nil
}
