package index

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
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
	FacetSize int // values of a facet, default 20
}

// Result is what a request finds.
type Result struct {
	Total  uint64             `json:"total"`
	Hits   []Hit              `json:"hits"`
	Facets map[string][]Count `json:"facets,omitempty"`
}

// Hit is a review.
type Hit struct {
	Key      string   `json:"key"` // in the dataset
	ID       string   `json:"id"`
	Text     string   `json:"text"`
	FollowUp string   `json:"follow_up,omitempty"`
	Labels   []string `json:"labels"`
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

// MaxEnd bounds paging, From + Size of a request: the engine keeps all hits up to
// the page's end.
const MaxEnd = 100_000

// Search answers a request. The error is a [*QueryError] where the query is wrong.
func (x *Index) Search(ctx context.Context, r Request) (*Result, error) {
	n, err := parse(r.Query)
	if err != nil {
		return nil, err
	}
	q, err := n.build()
	if err != nil {
		return nil, err
	}
	terms := n.terms(nil)
	if len(terms) == 0 && cmp.Or(r.Sort, "score") == "score" {
		r.Sort = "time" // conditions alone rank nothing
	}
	return x.find(ctx, q, terms, r)
}

// find asks the engine.
func (x *Index) find(ctx context.Context, q query.Query, terms []string, r Request) (*Result, error) {
	if r.Size < 0 || r.Size > MaxEnd || r.From < 0 || r.From > MaxEnd-r.Size {
		return nil, fmt.Errorf("a page ends at %d at most: make the query narrower, or export", MaxEnd)
	}
	req := bleve.NewSearchRequestOptions(q, r.Size, r.From, false)
	req.Fields = []string{"stored"}
	switch r.Sort {
	case "", "score":
		req.SortBy([]string{"-_score", "-time", "_id"})
	case "time":
		req.SortBy([]string{"-time", "_id"})
		req.Score = "none"
	case "doubt":
		req.SortBy([]string{"-doubts", "-time", "_id"})
		req.Score = "none"
	default:
		return nil, fmt.Errorf("sort is %q: write score, time or doubt", r.Sort)
	}
	for _, name := range r.Facets {
		if !slices.Contains(facetFields, name) {
			return nil, fmt.Errorf("no facet is called %q: known are %s", name, strings.Join(facetFields, ", "))
		}
		req.AddFacet(name, bleve.NewFacetRequest(name, cmp.Or(r.FacetSize, 20)))
	}
	found, err := x.ask(ctx, req)
	if err != nil {
		return nil, err
	}
	out := &Result{Total: found.Total, Hits: []Hit{}}
	for _, h := range found.Hits {
		hit, err := newHit(h, terms)
		if err != nil {
			return nil, err
		}
		out.Hits = append(out.Hits, hit)
	}
	if len(r.Facets) > 0 {
		out.Facets = map[string][]Count{}
		for _, name := range r.Facets {
			out.Facets[name] = counts(found.Facets[name])
		}
	}
	return out, nil
}

// ask hands a request to the engine, which does not expect damaged files.
func (x *Index) ask(ctx context.Context, req *bleve.SearchRequest) (found *bleve.SearchResult, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the search index is damaged (%v): run chaping reindex --data DIR", p)
		}
	}()
	return x.engine.SearchInContext(ctx, req)
}

// keysPage is how many keys Keys asks for at a time.
const keysPage = 10_000

// Keys gives the keys of all reviews that a query finds, in order of key.
func (x *Index) Keys(ctx context.Context, text string, see func(key string)) error {
	n, err := parse(text)
	if err != nil {
		return err
	}
	q, err := n.build()
	if err != nil {
		return err
	}
	for after := ""; ; {
		req := bleve.NewSearchRequestOptions(q, keysPage, 0, false)
		req.SortBy([]string{"_id"})
		req.Score = "none"
		if after != "" {
			req.SetSearchAfter([]string{after})
		}
		found, err := x.ask(ctx, req)
		if err != nil {
			return err
		}
		for _, h := range found.Hits {
			see(h.ID)
			after = h.ID
		}
		if len(found.Hits) < keysPage {
			return nil
		}
	}
}

