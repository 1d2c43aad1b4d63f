package crosstab

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Options say what a table is about.
type Options struct {
	By []string // one to three dimensions, see DimensionNames
	// Within limits the table to reviews (and orders) with these values, by dimension.
	Within map[string]string
	// MinN is the base below which a cell is small; default 20.
	MinN int
	// Orders is the shipped base. Nil counts reviews instead. Reviews of orders
	// that are not in it must be left out by the caller.
	Orders []Base
}

// Table counts reviews.
type Table struct {
	opt    Options
	by     []dimension
	within map[*dimension]string
	// byProblem says that a dimension is of problems: category or owner.
	byProblem bool
	counts    map[key]*tally
	segments  map[key]*int     // base of each segment
	orders    map[ordered]bool // where an order has counted, with an order base
	problems  map[key]int      // count of each problem over all segments
	total     int              // base of all segments
}

// key is the values of up to three dimensions. In the key of a segment those of
// problems are empty, in the key of a problem all others.
type key [3]string

// copied is the key in memory of its own: a value may be part of a large text.
func (k key) copied() key {
	for i := range k {
		k[i] = strings.Clone(k[i])
	}
	return k
}

// ordered is an order in a cell.
type ordered struct {
	order string
	cell  *tally
}

// tally is a cell in the making.
type tally struct {
	count int
	ids   []string
}

// shownIDs is how many reviews of a cell are named.
const shownIDs = 100

