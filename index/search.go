package index

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"
	"golang.org/x/sync/errgroup"

	"chaping/internal/dataset"
)

// Request is a question to the index.
type Request struct {
	Query string
	Size  int // hits of a page; 0 for counts alone
	From  int // hits before the page
	// Sort is "score" (default; of a query without words, "time"), "time", the newest first, or "doubt", those first whose
	// labels have most signs of being wrong.
	Sort string
	// Facets lists fields whose values are counted over all that the query finds.
	Facets    []string
	FacetSize int // values of a facet, the most frequent; 0 for all
}

// Result is what a request finds.
type Result struct {
	Total  uint64             `json:"total"`
	Hits   []Hit              `json:"hits"`
	Facets map[string][]Count `json:"facets,omitempty"`
	// Absent are conditions of a query that finds nothing which hold of no review at
	// all: misspelt values, as a rule.
	Absent []string `json:"absent,omitempty"`
}

// Hit is a review.
type Hit struct {
	Key      string   `json:"key"` // in the dataset
	ID       string   `json:"id"`
	Text     string   `json:"text"`
	FollowUp string   `json:"follow_up,omitempty"`
	Labels   []string `json:"labels"` // of both texts
	Template bool     `json:"template"`
	Star     int      `json:"star,omitempty"`
	Product  string   `json:"product,omitempty"`
	SKU      string   `json:"sku,omitempty"`
	Courier  string   `json:"courier,omitempty"`
	Province string   `json:"province,omitempty"`
	// Time is of the review, in Shanghai.
	Time       *time.Time  `json:"time,omitempty"`
	Highlights []Highlight `json:"highlights"`
	// FollowUpHighlights are those of FollowUp.
	FollowUpHighlights []Highlight `json:"follow_up_highlights,omitempty"`
	Score              float64     `json:"score"`
}

// Highlight is a part of a hit's text worth seeing. Start and End are 0-based
// runes of the text, End exclusive.
type Highlight struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	Kind  string `json:"kind"` // "query" or "evidence"
}

// Part is a stretch of a text of one kind: "query", "evidence", or "" for neither.
type Part struct{ Text, Kind string }

// Parts cuts a text at its highlights, which may overlap: evidence lies above the
// terms of the query. Highlights beyond the text are cut off.
func Parts(text string, highlights []Highlight) []Part {
	runes := []rune(text)
	kinds := make([]string, len(runes))
	for _, m := range highlights {
		for i := max(0, m.Start); i < min(m.End, len(runes)); i++ {
			if kinds[i] == "" || m.Kind == "evidence" {
				kinds[i] = m.Kind
			}
		}
	}
	var out []Part
	for from := 0; from < len(runes); {
		to := from + 1
		for to < len(runes) && kinds[to] == kinds[from] {
			to++
		}
		out = append(out, Part{string(runes[from:to]), kinds[from]})
		from = to
	}
	return out
}

// Count is a value of a facet.
type Count struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// MaxEnd bounds paging, From + Size of a request: all hits up to the page's end are
// put in order.
const MaxEnd = 100_000

// Search answers a request. The error is a [*QueryError] where the query is wrong.
func (x *Index) Search(ctx context.Context, r Request) (out *Result, err error) {
	n, err := parse(r.Query)
	if err != nil {
		return nil, err
	}
	f, err := n.build()
	if err != nil {
		return nil, err
	}
	v, err := openView(x.engine)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, v.close()) }()
	texts := n.terms(nil)
	out, err = v.answer(ctx, f, ranking(texts), texts, r)
	if err == nil && out.Total == 0 {
		out.Absent, err = v.absent(ctx, n)
	}
	return out, err
}

// ranking are the words of texts that rank what the texts find. Parts of words are
// not among them, for all that is found has these, nor single characters where
// there is anything longer, for most reviews have those.
func ranking(texts []string) []string {
	var out []string
	for _, text := range texts {
		words := Words(fold(text))
		if long := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return utf8.RuneCountInString(w) == 1 }); len(long) > 0 {
			words = long
		}
		for _, w := range words {
			if !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return out
}

