package index

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	bleveindex "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	"golang.org/x/sync/errgroup"
)

// Queries are answered with sets. The engine keeps, in each of its segments, the
// set of the reviews that have a term of a field, as a roaring bitmap; conditions,
// phrases and counts of facets are unions, intersections and differences of
// these. Nothing is held in memory for it, and no review is read but to confirm
// a phrase.

// view is the index at one moment, whatever is indexed meanwhile.
type view struct {
	reader  bleveindex.IndexReader
	mapping mapping.IndexMapping
	parts   []*part
}

// part is a segment of the engine's. Its reviews have numbers of their own.
type part struct {
	*scorch.SegmentSnapshot
	first uint64          // number of its first review in the view
	live  *roaring.Bitmap // reviews that were not replaced
}

// openView takes a view of an index, which the caller closes.
func openView(engine bleve.Index) (*view, error) {
	advanced, err := engine.Advanced()
	if err != nil {
		return nil, err
	}
	reader, err := advanced.Reader()
	if err != nil {
		return nil, err
	}
	snapshot, ok := reader.(*scorch.IndexSnapshot)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the search index is a %T: run chaping reindex --data DIR", reader), reader.Close())
	}
	v := &view{reader: reader, mapping: engine.Mapping()}
	first := uint64(0)
	for _, s := range snapshot.Segments() {
		v.parts = append(v.parts, &part{SegmentSnapshot: s, first: first, live: s.DocNumbersLive()})
		first += s.Segment().Count()
	}
	return v, nil
}

func (v *view) close() error { return v.reader.Close() }

// damaged makes a panic an error: the engine does not expect damaged files.
func damaged(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the search index is damaged (%v): run chaping reindex --data DIR", p)
	}
}

// at says which part has a review of the view, and its number there.
func (v *view) at(number uint64) (i int, n uint32) {
	i, found := slices.BinarySearchFunc(v.parts, number, func(p *part, n uint64) int { return cmp.Compare(p.first, n) })
	if !found {
		i--
	}
	return i, uint32(number - v.parts[i].first)
}

// find gives the set of each part that a finder finds there.
func (v *view) find(ctx context.Context, f finder) ([]*roaring.Bitmap, error) {
	var out []*roaring.Bitmap
	for _, p := range v.parts {
		found, err := f(ctx, p, p.live)
		if err != nil {
			return nil, err
		}
		out = append(out, found)
	}
	return out, nil
}

// total counts the reviews of sets.
func total(sets []*roaring.Bitmap) int {
	n := 0
	for _, s := range sets {
		n += int(s.GetCardinality())
	}
	return n
}

// postings is the set of the reviews that have a term, replaced ones among them.
func postings(dict segment.TermDictionary, term []byte) (*roaring.Bitmap, error) {
	list, err := dict.PostingsList(term, nil, nil)
	if err != nil {
		return nil, err
	}
	i, ok := list.Iterator(false, false, false, nil).(segment.OptimizablePostingsIterator)
	if !ok {
		return nil, fmt.Errorf("postings are a %T", list)
	}
	if n, one := i.DocNum1Hit(); one {
		return roaring.BitmapOf(uint32(n)), nil
	}
	return cmp.Or(i.ActualBitmap(), noReviews), nil
}

var noReviews = roaring.New()

// having is the set of the reviews that have a term in a field.
func (p *part) having(field, term string) (*roaring.Bitmap, error) {
	dict, err := p.Segment().Dictionary(field)
	if err != nil {
		return nil, err
	}
	return postings(dict, []byte(term))
}

// entry is a term of a field, and the set of the reviews that have it.
type entry struct {
	term string
	of   *roaring.Bitmap
}

// terms gives the terms of a field in order, from one up to another, exclusive;
// nil is open.
func (p *part) terms(field string, from, to []byte) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		dict, err := p.Segment().Dictionary(field)
		if err != nil {
			yield(entry{}, err)
			return
		}
		for terms := dict.AutomatonIterator(nil, from, to); ; {
			e, err := terms.Next()
			if err == nil && e == nil {
				return
			}
			var of *roaring.Bitmap
			if err == nil {
				of, err = postings(dict, []byte(e.Term))
			}
			if err != nil {
				yield(entry{}, err)
				return
			}
			if !yield(entry{e.Term, of}, nil) {
				return
			}
		}
	}
}

// finder finds the reviews of a part, among some, that a query wants. Nobody may
// change what it returns: it can be a set of the engine's.
type finder func(ctx context.Context, p *part, among *roaring.Bitmap) (*roaring.Bitmap, error)

// everything finds all reviews.
func everything(_ context.Context, _ *part, among *roaring.Bitmap) (*roaring.Bitmap, error) {
	return among, nil
}

// all needs each of a list, one after the other.
func all(list []finder) finder {
	return func(ctx context.Context, p *part, among *roaring.Bitmap) (*roaring.Bitmap, error) {
		var err error
		for _, f := range list {
			if among.IsEmpty() {
				break
			}
			if among, err = f(ctx, p, among); err != nil {
				return nil, err
			}
		}
		return among, nil
	}
}

