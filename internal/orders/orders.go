// Package orders joins reviews with an order export: it fills in what the
// reviews lack (courier, province, product) by order number, and counts what was
// shipped, against which problems are judged.
//
// [Read] takes the order exports of Taobao, Pinduoduo, Douyin and any other that
// package review can read; [Book.Fill] completes one review; [Book.Register] has
// what was shipped, in the form that a dataset keeps: [Register.Shipped] says
// under which conditions a review's order counts, [Register.Base] has the counts.
// Books and registers are read-only once made and safe for concurrent use. A
// Book holds some 300 bytes an order, a Register 20.
package orders

import (
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
	parcel
	shipped bool
	items   []item
}

// parcel is what an order and its reviews have in common.
type parcel struct {
	courier, trackingNo              string
	province, city, address, buyer   string
	orderTime, shipTime, receiveTime time.Time
}

func parcelOf(r *review.Record) parcel {
	return parcel{r.Courier, r.TrackingNo, r.Province, r.City, r.Address, r.Buyer, r.OrderTime, r.ShipTime, r.ReceiveTime}
}

// fill takes from another what p leaves open.
func (p *parcel) fill(from *parcel) {
	fill(&p.courier, from.courier)
	fill(&p.trackingNo, from.trackingNo)
	fill(&p.province, from.province)
	fill(&p.city, from.city)
	fill(&p.address, from.address)
	fill(&p.buyer, from.buyer)
	fillTime(&p.orderTime, from.orderTime)
	fillTime(&p.shipTime, from.shipTime)
	fillTime(&p.receiveTime, from.receiveTime)
}

// into writes the parcel into a review.
func (p *parcel) into(r *review.Record) {
	r.Courier, r.TrackingNo, r.Province, r.City, r.Address, r.Buyer = p.courier, p.trackingNo, p.province, p.city, p.address, p.buyer
	r.OrderTime, r.ShipTime, r.ReceiveTime = p.orderTime, p.shipTime, p.receiveTime
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
	p := parcelOf(r)
	o.fill(&p)
	o.shipped = o.shipped || r.TrackingNo != "" || !r.ShipTime.IsZero() || r.Courier != ""
	i := item{sub: r.SubOrderID, product: r.Product, productID: r.ProductID, sku: r.SKU}
	if !slices.Contains(o.items, i) {
		o.items = append(o.items, i)
	}
	for _, sub := range subOrders(r.SubOrderID) {
		b.bySub[sub] = o
	}
}

// subOrders are the numbers in a cell, which may have several with semicolons between.
func subOrders(cell string) []string {
	var out []string
	for sub := range strings.SplitSeq(cell, ";") {
		if sub = strings.TrimSpace(sub); sub != "" {
			out = append(out, sub)
		}
	}
	return out
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
	p := parcelOf(r)
	p.fill(&o.parcel)
	p.into(r)
	if i := itemOf(o.items, r); i != nil {
		fill(&r.Product, i.product)
		fill(&r.ProductID, i.productID)
		fill(&r.SKU, i.sku)
	}
	return true
}

// itemOf finds the item that a review is about: by sub-order, by product, or
// because there is only one.
func itemOf(items []item, r *review.Record) *item {
	for k := range items {
		i := &items[k]
		switch {
		case r.SubOrderID != "" && i.sub == r.SubOrderID,
			r.ProductID != "" && i.productID == r.ProductID && (r.SKU == "" || i.sku == r.SKU),
			r.ProductID == "" && r.Product != "" && i.product == r.Product && (r.SKU == "" || i.sku == r.SKU):
			return i
		}
	}
	if len(items) == 1 && r.Product == "" && r.ProductID == "" {
		return &items[0]
	}
	return nil
}
