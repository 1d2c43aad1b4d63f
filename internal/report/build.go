package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"chaping/internal/crosstab"
	"chaping/internal/dsr"
	"chaping/internal/trend"
	"chaping/lexicon"
)

// How much of everything is shown.
const (
	historyPoints  = 26 // weeks
	impactsEach    = 20 // of each kind of set in each score
	shownFindings  = 5
	heatRows       = 12
	heatColumns    = 9
	quotedProblems = 8
	aheadDays      = 30
	earlierWeeks   = 4
)

var scoreNames = map[dsr.Dimension]string{dsr.D: "描述相符", dsr.S: "卖家服务", dsr.L: "物流服务"}

// Build makes the report of all reviews that were added. It fails only where a
// review that is quoted cannot be read.
func (b *Builder) Build(rows Rows) (*Data, error) {
	asOf := b.asOf()
	counted := dsr.Count(&b.ratings, b.opt.Profile, asOf)
	d := &Data{
		Industry: b.industry(), Profile: b.opt.Profile, AsOf: counted.AsOf, Rows: rows, Reviews: b.reviews, Complaints: b.complaints,
		Templates: b.templates, Undated: b.days.Undated(), Unit: Unit(b.opt.Shipped != nil), Price: b.opt.Price, Notes: Notes(counted), Titles: map[string]string{},
	}
	d.Period, _ = b.days.Days()
	d.Scores = scores(counted)
	for _, im := range counted.Impacts(dsr.ImpactOptions{Price: b.opt.Price, Samples: b.opt.Samples, Seed: b.opt.Seed, Each: impactsEach, Intervals: math.MaxInt}) {
		d.Impacts = append(d.Impacts, Impact{im, b.name(im.Key)})
	}
	b.tables(d)
	b.changes(d)
	b.owners(d)
	for _, p := range d.Problems[:min(quotedProblems, len(d.Problems))] {
		group := QuoteGroup{Category: p.Category, Title: p.Title}
		for _, q := range b.quotes[p.Category] {
			quote, err := q.read(p.Category, b.opt.NoMask)
			if err != nil {
				return nil, err
			}
			group.Quotes = append(group.Quotes, quote)
		}
		d.Quotes = append(d.Quotes, group)
	}
	for id, c := range b.categories {
		d.Titles[id] = c.Title.ZH
	}
	d.Headlines = d.headlines()
	return d, nil
}

// industry is the title of the commonest one.
func (b *Builder) industry() string {
	best := b.opt.Industry
	for id, n := range b.industries {
		if m := b.industries[best]; n > m || n == m && id < best {
			best = id
		}
	}
	if ind := b.opt.Lexicon.Industry(best); ind != nil {
		return ind.Title.ZH
	}
	return best
}

// scores are the three scores with their history and forecast.
func scores(c *dsr.Counted) []Score {
	history := c.History(historyPoints, 7)
	ahead := c.Forecast(aheadDays)
	var out []Score
	for _, d := range dsr.Dimensions {
		s := Score{Dimension: d, Name: scoreNames[d], Shown: c.Tallies[d].Shown(c.Profile.Decimals), Tally: c.Tallies[d], History: history}
		if i := len(history) - 1 - earlierWeeks; i >= 0 {
			s.Earlier = history[i].Window[d].Mean()
		}
		s.Ahead = ahead[len(ahead)-1].Tallies[d].Mean()
		out = append(out, s)
	}
	return out
}

// name is a set of ratings in words.
func (b *Builder) name(k dsr.Key) string {
	parts := []string{"", k.Product, k.Courier, k.Province}
	if k.Category != "" {
		parts[0] = ShortTitle(b.title(k.Category))
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " × ")
}

