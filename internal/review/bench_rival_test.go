package review_test

import (
	"bytes"
	"encoding/csv"
	"io"
	"testing"

	"github.com/xuri/excelize/v2"
)

// BenchmarkRivalCSV is encoding/csv splitting the same table into cells and
// understanding none of them: unfair in its favour.
func BenchmarkRivalCSV(b *testing.B) {
	data := benchCSV()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		r := csv.NewReader(bytes.NewReader(data))
		r.ReuseRecord = true
		n := 0
		for {
			_, err := r.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != benchRows+1 {
			b.Fatalf("%d rows, want %d", n, benchRows+1)
		}
	}
}

// BenchmarkRivalXLSX is excelize streaming the same sheet into cells.
func BenchmarkRivalXLSX(b *testing.B) {
	data := benchXLSX(b, benchRows)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		f, err := excelize.OpenReader(bytes.NewReader(data))
		check(b, err)
		rows, err := f.Rows("Sheet1")
		check(b, err)
		n := 0
		for rows.Next() {
			_, err := rows.Columns(excelize.Options{RawCellValue: true})
			check(b, err)
			n++
		}
		if n != benchRows+1 {
			b.Fatalf("%d rows, want %d", n, benchRows+1)
		}
		check(b, f.Close())
	}
}
