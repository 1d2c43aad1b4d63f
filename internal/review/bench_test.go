package review_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"chaping/internal/review"
)

// The question: what does reading cost, compared with the bytes read? The
// corpus is made here: 20,000 rows of ten columns with a review of 10 to 90
// characters, every third quoted. encoding/csv splitting the same bytes, and
// doing nothing else, is the yardstick for the table.
const benchRows = 20_000

var benchColumns = []string{"评价ID", "订单编号", "宝贝标题", "商品规格", "评价内容", "星级", "评价时间", "省份", "物流公司", "备注"}

func benchRow(i int) []string {
	text := strings.Repeat("东西收到了包装破损，客服不理人", 1+i%6)
	return []string{
		fmt.Sprint("r", i), fmt.Sprint(2200334455660000000 + i), "手工麻花500g", "原味", text, fmt.Sprint(1 + i%5),
		fmt.Sprintf("2026-03-%02d 09:05:%02d", 1+i%28, i%60), "浙江省", "圆通速递", "",
	}
}

func benchCSV() []byte {
	var b bytes.Buffer
	b.WriteString(strings.Join(benchColumns, ",") + "\n")
	for i := range benchRows {
		row := benchRow(i)
		if i%3 == 0 {
			row[4] = `"` + row[4] + `, ""真的""` + `"`
		}
		b.WriteString(strings.Join(row, ",") + "\n")
	}
	return b.Bytes()
}

func benchJSONL() []byte {
	var b bytes.Buffer
	for i := range benchRows {
		row := benchRow(i)
		fmt.Fprintf(&b, `{"id":%q,"order_id":%q,"product":%q,"sku":%q,"text":%q,"star":%s,"time":%q,"province":%q,"courier":%q}`+"\n",
			row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8])
	}
	return b.Bytes()
}

func benchXLSX(b *testing.B, rows int) []byte {
	f := excelize.NewFile()
	w, err := f.NewStreamWriter("Sheet1")
	check(b, err)
	put := func(n int, cells []string) {
		values := make([]any, len(cells))
		for i, c := range cells {
			values[i] = c
		}
		check(b, w.SetRow(fmt.Sprint("A", n), values))
	}
	put(1, benchColumns)
	for i := range rows {
		put(i+2, benchRow(i))
	}
	check(b, w.Flush())
	return bytesOf(b, f)
}

func benchRead(b *testing.B, data []byte, name string, rows int) {
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		f, err := review.OpenReader(bytes.NewReader(data), name, review.Options{})
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for {
			_, err := f.Read()
			if err == io.EOF {
				break
			}
			var row *review.RowError
			if err != nil && !errors.As(err, &row) {
				b.Fatal(err)
			}
			n++
		}
		if n != rows {
			b.Fatalf("%d rows, want %d", n, rows)
		}
		f.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
}

func BenchmarkReadCSV(b *testing.B)   { benchRead(b, benchCSV(), "a.csv", benchRows) }
func BenchmarkReadJSONL(b *testing.B) { benchRead(b, benchJSONL(), "a.jsonl", benchRows) }
func BenchmarkReadXLSX(b *testing.B)  { benchRead(b, benchXLSX(b, benchRows), "a.xlsx", benchRows) }