// tables makes the tables of problems.
func (b *Builder) tables(d *Data) {
	for _, c := range b.all.Cells() {
		id := c.Key.Of("category")
		of := b.category(id)
		d.Problems = append(d.Problems, Problem{
			Category: id, Title: of.Title.ZH, Owner: of.Owner, Dimension: dimension(of.Dimension), Count: c.Count, Share: c.Rate, Low: c.Low, High: c.High,
		})
	}
	slices.SortFunc(d.Problems, func(x, y Problem) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Category, y.Category))
	})
	mentions, sum := 0, 0
	for _, p := range d.Problems {
		mentions += p.Count
	}
	for i := range d.Problems {
		sum += d.Problems[i].Count
		d.Problems[i].Cumulated = float64(sum) / float64(mentions)
	}
	d.Cells, d.Segments, d.Routes = b.products.Cells(), b.couriers.Cells(), b.logistics.Cells()
	category := func(id string) string { return ShortTitle(b.title(id)) }
	d.Products = heat(d.Cells, category, "category", "product")
	if b.hasSKU {
		d.SKUCells = b.skus.Cells()
		d.SKUs = heat(d.SKUCells, category, "category", "product", "sku")
	}
	d.MonthCells = b.months.Cells()
	if h := heat(newest(d.MonthCells), category, "category", "month"); len(h.Rows) > 1 {
		slices.SortFunc(h.Rows, func(x, y HeatRow) int { return cmp.Compare(x.Name, y.Name) })
		d.Months = h
	}
	d.Couriers = heat(d.Routes, func(region string) string { return region }, "region", "courier")
	d.FollowUps = b.followUps.ranked(b.title)
	d.Findings = b.findings(d)
}

// newest are the cells of the last months that a heatmap has room for.
func newest(cells []crosstab.Cell) []crosstab.Cell {
	var months []string
	for _, c := range cells {
		months = append(months, c.Key.Of("month"))
	}
	slices.Sort(months)
	months = slices.Compact(months)
	months = months[max(0, len(months)-heatRows):]
	return slices.DeleteFunc(slices.Clone(cells), func(c crosstab.Cell) bool { return !slices.Contains(months, c.Key.Of("month")) })
}

func dimension(d lexicon.Dimension) dsr.Dimension {
	switch d {
	case lexicon.Service:
		return dsr.S
	case lexicon.Logistics:
		return dsr.L
	}
	return dsr.D
}

// worse reports a cell above the rest beyond chance.
func worse(c crosstab.Cell) bool { return c.Significant && (c.Ratio == nil || *c.Ratio > 1) }

// leastCount is how many reviews a segment must have to be named in words.
const leastCount = 3

// telling reports a cell that is worse, in a segment that is known, and no matter of two reviews.
func telling(c crosstab.Cell) bool {
	return worse(c) && c.Count >= leastCount && !slices.ContainsFunc(c.Key, func(v crosstab.Value) bool { return v.Value == crosstab.Unknown })
}

// sharper is how many times the rate of its product a SKU must have to be named
// in its place.
const sharper = 2

// places are the cells that tell where a problem is: of courier and region, of
// products, and of a SKU instead of its product where the problem is of that SKU.
func (d *Data) places() []crosstab.Cell {
	list := slices.DeleteFunc(slices.Concat(d.Segments, d.Cells), func(c crosstab.Cell) bool { return !telling(c) })
	for _, sku := range d.SKUCells {
		if !telling(sku) {
			continue
		}
		at := slices.IndexFunc(list, func(c crosstab.Cell) bool {
			return c.Key.Of("category") == sku.Key.Of("category") && c.Key.Of("product") == sku.Key.Of("product")
		})
		if at >= 0 && sku.Rate >= sharper*list[at].Rate {
			list[at] = sku
		}
	}
	return list
}

// findings are the surest cells in words, those of the narrower tables first.
func (b *Builder) findings(d *Data) []string {
	list := d.places()
	places := len(list)
	for _, c := range d.MonthCells {
		if telling(c) {
			list = append(list, c)
		}
	}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(list[x].Q, list[y].Q) })
	var out []string
	for _, i := range order[:min(shownFindings, len(order))] {
		unit := d.Unit
		if i >= places { // months are those of reviews
			unit = Unit(false)
		}
		out = append(out, Finding(list[i], b.title, unit))
	}
	return out
}

