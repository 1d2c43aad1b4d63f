package server

import (
	"cmp"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"chaping/internal/crosstab"
	"chaping/internal/dsr"
	"chaping/internal/report"
)

// impactKind is a kind of sets of ratings.
type impactKind struct {
	ID, Title string
	has       func(k dsr.Key) bool
}

// impactKinds are those whose impact the DSR page shows.
var impactKinds = []impactKind{
	{"category", "问题", func(k dsr.Key) bool { return k == dsr.Key{Category: k.Category} }},
	{"product", "商品", func(k dsr.Key) bool { return k == dsr.Key{Product: k.Product} }},
	{"courier", "快递", func(k dsr.Key) bool { return k == dsr.Key{Courier: k.Courier} }},
	{"province", "省份", func(k dsr.Key) bool { return k == dsr.Key{Province: k.Province} }},
	{"cross", "问题 × 商品、快递、省份", func(k dsr.Key) bool { return k.Category != "" && k != dsr.Key{Category: k.Category} }},
}

const (
	shownImpacts = 12 // of a kind, in each score
	forecastDays = 60
	shownWhatIfs = 5 // of the costliest problems
)

// shownImpact is a set of ratings that lowers a score.
type shownImpact struct {
	dsr.Impact
	Name, Query string
	Unsure      bool // the interval has 0 in it, or there is none
}

// whatIf is a problem that might become rarer.
type whatIf struct {
	Category string
	Cut      int // percent
	Scores   []supposed
}

// supposed is a score as it would be.
type supposed struct {
	Dimension dsr.Dimension
	Mean      float64
	Shown     string
	Other     bool // Shown is another than now
}

// goal is the way of a score to its goal.
type goal struct {
	FiveStars int64
	Yuan      float64
	Never     bool // by five-stars alone
}

// dsrPage shows scores, impact, forecast and what-if.
func (s *Server) dsrPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	data := map[string]any{
		"Title": "DSR", "Profiles": dsr.Profiles(), "Profile": cmp.Or(q.Get("profile"), "taobao"), "AsOf": q.Get("as_of"), "Goal": q.Get("goal"),
		"Price": cmp.Or(q.Get("price"), strconv.Itoa(yuanPerFiveStar)), "Kinds": impactKinds, "Kind": cmp.Or(q.Get("kind"), impactKinds[0].ID), "Query": q,
	}
	if s.dir == nil {
		return noDataset
	}
	if s.dir.Rows() == 0 {
		return s.render(w, r, http.StatusOK, "dsr", data)
	}
	err := s.dsrData(q, data)
	if p := problemOf(err); p != nil && p.Status == http.StatusBadRequest {
		data["Wrong"] = p.inChinese()
		return s.render(w, r, p.Status, "dsr", data)
	}
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "dsr", data)
}

// dsrData computes what the page shows.
func (s *Server) dsrData(q url.Values, data map[string]any) error {
	price, err := strconv.ParseFloat(data["Price"].(string), 64)
	if err != nil || !(price >= 0 && price <= 1000) {
		return fail(http.StatusBadRequest, "price=%s: write 0 to 1000 yuan", "每个五星的费用 %s 有误，请填 0 到 1000 元", q.Get("price"))
	}
	counted, err := s.counted(q)
	if err != nil {
		return err
	}
	to, err := goalOf(q)
	if err != nil {
		return err
	}
	cuts, err := cutsOf(q)
	if err != nil {
		return err
	}
	kind := slices.IndexFunc(impactKinds, func(k impactKind) bool { return k.ID == data["Kind"] })
	if kind < 0 {
		return fail(http.StatusBadRequest, "kind=%s is not known", "没有这种分组：%s", q.Get("kind"))
	}
	data["Counted"], data["Scores"], data["Notes"] = counted, scoreCards(counted, forecastDays), report.Notes(counted)
	if to != nil {
		goals := map[dsr.Dimension]goal{}
		for _, d := range dsr.Dimensions {
			n, err := counted.Tallies[d].FiveStarsTo(to)
			goals[d] = goal{n, price * float64(n), err != nil}
		}
		data["Goals"] = goals
	}
	impacts := map[dsr.Dimension][]shownImpact{}
	for _, im := range counted.Impacts(dsr.ImpactOptions{Price: price, Seed: 1, Each: shownImpacts, Of: impactKinds[kind].has}) {
		if list := impacts[im.Dimension]; im.Without > 0 && len(list) < shownImpacts {
			impacts[im.Dimension] = append(list, shownImpact{im, s.impactName(im.Key), impactQuery(im.Key), im.Low == nil || *im.Low <= 0})
		}
	}
	data["Impacts"], data["WhatIfs"] = impacts, whatIfs(counted, cuts)
	return nil
}

// cutsOf reads the percentages by which problems might become rarer: cut.CATEGORY=50.
func cutsOf(q url.Values) (map[string]int, error) {
	cuts := map[string]int{}
	for name := range q {
		category, ok := strings.CutPrefix(name, "cut.")
		if !ok || q.Get(name) == "" {
			continue
		}
		n, err := strconv.Atoi(q.Get(name))
		if err != nil || n < 0 || n > 100 {
			return nil, fail(http.StatusBadRequest, "%s=%s: write 0 to 100 percent", "减少的比例 %[2]s 有误，请填 0 到 100", name, q.Get(name))
		}
		if n > 0 {
			cuts[category] = n
		}
	}
	return cuts, nil
}

// whatIfs are the costliest problems and those that are asked for.
func whatIfs(c *dsr.Counted, cuts map[string]int) []whatIf {
	var ids []string
	for _, im := range costs(c) {
		if len(ids) < shownWhatIfs {
			ids = append(ids, im.Key.Category)
		}
	}
	for id := range cuts {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids[min(shownWhatIfs, len(ids)):])
	var out []whatIf
	for _, id := range ids {
		w := whatIf{Category: id, Cut: cuts[id]}
		for _, d := range dsr.Dimensions {
			mean := c.WhatIf(id, float64(w.Cut)/100, d)
			shown := floored(mean, c.Profile.Decimals)
			w.Scores = append(w.Scores, supposed{d, mean, shown, shown != c.Tallies[d].Shown(c.Profile.Decimals)})
		}
		out = append(out, w)
	}
	return out
}

// floored is a score as platforms show it.
func floored(score float64, decimals int) string {
	scale := math.Pow10(decimals)
	return strconv.FormatFloat(math.Floor(score*scale+1e-9)/scale, 'f', decimals, 64)
}

// impactName names a set of ratings.
func (s *Server) impactName(k dsr.Key) string {
	parts := []string{"", k.Product, k.Courier, k.Province}
	if k.Category != "" {
		parts[0] = report.ShortTitle(s.title(k.Category))
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " × ")
}

// impactQuery finds the reviews of a set of ratings.
func impactQuery(k dsr.Key) string {
	var out []string
	for _, v := range []crosstab.Value{{Dimension: "category", Value: k.Category}, {Dimension: "product", Value: k.Product}, {Dimension: "courier", Value: k.Courier}, {Dimension: "province", Value: k.Province}} {
		if v.Value != "" {
			out = append(out, condition(v.Dimension, v.Value))
		}
	}
	return join(out...)
}
