package index

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
	bleveindex "github.com/blevesearch/bleve_index_api"
)

// place is where a review is, and what its order depends on.
type place struct {
	part   *part
	number uint32
	score  float64
	time   int64 // seconds since 1970, 0 for none
	key    string
}

// order puts what fits best first, then what is newest, then by key.
func order(a, b place) int {
	return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.time, a.time), cmp.Compare(a.key, b.key))
}

// page gives the places of sets up to the end of the page that a request wants.
func (v *view) page(ctx context.Context, sets []*roaring.Bitmap, words []string, r Request) ([]place, error) {
	end := r.From + r.Size
	switch {
	case r.Sort == "doubt":
		return v.doubtful(ctx, sets, end)
	case r.Sort == "time" || len(words) == 0:
		return v.newest(ctx, sets, end)
	}
	return v.best(ctx, sets, words, end)
}

// few is how many reviews are put in order by their times, rather than day by day.
const few = 2000

// newest gives the first reviews of sets, the newest first; those without a time
// come last.
func (v *view) newest(ctx context.Context, sets []*roaring.Bitmap, end int) ([]place, error) {
	if n := total(sets); n <= max(few, end) {
		out, err := v.places(ctx, sets, true)
		return out[:min(len(out), end)], err
	}
	days := map[string][]*roaring.Bitmap{}
	left := make([]*roaring.Bitmap, len(sets))
	for i, p := range v.parts {
		left[i] = sets[i].Clone()
		for e, err := range p.terms("day", nil, nil) {
			if err != nil {
				return nil, err
			}
			if days[e.term] == nil {
				days[e.term] = slices.Repeat([]*roaring.Bitmap{noReviews}, len(sets))
			}
			days[e.term][i] = e.of
		}
	}
	var out []place
	for _, day := range slices.Backward(slices.Sorted(maps.Keys(days))) {
		if len(out) >= end {
			return out[:end], nil
		}
		of := days[day]
		for i := range of {
			of[i] = roaring.And(of[i], sets[i])
			left[i].AndNot(of[i])
		}
		list, err := v.places(ctx, of, true)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	list, err := v.keyed(ctx, left, max(0, end-len(out)))
	out = append(out, list...)
	return out[:min(len(out), end)], err
}

// keyed gives the first reviews of sets by key.
func (v *view) keyed(ctx context.Context, sets []*roaring.Bitmap, end int) ([]place, error) {
	if n := total(sets); n <= max(few, end) {
		out, err := v.places(ctx, sets, false)
		return out[:min(len(out), end)], err
	}
	var out []place
	for i, p := range v.parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		had := len(out)
		for e, err := range p.terms("_id", nil, nil) {
			if err != nil {
				return nil, err
			}
			if n := e.of.Minimum(); sets[i].Contains(n) {
				if out = append(out, place{part: p, number: n, key: e.term}); len(out) == had+end {
					break
				}
			}
		}
	}
	slices.SortFunc(out, order)
	return out[:min(len(out), end)], nil
}

