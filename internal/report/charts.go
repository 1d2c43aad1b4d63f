package report

import (
	"fmt"
	"html/template"
	"math"

	"github.com/go-analyze/charts"

	"chaping/internal/dsr"
)

// Colours that can be told apart on white and on black; texts and axes take
// theirs from the page.
var (
	strong = charts.ColorRGB(201, 90, 44)
	soft   = charts.ColorRGB(110, 140, 190)
	grey   = charts.ColorRGB(128, 128, 128)
)

// theme is the look of every chart.
func theme() charts.ColorPalette {
	return charts.MakeTheme(charts.ThemeOption{
		AxisStrokeColor: grey, AxisSplitLineColor: grey.WithAlpha(50), BackgroundColor: charts.ColorTransparent,
		TextColor: grey, SeriesColors: []charts.Color{strong, soft},
	})
}

// draw makes a chart of so many pixels, which are also its size on the page.
func draw(width, height int, paint func(*charts.Painter) error) (template.HTML, error) {
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: width, Height: height})
	if err := paint(p); err != nil {
		return "", err
	}
	svg, err := p.Bytes()
	return template.HTML(svg), err // texts are escaped by the library; a test holds it to that
}

// trendChart draws a score week by week: that of the window, and the mean of the
// week's own ratings. It is empty with fewer than two weeks.
func trendChart(s Score) (template.HTML, error) {
	if len(s.History) < 2 {
		return "", nil
	}
	var labels []string
	window, week := make([]float64, len(s.History)), make([]float64, len(s.History))
	for i, p := range s.History {
		labels = append(labels, p.Date.Format("1-2"))
		window[i], week[i] = chartMean(p.Window[s.Dimension]), chartMean(p.Step[s.Dimension])
	}
	opt := charts.NewLineChartOptionWithData([][]float64{window, week})
	opt.Theme = theme()
	opt.Padding = charts.NewBox(4, 8, 14, 4)
	opt.XAxis = charts.XAxisOption{Labels: labels, LabelFontStyle: charts.FontStyle{FontSize: 9}, LabelCount: 5, BoundaryGap: charts.Ptr(false)}
	low, steps := scoreAxis(window, week)
	opt.YAxis = []charts.YAxisOption{{LabelFontStyle: charts.FontStyle{FontSize: 9}, LabelCount: steps + 1, Min: charts.Ptr(low), Max: charts.Ptr(5.0)}}
	opt.Legend.Show = charts.Ptr(false)
	opt.Symbol = charts.Symbol{Shape: charts.SymbolNone}
	opt.LineStrokeWidth = 2
	opt.ValueFormatter = func(f float64) string { return fmt.Sprintf("%.1f", f) }
	return draw(360, 170, func(p *charts.Painter) error { return p.LineChart(opt) })
}

// scoreAxis is where an axis of scores up to 5 begins, and in how many steps it
// gets there: of a tenth, a fifth, a half or a star, so that every label is exact.
func scoreAxis(lines ...[]float64) (low float64, steps int) {
	least := 5.0
	for _, line := range lines {
		for _, v := range line {
			if v != charts.GetNullValue() {
				least = min(least, v)
			}
		}
	}
	for _, perStar := range []float64{10, 5, 2} {
		if steps = int(math.Ceil((5 - least) * perStar)); steps <= 5 {
			steps = max(steps, 2)
			return 5 - float64(steps)/perStar, steps
		}
	}
	return 1, 4
}

// chartMean is a point of a line, none without ratings.
func chartMean(t dsr.Tally) float64 {
	if t.N() == 0 {
		return charts.GetNullValue()
	}
	return t.Mean()
}

// Sizes of the Pareto chart, in pixels. labelWidth holds seven characters.
const (
	barHeight  = 26
	labelWidth = 96
	valueWidth = 120
)

// paretoChart draws the commonest problems as bars with their cumulated share.
func paretoChart(problems []Problem, width int) (template.HTML, error) {
	if len(problems) == 0 {
		return "", nil
	}
	n := len(problems)
	most := problems[0].Count
	values := make([]float64, n)
	for i, p := range problems { // the chart's first bar is the lowest
		values[n-1-i] = float64(p.Count)
	}
	opt := charts.NewBarChartOptionWithData([][]float64{values})
	opt.Theme = theme()
	opt.Horizontal = true
	opt.Padding = charts.NewBox(labelWidth, 0, valueWidth, 0)
	opt.CategoryAxis.Show = charts.Ptr(false)
	opt.ValueAxis = []charts.ValueAxisOption{{Show: charts.Ptr(false), SplitLineShow: charts.Ptr(false), Min: charts.Ptr(0.0), Max: charts.Ptr(float64(most))}}
	opt.Legend.Show = charts.Ptr(false)
	font := charts.FontStyle{FontSize: 9.5, FontColor: grey}
	return draw(width, n*barHeight, func(p *charts.Painter) error {
		if err := p.BarChart(opt); err != nil {
			return err
		}
		for i, problem := range problems {
			y := i*barHeight + barHeight*2/3
			p.Text(clip(ShortTitle(problem.Title), 7), 0, y, 0, font)
			end := labelWidth + (width-labelWidth-valueWidth)*problem.Count/most
			p.Text(fmt.Sprintf("%d 条 · 累计 %.0f %%", problem.Count, 100*problem.Cumulated), end+6, y, 0, font)
		}
		return nil
	})
}

// clip cuts a text to so many characters.
func clip(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most-1]) + "…"
}
