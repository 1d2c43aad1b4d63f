// Package orders joins reviews with an order export: it fills in what the
// reviews lack (courier, province, product) by order number, and counts what was
// shipped, against which problems are judged.
//
// [Read] takes the order exports of Taobao, Pinduoduo, Douyin and any other that
// package review can read; [Book.Fill] completes one review; [Book.Register] has
// what was shipped, in the form that a dataset keeps: [Register.Find] says
// under which conditions a review's order counts, [Register.Base] has the counts.
// Books and registers are read-only once made and safe for concurrent use. A
// Book holds some 400 bytes an order, a Register 20, and 16 more with a sub-order.
package orders

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"chaping/internal/review"
)

// Book is what order exports say, by order number.
type Book struct {
	orders map[string]*order
	// bySub leads from a sub-order to its order.
	bySub map[string]*order
	stats Stats

	words map[string]string // couriers and places, each once
	goods map[goods]*goods
}

// Stats counts the rows of the order exports.
type Stats struct {
	Rows    int64 // rows met
	Orders  int   // different orders
	Damaged int64 // rows whose order number cannot be trusted: they join nothing
	Rejects int64 // rows that could not be read
}

// order is one parcel to one buyer, with the items in it.
type order struct {
	parcel
	shipped bool
	items   []item
}

// parcel is what an order and its reviews have in common. Times are milliseconds
// since 1970, 0 where unknown: a third of the room.
type parcel struct {
	courier, trackingNo              string
	province, city, address, buyer   string
	orderTime, shipTime, receiveTime int64
}

func parcelOf(r *review.Record) parcel {
	return parcel{r.Courier, r.TrackingNo, r.Province, r.City, r.Address, r.Buyer, millis(r.OrderTime), millis(r.ShipTime), millis(r.ReceiveTime)}
}

// fill takes from another what p leaves open.
func (p *parcel) fill(from *parcel) {
	fill(&p.courier, from.courier)
	fill(&p.trackingNo, from.trackingNo)
	fill(&p.province, from.province)
	fill(&p.city, from.city)
	fill(&p.address, from.address)
	fill(&p.buyer, from.buyer)
	p.orderTime, p.shipTime, p.receiveTime = cmp.Or(p.orderTime, from.orderTime), cmp.Or(p.shipTime, from.shipTime), cmp.Or(p.receiveTime, from.receiveTime)
}

// complete writes into a review what it leaves open.
func (p *parcel) complete(r *review.Record) {
	all := parcelOf(r)
	all.fill(p)
	r.Courier, r.TrackingNo, r.Province, r.City, r.Address, r.Buyer = all.courier, all.trackingNo, all.province, all.city, all.address, all.buyer
	fillTime(&r.OrderTime, all.orderTime)
	fillTime(&r.ShipTime, all.shipTime)
	fillTime(&r.ReceiveTime, all.receiveTime)
}

// item is a line of an order.
type item struct {
	sub string
	*goods
}

// goods are what is sold. Those of a Book or Register are there once.
type goods struct{ product, productID, sku string }

// Read reads order exports. Rows that cannot be read go to reject, whose error
// ends the reading.
func Read(paths []string, opt review.Options, reject func(*review.RowError) error) (b *Book, err error) {
	opt.Need = []string{"order_id"}
	in, err := review.OpenAll(paths, opt)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	b = &Book{orders: map[string]*order{}, bySub: map[string]*order{}, words: map[string]string{}, goods: map[goods]*goods{}}
	for {
		r, err := in.Read()
		var row *review.RowError
		switch {
		case err == io.EOF:
			b.stats.Orders = len(b.orders)
			return b, nil
		case errors.As(err, &row):
			b.stats.Rows++
			b.stats.Rejects++
			if err := reject(row); err != nil {
				return nil, err
			}
		case err != nil:
			return nil, err
		default:
			b.stats.Rows++
			b.add(&r)
		}
	}
}

