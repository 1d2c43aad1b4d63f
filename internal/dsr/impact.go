package dsr

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"math/big"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/stat/distuv"
)

// Key names a set of ratings: those that agree with every field that is set.
type Key struct {
	Category string `json:"category,omitempty"`
	Product  string `json:"product,omitempty"`
	Courier  string `json:"courier,omitempty"`
	Province string `json:"province,omitempty"`
}

// Impact is what a set of ratings does to a score. Differences are in stars,
// positive where the score would be higher.
type Impact struct {
	Key       Key       `json:"key"`
	Dimension Dimension `json:"dimension"`
	Reviews   int64     `json:"reviews"` // ratings of the set that count in the dimension
	Without   float64   `json:"without"`
	AsOthers  float64   `json:"as_others"`
	// Low and High bound Without, 95 %; nil beyond the gravest (ImpactOptions.Intervals).
	Low         *float64 `json:"low"`
	High        *float64 `json:"high"`
	ShownBefore string   `json:"shown_before"`
	ShownAfter  string   `json:"shown_after"` // without the set
	// FiveStars lift the score as much as the set's absence would; 0 where that
	// would lower it.
	FiveStars int64   `json:"five_stars"`
	Cost      float64 `json:"cost"` // of the five-stars, yuan
}

// ImpactOptions steer Impacts.
type ImpactOptions struct {
	MinReviews int64   // sets with fewer ratings are left out; default 1
	Price      float64 // yuan for a five-star
	Samples    int     // of the bootstrap, default 1,000; negative for none
	Intervals  int     // how many impacts, the gravest, get an interval; default 300
	Seed       uint64  // of the bootstrap
	// Each keeps only so many sets, the gravest, of each kind (category, product,
	// category with product …) in each dimension; 0 keeps all.
	Each int
	// Of keeps only the sets that it is true for; nil keeps all.
	Of func(Key) bool
}

// group collects the ratings of a key.
type group struct {
	tallies [dimensions]Tally
	// byProduct has the ratings of the group of each product, by its number.
	byProduct map[uint32]*sums
}

// numbered is a Key in numbers: category, product, courier, province.
type numbered [4]uint32

// groups are the ratings that count, sorted into the sets of every key.
type groups struct {
	of       *Ratings
	sets     map[numbered]*group
	products []sums // by number
}

// key is a key in words.
func (g *groups) key(k numbered) Key {
	return Key{g.of.categories.values[k[0]], g.of.products.values[k[1]], g.of.couriers.values[k[2]], g.of.provinces.values[k[3]]}
}

// sum is a number of ratings and their stars.
type sum struct{ n, stars int64 }

// sums are those of each dimension.
type sums [dimensions]sum

func (s *sums) add(stars [dimensions]int8) {
	for d, n := range stars {
		if n > 0 {
			s[d].n++
			s[d].stars += int64(n)
		}
	}
}

// Impacts tells what each category, product, courier and province costs, and
// each pair of them, in every dimension: the gravest first.
func (c *Counted) Impacts(opt ImpactOptions) []Impact {
	opt.MinReviews = cmp.Or(max(opt.MinReviews, 0), 1)
	opt.Samples = cmp.Or(opt.Samples, 1000)
	opt.Intervals = cmp.Or(opt.Intervals, 300)
	g := c.group()
	type found struct {
		Impact
		set *group
	}
	var all []found
	for key, set := range g.sets {
		if opt.Of != nil && !opt.Of(g.key(key)) {
			continue
		}
		for _, d := range Dimensions {
			if n := set.tallies[d].N(); n >= opt.MinReviews && n < c.Tallies[d].N() { // without all ratings there is no score
				all = append(all, found{c.impact(g, key, d, set), set})
			}
		}
	}
	slices.SortFunc(all, func(a, b found) int {
		return cmp.Or(cmp.Compare(b.Without, a.Without), cmp.Compare(a.Dimension, b.Dimension), compareKeys(a.Key, b.Key))
	})
	kept := map[kind]int{}
	all = slices.DeleteFunc(all, func(f found) bool {
		of := kindOf(f.Impact)
		kept[of]++
		return opt.Each > 0 && kept[of] > opt.Each
	})
	out := make([]Impact, len(all))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(all); i = int(next.Add(1)) - 1 {
				im := all[i].Impact
				im.Cost = opt.Price * float64(im.FiveStars)
				if opt.Samples > 0 && i < opt.Intervals {
					rng := rand.New(rand.NewPCG(opt.Seed, im.seed()))
					low, high := bootstrap(all[i].set.tallies[im.Dimension], c.Tallies[im.Dimension], opt.Samples, rng)
					im.Low, im.High = &low, &high
				}
				out[i] = im
			}
		})
	}
	wg.Wait()
	return out
}

// kind is what a set is named by, in which dimension.
type kind struct {
	fields    [4]bool
	dimension Dimension
}

func kindOf(im Impact) kind {
	return kind{[4]bool{im.Key.Category != "", im.Key.Product != "", im.Key.Courier != "", im.Key.Province != ""}, im.Dimension}
}

// seed makes the draws of a set its own, whatever other sets there are: the same
// set has the same interval in every output.
func (im *Impact) seed() uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q", []string{im.Key.Category, im.Key.Product, im.Key.Courier, im.Key.Province, im.Dimension.String()})
	return h.Sum64()
}