// heat makes a table of rates of the rows and columns with the most problems. title
// is that of a column; a row may be of several dimensions.
func heat(cells []crosstab.Cell, title func(string) string, column string, row ...string) Heat {
	name := func(c crosstab.Cell) string {
		var parts []string
		for _, d := range row {
			parts = append(parts, c.Key.Of(d))
		}
		return strings.Join(parts, " · ")
	}
	rows := ranking(cells, name, heatRows)
	columns := ranking(cells, func(c crosstab.Cell) string { return c.Key.Of(column) }, heatColumns)
	h := Heat{}
	for _, c := range columns {
		h.Columns = append(h.Columns, title(c))
	}
	for _, name := range rows {
		h.Rows = append(h.Rows, HeatRow{Name: name, Cells: make([]*HeatCell, len(columns))})
	}
	for _, c := range cells {
		i, j := slices.Index(rows, name(c)), slices.Index(columns, c.Key.Of(column))
		if i < 0 || j < 0 {
			continue
		}
		if column == "category" {
			h.Rows[i].Base = c.Base
		}
		h.Rows[i].Cells[j] = &HeatCell{Cell: c}
		if !c.Small {
			h.Max = max(h.Max, c.Rate)
		}
	}
	for _, r := range h.Rows {
		for _, c := range r.Cells {
			if c != nil && h.Max > 0 {
				c.Weight = min(1, c.Rate/h.Max)
			}
		}
	}
	return h
}

// ranking lists the values with the most problems.
func ranking(cells []crosstab.Cell, value func(crosstab.Cell) string, most int) []string {
	counts := map[string]int{}
	for _, c := range cells {
		counts[value(c)] += c.Count
	}
	list := make([]string, 0, len(counts))
	for v := range counts {
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return list[:min(most, len(list))]
}

// changes compares the last days with as many before.
func (b *Builder) changes(d *Data) {
	end := trend.DayOf(d.AsOf)
	d.After = trend.Span{From: end.Add(1 - b.opt.Days), To: end}
	d.Before = trend.Span{From: end.Add(1 - 2*b.opt.Days), To: end.Add(-b.opt.Days)}
	for _, p := range d.Problems {
		ch := b.days.Change(p.Category, d.Before, d.After)
		d.Changes = append(d.Changes, Change{ch, p.Title})
	}
	slices.SortStableFunc(d.Changes, func(x, y Change) int { return cmp.Compare(y.Difference, x.Difference) })
}

// owners makes the worklists.
func (b *Builder) owners(d *Data) {
	impacts := map[string]*dsr.Impact{}
	for i := range d.Impacts {
		im := &d.Impacts[i].Impact
		if im.Key == (dsr.Key{Category: im.Key.Category}) && im.Dimension == dimension(b.category(im.Key.Category).Dimension) {
			impacts[im.Key.Category] = im
		}
	}
	for _, p := range d.Problems {
		name := cmp.Or(p.Owner, "未指定")
		i := slices.IndexFunc(d.Owners, func(o Owner) bool { return o.Name == name })
		if i < 0 {
			i = len(d.Owners)
			d.Owners = append(d.Owners, Owner{Name: name})
		}
		w := Work{Category: p.Category, Title: p.Title, Owner: name, Dimension: p.Dimension, Reviews: p.Count, Share: p.Share, Impact: impacts[p.Category]}
		w.place, w.Where = b.where(d, p.Category)
		at := slices.IndexFunc(d.Changes, func(c Change) bool { return c.Category == p.Category })
		w.Change = d.Changes[at].Change
		d.Owners[i].Work = append(d.Owners[i].Work, w)
	}
	for _, o := range d.Owners {
		slices.SortStableFunc(o.Work, func(x, y Work) int { return cmp.Compare(y.without(), x.without()) })
	}
	slices.SortStableFunc(d.Owners, func(x, y Owner) int { return cmp.Compare(y.Work[0].without(), x.Work[0].without()) })
}

// without is what the score would gain.
func (w *Work) without() float64 {
	if w.Impact == nil {
		return 0
	}
	return w.Impact.Without
}

// where names the segment in which a problem is worse beyond chance and that has
// most of its reviews, alone and with its figures.
func (b *Builder) where(d *Data, category string) (name, figures string) {
	var best *crosstab.Cell
	for _, c := range d.places() {
		if c.Key.Of("category") == category && (best == nil || c.Count > best.Count) {
			best = &c
		}
	}
	if best == nil {
		return "", ""
	}
	return place(*best), place(*best) + " " + Percent(best.Rate) + "（" + ofBase(*best, d.Unit) + "）"
}
