package crosstab

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Row is one review, as far as tables are concerned. Empty is unknown.
type Row struct {
	ID    string
	Order string
	// Problems are the review's labels.
	Problems                                      []Problem
	Product, SKU, Courier, Province, Region, City string
	Time                                          time.Time // in the zone of the shop
	Star                                          int
}

// Values lists what a review has for a dimension: one value, which may be
// [Unknown], or for category, owner and text those of its problems, each once.
func (r *Row) Values(dimension string) []string {
	d, err := dimensionOf(dimension)
	if err != nil {
		return nil
	}
	if d.of != nil {
		return []string{d.value(r, Problem{})}
	}
	var out []string
	for _, p := range r.Problems {
		if v := d.value(r, p); v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// Problem is a label with the department that it is up to and the text that says it:
// one of FirstText, FollowUp and BothTexts, empty where that is of no interest.
type Problem struct{ Category, Owner, Text string }

// The values of the dimension text: a problem may be said in the first review, in the
// follow-up (追评) or in both.
const (
	FirstText = "初评"
	FollowUp  = "追评"
	BothTexts = "初评和追评"
)

// Base is a number of shipped orders. Fields that the order export lacks are empty.
type Base struct {
	Product, SKU, Courier, Province, Region, City string
	Date                                          time.Time // of shipping, in the zone of the shop; the first of its week or month where a table asks for no more
	Orders                                        int
}

// Unknown stands for a value that the review lacks.
const Unknown = "（未知）"

// dimension is what a table can be broken down by.
type dimension struct {
	name string
	// of is the value of a review; nil for category, owner and text, which its problems have.
	of func(*Row) string
	// base is the value of shipped orders; nil where an order export does not tell.
	base func(*Base) string
}

var dimensions = []dimension{
	{"category", nil, nil},
	{"owner", nil, nil},
	{"text", nil, nil},
	{"product", func(r *Row) string { return r.Product }, func(b *Base) string { return b.Product }},
	{"sku", func(r *Row) string { return r.SKU }, func(b *Base) string { return b.SKU }},
	{"courier", func(r *Row) string { return r.Courier }, func(b *Base) string { return b.Courier }},
	{"province", func(r *Row) string { return r.Province }, func(b *Base) string { return b.Province }},
	{"region", func(r *Row) string { return r.Region }, func(b *Base) string { return b.Region }},
	{"city", func(r *Row) string { return r.City }, func(b *Base) string { return b.City }},
	{"month", func(r *Row) string { return Period("month", r.Time) }, func(b *Base) string { return Period("month", b.Date) }},
	{"day", func(r *Row) string { return Period("day", r.Time) }, func(b *Base) string { return Period("day", b.Date) }},
	{"week", func(r *Row) string { return Period("week", r.Time) }, func(b *Base) string { return Period("week", b.Date) }},
	{"star", func(r *Row) string {
		if r.Star == 0 {
			return ""
		}
		return strconv.Itoa(r.Star)
	}, nil},
}

// Period names the day (2026-05-31), ISO week (2026-W22) or month (2026-05) of
// a time; it is empty for the zero time.
func Period(unit string, t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case unit == "day":
		return t.Format(time.DateOnly)
	case unit == "week":
		year, week := t.ISOWeek()
		return fmt.Sprintf("%d-W%02d", year, week)
	}
	return t.Format("2006-01")
}

// Shipped reports whether an order export tells all of the dimensions, as it does with
// problems, which are counted against it.
func Shipped(dimensions ...string) bool {
	return !slices.ContainsFunc(dimensions, func(name string) bool {
		d, err := dimensionOf(name)
		return err != nil || d.of != nil && d.base == nil
	})
}

// DimensionNames lists what a table can be broken down by.
func DimensionNames() []string {
	var names []string
	for _, d := range dimensions {
		names = append(names, d.name)
	}
	return names
}

func dimensionOf(name string) (dimension, error) {
	i := slices.IndexFunc(dimensions, func(d dimension) bool { return d.name == name })
	if i < 0 {
		return dimension{}, fmt.Errorf("no dimension is called %q: known are %s", name, strings.Join(DimensionNames(), ", "))
	}
	return dimensions[i], nil
}

// value is what d has for a review and one of its problems, which is the zero
// Problem where the table has no dimension of problems.
func (d *dimension) value(r *Row, p Problem) string {
	switch d.name {
	case "category":
		return p.Category
	case "owner":
		return p.Owner
	case "text":
		return p.Text
	}
	if v := d.of(r); v != "" {
		return v
	}
	return Unknown
}
