package server

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"chaping/classifier"
	"chaping/index"
	"chaping/internal/correction"
	"chaping/internal/crosstab"
	"chaping/internal/dataset"
	"chaping/internal/dsr"
	"chaping/internal/pii"
	"chaping/internal/report"
	"chaping/lexicon"
)

//go:embed ui
var uiFiles embed.FS

//go:embed openapi.json
var openAPIFile []byte

func openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(openAPIFile) // a client that is gone needs no answer
}

// templates has each page laid into layout.html. A template that is missing or
// wrong ends the program at its start.
func (s *Server) templates() map[string]*template.Template {
	funcs := template.FuncMap{
		"title": s.title, "short": func(id string) string { return report.ShortTitle(s.title(id)) }, "percent": report.Percent,
		"stars": func(n int) string { return strings.Repeat("★", n) + strings.Repeat("☆", 5-n) }, "parts": parts, "plus": func(a, b int) int { return a + b },
		"impactKey": s.impactKey, "f4": func(f *float64) string { return fmt.Sprintf("%.4f", *f) }, "times": func(f *float64) string { return fmt.Sprintf("%.1f", *f) },
		"query": func(q string) template.URL { return template.URL(url.Values{"q": {q}}.Encode()) },
	}
	pages := map[string]*template.Template{}
	names, err := fs.Glob(uiFiles, "ui/templates/*.html")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		page := strings.TrimSuffix(name[strings.LastIndexByte(name, '/')+1:], ".html")
		if page != "layout" {
			pages[page] = template.Must(template.New("layout.html").Funcs(funcs).ParseFS(uiFiles, "ui/templates/layout.html", name))
		}
	}
	return pages
}

// impactKey names a set of ratings.
func (s *Server) impactKey(k dsr.Key) string {
	parts := []string{k.Product, k.Courier, k.Province}
	if k.Category != "" {
		parts = append([]string{report.ShortTitle(s.title(k.Category))}, parts...)
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " × ")
}

// parts are those of a hit's text.
func parts(h index.Hit) []index.Part { return index.Parts(h.Text, h.Highlights) }

// pages adds the routes of the pages.
func (s *Server) pages(mux *http.ServeMux) {
	s.ui = s.templates()
	page := func(pattern string, want scope, h handler) {
		mux.Handle(pattern, s.measure(pattern, s.allow(want, s.limit(s.opt.MaxBodyBytes, s.handle(h)))))
	}
	static, err := fs.Sub(uiFiles, "ui/static")
	if err != nil {
		panic(err)
	}
	mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServerFS(static)))
	mux.Handle("GET /login", s.open(s.handle(func(w http.ResponseWriter, r *http.Request) error {
		return s.render(w, r, http.StatusOK, "login", map[string]any{"Title": "登录"})
	})))
	mux.Handle("POST /login", s.open(s.limitLogin(s.handle(s.login))))
	mux.Handle("POST /logout", s.open(s.limitLogin(s.handle(s.logout))))
	page("GET /{$}", mayRead, s.overviewPage)
	page("GET /reviews", mayRead, s.reviewsPage)
	page("GET /reviews/{key}", mayRead, s.reviewPage)
	page("GET /crosstab", mayRead, s.crosstabPage)
	page("GET /dsr", mayRead, s.dsrPage)
	page("GET /clean", mayRead, s.cleanPage)
	page("POST /clean", mayWrite, s.cleanAct)
	page("GET /lexicon", mayRead, s.lexiconPage)
	page("GET /import", mayRead, s.importPage)
	mux.Handle("POST /import", s.measure("POST /import", s.allow(mayWrite, s.limitStream(s.opt.MaxUploadBytes, s.handle(s.importAct)))))
}

// render writes a page. It is made before anything of it is sent.
func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, page string, data map[string]any) error {
	c := s.client(r)
	data["Path"], data["MayWrite"], data["Known"], data["MayLeave"] = r.URL.Path, c.write, c.known, c.known && len(s.opt.Tokens) > 0
	data["Lexicon"] = s.cls.Load().Lexicon().Hash
	var body bytes.Buffer
	if err := s.ui[page].Execute(&body, data); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return send(w, "text/html; charset=utf-8", status, body.Bytes())
}

// bar is a line of a bar chart.
type bar struct {
	Name, ID string
	Count    int
	Share    float64 // of all reviews, a fraction
	Width    int     // percent of the longest
}

