// Package orders joins reviews with an order export: it fills in what the
// reviews lack (courier, province, product) by order number, and counts what was
// shipped, against which problems are judged.
//
// [Read] takes the order exports of Taobao, Pinduoduo, Douyin and any other that
// package review can read; [Book.Fill] completes one review; [Book.Base] has the
// counts. A Book is read-only once read and safe for concurrent use. It holds
// some 300 bytes an order.
package orders

import (
	"cmp"
	"errors"
	"io"
	"slices"
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
	courier, trackingNo              string
	province, city, address, buyer   string
	orderTime, shipTime, receiveTime time.Time
	shipped                          bool
	items                            []item
}

// item is a line of an order.
type item struct {
	sub                     string
	product, productID, sku string
}

// Read reads order exports. Rows that cannot be read go to reject, whose error
// ends the reading.
func Read(paths []string, opt review.Options, reject func(*review.RowError) error) (b *Book, err error) {
	opt.Need = []string{"order_id"}
	in, err := review.OpenAll(paths, opt)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	b = &Book{orders: map[string]*order{}, bySub: map[string]*order{}}
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
		b.orders[r.OrderID] = o
	}
	r.Canonical()
	fill(&o.courier, r.Courier)
	fill(&o.trackingNo, r.TrackingNo)
	fill(&o.province, r.Province)
	fill(&o.city, r.City)
	fill(&o.address, r.Address)
	fill(&o.buyer, r.Buyer)
	fillTime(&o.orderTime, r.OrderTime)
	fillTime(&o.shipTime, r.ShipTime)
	fillTime(&o.receiveTime, r.ReceiveTime)
	o.shipped = o.shipped || r.TrackingNo != "" || !r.ShipTime.IsZero() || r.Courier != ""
	i := item{sub: r.SubOrderID, product: r.Product, productID: r.ProductID, sku: r.SKU}
	if !slices.Contains(o.items, i) {
		o.items = append(o.items, i)
	}
	for sub := range strings.SplitSeq(r.SubOrderID, ";") {
		if sub = strings.TrimSpace(sub); sub != "" {
			b.bySub[sub] = o
		}
	}
}

func fill(to *string, from string) {
	if *to == "" {
		*to = from
	}
}

func fillTime(to *time.Time, from time.Time) {
	if to.IsZero() {
		*to = from
	}
}

// Stats counts what was read.
func (b *Book) Stats() Stats { return b.stats }

// Shipped says under which conditions a review's order counts in Base, but for
// the product; ok is false where it does not count.
func (b *Book) Shipped(r *review.Record) (base Base, ok bool) {
	o := b.of(r)
	if o == nil || !o.shipped {
		return Base{}, false
	}
	return o.base(), true
}

// base has the conditions of an order.
func (o *order) base() Base {
	key := Base{Courier: o.courier, Province: o.province}
	at := o.shipTime
	if fillTime(&at, o.orderTime); !at.IsZero() {
		key.Month = at.In(review.Shanghai).Format("2006-01")
	}
	return key
}

// of finds the order of a review by its number or that of its sub-order.
func (b *Book) of(r *review.Record) *order {
	if o := b.orders[r.OrderID]; o != nil && r.OrderID != "" {
		return o
	}
	return b.bySub[r.SubOrderID]
}

// Fill completes a review from its order: only what the review leaves open. It
// reports whether the order is known.
func (b *Book) Fill(r *review.Record) bool {
	o := b.of(r)
	if o == nil {
		return false
	}
	fill(&r.Courier, o.courier)
	fill(&r.TrackingNo, o.trackingNo)
	fill(&r.Province, o.province)
	fill(&r.City, o.city)
	fill(&r.Address, o.address)
	fill(&r.Buyer, o.buyer)
	fillTime(&r.OrderTime, o.orderTime)
	fillTime(&r.ShipTime, o.shipTime)
	fillTime(&r.ReceiveTime, o.receiveTime)
	if i := o.itemOf(r); i != nil {
		fill(&r.Product, i.product)
		fill(&r.ProductID, i.productID)
		fill(&r.SKU, i.sku)
	}
	return true
}

// itemOf finds the item that a review is about: by sub-order, by product, or
// because there is only one.
func (o *order) itemOf(r *review.Record) *item {
	for k := range o.items {
		i := &o.items[k]
		switch {
		case r.SubOrderID != "" && i.sub == r.SubOrderID,
			r.ProductID != "" && i.productID == r.ProductID && (r.SKU == "" || i.sku == r.SKU),
			r.ProductID == "" && r.Product != "" && i.product == r.Product && (r.SKU == "" || i.sku == r.SKU):
			return i
		}
	}
	if len(o.items) == 1 && r.Product == "" && r.ProductID == "" {
		return &o.items[0]
	}
	return nil
}

// Base is how many orders were shipped under a set of conditions.
type Base struct {
	Courier  string `json:"courier"`
	Province string `json:"province"`
	Product  string `json:"product"` // empty in the counts of whole orders
	Month    string `json:"month"`   // of shipping, else of ordering: 2026-05; empty where neither is known
	Orders   int    `json:"orders"`
}

// Base counts the shipped orders by courier, province and month; and once more
// with the product, where an order counts for each of its products. Orders that
// were not shipped (no courier, tracking number or time) are left out.
func (b *Book) Base() (whole, byProduct []Base) {
	orders, items := map[Base]int{}, map[Base]int{}
	for _, o := range b.orders {
		if !o.shipped {
			continue
		}
		key := o.base()
		orders[key]++
		for k, i := range o.items {
			if slices.ContainsFunc(o.items[:k], func(e item) bool { return e.product == i.product }) {
				continue
			}
			one := key
			one.Product = i.product
			items[one]++
		}
	}
	return counted(orders), counted(items)
}

// counted lists counts in order of their conditions.
func counted(m map[Base]int) []Base {
	list := make([]Base, 0, len(m))
	for key, n := range m {
		key.Orders = n
		list = append(list, key)
	}
	slices.SortFunc(list, func(a, b Base) int {
		return cmp.Or(cmp.Compare(a.Courier, b.Courier), cmp.Compare(a.Province, b.Province), cmp.Compare(a.Product, b.Product), cmp.Compare(a.Month, b.Month))
	})
	return list
}