// doubtful gives the first reviews of sets, those first that have most signs of
// being wrong.
func (v *view) doubtful(ctx context.Context, sets []*roaring.Bitmap, end int) ([]place, error) {
	var out []place
	for signs := maxDoubts; signs >= 0 && len(out) < end; signs-- {
		f := term("doubts", fmt.Sprint(signs))
		if signs == 0 {
			f = not(prefix("doubts", ""))
		}
		of, err := v.find(ctx, f)
		if err != nil {
			return nil, err
		}
		for i := range of {
			of[i] = roaring.And(of[i], sets[i])
		}
		list, err := v.newest(ctx, of, end-len(out))
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// places gives the reviews of sets in order, of time or of key alone.
func (v *view) places(ctx context.Context, sets []*roaring.Bitmap, byTime bool) ([]place, error) {
	var out []place
	for i, p := range v.parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for n := range roaring.Values(sets[i]) {
			at, err := p.place(n, byTime)
			if err != nil {
				return nil, err
			}
			out = append(out, at)
		}
	}
	slices.SortFunc(out, order)
	return out, nil
}

// place reads the key of a review and, if wanted, its time.
func (p *part) place(number uint32, withTime bool) (place, error) {
	at := place{part: p, number: number}
	if !withTime {
		key, err := p.DocID(uint64(number))
		at.key = string(key)
		return at, err
	}
	err := p.VisitDocument(uint64(number), func(field string, _ byte, value []byte, _ []uint64) bool {
		switch field {
		case "_id": // goes on: zapx lends its buffers to two readers if a visit ends here
			at.key = string(value)
		case "time":
			at.time = seconds(value)
			return false
		}
		return true
	})
	return at, err
}

// seconds reads a time; what is no number is none.
func seconds(value []byte) int64 {
	n, _ := strconv.ParseInt(string(value), 10, 64)
	return n
}

// best gives the first reviews of sets, those first in which words weigh most:
// each more, the fewer reviews have it and the shorter the review is.
func (v *view) best(ctx context.Context, sets []*roaring.Bitmap, words []string, end int) ([]place, error) {
	var of []query.Query
	for _, w := range words {
		q := bleve.NewTermQuery(w)
		q.SetField("words")
		of = append(of, q)
	}
	weights, err := v.weigh(ctx, bleve.NewDisjunctionQuery(of...), sets, end)
	if err != nil {
		return nil, err
	}
	// those that weigh more than the last one of the page are on it; of those that
	// weigh the same, or nothing, the newest are
	last := 0.0
	if len(weights) >= end {
		slices.SortFunc(weights, func(a, b weight) int { return cmp.Compare(b.of, a.of) })
		last = weights[end-1].of
	}
	var out []place
	same := make([]*roaring.Bitmap, len(sets))
	for i := range same {
		same[i] = roaring.New()
		if last == 0 {
			same[i].Or(sets[i])
		}
	}
	for _, w := range weights {
		i, number := v.at(w.number)
		switch {
		case w.of > last:
			at, err := v.parts[i].place(number, true)
			if err != nil {
				return nil, err
			}
			at.score = w.of
			out = append(out, at)
			same[i].Remove(number)
		case w.of == last:
			same[i].Add(number)
		}
	}
	slices.SortFunc(out, order)
	rest, err := v.newest(ctx, same, end-len(out))
	for i := range rest {
		rest[i].score = last
	}
	return append(out, rest...), err
}

// weight is what words weigh in a review of the view.
type weight struct {
	number uint64
	of     float64
}

// weigh gives the reviews of sets that weigh something, but for such that weigh
// less than many others.
func (v *view) weigh(ctx context.Context, words query.Query, sets []*roaring.Bitmap, many int) (out []weight, err error) {
	searcher, err := words.Searcher(ctx, v.reader, v.mapping, search.SearcherOptions{})
	if err != nil {
		return nil, err
	}
	defer func() { err = cmp.Or(err, searcher.Close()) }()
	at := &search.SearchContext{DocumentMatchPool: search.NewDocumentMatchPool(searcher.DocumentMatchPoolSize()+1, 0), IndexReader: v.reader}
	var heaviest []float64
	least := math.SmallestNonzeroFloat64
	var found *search.DocumentMatch
	var id bleveindex.IndexInternalID
	for i, p := range v.parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for numbers := sets[i].Iterator(); numbers.HasNext(); {
			number := p.first + uint64(numbers.Next())
			if found == nil || found.IndexInternalID.Value() < number {
				if found != nil {
					at.DocumentMatchPool.Put(found)
				}
				id = bleveindex.NewIndexInternalID(id, number)
				if found, err = searcher.Advance(at, id); err != nil || found == nil {
					return out, err
				}
			}
			switch next := found.IndexInternalID.Value(); {
			case next > number:
				numbers.AdvanceIfNeeded(uint32(min(next-p.first, math.MaxUint32)))
			case found.Score >= least:
				out = append(out, weight{number, found.Score})
				if heaviest = append(heaviest, found.Score); len(heaviest) >= max(2*many, few) {
					slices.SortFunc(heaviest, func(a, b float64) int { return cmp.Compare(b, a) })
					heaviest = heaviest[:many]
					least = max(least, heaviest[many-1])
				}
			}
		}
	}
	return out, nil
}
