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

// dimensionChoices are what a cross-tab can be broken down by. The titles are
// names of fields in queries too.
var dimensionChoices = []struct{ ID, Title string }{
	{"category", "问题"}, {"owner", "责任部门"}, {"product", "商品"}, {"sku", "规格"}, {"courier", "快递"}, {"province", "省份"}, {"region", "大区"}, {"city", "城市"},
	{"month", "月份"}, {"week", "周"}, {"star", "星级"},
}

// dimensionTitle is the Chinese name of a dimension.
func dimensionTitle(id string) string {
	for _, d := range dimensionChoices {
		if d.ID == id {
			return d.Title
		}
	}
	return id
}

// heatCell is a cell of the heatmap.
type heatCell struct {
	*crosstab.Cell
	Query string // of the reviews behind it
	Heat  int    // 0 to 9
}

// heading is a value of a dimension, with the query of its reviews.
type heading struct{ Name, Query string }

// gridRow is a row of the heatmap.
type gridRow struct {
	heading
	Cells []heatCell
}

// maxColumns and maxRows bound what a heatmap shows.
const (
	maxColumns = 12
	maxRows    = 40
)

// withinGroup are the values that a table can be restricted to, of a dimension.
type withinGroup struct {
	Title   string
	Options []withinOption
}

// withinOption is a value as the form sends it: courier=圆通.
type withinOption struct{ Value, Name string }

// withinDimensions are the dimensions that the form can restrict a table to.
var withinDimensions = []string{"category", "owner", "product", "courier", "region", "province", "month", "star"}

// maxWithin is how many values of a dimension the form offers.
const maxWithin = 40

// crosstabPage shows a heatmap of two dimensions.
func (s *Server) crosstabPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	rows, cols, within := cmp.Or(q.Get("rows"), "category"), cmp.Or(q.Get("cols"), "courier"), q.Get("within")
	data := map[string]any{"Title": "交叉分析", "Rows": rows, "Cols": cols, "Within": within, "Choices": dimensionChoices}
	if err := s.crosstabData(rows, cols, within, data); err != nil {
		p := problemOf(err)
		if p == nil || p.Status != http.StatusBadRequest {
			return err
		}
		data["Wrong"] = p.inChinese()
		return s.render(w, r, p.Status, "crosstab", data)
	}
	return s.render(w, r, http.StatusOK, "crosstab", data)
}

// crosstabData computes what the page shows.
func (s *Server) crosstabData(rows, cols, within string, data map[string]any) error {
	f, err := s.factsOf()
	if err != nil {
		return err
	}
	data["Groups"] = s.withinGroups(f.valuesOf(), within)
	if rows == cols {
		return fail(http.StatusBadRequest, "rows and cols are the same", "行和列都是%s，请换一个", dimensionTitle(rows))
	}
	ask := url.Values{"by": {rows + "," + cols}}
	if within != "" {
		ask.Set("within", within)
	}
	if asked := rows + " " + cols + " " + within; strings.Contains(asked, "month") || strings.Contains(asked, "week") {
		ask.Set("base", "reviews") // orders have the time of shipping, the reviews that a cell leads to their own
	}
	t, err := s.table(ask)
	if err != nil {
		return err
	}
	cells := t.Cells()
	data["Findings"], data["Total"], data["Orders"] = s.findings(t, cells), t.Total(), t.base == "orders"
	s.grid(cells, rows, cols, within, data)
	return nil
}

// withinGroups lists the commonest values that a table can be restricted to, and
// the one that it is restricted to now.
func (s *Server) withinGroups(values map[string]map[string]int, now string) []withinGroup {
	var out []withinGroup
	for _, d := range withinDimensions {
		g := withinGroup{Title: dimensionTitle(d)}
		for _, v := range ranked(values[d], maxWithin) {
			g.Options = append(g.Options, withinOption{d + "=" + v, s.name(d, v)})
		}
		if v, ok := strings.CutPrefix(now, d+"="); ok && !slices.ContainsFunc(g.Options, func(o withinOption) bool { return o.Value == now }) {
			g.Options = append(g.Options, withinOption{now, s.name(d, v)})
		}
		out = append(out, g)
	}
	return out
}

// grid lays cells out, the rows and columns with the most reviews first; periods
// and stars stand in their order.
func (s *Server) grid(cells []crosstab.Cell, rows, cols, within string, data map[string]any) {
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
	rowKeys, colKeys := arranged(rows, rowSum, maxRows), arranged(cols, colSum, maxColumns)
	var heads []heading
	for _, col := range colKeys {
		heads = append(heads, heading{s.name(cols, col), join(condition(cols, col), withinQuery(within))})
	}
	var grid []gridRow
	for _, row := range rowKeys {
		line := gridRow{heading: heading{s.name(rows, row), join(condition(rows, row), withinQuery(within))}}
		for _, col := range colKeys {
			h := heatCell{Cell: at[[2]string{row, col}]}
			if h.Cell != nil {
				h.Query = join(cellQuery(*h.Cell), withinQuery(within))
				if !h.Small && top > 0 {
					h.Heat = min(9, int(10*h.Rate/top))
				}
			}
			line.Cells = append(line.Cells, h)
		}
		grid = append(grid, line)
	}
	data["Heads"], data["Grid"] = heads, grid
	data["MoreRows"], data["MoreCols"] = len(rowSum)-len(rowKeys), len(colSum)-len(colKeys)
}

// ranked lists the keys with the largest sums.
func ranked(sums map[string]int, limit int) []string {
	keys := slices.SortedFunc(maps.Keys(sums), func(a, b string) int { return cmp.Or(cmp.Compare(sums[b], sums[a]), cmp.Compare(a, b)) })
	return keys[:min(limit, len(keys))]
}

// arranged lists the values of a dimension that a heatmap shows: the newest
// periods from old to new, stars from five to one, else those with the most reviews.
func arranged(dimension string, sums map[string]int, limit int) []string {
	switch dimension {
	case "month", "week":
		keys := slices.Sorted(maps.Keys(sums))
		return keys[max(0, len(keys)-limit):]
	case "star":
		keys := slices.Sorted(maps.Keys(sums))
		slices.Reverse(keys)
		return keys
	}
	return ranked(sums, limit)
}

// name is a value as people know it.
func (s *Server) name(dimension, value string) string {
	switch {
	case dimension == "category":
		return report.ShortTitle(s.title(value))
	case dimension == "star" && value != crosstab.Unknown:
		return value + " 星"
	}
	return value
}

// anyProblem finds the reviews that have a problem.
const anyProblem = "问题:*"

// cellQuery is the query of the reviews that a cell counts.
func cellQuery(c crosstab.Cell) string {
	var out []string
	problem := anyProblem
	for _, v := range c.Key {
		out = append(out, condition(v.Dimension, v.Value))
		if v.Dimension == "category" || v.Dimension == "owner" {
			problem = ""
		}
	}
	return join(append(out, problem)...)
}

// withinQuery is the query of a restriction such as courier=圆通, empty for none.
func withinQuery(within string) string {
	dimension, value, ok := strings.Cut(within, "=")
	if !ok {
		return ""
	}
	return condition(dimension, value)
}

// join joins conditions, all of which must hold.
func join(conditions ...string) string {
	return strings.Join(slices.DeleteFunc(conditions, func(c string) bool { return c == "" }), " ")
}

// condition finds the reviews of a value of a dimension.
func condition(dimension, value string) string {
	if value == crosstab.Unknown {
		value = ""
	}
	return index.Condition(dimensionTitle(dimension), value)
}
