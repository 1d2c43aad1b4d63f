package server

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"chaping/index"
	"chaping/internal/correction"
	"chaping/internal/crosstab"
	"chaping/internal/dsr"
	"chaping/internal/report"
)

// dimensionChoices are what a cross-tab can be broken down by, in Chinese.
var dimensionChoices = []struct{ ID, Title string }{
	{"category", "问题"}, {"owner", "责任部门"}, {"product", "商品"}, {"sku", "规格"}, {"courier", "快递"}, {"province", "省份"}, {"region", "大区"}, {"city", "城市"},
	{"month", "月份"}, {"week", "周"}, {"star", "星级"},
}

// heatCell is a cell of the heatmap.
type heatCell struct {
	*crosstab.Cell
	Query string // of the reviews behind it
	Heat  int    // 0 to 9
}

// maxColumns and maxRows bound what a heatmap shows.
const (
	maxColumns = 12
	maxRows    = 40
)

// crosstabPage shows a heatmap of two dimensions.
func (s *Server) crosstabPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	rows, cols := cmp.Or(q.Get("rows"), "category"), cmp.Or(q.Get("cols"), "courier")
	ask := url.Values{"by": {rows + "," + cols}, "min_n": {q.Get("min_n")}}
	if v := q.Get("value"); v != "" && q.Get("within") != "" {
		ask["within"] = []string{q.Get("within") + "=" + v}
	}
	data := map[string]any{"Title": "交叉分析", "Rows": rows, "Cols": cols, "Within": q.Get("within"), "Value": q.Get("value"), "Choices": dimensionChoices}
	t, _, err := s.table(ask)
	if err != nil {
		if p := problemOf(err); p != nil {
			data["Wrong"] = p.inChinese()
			return s.render(w, r, p.Status, "crosstab", data)
		}
		return err
	}
	cells := t.Cells()
	data["Findings"] = report.Findings(cells, s.title, "条")
	data["Heads"], data["Grid"] = s.grid(cells, rows, cols, ask.Get("within"))
	return s.render(w, r, http.StatusOK, "crosstab", data)
}

// gridRow is a row of the heatmap.
type gridRow struct {
	Name  string
	Cells []heatCell
}

// grid lays cells out, the rows and columns with the most reviews first.
func (s *Server) grid(cells []crosstab.Cell, rows, cols, within string) (heads []string, grid []gridRow) {
	rowSum, colSum := map[string]int{}, map[string]int{}
	at := map[[2]string]*crosstab.Cell{}
	top := 0.0
	for i := range cells {
		c := &cells[i]
		row, col := c.Key.Of(rows), c.Key.Of(cols)
		rowSum[row] += c.Count
		colSum[col] += c.Count
		at[[2]string{row, col}] = c
		if !c.Small {
			top = max(top, c.Rate)
		}
	}
	columns := ranked(colSum, maxColumns)
	for _, row := range ranked(rowSum, maxRows) {
		line := gridRow{Name: s.name(rows, row)}
		for _, col := range columns {
			h := heatCell{Cell: at[[2]string{row, col}]}
			if h.Cell != nil {
				h.Query = conditions(rows, row, cols, col, within)
				if !h.Small && top > 0 {
					h.Heat = min(9, int(10*h.Rate/top))
				}
			}
			line.Cells = append(line.Cells, h)
		}
		grid = append(grid, line)
	}
	for _, col := range columns {
		heads = append(heads, s.name(cols, col))
	}
	return heads, grid
}

// ranked lists the keys with the largest sums.
func ranked(sums map[string]int, limit int) []string {
	keys := slices.SortedFunc(maps.Keys(sums), func(a, b string) int { return cmp.Or(cmp.Compare(sums[b], sums[a]), cmp.Compare(a, b)) })
	return keys[:min(limit, len(keys))]
}

// name is a value as people know it.
func (s *Server) name(dimension, value string) string {
	if dimension == "category" {
		return report.ShortTitle(s.title(value))
	}
	return value
}

// conditions is the query of a cell's reviews.
func conditions(rows, row, cols, col, within string) string {
	out := []string{condition(rows, row), condition(cols, col)}
	if name, value, ok := strings.Cut(within, "="); ok {
		out = append(out, condition(name, value))
	}
	return strings.Join(out, " ")
}

// condition finds the reviews of a value of a dimension.
func condition(dimension, value string) string {
	if value == crosstab.Unknown {
		value = ""
	}
	if dimension == "week" { // which the index knows as a time
		dimension = "time"
	}
	return index.Condition(dimension, value)
}

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

// cleanPage shows the first review of a query that no one has looked at.
func (s *Server) cleanPage(w http.ResponseWriter, r *http.Request) error {
	if s.index == nil {
		return noDataset
	}
	q := r.URL.Query().Get("q")
	data := map[string]any{"Title": "清洗", "Q": q, "Undo": r.URL.Query().Get("undo"), "Queues": queues}
	ask := "corrected:false"
	if q != "" {
		ask = "(" + q + ") " + ask
	}
	result, err := s.index.Search(r.Context(), index.Request{Query: ask, Size: 1, Sort: "time"})
	if p := problemOf(err); p != nil && p.At != nil {
		if q != "" {
			*p.At = max(0, *p.At-1) // the parenthesis is ours
		}
		data["Wrong"] = p.inChinese()
		return s.render(w, r, http.StatusBadRequest, "clean", data)
	}
	if err != nil {
		return err
	}
	data["Left"] = result.Total
	if len(result.Hits) > 0 {
		found, err := s.find(r, result.Hits[0].Key)
		if err != nil {
			return err
		}
		data["Review"], data["Categories"] = s.show(found), s.lexiconOf(cmp.Or(found.Record.Industry, s.opt.Industry)).Categories
	}
	return s.render(w, r, http.StatusOK, "clean", data)
}

// cleanAct keeps what a person says of a review and goes on to the next.
func (s *Server) cleanAct(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return broken(err)
	}
	q := r.PostFormValue("q")
	next := "/clean?" + url.Values{"q": {q}}.Encode()
	if back := r.PostFormValue("back"); strings.HasPrefix(back, "/reviews/") {
		next = back
	}
	if seq := r.PostFormValue("undo"); seq != "" {
		if _, err := s.takeBack(seq); err != nil {
			return err
		}
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	}
	action, category, _ := strings.Cut(r.PostFormValue("act"), " ")
	if action == string(correction.Add) && category == "" {
		category = r.PostFormValue("category")
	}
	added, err := s.keep(r, []correction.Correction{{Key: r.PostFormValue("key"), Action: correction.Action(action), Category: category, Who: r.PostFormValue("who")}})
	if err != nil {
		return err
	}
	if !strings.HasPrefix(next, "/reviews/") {
		next += fmt.Sprintf("&undo=%d", added[0].Seq)
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// importPage shows the upload form and what the dataset has.
func (s *Server) importPage(w http.ResponseWriter, r *http.Request) error {
	data := map[string]any{"Title": "导入", "Industries": s.industries(), "Industry": s.opt.Industry, "Off": s.dir == nil || s.opt.Import == nil}
	if s.dir != nil {
		data["Segments"], data["Reviews"] = s.dir.Segments(), s.dir.Rows()
	}
	return s.render(w, r, http.StatusOK, "import", data)
}

// importAct takes the upload form.
func (s *Server) importAct(w http.ResponseWriter, r *http.Request) error {
	result, err := s.importUpload(w, r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "import", map[string]any{"Title": "导入", "Done": true, "Result": result, "Industries": s.industries(), "Industry": s.opt.Industry})
}