// overviewPage shows the scores, what cost most and the commonest problems.
func (s *Server) overviewPage(w http.ResponseWriter, r *http.Request) error {
	if s.dir == nil || s.dir.Rows() == 0 {
		return s.render(w, r, http.StatusOK, "overview", map[string]any{"Title": "概览", "Empty": true})
	}
	summary, err := s.scores(url.Values{"days": {"30"}})
	if err != nil {
		return err
	}
	f, err := s.factsOf()
	if err != nil {
		return err
	}
	found, _, err := s.table(url.Values{"by": {"category,courier,region"}})
	if err != nil {
		return err
	}
	var costs []dsr.Impact
	for _, im := range summary.Impact {
		if im.Key.Category != "" && im.Key == (dsr.Key{Category: im.Key.Category}) && im.Without > 0 && len(costs) < 8 {
			costs = append(costs, im)
		}
	}
	problems, affected := bars(f.rows)
	return s.render(w, r, http.StatusOK, "overview", map[string]any{
		"Title": "概览", "Summary": summary, "Costs": costs, "Problems": problems, "Reviews": len(f.rows), "AnyProblem": affected,
		"Findings": report.Findings(found.Cells(), s.title, "条"), "Dimensions": dimensionTitles,
	})
}

// dimensionTitles are the names of the scores.
var dimensionTitles = []struct {
	D     dsr.Dimension
	Title string
}{{dsr.D, "描述相符"}, {dsr.S, "卖家服务"}, {dsr.L, "物流服务"}}

// bars counts reviews by category, the commonest first, and those with any.
func bars(rows []crosstab.Row) (list []bar, affected int) {
	counts := map[string]int{}
	for i := range rows {
		for _, p := range rows[i].Problems {
			counts[p.Category]++
		}
		affected += min(1, len(rows[i].Problems))
	}
	for id, n := range counts {
		list = append(list, bar{ID: id, Count: n, Share: float64(n) / float64(len(rows))})
	}
	slices.SortFunc(list, func(a, b bar) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.ID, b.ID)) })
	for i := range list {
		list[i].Width = max(1, 100*list[i].Count/list[0].Count)
	}
	return list, affected
}

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

// lexiconPage shows the taxonomy and tries a text.
func (s *Server) lexiconPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	ind := s.lexiconOf(cmp.Or(q.Get("industry"), s.opt.Industry))
	data := map[string]any{"Title": "词库", "Industry": ind, "IDs": s.cls.Load().Lexicon().IDs(), "Text": q.Get("text"), "Industries": s.industries()}
	type line struct {
		lexicon.Category
		Rules int
		Tally correction.Precision
	}
	var lines []line
	tallies := map[string]correction.Precision{}
	if s.dir != nil {
		_, tallies = correction.Precisions(s.dir.Corrections())
	}
	for _, c := range ind.Categories {
		l := line{Category: c, Tally: tallies[c.ID]}
		for _, rule := range ind.Rules {
			if rule.Category == c.ID {
				l.Rules++
			}
		}
		lines = append(lines, l)
	}
	data["Lines"] = lines
	if text := q.Get("text"); text != "" {
		e, err := s.cls.Load().Explain(ind.ID, text)
		if err != nil {
			return err
		}
		h := index.Hit{Text: text}
		for _, hit := range e.Result.Hits {
			h.Highlights = append(h.Highlights, index.Highlight{Start: hit.Start, End: hit.End, Kind: "evidence"})
		}
		data["Explanation"], data["Parts"], data["Reasons"] = e, parts(h), reasonTitles
	}
	return s.render(w, r, http.StatusOK, "lexicon", data)
}

// reasonTitles say in Chinese why a match does not count.
var reasonTitles = map[classifier.Reason]string{
	classifier.Negated: "被否定", classifier.Excluded: "属于更长的词", classifier.InWord: "在词语内部", classifier.Unless: "语境排除", classifier.Question: "疑问",
	classifier.Condition: "假设", classifier.Worry: "担心", classifier.Past: "以前的购买", classifier.Other: "别家商品", classifier.Hearsay: "转述", classifier.Unlike: "对比中胜出",
	classifier.Outranked: "被更准的规则取代", classifier.Weak: "已有更明确的问题", classifier.TooLong: "评价过长", classifier.Copied: "复制的文字", dataset.Corrected: "人工删除",
}

// industries lists the industries with their titles.
func (s *Server) industries() []*lexicon.Industry {
	lex := s.cls.Load().Lexicon()
	var out []*lexicon.Industry
	for _, id := range lex.IDs() {
		out = append(out, lex.Industry(id))
	}
	return out
}
