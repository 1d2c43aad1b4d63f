package orders

import (
	"cmp"
	"slices"

	"chaping/internal/crosstab"
	"chaping/internal/names"
)

// Base counts the shipped orders for a table with these dimensions; those that an
// order export does not tell are left out. With product or sku an order counts
// for each of its products or SKUs.
func (g *Register) Base(dimensions ...string) []crosstab.Base {
	asked := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(dimensions, n) })
	}
	province, product := asked("province", "region"), asked("product")
	places, placeOf := projected(g.places.list, func(p place) place {
		return place{when(asked("courier"), p.courier), when(province, p.province), when(asked("city"), p.city)}
	})
	items, itemOf := projected(g.items.list, func(i goods) goods {
		return goods{product: when(product, i.product), sku: when(asked("sku"), i.sku)}
	})
	day, week, month := asked("day"), asked("week"), asked("month")
	begin := func(day int32) int32 { return 0 }
	switch {
	case day || week && month:
		begin = func(day int32) int32 { return day }
	case week:
		begin = func(day int32) int32 { return day - int32(timeOf(day).Weekday()+6)%7 }
	case month:
		begin = func(day int32) int32 { return day - int32(timeOf(day).Day()) + 1 }
	}
	begins := map[int32]int32{0: 0} // of days
	type key struct {
		place, item uint32
		day         int32
	}
	counts := map[key]int{}
	var seen []uint32 // items of the order
	for i, l := range g.lines {
		if i == 0 || g.numbers[i] != g.numbers[i-1] {
			seen = seen[:0]
		}
		it := itemOf[l.item]
		if slices.Contains(seen, it) {
			continue
		}
		seen = append(seen, it)
		from, ok := begins[l.day]
		if !ok {
			from = begin(l.day)
			begins[l.day] = from
		}
		counts[key{placeOf[l.place], it, from}]++
	}
	list := make([]crosstab.Base, 0, len(counts)) // never nil: an empty base is a base
	for k, n := range counts {
		p, i := places[k.place], items[k.item]
		list = append(list, crosstab.Base{
			Courier: p.courier, Province: p.province, Region: names.Region(p.province), City: p.city,
			Product: i.product, SKU: i.sku, Date: timeOf(k.day), Orders: n,
		})
	}
	slices.SortFunc(list, func(a, b crosstab.Base) int {
		return cmp.Or(cmp.Compare(a.Courier, b.Courier), cmp.Compare(a.Province, b.Province), cmp.Compare(a.City, b.City),
			cmp.Compare(a.Product, b.Product), cmp.Compare(a.SKU, b.SKU), a.Date.Compare(b.Date))
	})
	return list
}

// projected makes values coarser and gives the number of what became of each.
func projected[T comparable](list []T, project func(T) T) (coarse []T, of []uint32) {
	var n interned[T]
	for _, v := range list {
		of = append(of, n.of(project(v)))
	}
	return n.list, of
}

func when(asked bool, s string) string {
	if asked {
		return s
	}
	return ""
}
