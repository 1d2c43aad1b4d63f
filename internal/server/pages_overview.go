package server

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"chaping/internal/crosstab"
	"chaping/internal/dsr"
	"chaping/internal/report"
)

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
