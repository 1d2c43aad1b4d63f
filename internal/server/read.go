package server

import (
	"cmp"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"chaping/classifier"
	"chaping/index"
	"chaping/internal/crosstab"
	"chaping/internal/dataset"
	"chaping/internal/dsr"
	"chaping/internal/names"
	"chaping/internal/pii"
	"chaping/internal/report"
	"chaping/internal/review"
	"chaping/internal/writer"
	"chaping/lexicon"
)

// lexicon is the hash of the rules.
func (s *Server) lexicon() string { return s.cls.Load().Lexicon().Hash }

// title is a category's Chinese title.
func (s *Server) title(category string) string {
	return writer.Options{Lexicon: s.cls.Load().Lexicon(), Industry: s.opt.Industry}.Title(category)
}

// taxonomy answers GET /taxonomy: the categories of every industry.
func (s *Server) taxonomy(w http.ResponseWriter, _ *http.Request) error {
	type category struct {
		ID        string `json:"id"`
		ZH        string `json:"zh"`
		EN        string `json:"en"`
		Dimension string `json:"dimension"`
		Owner     string `json:"owner"`
	}
	type industry struct {
		ID         string     `json:"id"`
		ZH         string     `json:"zh"`
		EN         string     `json:"en"`
		Categories []category `json:"categories"`
	}
	lex := s.cls.Load().Lexicon()
	var out []industry
	for _, id := range lex.IDs() {
		ind := lex.Industry(id)
		one := industry{ID: id, ZH: ind.Title.ZH, EN: ind.Title.EN}
		for _, c := range ind.Categories {
			one.Categories = append(one.Categories, category{c.ID, c.Title.ZH, c.Title.EN, string(c.Dimension), c.Owner})
		}
		out = append(out, one)
	}
	return reply(w, map[string]any{"lexicon": lex.Hash, "industries": out})
}

// noDataset is the answer where only classification is offered.
var noDataset = fail(http.StatusNotFound, "no dataset is served: start with chaping serve --data DIR", "没有数据：请用 chaping serve --data 目录 启动")

// number reads a whole number of a query string.
func number(q url.Values, name string, otherwise int) (int, error) {
	if q.Get(name) == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(q.Get(name))
	if err != nil {
		return 0, fail(http.StatusBadRequest, "%s=%s: write a number", "%s=%s：请填整数", name, q.Get(name))
	}
	return n, nil
}

