package server

import (
	"net/http"

	"chaping/index"
	"chaping/internal/dataset"
	"chaping/internal/pii"
)

// parts are those of a hit's text.
func parts(h index.Hit) []index.Part { return index.Parts(h.Text, h.Highlights) }

// facetTitles are the facets of the review page, in order.
var facetTitles = []struct{ Field, Title string }{
	{"category", "问题"}, {"star", "星级"}, {"courier", "快递"}, {"province", "省份"}, {"product", "商品"}, {"owner", "责任部门"}, {"month", "月份"},
}

// facetLink is a value of a facet that adds itself to the query, or takes itself out.
type facetLink struct {
	Name     string
	Count    int
	Query    string
	Selected bool
}

type facetGroup struct {
	Title string
	Links []facetLink
}

// pageSize is how many reviews a page shows.
const pageSize = 20

// reviewsPage shows what a query finds.
func (s *Server) reviewsPage(w http.ResponseWriter, r *http.Request) error {
	if s.index == nil {
		return noDataset
	}
	q := r.URL.Query().Get("q")
	from, err := number(r.URL.Query(), "from", 0)
	if err != nil {
		return err
	}
	req := index.Request{Query: q, Size: pageSize, From: max(0, from), Sort: r.URL.Query().Get("sort"), FacetSize: 12}
	for _, f := range facetTitles {
		req.Facets = append(req.Facets, f.Field)
	}
	data := map[string]any{"Title": "评价", "Q": q, "Sort": req.Sort, "Queues": queues}
	result, err := s.index.Search(r.Context(), req)
	p := problemOf(err)
	if p != nil && p.At != nil {
		data["Wrong"] = p.inChinese()
		return s.render(w, r, http.StatusBadRequest, "reviews", data)
	}
	if err != nil && p == nil {
		return fail(http.StatusBadRequest, "%s", "查询有误：%s", err)
	}
	if err != nil {
		return err
	}
	var groups []facetGroup
	for _, f := range facetTitles {
		g := facetGroup{Title: f.Title}
		for _, c := range result.Facets[f.Field] {
			link := facetLink{Name: c.Value, Count: c.Count}
			switch f.Field {
			case "category":
				link.Name = s.title(c.Value)
			case "star":
				link.Name += " 星"
			}
			link.Query, link.Selected = index.Toggle(q, index.Condition(f.Field, c.Value))
			if c.Count > 0 || link.Selected {
				g.Links = append(g.Links, link)
			}
		}
		groups = append(groups, g)
	}
	data["Result"], data["Groups"], data["From"], data["Next"], data["Prev"] = result, groups, req.From, req.From+pageSize, max(0, req.From-pageSize)
	data["HasNext"] = uint64(req.From+pageSize) < result.Total
	return s.render(w, r, http.StatusOK, "reviews", data)
}

// queues are the ready queries with their names.
var queues = []struct{ Query, Title, About string }{
	{"queue:hidden", "五星有问题", "打了五星，文字里有抱怨"}, {"queue:wrong-star", "一星没问题", "打了一星，没说问题"},
	{"queue:unmapped", "未归类差评", "低星，现有分类都对不上"}, {"queue:turned", "追评变差", "首评好，追评有问题"}, {"queue:appeal", "可申诉", "广告、隐私、辱骂、未签收就评"},
}

// shownReview is a review for its page.
type shownReview struct {
	*dataset.Review
	Parts    []index.Part
	FollowUp string
}

// show prepares a review for a page.
func (s *Server) show(r *dataset.Review) shownReview {
	spans := pii.Find(r.Record.Text)
	h := index.Hit{Text: pii.Mask(r.Record.Text)}
	for _, hit := range r.Hits {
		h.Highlights = append(h.Highlights, index.Highlight{Start: pii.Shift(spans, hit.Start), End: pii.Shift(spans, hit.End), Kind: "evidence"})
	}
	out := shownReview{Review: r, Parts: parts(h)}
	out.Review = masked(r)
	out.FollowUp = out.Record.FollowUp
	return out
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
	return s.render(w, r, http.StatusOK, "review", map[string]any{"Title": "评价 " + found.ID, "Review": s.show(found), "More": more, "Categories": s.lexiconOf(found.Record.Industry).Categories})
}
