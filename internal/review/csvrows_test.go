package review

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// FuzzRows checks from inside that splitting loses nothing: each line that is
// not blank belongs to exactly one row's raw bytes, and the quote scanner and
// the splitter agree on where a record ends.
func FuzzRows(f *testing.F) {
	f.Add("a,b,c\n1,\"2\n3\",4\n\"x,y,z\n5,\"6\"7\",8\n", 3, byte(','))
	f.Add("1,两行\n文字,5\n2,好,4\n", 3, byte(','))
	f.Add("\"\"\"\n\"\n,,\n\"a\" ,\"b\r\n", 2, byte(','))
	f.Add("x\t\"y\n\"\tz\n", 2, byte('\t'))
	f.Fuzz(func(t *testing.T, text string, width int, delim byte) {
		if delim >= 0x80 || delim == '"' || delim == '\n' || delim == '\r' {
			delim = ','
		}
		checkRows(t, text, min(max(width, 0), 8), delim)
	})
}

func checkRows(t *testing.T, text string, width int, delim byte) {
	t.Helper()
	rows := &csvRows{
		buf: newLineBuffer(strings.NewReader(text), 200, '\n'), dec: &rowDecoder{name: encUTF8},
		delim: delim, width: width, maxCells: 64, fits: func(cells []string) bool { return len(cells)%2 == 1 },
	}
	lines := strings.Split(text, "\n")
	line := 1 // the first that no row has covered
	for {
		row, f, err := rows.next()
		if err != nil && err != io.EOF {
			t.Fatal(err)
		}
		end := row.row
		if err == io.EOF {
			end = len(lines) + 1
		}
		for ; line < end; line++ {
			if !blank([]byte(lines[line-1]), delim) {
				t.Fatalf("%q: line %d belongs to no row", text, line)
			}
		}
		if err == io.EOF {
			return
		}
		if line != row.row {
			t.Fatalf("%q: row of line %d begins inside the row before, which ends at line %d", text, row.row, line-1)
		}
		if f != nil && f.size > 0 {
			line++
			continue
		}
		n := bytes.Count(row.raw, []byte("\n")) + 1
		want := strings.Join(lines[line-1:line-1+n], "\n")
		if got := string(row.raw); got != strings.TrimSuffix(want, "\r") {
			t.Fatalf("%q: raw of line %d is %q, want %q", text, line, got, want)
		}
		line += n
	}
}