// list reads values with commas between.
func list(q url.Values, name string) []string {
	var out []string
	for _, v := range strings.Split(q.Get(name), ",") {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// maxSize is how many reviews a page of a search has at most.
const maxSize = 200

// searchRequest reads q, size, from, sort and facet.
func searchRequest(q url.Values) (index.Request, error) {
	size, err := number(q, "size", 10)
	if err != nil {
		return index.Request{}, err
	}
	if size < 0 || size > maxSize {
		return index.Request{}, fail(http.StatusBadRequest, "size must be 0 to %d", "每页最多 %d 条", maxSize)
	}
	from, err := fromOf(q, size)
	return index.Request{Query: q.Get("q"), Size: size, From: from, Sort: q.Get("sort"), Facets: list(q, "facet")}, err
}

// fromOf reads how many hits come before a page of a size.
func fromOf(q url.Values, size int) (int, error) {
	from, err := number(q, "from", 0)
	if err == nil && (from < 0 || from > index.MaxEnd-size) {
		err = fail(http.StatusBadRequest, "from must be 0 to %d: narrow the query to see others", "最多翻到第 %d 条，请缩小查询范围", index.MaxEnd-size)
	}
	return from, err
}

// search answers GET /search.
func (s *Server) search(w http.ResponseWriter, r *http.Request) error {
	if s.index == nil {
		return noDataset
	}
	req, err := searchRequest(r.URL.Query())
	if err != nil {
		return err
	}
	result, err := s.index.Search(r.Context(), req)
	if err != nil && problemOf(err) == nil {
		return fail(http.StatusBadRequest, "%s", "查询有误：%s", err)
	}
	if err != nil {
		return err
	}
	return reply(w, struct {
		*index.Result
		Lexicon string `json:"lexicon"`
	}{result, s.lexicon()})
}

// find reads the review with a key.
func (s *Server) find(r *http.Request, key string) (*dataset.Review, error) {
	if s.index == nil {
		return nil, noDataset
	}
	segment, i, err := s.index.Place(r.Context(), key)
	if err != nil {
		return nil, err
	}
	return s.dir.At(segment, i)
}

// findAll reads the reviews with some keys. Those that no review has are left out.
func (s *Server) findAll(r *http.Request, keys []string) (map[string]*dataset.Review, error) {
	if s.index == nil {
		return nil, noDataset
	}
	places, err := s.index.Places(r.Context(), keys)
	if err != nil {
		return nil, err
	}
	out := make(map[string]*dataset.Review, len(places))
	return out, s.dir.Pick(places, func(v *dataset.Review) error {
		out[v.Key] = v
		return nil
	})
}

// review answers GET /reviews/{id} with everything that is known of a review,
// personal data masked.
func (s *Server) review(w http.ResponseWriter, r *http.Request) error {
	found, err := s.find(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	return reply(w, masked(found))
}

// masked is a review without personal data, with the places of its hits in the
// masked texts.
func masked(r *dataset.Review) *dataset.Review {
	c := *r
	c.Annotation = writer.Options{}.Masked(&r.Annotation)
	shown := writer.Options{}.Shown(*r.Record)
	c.Record = &shown
	shift(&c.Result, pii.Find(r.Record.Text))
	if c.FollowUp != nil {
		shift(&c.FollowUp.Result, pii.Find(r.Record.FollowUp))
	}
	return &c
}

// shift moves hits to where they are in a masked text.
func shift(r *classifier.Result, spans []pii.Span) {
	move := func(h *classifier.Hit) { h.Start, h.End = pii.Shift(spans, h.Start), pii.Shift(spans, h.End) }
	for i := range r.Hits {
		move(&r.Hits[i])
	}
	for i := range r.Suppressed {
		move(&r.Suppressed[i].Hit)
	}
}

// counts are a table of the dataset's reviews.
type counts struct {
	*crosstab.Table
	by   []string
	base string // orders or reviews
}

// table makes the table that by, within, min_n and base of a query string ask for.
func (s *Server) table(q url.Values) (*counts, error) {
	minN, err := number(q, "min_n", 20)
	if err != nil {
		return nil, err
	}
	by := list(q, "by")
	if len(by) == 0 {
		by = []string{"category"}
	}
	dimensions := slices.Clone(by)
	within := map[string]string{}
	for _, w := range q["within"] {
		name, value, ok := strings.Cut(w, "=")
		if !ok {
			return nil, fail(http.StatusBadRequest, "within=%s: write DIMENSION=VALUE", "筛选 %s 应写成 维度=值", w)
		}
		within[name] = value
		dimensions = append(dimensions, name)
	}
	f, err := s.factsOf()
	if err != nil {
		return nil, err
	}
	c := &counts{by: by, base: q.Get("base")}
	switch {
	case c.base == "orders" && f.shipped == nil:
		return nil, fail(http.StatusBadRequest, "base=orders: the dataset has no orders, import an order export", "还没有导入订单，无法按发货量计算")
	case c.base == "" && f.shipped != nil && crosstab.Shipped(dimensions...):
		c.base = "orders"
	case c.base == "":
		c.base = "reviews"
	case c.base != "orders" && c.base != "reviews":
		return nil, fail(http.StatusBadRequest, "base=%s: write orders or reviews", "基数 %s 有误，请写 orders 或 reviews", c.base)
	}
	opt := crosstab.Options{By: by, Within: within, MinN: minN}
	if c.base == "orders" {
		opt.Orders = f.shipped.Base(dimensions...)
	}
	if c.Table, err = crosstab.New(opt); err != nil {
		return nil, fail(http.StatusBadRequest, "%s", "维度有误：%s", err)
	}
	for i := range f.rows {
		if c.base == "reviews" {
			c.Add(&f.rows[i])
		} else if at := f.places[i]; at >= 0 {
			row := f.rows[i]
			f.shipped.Place(at, &row)
			c.Add(&row)
		}
	}
	return c, nil
}

// crosstab answers GET /crosstab.
func (s *Server) crosstab(w http.ResponseWriter, r *http.Request) error {
	t, err := s.table(r.URL.Query())
	if err != nil {
		return err
	}
	cells := t.Cells()
	if cells == nil {
		cells = []crosstab.Cell{}
	}
	return reply(w, map[string]any{"by": t.by, "base": t.base, "findings": report.Findings(cells, s.title, report.Unit(t.base == "orders")), "cells": cells, "lexicon": s.lexicon()})
}

// yuanPerFiveStar is what a five-star costs where nobody says otherwise.
const yuanPerFiveStar = 2

// counted counts the ratings as profile and as_of ask for.
func (s *Server) counted(q url.Values) (*dsr.Counted, error) {
	f, err := s.factsOf()
	if err != nil {
		return nil, err
	}
	profile, err := dsr.ProfileOf(cmp.Or(q.Get("profile"), "taobao"))
	if err != nil {
		return nil, fail(http.StatusBadRequest, "profile: %[2]s", "没有平台规则 %[1]s", q.Get("profile"), err)
	}
	asOf := f.ratings.Newest().In(review.Shanghai)
	if v := q.Get("as_of"); v != "" {
		if asOf, err = asOfDay(v); err != nil {
			return nil, err
		}
	}
	return dsr.Count(&f.ratings, profile, asOf), nil
}

// goalOf reads the score to reach; nil for none.
func goalOf(q url.Values) (*big.Rat, error) {
	v := q.Get("goal")
	if v == "" {
		return nil, nil
	}
	goal, err := dsr.ParseScore(v)
	if err != nil {
		return nil, fail(http.StatusBadRequest, "goal: %[2]s", "目标分 %[1]s 有误，请填 1 到 5 之间的数，如 4.8", v, err)
	}
	return goal, nil
}

// scores computes what profile, as_of, goal, days and what_if ask for.
func (s *Server) scores(q url.Values) (*dsr.Summary, error) {
	counted, err := s.counted(q)
	if err != nil {
		return nil, err
	}
	opt := dsr.SummaryOptions{ImpactOptions: dsr.ImpactOptions{Price: yuanPerFiveStar, Seed: 1}, WhatIf: map[string]float64{}}
	if opt.Days, err = number(q, "days", 30); err != nil {
		return nil, err
	}
	if opt.Days < 0 || opt.Days > 3660 {
		return nil, fail(http.StatusBadRequest, "days must be 0 to 3660", "天数应为 0 到 3660")
	}
	if opt.Goal, err = goalOf(q); err != nil {
		return nil, err
	}
	for _, v := range q["what_if"] {
		category, change, _ := strings.Cut(v, "=")
		n, err := strconv.ParseFloat(strings.TrimSuffix(change, "%"), 64)
		if err != nil || !(n <= 0 && n >= -100) {
			return nil, fail(http.StatusBadRequest, "what_if=%s: write CATEGORY=-50%%", "假设 %s 有误，请写成 分类=-50%%", v)
		}
		opt.WhatIf[category] = -n / 100
	}
	summary := dsr.Summarise(counted, opt)
	return &summary, nil
}

// asOfDay reads the date of as_of.
func asOfDay(v string) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, v, review.Shanghai)
	if err != nil || t.Year() < 2000 || t.Year() > 2100 {
		return t, fail(http.StatusBadRequest, "as_of=%s: write a date such as 2026-06-30", "截止日期 %s 有误，请写成 2026-06-30", v)
	}
	return t, nil
}

// dsr answers GET /dsr.
func (s *Server) dsr(w http.ResponseWriter, r *http.Request) error {
	summary, err := s.scores(r.URL.Query())
	if err != nil {
		return err
	}
	return reply(w, struct {
		*dsr.Summary
		Lexicon string `json:"lexicon"`
	}{summary, s.lexicon()})
}

// options say how reviews are indexed.
func (s *Server) indexOptions() index.Options {
	return index.Options{Lexicon: s.cls.Load().Lexicon(), Industry: s.opt.Industry}
}

// lexiconOf is the industry of a page, generic where it is not known.
func (s *Server) lexiconOf(id string) *lexicon.Industry {
	lex := s.cls.Load().Lexicon()
	if ind := lex.Industry(names.Industry(id)); ind != nil {
		return ind
	}
	return lex.Industry(cmp.Or(s.opt.Industry, "generic"))
}
