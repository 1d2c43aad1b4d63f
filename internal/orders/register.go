package orders

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"time"

	"chaping/internal/crosstab"
	"chaping/internal/names"
	"chaping/internal/review"
)

// Line is an item of a shipped order: what a dataset keeps of order exports.
// Numbers of orders are kept as digests, see [Digest]; buyers, addresses and
// tracking numbers are not.
type Line struct {
	Order    int64  `parquet:"order"`
	SubOrder int64  `parquet:"sub_order"` // 0 for none
	Courier  string `parquet:"courier,dict"`
	Province string `parquet:"province,dict"`
	City     string `parquet:"city,dict"`
	// Day is that of shipping, else of ordering: days since 1970 in Shanghai, 0 where neither is known.
	Day       int32  `parquet:"day"`
	Product   string `parquet:"product,dict"`
	ProductID string `parquet:"product_id,dict"`
	SKU       string `parquet:"sku,dict"`
}

// Digest is 63 bits of the SHA-256 of an order number or another text; 0 for none. That two of
// ten million orders are taken for one has a chance of 5 in a million.
func Digest(number string) int64 {
	if number == "" {
		return 0
	}
	sum := sha256.Sum256([]byte(number))
	return int64(max(binary.BigEndian.Uint64(sum[:])>>1, 1))
}

// dayOf counts the days since 1970 in Shanghai, of milliseconds; 0 for 0.
func dayOf(ms int64) int32 {
	if ms == 0 {
		return 0
	}
	_, offset := time.UnixMilli(ms).In(review.Shanghai).Zone()
	return int32((ms/1000 + int64(offset)) / 86400)
}

// timeOf is the beginning of a day, the zero time for 0.
func timeOf(day int32) time.Time {
	if day == 0 {
		return time.Time{}
	}
	return time.Date(1970, 1, 1+int(day), 0, 0, 0, 0, review.Shanghai)
}

