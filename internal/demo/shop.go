package demo

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"chaping/internal/review"
)

// What reviews are like, as shares of them.
const (
	twoItems       = 0.07 // orders of two items, both reviewed
	unreviewed     = 0.5  // orders without a review, for one with
	copied         = 0.05 // of the reviews without a problem: copied or filler praise
	followUps      = 0.06 // a second text
	turned         = 0.15 // of the follow-ups: with a problem
	wrongStar      = 0.002
	fourStars      = 0.035
	harmlessPraise = 0.14 // praise with a denied or earlier problem in it
)

// Shop makes up reviews.
type Shop struct {
	industry string
	reviews  int
	seed     uint64
	d        *data
	r        *rand.Rand
	truth    *Truth

	categories []string  // those of d.Complaints, sorted
	later      []float64 // by category: the chance that a follow-up tells of it, as a share of all
	couriers   map[string]*picker
	provinces  *picker
	products   map[time.Month]*picker
	orders     int // so far
	rows       int
}

// Item is a line of an order, and the review of it.
type Item struct {
	// Record has the fields of the order; those of the review too if Reviewed.
	Record   review.Record
	Reviewed bool
	// Labels are the problems in the text, FollowUpLabels those in the follow-up. Neither is nil.
	Labels, FollowUpLabels []string
	// Template says that the text is copied or filler praise.
	Template bool
}

// New makes a shop with a number of reviews to come. The error says what is
// wrong with the industry or the number.
func New(industry string, reviews int, seed uint64) (*Shop, error) {
	if reviews < 1 || reviews > 100_000_000 {
		return nil, fmt.Errorf("%d reviews: write a number from 1 to 100000000", reviews)
	}
	d, err := load(industry)
	if err != nil {
		return nil, err
	}
	s := &Shop{
		industry: industry, reviews: reviews, seed: seed, d: d, r: rand.New(rand.NewPCG(seed, 0x63686170696e67)),
		couriers: map[string]*picker{}, products: map[time.Month]*picker{},
	}
	s.categories = slices.Sorted(maps.Keys(d.Complaints))
	s.truth = &Truth{Industry: industry, Seed: seed, First: d.First, Last: d.Last, Rates: map[string]float64{}}
	sum := 0.0
	for _, c := range s.categories {
		rate := d.Complaints[c].Rate
		s.truth.Rates[c] = rate
		if !s.tellsLater(c) {
			rate = 0
		}
		s.later = append(s.later, rate)
		sum += rate
	}
	for i := range s.later {
		s.later[i] *= followUps * turned / sum
	}
	for _, p := range d.Planted {
		key := Key{p.Category, p.Product, p.SKU, p.Courier, p.Region, p.Month}
		s.truth.Planted = append(s.truth.Planted, &Cell{Key: key, Rate: p.Rate, BaseRate: s.truth.Rates[p.Category]})
	}
	s.provinces = newPicker(d.Provinces, func(p *province) float64 { return p.Share })
	for _, p := range d.Provinces {
		s.couriers[p.region] = newPicker(d.Couriers, func(c *courier) float64 {
			return cmp.Or(c.Shares[p.region], c.Share)
		})
	}
	for m := time.January; m <= time.December; m++ {
		s.products[m] = newPicker(d.Products, func(p *product) float64 {
			if slices.Contains(p.Season, m) {
				return 3 * p.Share
			}
			return p.Share
		})
	}
	return s, nil
}

// tellsLater reports whether a follow-up may tell of a problem: one of the goods in use.
func (s *Shop) tellsLater(category string) bool {
	return strings.HasPrefix(category, "product.") && !slices.Contains([]string{"product.price", "product.packaging", "product.description", "product.date"}, category)
}

// Truth says what was planted, once Each has returned.
func (s *Shop) Truth() *Truth { return s.truth }

// Each makes the orders, in the order of their reviews, and gives each's items
// to see, whose error ends it. It may be called once.
func (s *Shop) Each(see func([]Item) error) error {
	first, weights, err := s.d.days()
	if err != nil {
		return err
	}
	total := 0.0
	for _, w := range weights {
		total += w
	}
	sum, before := 0.0, 0
	for i, w := range weights {
		sum += w
		upTo := int(math.Round(float64(s.reviews) * sum / total))
		if err := s.day(first.AddDate(0, 0, i), upTo-before, see); err != nil {
			return err
		}
		before = upTo
	}
	s.truth.Reviews, s.truth.Orders = s.rows, s.orders
	return nil
}