// wordsOf are the words of a text as they are indexed, each once.
func wordsOf(text string) []string {
	var out []string
	for _, t := range cutWords([]byte(text)) {
		if w := string(t.Term); !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// answer answers a request whose query is a finder, ranked by words; texts are highlighted.
func (v *view) answer(ctx context.Context, f finder, words, texts []string, r Request) (out *Result, err error) {
	defer damaged(&err)
	if r.Size < 0 || r.From < 0 {
		return nil, errors.New("a page has a size and a beginning of 0 or more")
	}
	if r.Size > MaxEnd || r.From > MaxEnd-r.Size {
		return nil, fmt.Errorf("a page ends at %d at most: make the query narrower, or export", MaxEnd)
	}
	if !slices.Contains([]string{"", "score", "time", "doubt"}, r.Sort) {
		return nil, fmt.Errorf("sort is %q: write score, time or doubt", r.Sort)
	}
	for _, name := range r.Facets {
		if !slices.Contains(facetFields, name) {
			return nil, fmt.Errorf("no facet is called %q: known are %s", name, strings.Join(facetFields, ", "))
		}
	}
	sets, err := v.find(ctx, f)
	if err != nil {
		return nil, err
	}
	out = &Result{Total: uint64(total(sets)), Hits: []Hit{}}
	if len(r.Facets) > 0 {
		if out.Facets, err = v.facets(ctx, sets, r.Facets, cmp.Or(r.FacetSize, math.MaxInt)); err != nil {
			return nil, err
		}
	}
	if r.Size == 0 {
		return out, nil
	}
	places, err := v.page(ctx, sets, words, r)
	if err != nil {
		return nil, err
	}
	for _, p := range places[min(r.From, len(places)):] {
		hit, err := newHit(p, texts)
		if err != nil {
			return nil, err
		}
		out.Hits = append(out.Hits, hit)
	}
	return out, nil
}

// facets counts the values of fields in sets.
func (v *view) facets(ctx context.Context, sets []*roaring.Bitmap, fields []string, size int) (map[string][]Count, error) {
	counts := make([][]Count, len(fields))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, field := range fields {
		group.Go(func() (err error) {
			defer damaged(&err)
			counts[i], err = v.count(ctx, sets, field, size)
			return err
		})
	}
	err := group.Wait()
	out := map[string][]Count{}
	for i, field := range fields {
		out[field] = counts[i]
	}
	return out, err
}

// count counts the values of a field in sets, the most frequent first.
func (v *view) count(ctx context.Context, sets []*roaring.Bitmap, field string, size int) ([]Count, error) {
	sums := map[string]int{}
	for i, p := range v.parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if sets[i].IsEmpty() {
			continue
		}
		for e, err := range p.terms(field, nil, nil) {
			if err != nil {
				return nil, err
			}
			if n := int(e.of.AndCardinality(sets[i])); n > 0 {
				sums[e.term] += n
			}
		}
	}
	out := []Count{}
	for value, n := range sums {
		out = append(out, Count{value, n})
	}
	slices.SortFunc(out, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value)) })
	return out[:min(len(out), size)], nil
}

// Keys gives the keys of all reviews that a query finds, in order of key.
func (x *Index) Keys(ctx context.Context, text string, see func(key string)) (err error) {
	defer damaged(&err)
	n, err := parse(text)
	if err != nil {
		return err
	}
	f, err := n.build()
	if err != nil {
		return err
	}
	v, err := openView(x.engine)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.close()) }()
	sets, err := v.find(ctx, f)
	if err != nil {
		return err
	}
	places, err := v.places(ctx, sets, false)
	if err != nil {
		return err
	}
	for _, p := range places {
		see(p.key)
	}
	return nil
}

// shown is what is stored of a review.
type shown struct {
	stored
	key, text string
	time      int64
}

// texts are the review's text and its follow-up.
func (s *shown) texts() (text, followUp string) {
	text, followUp = s.text, s.text[len(s.text)-s.FollowUp:]
	if followUp != "" {
		text = text[:len(text)-s.FollowUp-1] // a newline is between them
	}
	return text, followUp
}

// read reads what is stored of a review.
func (p *part) read(number uint32) (s shown, err error) {
	var data []byte
	err = p.VisitDocument(uint64(number), func(field string, _ byte, value []byte, _ []uint64) bool {
		switch field {
		case "_id":
			s.key = string(value)
		case textField:
			s.text = string(value)
		case "time":
			s.time = seconds(value)
		case "stored":
			data = slices.Clone(value)
		}
		return true
	})
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(data, &s.stored); err != nil || s.FollowUp > len(s.text) {
		return s, fmt.Errorf("review %s: the index is damaged (%v): run chaping reindex", s.key, err)
	}
	return s, nil
}

