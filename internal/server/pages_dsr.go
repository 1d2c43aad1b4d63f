package server

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"chaping/internal/dsr"
	"chaping/internal/report"
)

// impactKey names a set of ratings.
func (s *Server) impactKey(k dsr.Key) string {
	parts := []string{k.Product, k.Courier, k.Province}
	if k.Category != "" {
		parts = append([]string{report.ShortTitle(s.title(k.Category))}, parts...)
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " × ")
}

// dimensionTitles are the names of the scores.
var dimensionTitles = []struct {
	D     dsr.Dimension
	Title string
}{{dsr.D, "描述相符"}, {dsr.S, "卖家服务"}, {dsr.L, "物流服务"}}

// dsrPage shows scores, impact, forecast and what-if.
func (s *Server) dsrPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	ask := url.Values{"profile": {q.Get("profile")}, "as_of": {q.Get("as_of")}, "goal": {q.Get("goal")}, "days": {"60"}}
	if c, cut := q.Get("category"), q.Get("cut"); c != "" && cut != "" {
		ask["what_if"] = []string{c + "=-" + cut}
	}
	data := map[string]any{
		"Title": "DSR", "Profiles": dsr.Profiles(), "Profile": cmp.Or(q.Get("profile"), "taobao"), "AsOf": q.Get("as_of"), "Goal": q.Get("goal"),
		"Category": q.Get("category"), "Cut": cmp.Or(q.Get("cut"), "50"), "Dimensions": dimensionTitles, "Categories": s.lexiconOf(s.opt.Industry).Categories,
	}
	summary, err := s.scores(ask)
	if err != nil {
		if p := problemOf(err); p != nil {
			data["Wrong"] = p.inChinese()
			return s.render(w, r, p.Status, "dsr", data)
		}
		return err
	}
	impacts := map[dsr.Dimension][]dsr.Impact{}
	for _, im := range summary.Impact {
		if im.Without > 0 && len(impacts[im.Dimension]) < 12 {
			impacts[im.Dimension] = append(impacts[im.Dimension], im)
		}
	}
	data["Summary"], data["Impacts"] = summary, impacts
	if n := len(summary.Forecast); n > 0 {
		data["Days"] = []dsr.Day{summary.Forecast[min(6, n-1)], summary.Forecast[min(29, n-1)], summary.Forecast[n-1]}
	}
	return s.render(w, r, http.StatusOK, "dsr", data)
}