// Each gives the items of the shipped orders, in order of their digests. Orders
// without a courier, a tracking number or a time of shipping were not shipped.
func (b *Book) Each(see func(*Line) error) error {
	type numbered struct {
		digest int64
		*order
	}
	var list []numbered
	for number, o := range b.orders {
		if o.shipped {
			list = append(list, numbered{Digest(number), o})
		}
	}
	slices.SortFunc(list, func(x, y numbered) int { return cmp.Compare(x.digest, y.digest) })
	var lines []Line
	for _, o := range list {
		lines = lines[:0]
		for _, i := range o.items {
			lines = append(lines, Line{
				Order: o.digest, SubOrder: Digest(i.sub), Courier: o.courier, Province: o.province, City: o.city,
				Day: dayOf(cmp.Or(o.shipTime, o.orderTime)), Product: i.product, ProductID: i.productID, SKU: i.sku,
			})
		}
		slices.SortFunc(lines, compareLines)
		for i := range lines {
			if err := see(&lines[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func compareLines(a, b Line) int {
	return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Product, b.Product), cmp.Compare(a.SKU, b.SKU), cmp.Compare(a.ProductID, b.ProductID), cmp.Compare(a.SubOrder, b.SubOrder))
}

// Lines gives lines in the order of [Book.Each]. An error of see ends it.
type Lines func(see func(*Line) error) error

// Merge gives the lines of an export together with those of earlier ones. An order
// counts once: what the newer export says of it wins, what it leaves open the older
// ones fill, and items that only they have stay.
func Merge(newer, older Lines, see func(*Line) error) error {
	next, stop := iter.Pull2(older.orders())
	defer stop()
	old, err, left := next()
	give := func(lines []Line) error {
		for i := range lines {
			if err := see(&lines[i]); err != nil {
				return err
			}
		}
		return nil
	}
	for order, failed := range newer.orders() {
		if failed != nil {
			return failed
		}
		for ; left && err == nil && old[0].Order < order[0].Order; old, err, left = next() {
			if err := give(old); err != nil {
				return err
			}
		}
		if left && err == nil && old[0].Order == order[0].Order {
			order = mergeOrder(order, old)
			old, err, left = next()
		}
		if err := give(order); err != nil {
			return err
		}
	}
	for ; left && err == nil; old, err, left = next() {
		if err := give(old); err != nil {
			return err
		}
	}
	return err
}

// errStop ends Lines whose rest nobody wants.
var errStop = errors.New("stop")

// orders gives the lines of an order at a time, which hold until the next ones. An
// error comes last, without lines.
func (each Lines) orders() iter.Seq2[[]Line, error] {
	return func(yield func([]Line, error) bool) {
		var order []Line
		err := each(func(l *Line) error {
			if len(order) > 0 && order[0].Order != l.Order {
				if !yield(order, nil) {
					return errStop
				}
				order = order[:0]
			}
			order = append(order, *l)
			return nil
		})
		switch {
		case errors.Is(err, errStop):
		case err != nil:
			yield(nil, err)
		case len(order) > 0:
			yield(order, nil)
		}
	}
}

// mergeOrder merges the lines of one order.
func mergeOrder(newer, older []Line) []Line {
	all := slices.Clone(newer)
	for _, l := range older {
		i := slices.IndexFunc(all, func(n Line) bool {
			return n.Product == l.Product && n.SKU == l.SKU && (n.SubOrder == l.SubOrder || n.SubOrder == 0 || l.SubOrder == 0)
		})
		if i < 0 {
			all = append(all, l)
			continue
		}
		fill(&all[i].ProductID, l.ProductID)
		all[i].SubOrder = cmp.Or(all[i].SubOrder, l.SubOrder)
	}
	whole, old := newer[0], older[0]
	for i := range all {
		l := &all[i]
		l.Courier, l.Province, l.City = cmp.Or(whole.Courier, old.Courier), cmp.Or(whole.Province, old.Province), cmp.Or(whole.City, old.City)
		l.Day = cmp.Or(whole.Day, old.Day)
	}
	slices.SortFunc(all, compareLines)
	return slices.Compact(all)
}

// Register is what was shipped. The zero value is empty.
type Register struct {
	numbers []int64 // of the lines, ascending
	lines   []line
	subs    []subOrder // ascending
	// starts leads from the first bits of a number, what is left when shift bits are
	// taken off, to the first line that has them: digests are spread evenly.
	starts []int32
	shift  int
	places interned[place]
	items  interned[goods]
}

// line is a line by the numbers of its parts.
type line struct {
	place, item uint32
	day         int32
}

type place struct{ courier, province, city string }

type subOrder struct {
	number int64
	line   int
}

// interned gives equal values one number.
type interned[T comparable] struct {
	list []T
	at   map[T]uint32
}

func (n *interned[T]) of(v T) uint32 {
	i, ok := n.at[v]
	if !ok {
		if n.at == nil {
			n.at = map[T]uint32{}
		}
		i = uint32(len(n.list))
		n.list, n.at[v] = append(n.list, v), i
	}
	return i
}

// NewRegister makes a register of lines, which each gives in the order of
// [Book.Each].
func NewRegister(each Lines) (*Register, error) {
	g := &Register{}
	err := each(func(l *Line) error {
		if n := len(g.numbers); n > 0 && g.numbers[n-1] > l.Order {
			return fmt.Errorf("order %d comes after %d", l.Order, g.numbers[n-1])
		}
		if l.SubOrder != 0 {
			g.subs = append(g.subs, subOrder{l.SubOrder, len(g.lines)})
		}
		g.numbers = append(g.numbers, l.Order)
		g.lines = append(g.lines, line{g.places.of(place{l.Courier, l.Province, l.City}), g.items.of(goods{l.Product, l.ProductID, l.SKU}), l.Day})
		return nil
	})
	slices.SortFunc(g.subs, func(a, b subOrder) int { return cmp.Compare(a.number, b.number) })
	g.index()
	return g, err
}

// index makes starts, of some four lines each.
func (g *Register) index() {
	few := max(bits.Len(uint(len(g.numbers)))-2, 0)
	g.shift = 63 - few
	g.starts = make([]int32, 1<<few+1)
	for _, n := range g.numbers {
		g.starts[n>>g.shift+1]++
	}
	for i := range g.starts[1:] {
		g.starts[i+1] += g.starts[i]
	}
}

// find finds the first line of an order.
func (g *Register) find(number int64) (at int, ok bool) {
	if len(g.numbers) == 0 {
		return 0, false
	}
	i := number >> g.shift
	from, to := int(g.starts[i]), int(g.starts[i+1])
	at, ok = slices.BinarySearch(g.numbers[from:to], number)
	return from + at, ok
}

// Register has what the book's orders shipped.
func (b *Book) Register() *Register {
	g, err := NewRegister(b.Each)
	if err != nil {
		panic(err) // Each is in order
	}
	return g
}

// Orders counts the shipped orders.
func (g *Register) Orders() int {
	n := 0
	for i, number := range g.numbers {
		if i == 0 || number != g.numbers[i-1] {
			n++
		}
	}
	return n
}

// of finds the lines of a review's order as [Book.of] does. sub is the sub-order.
func (g *Register) of(r *review.Record) (from, to int, sub string) {
	sub = r.SubOrderID
	from, ok := g.find(Digest(r.OrderID))
	if !ok {
		i, known := g.subOf(r.OrderID)
		if known {
			sub = r.OrderID
		} else if i, known = g.subOf(sub); !known {
			return 0, 0, ""
		}
		from, _ = g.find(g.numbers[g.subs[i].line])
	}
	for to = from; to < len(g.numbers) && g.numbers[to] == g.numbers[from]; to++ {
	}
	return from, to, sub
}

// subOf finds a sub-order by its number.
func (g *Register) subOf(number string) (i int, known bool) {
	return slices.BinarySearchFunc(g.subs, Digest(number), func(s subOrder, n int64) int { return cmp.Compare(s.number, n) })
}

// Complete reports whether a review lacks nothing that [Register.Fill] could tell.
func Complete(r *review.Record) bool {
	return r.Courier != "" && r.Province != "" && r.City != "" && r.Product != "" && r.ProductID != "" && r.SKU != ""
}

// Fill completes a review from its order as [Book.Fill] does, as far as a register
// tells. It reports whether the order is known.
func (g *Register) Fill(r *review.Record) bool {
	from, to, sub := g.of(r)
	if from == to {
		return false
	}
	place := g.places.list[g.lines[from].place]
	fill(&r.Courier, place.courier)
	fill(&r.Province, place.province)
	fill(&r.City, place.city)
	if r.Product != "" && r.ProductID != "" && r.SKU != "" {
		return true
	}
	var items []item
	at, known := g.subOf(sub)
	for i, l := range g.lines[from:to] {
		it := item{goods: &g.items.list[l.item]}
		if known && g.subs[at].line == from+i {
			it.sub = sub
		}
		items = append(items, it)
	}
	if i := itemOf(items, r, sub); i != nil {
		fill(&r.Product, i.product)
		fill(&r.ProductID, i.productID)
		fill(&r.SKU, i.sku)
	}
	return true
}

// Find finds the order of a review, for Place; -1 where it was not shipped.
func (g *Register) Find(r *review.Record) int {
	from, to, _ := g.of(r)
	if from == to {
		return -1
	}
	return from
}

// Place puts a row under the conditions that an order counts under in Base, product
// and SKU aside, which the review tells. at comes from Find.
func (g *Register) Place(at int, row *crosstab.Row) {
	p := g.places.list[g.lines[at].place]
	row.Courier, row.Province, row.Region, row.City = p.courier, p.province, names.Region(p.province), p.city
	row.Time = timeOf(g.lines[at].day)
}
