package writer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"

	"chaping/classifier"
	"chaping/internal/pipeline"
	"chaping/internal/review"
	"chaping/internal/writer"
)

// private is a review full of personal data.
func private() pipeline.Annotation {
	a := sample()
	a.ID, a.FollowUp = "p", nil
	a.Record = &review.Record{
		Text: "打13800138000没人接，太酸", OrderID: "2200334455667788990", Buyer: "小满", Address: "文三路1号", TrackingNo: "YT1", FollowUp: "微信：abc_12345",
		Extra:   map[string]json.RawMessage{"收货人": json.RawMessage(`"张三"`), "备注": json.RawMessage(`"加QQ100200300"`), "编号": json.RawMessage(`2200334455667788990`)},
		Damaged: []review.Damage{{Field: "order_id", Value: "2.2E+18", Reason: "scientific"}},
	}
	hit := classifier.Hit{Category: "product.taste", Rule: "r.sour", Text: "太酸", Start: 16, End: 18}
	a.Hits = []classifier.Hit{hit, {Category: "service.slow", Text: "13800138000没人接", Start: 1, End: 15}}
	return a
}

// secrets must be in no output.
var secrets = []string{"13800138000", "2200334455667788990", "小满", "文三路", "abc_12345", "张三", "100200300", "2.2E+18", "YT1"}

func TestMasking(t *testing.T) {
	for _, format := range writer.Formats {
		got := text(t, format, write(t, format, writer.Options{WithReview: true}, private()))
		for _, s := range secrets {
			if strings.Contains(got, s) {
				t.Errorf("%s gives away %s:\n%s", format, s, got)
			}
		}
		if open := text(t, format, write(t, format, writer.Options{WithReview: true, NoMask: true}, private())); !strings.Contains(open, "13800138000") {
			t.Errorf("%s masks although it must not:\n%s", format, open)
		}
	}
	got := write(t, "jsonl", writer.Options{WithReview: true}, private())
	for _, want := range []string{`"start":16,"end":18`, `打[手机]没人接`, `"order_id":"[订单号]"`, `"收货人":"[姓名]"`, `加QQ[QQ]`, `"编号":"[订单号]"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
}

// text is an output as something that can be searched.
func text(t *testing.T, format, data string) string {
	t.Helper()
	switch format {
	case "xlsx":
		var all []string
		for _, sheet := range openXLSX(t, data) {
			for _, row := range sheet {
				all = append(all, strings.Join(row, " "))
			}
		}
		return strings.Join(all, "\n")
	case "parquet":
		f, err := parquet.OpenFile(strings.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		rows := make([]parquet.Row, 10)
		r := f.RowGroups()[0].Rows()
		defer r.Close()
		n, _ := r.ReadRows(rows) // io.EOF comes with the last rows
		return fmt.Sprintf("%+v", rows[:n])
	}
	return data
}

func openXLSX(t *testing.T, data string) map[string][][]string {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string][][]string{}
	for _, name := range f.GetSheetList() {
		if out[name], err = f.GetRows(name); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestXLSX(t *testing.T) {
	a := sample()
	a.Record.OrderID, a.Record.Text = "2200334455667788990", "=1+1"+strings.Repeat("长", 40_000)
	data := write(t, "xlsx", writer.Options{NoMask: true}, a)
	f, err := excelize.OpenReader(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := strings.Join(f.GetSheetList(), " "); got != "评价 汇总" {
		t.Errorf("sheets are %q", got)
	}
	cell := map[string]string{}
	at := map[string]string{}
	rows, err := f.GetRows("评价")
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, error %v", len(rows), err)
	}
	for i, name := range rows[0] {
		at[name], _ = excelize.CoordinatesToCellName(i+1, 2)
		cell[name], _ = f.GetCellValue("评价", at[name])
	}
	if cell["order_id"] != a.Record.OrderID {
		t.Errorf("order id is %q", cell["order_id"])
	}
	if kind, _ := f.GetCellType("评价", at["order_id"]); kind != excelize.CellTypeInlineString {
		t.Errorf("order id is no text: %v", kind)
	}
	if kind, _ := f.GetCellType("评价", at["star"]); kind == excelize.CellTypeInlineString {
		t.Errorf("star is a text")
	}
	if formula, _ := f.GetCellFormula("评价", at["text"]); formula != "" || !strings.HasPrefix(cell["text"], "=1+1长") || !strings.HasSuffix(cell["text"], "已截断]") {
		t.Errorf("text is %.20q, formula %q", cell["text"], formula)
	}
	panes, err := f.GetPanes("评价")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the header is not frozen: %+v, %v", panes, err)
	}
	summary := openXLSX(t, data)["汇总"]
	if got := strings.Join(summary[len(summary)-1], " "); got != "商品-口感 product.taste 1 100" {
		t.Errorf("the summary ends in %q", got)
	}
	if empty := openXLSX(t, write(t, "xlsx", writer.Options{}))["评价"]; len(empty) != 1 {
		t.Errorf("zero rows give %d rows, want the header alone", len(empty))
	}
}

// TestParquet reads a file back, also with pyarrow where that is installed.
func TestParquet(t *testing.T) {
	data := write(t, "parquet", writer.Options{}, sample(), private())
	type row struct {
		ID     string   `parquet:"id"`
		Labels []string `parquet:"labels,list"`
		Star   *int32   `parquet:"star,optional"`
		Region string   `parquet:"region"`
	}
	rows, err := parquet.Read[row](bytes.NewReader([]byte(data)), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || rows[0].ID != "=1" || len(rows[0].Labels) != 1 || *rows[0].Star != 2 || rows[0].Region != "华中" || rows[1].Star != nil {
		t.Errorf("rows are %+v", rows)
	}
	if err := exec.Command("python3", "-c", "import pyarrow").Run(); err != nil {
		t.Skip("not read with pyarrow, which is not installed")
	}
	path := filepath.Join(t.TempDir(), "out.parquet")
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("python3", "-c", "import sys, pyarrow.parquet as p; r = p.read_table(sys.argv[1]).to_pylist(); "+
		"print(len(r), r[0]['labels'], r[0]['hits'][0]['text'], r[0]['time'], r[0]['star'], r[1]['star'])", path).CombinedOutput()
	if want := "2 ['product.taste'] 太酸 2026-06-01 04:00:00+00:00 2 None\n"; err != nil || string(out) != want {
		t.Errorf("pyarrow gives %q, want %q; %v", out, want, err)
	}
}
