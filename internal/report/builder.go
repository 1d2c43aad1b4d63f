package report

import (
	"cmp"
	"slices"
	"time"

	"chaping/internal/crosstab"
	"chaping/internal/dsr"
	"chaping/internal/pipeline"
	"chaping/internal/review"
	"chaping/internal/trend"
	"chaping/lexicon"
)

// Options say what a report is about.
type Options struct {
	Lexicon  *lexicon.Lexicon
	Industry string // of reviews that name none
	Profile  dsr.Profile
	AsOf     time.Time // day of the scores; zero is the day of the newest rating
	// Days is the length of the period that is compared with the one before it; default 30.
	Days    int
	Price   float64 // yuan for a five-star
	Samples int     // of the bootstrap, default 1,000; negative for none
	Seed    uint64  // of the bootstrap
	// Shipped gives the shipped base of a table with these dimensions. Nil counts
	// reviews instead.
	Shipped func(dimensions ...string) []crosstab.Base
	NoMask  bool // leave personal data in texts
}

// Rows accounts for the rows of the input: In = Out + Rejected + Duplicates.
type Rows struct {
	In         int64
	Out        int
	Rejected   int
	Duplicates int64
	Orders     bool // an order export was given
	NoOrder    int  // reviews whose order is not in it
}

// Builder collects what a report is made of.
type Builder struct {
	opt        Options
	categories map[string]*lexicon.Category
	ratings    dsr.Ratings
	all        *crosstab.Table // by category
	products   *crosstab.Table // by category and product
	skus       *crosstab.Table // by category, product and SKU
	months     *crosstab.Table // by category and month of the review
	couriers   *crosstab.Table // by category, courier and region
	logistics  *crosstab.Table // problems of logistics by courier and region
	days       trend.Counter
	followUps  FollowUps
	hasSKU     bool
	quotes     map[string][]quoted
	reviews    int
	complaints int
	templates  int
	industries map[string]int
}

// NewBuilder makes an empty builder.
func NewBuilder(opt Options) *Builder {
	opt.Days = cmp.Or(opt.Days, 30)
	opt.Samples = cmp.Or(opt.Samples, 1000)
	b := &Builder{opt: opt, categories: map[string]*lexicon.Category{}, quotes: map[string][]quoted{}, industries: map[string]int{}}
	b.all = table(nil, "category")
	b.products = table(opt.Shipped, "category", "product")
	b.skus = table(opt.Shipped, "category", "sku", "product")
	b.months = table(nil, "category", "month")
	b.couriers = table(opt.Shipped, "category", "courier", "region")
	b.logistics = table(opt.Shipped, "courier", "region")
	return b
}

// table makes a table of dimensions that order exports tell.
func table(shipped func(...string) []crosstab.Base, by ...string) *crosstab.Table {
	opt := crosstab.Options{By: by}
	if shipped != nil {
		opt.Orders = shipped(by...)
	}
	t, err := crosstab.New(opt)
	if err != nil {
		panic(err) // the dimensions are constants
	}
	return t
}

// Whole leads to a review with its texts and evidence. What it returns is called
// by Build, of the few reviews that are quoted.
type Whole func(*pipeline.Annotation) func() (*pipeline.Annotation, error)

// Add takes a review in, which needs no texts; those come from whole. hasOrder
// says that its order is in the shipped base; it does not matter where there is none.
func (b *Builder) Add(a *pipeline.Annotation, hasOrder bool, whole Whole) {
	b.reviews++
	rating := a.Rating()
	b.ratings.Add(&rating)
	b.industries[cmp.Or(a.Record.Industry, b.opt.Industry)]++
	row := a.Row(b.opt.Lexicon, b.opt.Industry)
	var ids []string
	for _, p := range row.Problems {
		ids = append(ids, p.Category)
	}
	b.days.Add(row.Time, ids)
	b.all.Add(&row)
	if !row.Time.IsZero() {
		b.months.Add(&row)
	}
	if a.FollowUp != nil {
		b.followUps.add(a.Record.Star, row.Problems)
	}
	b.hasSKU = b.hasSKU || row.SKU != ""
	if a.Template {
		b.templates++
	}
	if len(ids) > 0 {
		b.complaints++
		b.quote(a, &row, ids, whole)
	}
	if b.opt.Shipped != nil && !hasOrder {
		return
	}
	b.products.Add(&row)
	b.skus.Add(&row)
	b.couriers.Add(&row)
	row.Problems = slices.DeleteFunc(row.Problems, func(p crosstab.Problem) bool {
		return b.category(p.Category).Dimension != lexicon.Logistics
	})
	b.logistics.Add(&row)
}

// category is what the lexicon says of a category: in the options' industry, or
// in the first that has it.
func (b *Builder) category(id string) *lexicon.Category {
	if c := b.categories[id]; c != nil {
		return c
	}
	found := &lexicon.Category{ID: id, Title: lexicon.Title{ZH: id, EN: id}, Dimension: lexicon.Description}
	for _, industry := range append([]string{b.opt.Industry}, b.opt.Lexicon.IDs()...) {
		ind := b.opt.Lexicon.Industry(industry)
		if ind == nil {
			continue
		}
		if c := ind.Category(id); c != nil {
			found = c
			break
		}
	}
	b.categories[id] = found
	return found
}

// title is the Chinese title of a category.
func (b *Builder) title(id string) string { return b.category(id).Title.ZH }

// asOf is the day of the scores.
func (b *Builder) asOf() time.Time {
	if !b.opt.AsOf.IsZero() {
		return b.opt.AsOf
	}
	return b.ratings.Newest().In(review.Shanghai)
}