// New makes an empty table. The error says which dimension is wrong.
func New(opt Options) (*Table, error) {
	t := &Table{opt: opt, within: map[*dimension]string{}, counts: map[key]*tally{}, segments: map[key]*int{}, problems: map[key]int{}, orders: map[ordered]bool{}}
	t.opt.MinN = cmp.Or(opt.MinN, 20)
	if len(opt.By) < 1 || len(opt.By) > 3 {
		return nil, errors.New("a table has one to three dimensions")
	}
	for i, name := range opt.By {
		d, err := dimensionOf(name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(opt.By[:i], name) {
			return nil, fmt.Errorf("the dimension %s is named twice", name)
		}
		t.by = append(t.by, d)
		t.byProblem = t.byProblem || d.of == nil
	}
	for name, value := range opt.Within {
		d, err := dimensionOf(name)
		if err != nil {
			return nil, err
		}
		t.within[&d] = value
	}
	return t, t.addOrders()
}

// addOrders counts the shipped base.
func (t *Table) addOrders() error {
	if t.opt.Orders == nil {
		return nil
	}
	for _, d := range t.by {
		if d.of != nil && d.base == nil {
			return fmt.Errorf("an order export does not tell the %s: count against reviews instead (base reviews)", d.name)
		}
	}
	for d := range t.within {
		if d.base == nil && d.of != nil {
			return fmt.Errorf("an order export does not tell the %s: count against reviews instead (base reviews)", d.name)
		}
	}
	for i := range t.opt.Orders {
		b := &t.opt.Orders[i]
		var k key
		for j, d := range t.by {
			if d.base != nil {
				if k[j] = d.base(b); k[j] == "" {
					k[j] = Unknown
				}
			}
		}
		if t.outside(func(d *dimension) string { return d.base(b) }) {
			continue
		}
		t.addBase(k, b.Orders)
	}
	return nil
}

// addBase makes the base of a segment larger.
func (t *Table) addBase(segment key, n int) {
	base := t.segments[segment]
	if base == nil {
		base = new(int)
		t.segments[segment.copied()] = base
	}
	*base += n
	t.total += n
}

// outside reports whether values lie outside Within, problems left aside.
func (t *Table) outside(value func(*dimension) string) bool {
	for d, want := range t.within {
		if d.of != nil && cmp.Or(value(d), Unknown) != want {
			return true
		}
	}
	return false
}

// Add counts a review.
func (t *Table) Add(r *Row) {
	if t.outside(func(d *dimension) string { return d.of(r) }) {
		return
	}
	var segment key
	for i, d := range t.by {
		if d.of != nil {
			segment[i] = d.value(r, Problem{})
		}
	}
	if t.opt.Orders == nil {
		t.addBase(segment, 1)
	}
	var counted []key
	for _, p := range r.Problems {
		if !t.allows(p) {
			continue
		}
		full, problem := segment, key{}
		for i, d := range t.by {
			if d.of == nil {
				full[i] = d.value(r, p)
				problem[i] = full[i]
			}
		}
		if slices.Contains(counted, full) { // two categories of one owner, or any problem
			continue
		}
		counted = append(counted, full)
		c := t.counts[full]
		if c == nil {
			c = &tally{}
			t.counts[full.copied()] = c
		}
		if t.opt.Orders != nil && r.Order != "" { // an order counts once, whatever it has of reviews
			if at := (ordered{r.Order, c}); t.orders[at] {
				continue
			}
			t.orders[ordered{strings.Clone(r.Order), c}] = true
		}
		c.count++
		if len(c.ids) < shownIDs {
			c.ids = append(c.ids, strings.Clone(r.ID))
		}
		t.problems[problem]++
	}
}

// allows reports whether a problem lies within Within.
func (t *Table) allows(p Problem) bool {
	for d, want := range t.within {
		if d.of == nil && d.value(nil, p) != want {
			return false
		}
	}
	return true
}

// Key is the values of a cell's dimensions, in order. It marshals to an object.
type Key []Value

// Value is the value of a dimension.
type Value struct{ Dimension, Value string }

// MarshalJSON writes an object with a key a dimension, in order.
func (k Key) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	for i, v := range k {
		name, _ := json.Marshal(v.Dimension)
		value, err := json.Marshal(v.Value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%c%s:%s", "{,"[min(i, 1)], name, value)
	}
	return []byte(b.String() + "}"), nil
}

// Of is the value of a dimension, empty if the key lacks it.
func (k Key) Of(dimension string) string {
	for _, v := range k {
		if v.Dimension == dimension {
			return v.Value
		}
	}
	return ""
}

// Cell is a cell of a table. Rates are fractions.
type Cell struct {
	Key         Key      `json:"key"`
	Count       int      `json:"count"`
	Base        int      `json:"base"`
	Rate        float64  `json:"rate"`
	Low         float64  `json:"low"`
	High        float64  `json:"high"`
	Ratio       *float64 `json:"ratio"` // null where the rest has no count or no base
	P           float64  `json:"p"`
	Q           float64  `json:"q"`
	Significant bool     `json:"significant"`
	Small       bool     `json:"small"`
	Reviews     []string `json:"reviews"` // ids of the first hundred
}

// Cells lists the cells with a count, the surest first: by q, then by ratio.
// Cells without a count are tested with the others, so that q is right, but
// not listed.
func (t *Table) Cells() []Cell {
	var cells []Cell
	var ps []float64
	for problem, all := range t.problems {
		for segment, of := range t.segments {
			full, base := join(problem, segment), *of
			c := t.counts[full]
			if c == nil {
				if c = (&tally{}); base < t.opt.MinN {
					continue // neither listed nor tested
				}
			}
			cell := t.cell(full, c, base, all)
			if !cell.Small {
				ps = append(ps, cell.P)
			}
			if c.count > 0 {
				cells = append(cells, cell)
			}
		}
	}
	adjusted := benjaminiHochberg(ps)
	for i := range cells {
		c := &cells[i]
		c.Q = 1
		if !c.Small {
			c.Q = adjusted[c.P]
		}
		c.Significant = !c.Small && c.Q < 0.05
	}
	slices.SortFunc(cells, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.Q, b.Q), cmp.Compare(a.P, b.P), cmp.Compare(b.Count, a.Count), slices.CompareFunc(a.Key, b.Key, func(x, y Value) int { return cmp.Compare(x.Value, y.Value) }))
	})
	return cells
}

// join is the key of a problem in a segment: they fill different places.
func join(a, b key) key {
	for i := range a {
		a[i] = cmp.Or(a[i], b[i])
	}
	return a
}

// cell computes a cell. all is the count of its problem over all segments.
func (t *Table) cell(full key, c *tally, base, all int) Cell {
	out := Cell{Count: c.count, Base: base, Reviews: c.ids, P: 1, Small: base < t.opt.MinN}
	for i, d := range t.by {
		out.Key = append(out.Key, Value{d.name, full[i]})
	}
	if base == 0 { // an order base that lacks the segment
		out.Small, out.High = true, 1
		return out
	}
	out.Rate = float64(c.count) / float64(base)
	out.Low, out.High = Wilson(min(c.count, base), base)
	restCount, restBase := all-c.count, t.total-base
	if restBase > 0 {
		out.P = pValue(c.count, base, restCount, restBase)
		if restCount > 0 {
			ratio := out.Rate / (float64(restCount) / float64(restBase))
			out.Ratio = &ratio
		}
	}
	return out
}

// Total is the base of all segments.
func (t *Table) Total() int { return t.total }
