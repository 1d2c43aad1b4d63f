package report

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"

	"github.com/xuri/excelize/v2"
)

// workbook is an XLSX in the making. The first error stays and ends it.
type workbook struct {
	file   *excelize.File
	header int // style
	err    error
}

// XLSX writes the report as a workbook: a sheet a subject with one row a fact and
// a filtered header, ready for pivot tables, and native charts.
func (d *Data) XLSX(w io.Writer) (err error) {
	b := &workbook{file: excelize.NewFile()}
	defer func() { err = errors.Join(err, b.file.Close()) }()
	if b.header, err = b.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF7"}}}); err != nil {
		return err
	}
	b.sheet("概览", d.overviewRows(), 14, 80)
	b.sheet("得分趋势", d.trendRows(), 13)
	b.trendCharts(len(d.trendRows()))
	b.sheet("扣分影响", d.impactRows(), 12, 12, 22, 10, 10)
	b.sheet("问题排行", d.problemRows(), 22)
	b.pareto(min(len(d.Problems), shownBars))
	b.sheet("商品×问题", d.cellRows(d.Cells, "category", "product"), 22, 26)
	b.sheet("商品×规格×问题", d.cellRows(d.SKUCells, "category", "product", "sku"), 22, 26, 18)
	b.sheet("月份×问题", d.cellRows(d.MonthCells, "category", "month"), 22)
	b.sheet("追评", d.followUpRows(), 22)
	b.sheet("问题×快递×大区", d.cellRows(d.Segments, "category", "courier", "region"), 22)
	b.sheet("快递×大区", d.cellRows(d.Routes, "courier", "region"), 14)
	b.sheet("变化", d.changeRows(), 22)
	b.sheet("责任部门工单", d.workRows(), 12, 22)
	b.sheet("评价原文", d.quoteRows(), 22, 8, 12, 26, 10, 10, 8, 24, 80)
	b.sheet("口径与公式", d.methodRows(), 16, 120)
	if b.err != nil {
		return b.err
	}
	if err := b.file.DeleteSheet("Sheet1"); err != nil {
		return err
	}
	b.file.SetActiveSheet(0)
	var data bytes.Buffer
	if _, err := b.file.WriteTo(&data); err != nil {
		return err
	}
	return steady(w, data.Bytes())
}

// contentTypes is the part of a workbook whose entries excelize lists in the
// order of a map once there is a chart.
const contentTypes = "[Content_Types].xml"

var defaultEntry = regexp.MustCompile(`<Default [^>]*></Default>`)

// steady writes a workbook with those entries sorted: the same report, the same bytes.
func steady(w io.Writer, data []byte) error {
	in, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	out := zip.NewWriter(w)
	for _, f := range in.File {
		if f.Name != contentTypes {
			if err := out.Copy(f); err != nil {
				return err
			}
			continue
		}
		r, err := f.Open()
		if err != nil {
			return err
		}
		text, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		entries := defaultEntry.FindAllString(string(text), -1)
		slices.Sort(entries)
		at := 0
		text = defaultEntry.ReplaceAllFunc(text, func([]byte) []byte { at++; return []byte(entries[at-1]) })
		part, err := out.Create(f.Name)
		if err != nil {
			return err
		}
		if _, err := part.Write(text); err != nil {
			return err
		}
	}
	return out.Close()
}

// do runs a step unless one has failed.
func (b *workbook) do(step func() error) {
	if b.err == nil {
		b.err = step()
	}
}

// sheet adds a sheet; the first row is its header. widths are those of the first
// columns, in characters.
func (b *workbook) sheet(name string, rows [][]any, widths ...float64) {
	b.do(func() error { _, err := b.file.NewSheet(name); return err })
	for i := range rows {
		b.do(func() error { return b.file.SetSheetRow(name, fmt.Sprint("A", i+1), &rows[i]) })
	}
	for i, width := range widths {
		b.do(func() error {
			column, err := excelize.ColumnNumberToName(i + 1)
			if err != nil {
				return err
			}
			return b.file.SetColWidth(name, column, column, width)
		})
	}
	b.do(func() error {
		last, err := excelize.CoordinatesToCellName(len(rows[0]), 1)
		if err != nil {
			return err
		}
		end, err := excelize.CoordinatesToCellName(len(rows[0]), max(len(rows), 2))
		if err != nil {
			return err
		}
		return errors.Join(
			b.file.SetCellStyle(name, "A1", last, b.header), b.file.AutoFilter(name, "A1:"+end, nil),
			b.file.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	})
}

// trendCharts draws a line chart for each score beside its rows.
func (b *workbook) trendCharts(rows int) {
	if rows < 3 {
		return
	}
	for i, name := range []string{"描述相符", "卖家服务", "物流服务"} {
		series := func(column byte) excelize.ChartSeries {
			return excelize.ChartSeries{
				Name:       fmt.Sprintf("'得分趋势'!$%c$1", column),
				Categories: fmt.Sprintf("'得分趋势'!$A$2:$A$%d", rows), Values: fmt.Sprintf("'得分趋势'!$%c$2:$%c$%d", column, column, rows),
				Marker: excelize.ChartMarker{Symbol: "none"},
			}
		}
		top, least := 5.0, 1.0
		b.do(func() error {
			return b.file.AddChart("得分趋势", fmt.Sprint("I", 2+16*i), &excelize.Chart{
				Type: excelize.Line, Series: []excelize.ChartSeries{series("BCD"[i]), series("EFG"[i])}, Title: []excelize.RichTextRun{{Text: name}},
				Legend: excelize.ChartLegend{Position: "bottom"}, YAxis: excelize.ChartAxis{Maximum: &top, Minimum: &least, MajorGridLines: true},
				Dimension: excelize.ChartDimension{Width: 520, Height: 290},
			})
		})
	}
}

// pareto draws the commonest problems with their cumulated share.
func (b *workbook) pareto(n int) {
	if n == 0 {
		return
	}
	series := func(column byte) []excelize.ChartSeries {
		return []excelize.ChartSeries{{
			Name: fmt.Sprintf("'问题排行'!$%c$1", column), Categories: fmt.Sprintf("'问题排行'!$A$2:$A$%d", n+1), Values: fmt.Sprintf("'问题排行'!$%c$2:$%c$%d", column, column, n+1),
		}}
	}
	b.do(func() error {
		return b.file.AddChart("问题排行", "K2", &excelize.Chart{
			Type: excelize.Col, Series: series('E'), Title: []excelize.RichTextRun{{Text: "问题排行"}}, Legend: excelize.ChartLegend{Position: "bottom"},
			Dimension: excelize.ChartDimension{Width: 760, Height: 360},
		}, &excelize.Chart{Type: excelize.Line, Series: series('I'), YAxis: excelize.ChartAxis{Secondary: true}})
	})
}
