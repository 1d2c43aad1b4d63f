package server

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"chaping/internal/crosstab"
	"chaping/internal/dsr"
	"chaping/internal/report"
	"chaping/internal/trend"
)

// finding is a cell in words, with the query of its reviews.
type finding struct{ Text, Query string }

// findings are the surest cells of a table.
func (s *Server) findings(t *counts, cells []crosstab.Cell) []finding {
	var out []finding
	for _, c := range report.Surest(cells) {
		out = append(out, finding{report.Finding(c, s.title, report.Unit(t.base == "orders")), cellQuery(c)})
	}
	return out
}

// bar is a line of a bar chart.
type bar struct {
	ID    string
	Count int
	Share float64 // of all reviews, a fraction
	Width int     // percent of the longest
}

// shownBars is how many problems the overview shows at once; the rest unfolds.
const shownBars = 10

// overviewPage shows the scores, what cost most, what changed and the commonest problems.
func (s *Server) overviewPage(w http.ResponseWriter, r *http.Request) error {
	data := map[string]any{"Title": "概览", "Profiles": dsr.Profiles(), "Profile": cmp.Or(r.URL.Query().Get("profile"), "taobao")}
	if s.dir == nil || s.dir.Rows() == 0 {
		data["Empty"], data["Off"] = true, s.dir == nil
		return s.render(w, r, http.StatusOK, "overview", data)
	}
	ask := url.Values{"profile": {r.URL.Query().Get("profile")}}
	counted, err := s.counted(ask)
	if err != nil {
		return err
	}
	f, err := s.factsOf()
	if err != nil {
		return err
	}
	found, err := s.table(url.Values{"by": {"category,courier,region"}})
	if err != nil {
		return err
	}
	changes, err := s.trendsOf(url.Values{})
	if err != nil {
		return err
	}
	list, affected := bars(f.rows)
	data["Scores"], data["AsOf"], data["Window"] = scoreCards(counted, 0), counted.AsOf, counted.Profile.Window
	data["Costs"], data["Findings"] = costs(counted), s.findings(found, found.Cells())
	data["Worse"], data["Better"], data["Before"], data["After"] = worse(changes), better(changes), changes.Before, changes.After
	data["Problems"], data["Rest"], data["Reviews"], data["AnyProblem"] = list[:min(shownBars, len(list))], list[min(shownBars, len(list)):], len(f.rows), affected
	return s.render(w, r, http.StatusOK, "overview", data)
}

// shownCosts is how many problems the overview lists by what they cost.
const shownCosts = 8

// costs are the problems that lower a score most, each once, with the score that
// it lowers most.
func costs(c *dsr.Counted) []dsr.Impact {
	var out []dsr.Impact
	seen := map[string]bool{}
	for _, im := range c.Impacts(dsr.ImpactOptions{Price: yuanPerFiveStar, Samples: -1, Of: impactKinds[0].has}) { // the gravest first
		if im.Without > 0 && !seen[im.Key.Category] && len(out) < shownCosts {
			out = append(out, im)
		}
		seen[im.Key.Category] = true
	}
	return out
}

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

// worse and better are the categories whose share changed beyond chance, the
// greatest change first.
func worse(t *trends) []trend.Change  { return sure(t, 1) }
func better(t *trends) []trend.Change { return sure(t, -1) }

func sure(t *trends, sign float64) []trend.Change {
	var out []trend.Change
	for _, c := range t.Categories {
		if c.Change.Sure && sign*c.Change.Difference > 0 {
			out = append(out, c.Change)
		}
	}
	slices.SortFunc(out, func(a, b trend.Change) int { return cmp.Compare(sign*b.Difference, sign*a.Difference) })
	return out
}
