package server

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"chaping/classifier"
	"chaping/index"
	"chaping/internal/correction"
	"chaping/internal/dataset"
)

// parts are those of a hit's text.
func parts(h index.Hit) []index.Part { return index.Parts(h.Text, h.Highlights) }

// followUpParts are those of a hit's follow-up.
func followUpParts(h index.Hit) []index.Part { return index.Parts(h.FollowUp, h.FollowUpHighlights) }

// facetFields are the facets of the review page, in order.
var facetFields = []string{"category", "star", "courier", "province", "product", "owner", "month"}

// facetLink is a value of a facet that adds itself to the query, or takes itself out.
type facetLink struct {
	Name     string
	Count    int
	Query    string
	Selected bool
}

// facetGroup is a facet: its first values, and those that unfold.
type facetGroup struct {
	Field, Title string
	Links, Rest  []facetLink
	Cut          bool // there may be more values
}

const (
	pageSize   = 20 // reviews of a page
	facetSize  = 40 // values of a facet
	facetShown = 8  // values of a facet that are seen at once
)

// reviewsPage shows what a query finds.
func (s *Server) reviewsPage(w http.ResponseWriter, r *http.Request) error {
	if s.index == nil {
		return noDataset
	}
	ask := url.Values{"size": {strconv.Itoa(pageSize)}, "q": {r.URL.Query().Get("q")}, "from": {r.URL.Query().Get("from")}, "sort": {r.URL.Query().Get("sort")}}
	req, err := searchRequest(ask)
	if err != nil {
		return err
	}
	req.Facets, req.FacetSize = facetFields, facetSize
	data := map[string]any{"Title": "评价", "Q": req.Query, "Sort": req.Sort, "Queues": queues, "Empty": s.dir.Rows() == 0}
	result, err := s.index.Search(r.Context(), req)
	p := problemOf(err)
	if p == nil && err != nil {
		p = fail(http.StatusBadRequest, "%s", "查询有误：%s", err)
	}
	if p != nil {
		data["Wrong"] = p.inChinese()
		return s.render(w, r, p.Status, "reviews", data)
	}
	var chosen []facetLink
	var groups []facetGroup
	for _, field := range facetFields {
		g := s.facetGroup(field, result.Facets[field], req.Query)
		groups = append(groups, g)
		for _, l := range slices.Concat(g.Links, g.Rest) {
			if l.Selected {
				l.Name = g.Title + " " + l.Name
				chosen = append(chosen, l)
			}
		}
	}
	data["Result"], data["Groups"], data["Chosen"] = result, groups, chosen
	data["Page"], data["Pages"] = req.From/pageSize+1, max(1, (int(result.Total)+pageSize-1)/pageSize)
	data["Prev"], data["Next"] = "", ""
	if req.From > 0 {
		data["Prev"] = strconv.Itoa(max(0, req.From-pageSize))
	}
	if uint64(req.From+pageSize) < result.Total && req.From+2*pageSize <= index.MaxEnd {
		data["Next"] = strconv.Itoa(req.From + pageSize)
	}
	return s.render(w, r, http.StatusOK, "reviews", data)
}

// facetGroup makes links of the values of a facet: stars from five to one, months
// from the newest, others by their count.
func (s *Server) facetGroup(field string, counts []index.Count, query string) facetGroup {
	switch field {
	case "star", "month":
		slices.SortFunc(counts, func(a, b index.Count) int { return cmp.Compare(b.Value, a.Value) })
	}
	g := facetGroup{Field: field, Title: dimensionTitle(field), Cut: len(counts) == facetSize}
	var all []facetLink
	for _, c := range counts {
		l := facetLink{Name: s.name(field, c.Value), Count: c.Count}
		if field == "category" {
			l.Name = s.title(c.Value)
		}
		l.Query, l.Selected = index.Toggle(query, condition(field, c.Value))
		if c.Count > 0 || l.Selected {
			all = append(all, l)
		}
	}
	n := min(facetShown, len(all))
	if len(all) == n+1 {
		n++ // nobody unfolds one
	}
	g.Links, g.Rest = all[:n], all[n:]
	return g
}

// queue is a ready query with its name.
type queue struct{ Query, Title, About string }

var queues = []queue{
	{"队列:五星有问题", "五星有问题", "打了五星，文字里有抱怨"}, {"队列:一星没问题", "一星没问题", "打了一星，没说问题"},
	{"队列:未归类差评", "未归类差评", "低星，现有分类都对不上"}, {"队列:追评变差", "追评变差", "首评好，追评有问题"}, {"队列:可申诉", "可申诉", "广告、隐私、辱骂、未签收就评"},
}

// doubtQueue has the reviews whose labels show signs of being wrong.
var doubtQueue = queue{"队列:存疑", "存疑", "标签可能有误"}

// shownReview is a review for its page, personal data masked.
type shownReview struct {
	*dataset.Review
	Parts, FollowUpParts []index.Part
}

// show prepares a review for a page.
func (s *Server) show(r *dataset.Review) shownReview {
	m := masked(r)
	out := shownReview{Review: m, Parts: evidence(m.Record.Text, &m.Result)}
	if m.FollowUp != nil {
		out.FollowUpParts = evidence(m.Record.FollowUp, &m.FollowUp.Result)
	}
	return out
}

// evidence cuts a text at the hits that count.
func evidence(text string, r *classifier.Result) []index.Part {
	var list []index.Highlight
	for _, h := range r.Hits {
		list = append(list, index.Highlight{Start: h.Start, End: h.End, Kind: "evidence"})
	}
	return index.Parts(text, list)
}

// actionTitles say what a person did.
var actionTitles = map[correction.Action]string{
	correction.Accept: "标签无误", correction.Remove: "去掉", correction.Add: "补充", correction.Template: "判为模板好评", correction.Skip: "跳过",
}

// reviewPage shows one review.
func (s *Server) reviewPage(w http.ResponseWriter, r *http.Request) error {
	found, err := s.find(r, r.PathValue("key"))
	if err != nil {
		return err
	}
	more, err := s.index.More(r.Context(), found.Key, index.Request{Size: 5})
	if err != nil {
		return err
	}
	j, err := s.judge(r, found)
	if err != nil {
		return err
	}
	j.State, j.Back = cleanState{Key: found.Key}, r.URL.Path
	return s.render(w, r, http.StatusOK, "review", map[string]any{
		"Title": "评价 " + found.ID, "Judging": j, "More": more,
	})
}
