package dsr

import (
	"hash/maphash"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Rating is one row of a dump: what a buyer gave for one item of an order.
// Scores are 1 to 5, 0 where not given.
type Rating struct {
	Buyer, Order string // empty where the dump does not say
	Time         time.Time
	OrderTime    time.Time
	Score        [dimensions]int
	Star         int
	// Categories are the problems of the review, by id.
	Categories                 []string
	Product, Courier, Province string
}

// Ratings collects ratings, at some 60 bytes each. The zero value is ready.
//
// Of buyers and orders it keeps a hash of 64 bits, seeded anew in every
// process: among a million, two are taken for one in one of thirty million
// runs.
type Ratings struct {
	list []given
	seed maphash.Seed

	products, couriers, provinces, categories *numbers
	// sets are the different lists of categories, by number; setOf finds them.
	sets  [][]uint32
	setOf map[string]uint32
}

// given is a Rating with numbers for words; 0 is unknown.
type given struct {
	buyer, order               uint64 // hashes
	time, orderTime            int64  // milliseconds since 1970
	product, courier, province uint32
	categories                 uint32 // index into sets
	score                      [dimensions]int8
	star                       int8
}

// unknownTime is a time that is not known.
const unknownTime = math.MinInt64

// Add takes a rating in. It keeps none of the strings but for new names of
// products, couriers, provinces and categories.
func (rs *Ratings) Add(r *Rating) {
	if rs.setOf == nil {
		rs.seed = maphash.MakeSeed()
		rs.products, rs.couriers, rs.provinces, rs.categories = newNumbers(), newNumbers(), newNumbers(), newNumbers()
		rs.sets, rs.setOf = [][]uint32{nil}, map[string]uint32{"": 0}
	}
	g := given{
		order: rs.hash(r.Order), time: millis(r.Time), orderTime: millis(r.OrderTime), categories: rs.set(r.Categories),
		product: rs.products.number(r.Product), courier: rs.couriers.number(r.Courier), province: rs.provinces.number(r.Province), star: int8(r.Star),
	}
	if !strings.Contains(r.Buyer, "*") { // a masked one may be many
		g.buyer = rs.hash(r.Buyer)
	}
	for d, s := range r.Score {
		g.score[d] = int8(s)
	}
	rs.list = append(rs.list, g)
}

// Relabel gives the ratings with other categories for some of them, by their
// place in the order in which they were added. The receiver stays as it is.
func (rs *Ratings) Relabel(categories map[int][]string) Ratings {
	out := *rs
	if len(categories) == 0 {
		return out
	}
	out.list, out.sets, out.setOf = slices.Clone(rs.list), slices.Clip(rs.sets), maps.Clone(rs.setOf)
	out.categories = &numbers{maps.Clone(rs.categories.of), slices.Clip(rs.categories.values)}
	for i, list := range categories {
		out.list[i].categories = out.set(list)
	}
	return out
}

// hash is never 0 but for the empty string.
func (rs *Ratings) hash(s string) uint64 {
	if s == "" {
		return 0
	}
	return max(maphash.String(rs.seed, s), 1)
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return unknownTime
	}
	return t.UnixMilli()
}

// set is the number of a list of categories.
func (rs *Ratings) set(categories []string) uint32 {
	switch len(categories) {
	case 0:
		return 0
	case 1:
		if i, ok := rs.setOf[categories[0]]; ok {
			return i
		}
	}
	key := strings.Join(categories, "\x00")
	i, ok := rs.setOf[key]
	if !ok {
		i = uint32(len(rs.sets))
		rs.setOf[strings.Clone(key)] = i
		var list []uint32
		for _, c := range categories {
			list = append(list, rs.categories.number(c))
		}
		rs.sets = append(rs.sets, list)
	}
	return i
}

// Newest is the time of the newest rating, the zero time without any.
func (rs *Ratings) Newest() time.Time {
	newest := int64(unknownTime)
	for i := range rs.list {
		newest = max(newest, rs.list[i].time)
	}
	if newest == unknownTime {
		return time.Time{}
	}
	return time.UnixMilli(newest)
}

// numbers gives each of the values of a field a number from 1; 0 is unknown.
// Keys of numbers are compared and hashed much faster than those of strings.
type numbers struct {
	of     map[string]uint32
	values []string
}

func newNumbers() *numbers { return &numbers{map[string]uint32{"": 0}, []string{""}} }

func (n *numbers) number(value string) uint32 {
	i, ok := n.of[value]
	if !ok {
		i = uint32(len(n.values))
		value = strings.Clone(value)
		n.of[value] = i
		n.values = append(n.values, value)
	}
	return i
}