// newHit reads a hit.
func newHit(p place, texts []string) (Hit, error) {
	s, err := p.part.read(p.number)
	if err != nil {
		return Hit{}, err
	}
	text, followUp := s.texts()
	hit := Hit{
		Key: s.key, ID: s.ID, Text: text, FollowUp: followUp, Labels: s.Labels, Template: s.Template, Star: s.Star, Product: s.Product, SKU: s.SKU,
		Courier: s.Courier, Province: s.Province, Score: p.score,
		Highlights: highlights(text, texts, s.Evidence), FollowUpHighlights: highlights(followUp, texts, s.FollowUpEvidence),
	}
	if s.time != 0 {
		t := time.Unix(s.time, 0).In(zone)
		hit.Time = &t
	}
	if hit.Labels == nil {
		hit.Labels = []string{}
	}
	return hit, nil
}

// highlights are the terms of a query and the evidence in a text, in order.
func highlights(text string, terms []string, evidence [][2]int) []Highlight {
	out := occurrences(text, terms)
	for _, e := range evidence {
		out = append(out, Highlight{e[0], e[1], "evidence"})
	}
	slices.SortStableFunc(out, func(a, b Highlight) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End)) })
	return out
}

// occurrences finds the terms of a query in a text.
func occurrences(text string, terms []string) []Highlight {
	out := []Highlight{}
	folded := fold(text)
	for _, t := range terms {
		t = fold(t)
		for from := 0; t != ""; {
			i := strings.Index(folded[from:], t)
			if i < 0 {
				break
			}
			start := utf8.RuneCountInString(folded[:from+i])
			out = append(out, Highlight{start, start + utf8.RuneCountInString(t), "query"})
			from += i + len(t)
		}
	}
	return out
}

// Place says where the review with a key lies in its dataset, for dataset.Dir.At.
func (x *Index) Place(ctx context.Context, key string) (segment string, i int, err error) {
	found, err := x.Places(ctx, []string{key})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: %q", ErrNoReview, key)
	}
	if err != nil {
		return "", 0, err
	}
	return found[0].Segment, found[0].Index, nil
}

// Places says where the reviews with some keys lie in their dataset, for
// dataset.Dir.Pick. Keys that no review has are passed over.
func (x *Index) Places(ctx context.Context, keys []string) (out []dataset.Place, err error) {
	defer damaged(&err)
	v, err := openView(x.engine)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, v.close()) }()
	for _, key := range keys {
		s, err := v.one(ctx, key)
		if errors.Is(err, ErrNoReview) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, dataset.Place{Segment: s.Segment, Index: s.Index})
	}
	return out, nil
}

// ErrNoReview says that no review has the key.
var ErrNoReview = errors.New("no review has the key")

// one reads the review with a key.
func (v *view) one(ctx context.Context, key string) (s shown, err error) {
	sets, err := v.find(ctx, keyed(key))
	if err != nil {
		return s, err
	}
	for i, p := range v.parts {
		if !sets[i].IsEmpty() {
			return p.read(sets[i].Minimum())
		}
	}
	return s, fmt.Errorf("%w: %q", ErrNoReview, key)
}

// keyed needs the key of a review.
func keyed(key string) finder { return term("_id", key) }

// maxLooked is how many words of a review are looked up for that.
const maxLooked = 60

// moreTerms is how many words of a review More looks for.
const moreTerms = 12

// More finds reviews like one, by the words that are in it and in few others.
func (x *Index) More(ctx context.Context, key string, r Request) (out *Result, err error) {
	defer damaged(&err)
	v, err := openView(x.engine)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, v.close()) }()
	of, err := v.one(ctx, key)
	if err != nil {
		return nil, err
	}
	words, err := v.rarest(ctx, of.text)
	if err != nil {
		return nil, err
	}
	var some []finder
	for _, w := range words {
		some = append(some, term("words", w))
	}
	return v.answer(ctx, all([]finder{either(some), not(keyed(key))}), words, nil, r)
}

// rarest are the words of a text that the fewest reviews have, but more than one.
func (v *view) rarest(ctx context.Context, text string) ([]string, error) {
	type word struct {
		text    string
		reviews int
	}
	var words []word
	for _, w := range wordsOf(text) {
		if len(words) == maxLooked {
			break
		}
		if utf8.RuneCountInString(w) < 2 {
			continue
		}
		sets, err := v.find(ctx, term("words", w))
		if err != nil {
			return nil, err
		}
		if n := total(sets); n > 1 {
			words = append(words, word{w, n})
		}
	}
	slices.SortStableFunc(words, func(a, b word) int { return cmp.Compare(a.reviews, b.reviews) })
	var out []string
	for _, w := range words[:min(len(words), moreTerms)] {
		out = append(out, w.text)
	}
	return out, nil
}