func counts(f *search.FacetResult) []Count {
	out := []Count{}
	if f == nil {
		return out
	}
	for _, t := range f.Terms.Terms() {
		out = append(out, Count{t.Term, t.Count})
	}
	slices.SortStableFunc(out, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value)) })
	return out
}

// newHit reads what is stored of a hit.
func newHit(h *search.DocumentMatch, terms []string) (Hit, error) {
	text, _ := h.Fields["stored"].(string)
	var s stored
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return Hit{}, fmt.Errorf("review %s: the index is damaged (%v): run chaping reindex", h.ID, err)
	}
	hit := Hit{
		Key: h.ID, ID: s.ID, Text: s.Text, FollowUp: s.FollowUp, Labels: s.Labels, Template: s.Template, Star: s.Star, Product: s.Product, SKU: s.SKU,
		Courier: s.Courier, Province: s.Province, Score: h.Score,
		Highlights: highlights(s.Text, terms, s.Evidence), FollowUpHighlights: highlights(s.FollowUp, terms, s.FollowUpEvidence),
	}
	if s.Time != 0 {
		t := time.Unix(s.Time, 0).In(zone)
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
	req := bleve.NewSearchRequestOptions(bleve.NewDocIDQuery([]string{key}), 1, 0, false)
	req.Fields = []string{"stored"}
	found, err := x.ask(ctx, req)
	if err != nil {
		return "", 0, err
	}
	if len(found.Hits) == 0 {
		return "", 0, fmt.Errorf("%w: %q", ErrNoReview, key)
	}
	text, _ := found.Hits[0].Fields["stored"].(string)
	var s stored
	err = json.Unmarshal([]byte(text), &s)
	return s.Segment, s.Index, err
}

// ErrNoReview says that no review has the key.
var ErrNoReview = errors.New("no review has the key")

// maxLooked is how many words of a review are looked up for that.
const maxLooked = 60

// moreTerms is how many words of a review More looks for.
const moreTerms = 12

// More finds reviews like one, by the words that are in it and in few others.
func (x *Index) More(ctx context.Context, key string, r Request) (*Result, error) {
	of, err := x.find(ctx, bleve.NewDocIDQuery([]string{key}), nil, Request{Size: 1})
	if err != nil {
		return nil, err
	}
	if of.Total == 0 {
		return nil, fmt.Errorf("%w: %q", ErrNoReview, key)
	}
	words := bleve.NewMatchQuery(rarest(x.engine, of.Hits[0].Text))
	words.SetField("words")
	b := bleve.NewBooleanQuery()
	b.AddMust(words)
	b.AddMustNot(bleve.NewDocIDQuery([]string{key}))
	return x.find(ctx, b, nil, r)
}

// rarest joins the words of a text that the fewest reviews have.
func rarest(engine bleve.Index, text string) string {
	type word struct {
		text string
		docs uint64
	}
	var words []word
	for _, t := range cutWords([]byte(text)) {
		if len(words) == maxLooked {
			break
		}
		w := string(t.Term)
		if utf8.RuneCountInString(w) < 2 || slices.ContainsFunc(words, func(o word) bool { return o.text == w }) {
			continue
		}
		found, err := engine.Search(bleve.NewSearchRequestOptions(term("words", w), 0, 0, false))
		if err == nil && found.Total > 1 {
			words = append(words, word{w, found.Total})
		}
	}
	slices.SortStableFunc(words, func(a, b word) int { return cmp.Compare(a.docs, b.docs) })
	var out []string
	for _, w := range words[:min(len(words), moreTerms)] {
		out = append(out, w.text)
	}
	return strings.Join(out, " ")
}