// add enters a row. An order may have several rows, one an item; what an
// earlier row left open a later one fills.
func (b *Book) add(r *review.Record) {
	if r.OrderID == "" {
		b.stats.Damaged++
		return
	}
	o := b.orders[r.OrderID]
	if o == nil {
		o = &order{}
		b.orders[strings.Clone(r.OrderID)] = o
	}
	r.Canonical()
	p := parcelOf(r) // whose texts are parts of the row's
	p.courier, p.province, p.city = b.word(p.courier), b.word(p.province), b.word(p.city)
	p.trackingNo, p.address, p.buyer = strings.Clone(p.trackingNo), strings.Clone(p.address), strings.Clone(p.buyer)
	o.fill(&p)
	o.shipped = o.shipped || r.TrackingNo != "" || !r.ShipTime.IsZero() || r.Courier != ""
	for _, i := range itemsIn(r) {
		i.sub, i.goods = strings.Clone(i.sub), b.good(i.goods)
		if !slices.Contains(o.items, i) {
			o.items = append(o.items, i)
		}
		if i.sub != "" {
			b.bySub[i.sub] = o
		}
	}
}

// word gives equal texts one place in memory.
func (b *Book) word(s string) string {
	w, ok := b.words[s]
	if !ok {
		w = strings.Clone(s)
		b.words[w] = w
	}
	return w
}

// good gives equal goods one place in memory.
func (b *Book) good(g *goods) *goods {
	one, ok := b.goods[*g]
	if !ok {
		one = &goods{strings.Clone(g.product), strings.Clone(g.productID), strings.Clone(g.sku)}
		b.goods[*one] = one
	}
	return one
}

// itemsIn lists the items of a row. Douyin joins those of several sub-orders with
// ";", Taobao the titles of several kinds, which it counts, with "，".
func itemsIn(r *review.Record) []item {
	subs, products, ids, skus := split(r.SubOrderID, ";"), split(r.Product, ";"), split(r.ProductID, ";"), split(r.SKU, ";")
	n := len(subs)
	if n == 1 {
		n = len(ids)
	}
	if kinds, err := strconv.Atoi(strings.Trim(string(r.Extra["宝贝种类"]), `"`)); n == 1 && err == nil {
		if titles := split(r.Product, "，"); len(titles) == kinds {
			products, n = titles, kinds
		}
	}
	part := func(list []string, i int, whole string) string {
		if len(list) == n {
			return list[i]
		}
		return whole // one for all, or a semicolon of its own
	}
	items := make([]item, n)
	for i := range items {
		items[i] = item{part(subs, i, r.SubOrderID), &goods{part(products, i, r.Product), part(ids, i, r.ProductID), part(skus, i, r.SKU)}}
	}
	return items
}

// split cuts at a separator; the parts are trimmed.
func split(s, separator string) []string {
	list := strings.Split(s, separator)
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

func fill(to *string, from string) {
	if *to == "" {
		*to = from
	}
}

func fillTime(to *time.Time, from int64) {
	if to.IsZero() && from != 0 {
		*to = time.UnixMilli(from).In(review.Shanghai)
	}
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Stats counts what was read.
func (b *Book) Stats() Stats { return b.stats }

// of finds the order of a review by its number or that of its sub-order, which
// some exports of reviews give in the order's place. sub is the sub-order.
func (b *Book) of(r *review.Record) (o *order, sub string) {
	if o := b.orders[r.OrderID]; o != nil {
		return o, r.SubOrderID
	}
	if o := b.bySub[r.OrderID]; o != nil {
		return o, r.OrderID
	}
	return b.bySub[r.SubOrderID], r.SubOrderID
}

// Fill completes a review from its order: only what the review leaves open. It
// reports whether the order is known.
func (b *Book) Fill(r *review.Record) bool {
	o, sub := b.of(r)
	if o == nil {
		return false
	}
	o.complete(r)
	if i := itemOf(o.items, r, sub); i != nil {
		fill(&r.Product, i.product)
		fill(&r.ProductID, i.productID)
		fill(&r.SKU, i.sku)
	}
	return true
}

// itemOf finds the item that a review is about: by sub-order, by product, or
// because all are the same.
func itemOf(items []item, r *review.Record, sub string) *item {
	for k := range items {
		i := &items[k]
		switch {
		case sub != "" && i.sub == sub,
			r.ProductID != "" && i.productID == r.ProductID && (r.SKU == "" || i.sku == r.SKU),
			r.ProductID == "" && r.Product != "" && i.product == r.Product && (r.SKU == "" || i.sku == r.SKU):
			return i
		}
	}
	first := items[0]
	first.sub = ""
	for _, i := range items {
		if i.sub = ""; i != first || r.Product != "" || r.ProductID != "" {
			return nil
		}
	}
	return &items[0]
}