// day makes the orders whose reviews, n of them, are written on a day.
func (s *Shop) day(day time.Time, n int, see func([]Item) error) error {
	for i := 0; i < n; {
		at := day.Add(clock((float64(i) + s.r.Float64()) / float64(n)))
		items := s.order(at)
		if s.r.Float64() < twoItems && i+2 <= n {
			items = append(items, s.second(&items[0].Record, at))
		}
		for k := range items {
			items[k].Record.Time = at
			s.write(&items[k], k > 0, items)
		}
		i += len(items)
		if err := see(items); err != nil {
			return err
		}
		if s.r.Float64() < unreviewed {
			items := s.order(at)
			s.times(&items[0], at)
			if err := see(items); err != nil {
				return err
			}
		}
	}
	return nil
}

// hours is how many reviews an hour of the day has, from midnight.
var hours = [24]float64{3, 1, 1, 0, 0, 1, 2, 4, 5, 6, 6, 6, 7, 6, 5, 5, 5, 5, 6, 8, 9, 9, 7, 5}

// clock is the time of day before which a share of the day's reviews is written.
func clock(share float64) time.Duration {
	sum := 0.0
	for _, w := range hours {
		sum += w
	}
	share *= sum
	for h, w := range hours {
		if share < w {
			return time.Duration((float64(h) + share/w) * float64(time.Hour)).Truncate(time.Second)
		}
		share -= w
	}
	return 24*time.Hour - time.Second
}

// order makes an order of one item.
func (s *Shop) order(at time.Time) []Item {
	p := &s.d.Provinces[s.provinces.pick(s.r)]
	c := &s.d.Couriers[s.couriers[p.region].pick(s.r)]
	s.orders++
	r := review.Record{
		Province: p.Name, City: p.Cities[s.r.IntN(len(p.Cities))], Courier: c.Name, Quantity: 1,
		TrackingNo: fmt.Sprintf("%s%012d", c.Code, s.number(1_000_000_000_000)), Buyer: s.buyer(),
	}
	r.Address = fmt.Sprintf("%s %s 示例区 样板路%d号", r.Province, r.City, 1+s.r.IntN(300))
	s.goods(&r, at)
	return []Item{{Record: r}}
}

// second makes the second item of an order.
func (s *Shop) second(of *review.Record, at time.Time) Item {
	r := *of
	for r.Product == of.Product {
		s.goods(&r, at)
	}
	return Item{Record: r}
}

// goods chooses what was bought.
func (s *Shop) goods(r *review.Record, at time.Time) {
	p := &s.d.Products[s.products[at.Month()].pick(s.r)]
	r.Product, r.ProductID, r.SKU = p.Name, p.id, p.SKUs[s.r.IntN(len(p.SKUs))]
}

// buyer is a nick. Some buyers come more often than others.
func (s *Shop) buyer() string {
	n := int(float64(s.reviews) * math.Pow(s.r.Float64(), 1.3))
	first, last := s.d.Nicks.First, s.d.Nicks.Last
	nick := first[n%len(first)] + last[n/len(first)%len(last)]
	if more := n / len(first) / len(last); more > 0 {
		nick += fmt.Sprint(more)
	}
	return nick
}

// number is different for every order of the shop, and looks like chance.
func (s *Shop) number(below uint64) uint64 {
	return (uint64(s.orders)*7_778_742_049 + s.seed*1_000_003) % below
}

// productID is a number of twelve digits that a product always has.
func productID(name string) string {
	h := fnv.New64a()
	h.Write([]byte(name))
	return fmt.Sprint(600_000_000_000 + h.Sum64()%100_000_000_000)
}

// times dates an order that is reviewed at a time, by the problems it had.
func (s *Shop) times(it *Item, at time.Time) {
	days := func(least, most float64) time.Duration {
		return time.Duration((least + (most-least)*s.r.Float64()) * 24 * float64(time.Hour)).Truncate(time.Second)
	}
	wait, travel := days(0.1, 1.5), days(1.5, 4)
	if slices.Contains(it.Labels, "warehouse.slow_dispatch") {
		wait = days(3, 8)
	}
	if slices.Contains(it.Labels, "courier.slow") {
		travel = days(5, 12)
	}
	r := &it.Record
	r.ReceiveTime = at.Add(-days(0.05, 7))
	r.ShipTime = r.ReceiveTime.Add(-travel)
	r.OrderTime = r.ShipTime.Add(-wait)
	r.OrderID = fmt.Sprintf("52%s%011d", r.OrderTime.Format("060102"), s.number(100_000_000_000))
}

// picker chooses by shares.
type picker struct{ sums []float64 }

func newPicker[T any](list []T, share func(*T) float64) *picker {
	p := &picker{}
	sum := 0.0
	for i := range list {
		sum += share(&list[i])
		p.sums = append(p.sums, sum)
	}
	return p
}

func (p *picker) pick(r *rand.Rand) int {
	at := r.Float64() * p.sums[len(p.sums)-1]
	i, found := slices.BinarySearch(p.sums, at)
	if found {
		i++
	}
	return min(i, len(p.sums)-1)
}
