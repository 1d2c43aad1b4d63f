package review_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"chaping/internal/review"
)

// TestLarge measures the memory (peak resident set) that big exports take: a
// workbook of 500,000 rows within 400 MB, a table of 5,000,000 within 200 MB.
func TestLarge(t *testing.T) {
	if os.Getenv("CHAPING_LARGE") == "" {
		t.Skip("makes and reads 1.5 GB; run with CHAPING_LARGE=1 go test -run TestLarge -v ./internal/review")
	}
	tests := []struct {
		name  string
		rows  int
		limit int // MB
		make  func(t *testing.T, path string, rows int)
	}{
		{"a.xlsx", 500_000, 400, makeLargeXLSX},
		{"a.csv", 5_000_000, 200, makeLargeCSV},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), tt.name)
			tt.make(t, path, tt.rows)
			debug.FreeOSMemory()
			if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
				t.Skip("the peak can be measured on Linux only:", err)
			}
			f, err := review.Open(path, review.Options{})
			check(t, err)
			defer f.Close()
			var seen review.Duplicates
			n := 0
			for {
				r, err := f.Read()
				if err == io.EOF {
					break
				}
				check(t, err)
				if seen.Seen(&r) {
					t.Fatalf("%v: not a duplicate", r.Source)
				}
				n++
			}
			if n != tt.rows {
				t.Errorf("%d rows, want %d", n, tt.rows)
			}
			if peak := peakMB(t); peak > tt.limit {
				t.Errorf("peak of %d MB, want at most %d", peak, tt.limit)
			} else {
				t.Logf("peak of %d MB, duplicates found", peak)
			}
		})
	}
}

func makeLargeXLSX(t *testing.T, path string, rows int) {
	f := excelize.NewFile()
	w, err := f.NewStreamWriter("Sheet1")
	check(t, err)
	for i := range rows + 1 {
		cells := benchColumns
		if i > 0 {
			cells = benchRow(i)
		}
		values := make([]any, len(cells))
		for k, c := range cells {
			values[k] = c
		}
		check(t, w.SetRow(fmt.Sprint("A", i+1), values))
	}
	check(t, w.Flush())
	check(t, f.SaveAs(path))
	check(t, f.Close())
}

func makeLargeCSV(t *testing.T, path string, rows int) {
	file, err := os.Create(path)
	check(t, err)
	w := bufio.NewWriter(file)
	fmt.Fprintln(w, strings.Join(benchColumns, ","))
	for i := range rows {
		fmt.Fprintln(w, strings.Join(benchRow(i), ","))
	}
	check(t, w.Flush())
	check(t, file.Close())
}

func peakMB(t *testing.T) int {
	status, err := os.ReadFile("/proc/self/status")
	check(t, err)
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			var kb int
			if _, err := fmt.Sscan(rest, &kb); err != nil {
				t.Fatal(err)
			}
			return kb >> 10
		}
	}
	t.Fatal("no VmHWM")
	return 0
}
