package sheet

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"chaping/internal/correction"
	"chaping/internal/dataset"
	"chaping/internal/eval"
	"chaping/internal/pii"
	"chaping/internal/writer"
)

// The columns of a table. Those that are read again have a name.
const (
	keyColumn  = "标识"
	fillColumn = "正确标签"
)

var columns = []string{keyColumn, "编号", "星级", "商品", "评价内容", "追评", "现有标签", "看过的人", fillColumn}

// widths are those of the columns, in characters.
var widths = []float64{12, 14, 6, 18, 70, 30, 28, 10, 34}

// help tells how to fill in the table.
var help = []string{
	"在“" + fillColumn + "”一列填写这条评价全部正确的标签，多个标签用“；”隔开，名称见下。",
	"现有标签都对就填“对”；没有任何问题填“无”；模板或凑字数的评价填“模板”；没看过的留空。",
	"漏标的标签可在括号里注明原文词语，如“商品-口感（发苦）”，便于改进规则。",
	"请勿改动“" + keyColumn + "”和“评价内容”，也不要只对其中一列排序。填好后用 chaping correct import 或网页“人工复核”导入，可重复导入。",
}

// Writer writes a table that people fill in. Personal data is masked.
type Writer struct {
	titles Titles
	csv    *csv.Writer
	out    io.Writer
	book   *excelize.File
	sheet  *excelize.StreamWriter
	row    int
}

// NewWriter begins a table; format is csv or xlsx. The caller closes it.
func NewWriter(format string, out io.Writer, titles Titles) (*Writer, error) {
	w := &Writer{titles: titles, out: out}
	if format == "csv" {
		if _, err := io.WriteString(out, "\uFEFF"); err != nil {
			return nil, err
		}
		w.csv = csv.NewWriter(out)
		return w, w.csv.Write(columns)
	}
	if format != "xlsx" {
		return nil, fmt.Errorf("unknown format %q: known are csv, xlsx", format)
	}
	w.book = excelize.NewFile()
	return w, w.begin("评价", widths, columns)
}

// begin begins a sheet of the workbook.
func (w *Writer) begin(name string, widths []float64, header []string) error {
	if w.sheet == nil {
		if err := w.book.SetSheetName("Sheet1", name); err != nil {
			return err
		}
	} else if _, err := w.book.NewSheet(name); err != nil {
		return err
	}
	var err error
	if w.sheet, err = w.book.NewStreamWriter(name); err != nil {
		return err
	}
	for i, width := range widths {
		if err := w.sheet.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	if err := w.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	style, err := w.book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF7"}}})
	if err != nil {
		return err
	}
	cells := make([]any, len(header))
	for i, h := range header {
		cells[i] = excelize.Cell{StyleID: style, Value: h}
	}
	w.row = 0
	return w.write(cells)
}

// write appends a row to the sheet.
func (w *Writer) write(cells []any) error {
	w.row++
	return w.sheet.SetRow("A"+strconv.Itoa(w.row), cells)
}

// Add writes the row of a review.
func (w *Writer) Add(r *dataset.Review) error {
	rec := r.Record
	var titles, who []string
	for _, id := range r.AllLabels().All() {
		titles = append(titles, w.titles.title(rec.Industry, id))
	}
	if r.Template {
		titles = append(titles, templateWord)
	}
	for _, c := range r.Corrections {
		if name := cmp.Or(c.Who, "（未署名）"); !slices.Contains(who, name) {
			who = append(who, name)
		}
	}
	star := ""
	if rec.Star > 0 {
		star = strconv.Itoa(rec.Star)
	}
	cells := []string{
		keyPrefix + r.Key, r.ID, star, rec.Product, pii.Mask(rec.Text), pii.Mask(rec.FollowUp), strings.Join(titles, "；"), strings.Join(who, "；"), "",
	}
	if w.csv != nil {
		for i := range cells {
			cells[i] = writer.Neutral(cells[i])
		}
		return w.csv.Write(cells)
	}
	if w.row >= excelize.TotalRows {
		return fmt.Errorf("a sheet has %d rows at most: narrow the query, or write CSV", excelize.TotalRows)
	}
	row := make([]any, len(cells))
	for i, s := range cells {
		if utf8.RuneCountInString(s) > excelize.TotalCellChars {
			s = string([]rune(s)[:excelize.TotalCellChars])
		}
		row[i] = s
	}
	return w.write(row)
}

// Close writes what is left; a workbook gets a second sheet that tells how to fill in the first.
func (w *Writer) Close() error {
	if w.csv != nil {
		w.csv.Flush()
		return w.csv.Error()
	}
	if err := w.book.AutoFilter(w.sheet.Sheet, fmt.Sprintf("A1:I%d", max(w.row, 2)), nil); err != nil {
		return err
	}
	if err := w.sheet.Flush(); err != nil {
		return err
	}
	if err := w.begin("怎么填", []float64{34, 30}, []string{"说明", ""}); err != nil {
		return err
	}
	for _, line := range help {
		if err := w.write([]any{line}); err != nil {
			return err
		}
	}
	for _, c := range w.titles.categories("") {
		if err := w.write([]any{c.Title.ZH, c.ID}); err != nil {
			return err
		}
	}
	if err := w.sheet.Flush(); err != nil {
		return err
	}
	if _, err := w.book.WriteTo(w.out); err != nil {
		return err
	}
	return w.book.Close()
}

// goldLine is a gold text with the key of its review, which chaping eval passes over.
type goldLine struct {
	Key string `json:"key"`
	eval.Gold
}

// Gold writes a review that people corrected as a gold line; ok is false where they
// did not, or only skipped it. Labels that nobody judged are optional. The text
// is masked and has the follow-up text in a further line. The error says that
// the review's industry is not known.
func Gold(w io.Writer, r *dataset.Review, titles Titles) (ok bool, err error) {
	k := correction.Known(r.Corrections)
	if !k.Complete && len(k.Right)+len(k.Wrong) == 0 {
		return false, nil
	}
	g := goldLine{r.Key, eval.Gold{ID: r.ID, Industry: r.Record.Industry, Text: pii.Mask(r.Record.Text), Labels: []string{}, Optional: []string{}, Template: r.Template}}
	if g.Industry = cmp.Or(g.Industry, titles.Industry); g.Industry == "" {
		return false, fmt.Errorf("review %s names no industry: name it with --industry", r.ID)
	}
	if r.Record.FollowUp != "" {
		g.Text += "\n" + pii.Mask(r.Record.FollowUp)
	}
	for _, id := range r.AllLabels().All() {
		if k.Complete || slices.Contains(k.Right, id) {
			g.Labels = append(g.Labels, id)
		} else {
			g.Optional = append(g.Optional, id)
		}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return true, enc.Encode(g)
}
