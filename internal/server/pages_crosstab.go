package server

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"chaping/index"
	"chaping/internal/crosstab"
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
