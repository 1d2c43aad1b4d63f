package writer

import (
	"archive/zip"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"chaping/internal/pipeline"
)

// Limits of the format (Microsoft, Excel specifications and limits).
const (
	sheetRows = 1 << 20 // rows of a sheet, the header among them
	cellRunes = 32_767  // characters of a cell
)

// cutMark ends a cell that was too long for the format.
const cutMark = "…[过长，已截断]"

// numeric are the columns that hold numbers; all others are text, so that a
// long order number keeps its digits.
var numeric = []string{"cluster", "cluster_size", "star", "score_d", "score_s", "score_l", "follow_up_days", "row"}

// xlsx writes a workbook: the reviews, a row each, and a summary by category.
// Reviews beyond the rows of one sheet go on in a further one. The rows are
// spooled to temporary files.
type xlsx struct {
	out     io.Writer
	opt     Options
	book    *excelize.File
	sheet   *excelize.StreamWriter
	sheets  int
	row     int // of the current sheet, the last written
	header  int // style
	summary *summary
	isNum   []bool
}

func newXLSX(w io.Writer, opt Options) (*xlsx, error) {
	x := &xlsx{out: w, opt: opt, book: excelize.NewFile(), summary: newSummary(opt)}
	for _, c := range columns {
		x.isNum = append(x.isNum, slices.Contains(numeric, c))
	}
	var err error
	x.header, err = x.book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF7"}}})
	if err != nil {
		return nil, err
	}
	return x, x.nextSheet()
}

// nextSheet ends the current sheet of reviews and begins another.
func (x *xlsx) nextSheet() error {
	if err := x.endSheet(); err != nil {
		return err
	}
	x.sheets++
	name := x.opt.say("评价", "Reviews")
	if x.sheets == 1 {
		if err := x.book.SetSheetName("Sheet1", name); err != nil {
			return err
		}
	} else {
		name = fmt.Sprintf("%s %d", name, x.sheets)
		if _, err := x.book.NewSheet(name); err != nil {
			return err
		}
	}
	var err error
	if x.sheet, err = x.book.NewStreamWriter(name); err != nil {
		return err
	}
	for i, c := range columns {
		if err := x.sheet.SetColWidth(i+1, i+1, columnWidth(c)); err != nil {
			return err
		}
	}
	if err := x.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	x.row = 0
	return x.write(x.sheet, x.headerCells(columns))
}

func columnWidth(column string) float64 {
	switch column {
	case "text":
		return 60
	case "titles", "evidence", "follow_up", "product":
		return 28
	case "order_id", "time":
		return 21
	}
	return 13
}

// headerCells are cells of a header row.
func (x *xlsx) headerCells(names []string) []any {
	cells := make([]any, len(names))
	for i, n := range names {
		cells[i] = excelize.Cell{StyleID: x.header, Value: n}
	}
	return cells
}

// write appends a row to a sheet.
func (x *xlsx) write(sheet *excelize.StreamWriter, cells []any) error {
	x.row++
	at, err := excelize.CoordinatesToCellName(1, x.row)
	if err != nil {
		return err
	}
	return sheet.SetRow(at, cells)
}

// endSheet gives the current sheet its filter and flushes it.
func (x *xlsx) endSheet() error {
	if x.sheet == nil {
		return nil
	}
	end, err := excelize.CoordinatesToCellName(len(columns), max(x.row, 2))
	if err != nil {
		return err
	}
	if err := x.book.AutoFilter(x.sheet.Sheet, "A1:"+end, nil); err != nil {
		return err
	}
	return x.sheet.Flush()
}

// Encode has nothing to do ahead of its turn.
func (x *xlsx) Encode(*pipeline.Annotation) ([]byte, error) { return nil, nil }

func (x *xlsx) Write(a *pipeline.Annotation, _ []byte) error {
	x.summary.add(a)
	if x.row == sheetRows {
		if err := x.nextSheet(); err != nil {
			return err
		}
	}
	row := x.opt.row(nil, a)
	cells := make([]any, len(row))
	for i, s := range row {
		cells[i] = x.cell(i, s)
	}
	return x.write(x.sheet, cells)
}

// cell is a number where the column holds numbers, else a text, which no
// spreadsheet takes for a formula.
func (x *xlsx) cell(column int, s string) any {
	if s == "" {
		return nil
	}
	if x.isNum[column] {
		if n, err := strconv.Atoi(s); err == nil {
			return n
		}
	}
	if len(s) > cellRunes && utf8.RuneCountInString(s) > cellRunes {
		return string([]rune(s)[:cellRunes-utf8.RuneCountInString(cutMark)]) + cutMark
	}
	return s
}

// Close writes the summary and the file.
func (x *xlsx) Close() error {
	if err := x.endSheet(); err != nil {
		return err
	}
	name := x.opt.say("汇总", "Summary")
	if _, err := x.book.NewSheet(name); err != nil {
		return err
	}
	sheet, err := x.book.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := sheet.SetColWidth(1, 2, 28); err != nil {
		return err
	}
	x.row = 0
	for _, row := range x.summary.rows() {
		if err := x.write(sheet, row); err != nil {
			return err
		}
	}
	if err := sheet.Flush(); err != nil {
		return err
	}
	// WriteTo would hold the whole archive in memory first.
	x.book.ZipWriter = func(io.Writer) excelize.ZipWriter { return zip.NewWriter(x.out) }
	if _, err := x.book.WriteToBuffer(); err != nil {
		return err
	}
	return x.book.Close()
}