// either needs one of a list.
func either(list []finder) finder {
	return func(ctx context.Context, p *part, among *roaring.Bitmap) (*roaring.Bitmap, error) {
		out := roaring.New()
		for _, f := range list {
			found, err := f(ctx, p, among)
			if err != nil {
				return nil, err
			}
			out.Or(found)
		}
		return out, nil
	}
}

// not needs what f does not find.
func not(f finder) finder {
	return func(ctx context.Context, p *part, among *roaring.Bitmap) (*roaring.Bitmap, error) {
		found, err := f(ctx, p, among)
		if err != nil {
			return nil, err
		}
		return roaring.AndNot(among, found), nil
	}
}

// term needs a term in a field.
func term(field, value string) finder {
	return func(_ context.Context, p *part, among *roaring.Bitmap) (*roaring.Bitmap, error) {
		of, err := p.having(field, value)
		if err != nil {
			return nil, err
		}
		return roaring.And(among, of), nil
	}
}

// between needs one of the terms of a field from one up to another, exclusive;
// nil is open.
func between(field string, from, to []byte) finder {
	return func(_ context.Context, p *part, among *roaring.Bitmap) (*roaring.Bitmap, error) {
		out := roaring.New()
		for e, err := range p.terms(field, from, to) {
			if err != nil {
				return nil, err
			}
			out.Or(e.of)
		}
		out.And(among)
		return out, nil
	}
}

// prefix needs a term in a field that begins so.
func prefix(field, begin string) finder {
	if begin == "" {
		return between(field, nil, nil)
	}
	return between(field, []byte(begin), append([]byte(begin), 0xff)) // which no UTF-8 has
}

// substring needs a text inside reviews: a single character is the first of a
// pair, or all of the last; of a longer text all pairs must be there, and side by
// side.
func substring(text string) finder {
	phrase := fold(text)
	runes := []rune(phrase)
	if len(runes) == 1 {
		return prefix("pairs", phrase)
	}
	var pairs []string
	for i := 0; i+1 < len(runes); i++ {
		pairs = append(pairs, string(runes[i:i+2]))
	}
	return func(ctx context.Context, p *part, among *roaring.Bitmap) (*roaring.Bitmap, error) {
		sets := []*roaring.Bitmap{}
		for _, pair := range pairs {
			of, err := p.having("pairs", pair)
			if err != nil {
				return nil, err
			}
			sets = append(sets, of)
		}
		slices.SortFunc(sets, func(a, b *roaring.Bitmap) int { return cmp.Compare(a.GetCardinality(), b.GetCardinality()) })
		for _, of := range sets {
			among = roaring.And(among, of)
		}
		if len(pairs) == 1 {
			return among, nil
		}
		word, err := p.having("words", phrase) // it stands in these as it is
		if err != nil {
			return nil, err
		}
		confirmed, err := p.confirm(ctx, roaring.AndNot(among, word), func(n uint32) (bool, error) { return p.hasPhrase(n, phrase) })
		if err != nil {
			return nil, err
		}
		confirmed.Or(roaring.And(among, word))
		return confirmed, nil
	}
}

// readAtOnce is how many reviews are read between looks at the context.
const readAtOnce = 1000

// confirm keeps the reviews that has is true of, which all cores read.
func (p *part) confirm(ctx context.Context, among *roaring.Bitmap, has func(n uint32) (bool, error)) (*roaring.Bitmap, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	chunks := slices.Collect(slices.Chunk(among.ToArray(), readAtOnce))
	kept := make([][]uint32, len(chunks))
	for i, chunk := range chunks {
		group.Go(func() (err error) {
			defer damaged(&err)
			if err := ctx.Err(); err != nil {
				return err
			}
			for _, n := range chunk {
				ok, err := has(n)
				if err != nil {
					return err
				}
				if ok {
					kept[i] = append(kept[i], n)
				}
			}
			return nil
		})
	}
	err := group.Wait()
	out := roaring.New()
	for _, list := range kept {
		out.AddMany(list)
	}
	return out, err
}

// hasPhrase reports whether a review has a folded phrase in its text.
func (p *part) hasPhrase(n uint32, phrase string) (has bool, err error) {
	err = p.VisitDocument(uint64(n), func(field string, _ byte, value []byte, _ []uint64) bool {
		if field != textField {
			return true
		}
		has = bytes.Contains(value, []byte(phrase)) || strings.Contains(fold(string(value)), phrase)
		return false
	})
	return has, err
}

// inside needs a text inside the follow-up, or inside the review itself; empty is
// any text.
func inside(followUp bool, text string) finder {
	phrase, both := fold(text), everything
	if phrase != "" {
		both = substring(text)
	}
	return func(ctx context.Context, p *part, among *roaring.Bitmap) (*roaring.Bitmap, error) {
		found, err := both(ctx, p, among)
		if err != nil {
			return nil, err
		}
		return p.confirm(ctx, found, func(n uint32) (bool, error) {
			s, err := p.read(n)
			if err != nil {
				return false, err
			}
			of, other := s.texts()
			if followUp {
				of = other
			}
			return of != "" && strings.Contains(fold(of), phrase), nil
		})
	}
}