func compareKeys(a, b Key) int {
	return cmp.Or(cmp.Compare(a.Category, b.Category), cmp.Compare(a.Product, b.Product), cmp.Compare(a.Courier, b.Courier), cmp.Compare(a.Province, b.Province))
}

// group sorts the ratings that count, once.
func (c *Counted) group() *groups {
	c.once.Do(func() { c.groups = c.sorted() })
	return c.groups
}

func (c *Counted) sorted() *groups {
	g := &groups{of: c.of, sets: map[numbered]*group{}}
	if len(c.ratings) == 0 {
		return g
	}
	g.products = make([]sums, len(c.of.products.values))
	var keys []numbered
	for i := range c.ratings {
		k := &c.ratings[i]
		product := k.product
		g.products[product].add(k.stars)
		keys = g.keys(keys[:0], k)
		for _, key := range keys {
			set := g.sets[key]
			if set == nil {
				set = &group{byProduct: map[uint32]*sums{}}
				g.sets[key] = set
			}
			for _, d := range Dimensions {
				if s := k.stars[d]; s > 0 {
					set.tallies[d][s]++
				}
			}
			in := set.byProduct[product]
			if in == nil {
				in = &sums{}
				set.byProduct[product] = in
			}
			in.add(k.stars)
		}
	}
	return g
}

// keys lists the sets that a rating belongs to: each field that is known, and
// each pair of them.
func (g *groups) keys(out []numbered, k *counted) []numbered {
	single := [3]numbered{{1: k.product}, {2: k.courier}, {3: k.province}}
	none := numbered{}
	for i, a := range single {
		if a == none {
			continue
		}
		out = append(out, a)
		for j := i + 1; j < len(single); j++ {
			if single[j] != none {
				pair := a
				pair[j+1] = single[j][j+1]
				out = append(out, pair)
			}
		}
	}
	for _, n := range g.of.sets[k.categories] {
		out = append(out, numbered{n})
		for _, a := range single {
			if a != none {
				a[0] = n
				out = append(out, a)
			}
		}
	}
	return out
}

// impact tells what a set does to a dimension.
func (c *Counted) impact(g *groups, key numbered, d Dimension, of *group) Impact {
	all, set := c.Tallies[d], of.tallies[d]
	rest := all.Minus(set)
	im := Impact{
		Key: g.key(key), Dimension: d, Reviews: set.N(), Without: rest.Mean() - all.Mean(),
		ShownBefore: all.Shown(c.Profile.Decimals), ShownAfter: rest.Shown(c.Profile.Decimals),
	}
	if stars, err := all.FiveStarsTo(big.NewRat(rest.Sum(), rest.N())); err == nil {
		im.FiveStars = stars
	}
	// as others: the ratings of the rest stay, those of the set become what others gave
	total := float64(rest.Sum())
	for _, product := range slices.Sorted(maps.Keys(of.byProduct)) { // in order: floats do not add up the same in another
		in, whole := of.byProduct[product][d], g.products[product][d]
		others := sum{whole.n - in.n, whole.stars - in.stars}
		if key == (numbered{1: product}) || product == 0 || others.n == 0 {
			others = sum{rest.N(), rest.Sum()}
		}
		total += float64(in.n) * float64(others.stars) / float64(others.n)
	}
	im.AsOthers = total/float64(all.N()) - all.Mean()
	return im
}

// bootstrap is the 95 % percentile interval of the mean without a set less the
// mean, over ratings drawn anew.
func bootstrap(set, all Tally, samples int, rng *rand.Rand) (low, high float64) {
	rest := all.Minus(set)
	cells := append(set[1:], rest[1:]...)
	diffs := make([]float64, 0, samples)
	for range samples {
		var drawn [10]int64
		left, weight := all.N(), all.N()
		for i, n := range cells {
			if n == 0 || left == 0 {
				continue
			}
			drawn[i] = left
			if n < weight {
				drawn[i] = int64(distuv.Binomial{N: float64(left), P: float64(n) / float64(weight), Src: rng}.Rand())
			}
			left -= drawn[i]
			weight -= n
		}
		in, out := Tally{0, drawn[0], drawn[1], drawn[2], drawn[3], drawn[4]}, Tally{0, drawn[5], drawn[6], drawn[7], drawn[8], drawn[9]}
		if out.N() == 0 {
			continue
		}
		whole := float64(in.Sum()+out.Sum()) / float64(in.N()+out.N())
		diffs = append(diffs, out.Mean()-whole)
	}
	slices.Sort(diffs)
	if len(diffs) == 0 {
		return 0, 0
	}
	return quantile(diffs, 0.025), quantile(diffs, 0.975)
}

// quantile interpolates between the order statistics (type 7 of Hyndman and Fan).
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// WhatIf is the score of a dimension if a share (0 to 1) of a category's ratings
// had been given as others gave theirs.
func (c *Counted) WhatIf(category string, share float64, d Dimension) float64 {
	g := c.group()
	if g.of.categories == nil { // no rating at all
		return 0
	}
	key := numbered{g.of.categories.of[category]}
	set := g.sets[key]
	if set == nil || set.tallies[d].N() == 0 || set.tallies[d].N() == c.Tallies[d].N() {
		return c.Tallies[d].Mean()
	}
	return c.Tallies[d].Mean() + share*c.impact(g, key, d, set).AsOthers
}
