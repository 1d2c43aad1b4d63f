package writer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"chaping/classifier"
	"chaping/internal/pipeline"
)

// csvColumns are the columns of the CSV format, always all of them.
var csvColumns = []string{
	"id", "labels", "titles", "evidence", "rules", "suppressed", "template", "cluster", "cluster_size",
	"star", "text", "follow_up", "follow_up_days", "follow_up_labels", "follow_up_evidence",
	"industry", "order_id", "product", "sku", "courier", "province", "city", "time",
}

// csvWriter writes comma-separated values for spreadsheets: UTF-8 with a byte order
// mark, and no cell that a spreadsheet would take for a formula.
type csvWriter struct {
	out *bufio.Writer
	opt Options
	err error
}

func newCSV(w io.Writer, opt Options) *csvWriter {
	c := &csvWriter{out: bufio.NewWriterSize(w, 64<<10), opt: opt}
	c.out.WriteString("\uFEFF")
	line, err := csvLine(csvColumns)
	c.out.Write(line)
	c.err = err
	return c
}

func (c *csvWriter) Encode(a *pipeline.Annotation) ([]byte, error) {
	r := a.Record
	title := func(id string) string { return c.opt.title(a, id) }
	evidence := func(h classifier.Hit) string { return h.Text }
	cells := []string{
		a.ID, strings.Join(a.Labels, "; "), join(a.Labels, title), join(a.Hits, evidence),
		join(a.Hits, func(h classifier.Hit) string { return h.Rule }),
		join(a.Suppressed, func(s classifier.Suppressed) string { return s.Text + " (" + string(s.Reason) + ": " + s.Cue + ")" }),
		strconv.FormatBool(a.Template), "", "",
		number(r.Star), r.Text, r.FollowUp, "", "", "",
		r.Industry, r.OrderID, r.Product, r.SKU, r.Courier, r.Province, r.City, stamp(r.Time),
	}
	if a.Cluster != nil {
		cells[7], cells[8] = strconv.Itoa(a.Cluster.ID), strconv.Itoa(a.Cluster.Size)
	}
	if f := a.FollowUp; f != nil {
		if f.Days != nil {
			cells[12] = strconv.Itoa(*f.Days)
		}
		cells[13], cells[14] = strings.Join(f.Labels, "; "), join(f.Hits, evidence)
	}
	for i := range cells {
		cells[i] = neutral(cells[i])
	}
	return csvLine(cells)
}

func (c *csvWriter) Write(_ *pipeline.Annotation, line []byte) error {
	if c.err != nil {
		return c.err
	}
	_, err := c.out.Write(line)
	return err
}

func (c *csvWriter) Close() error { return c.out.Flush() }

func csvLine(cells []string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(cells)
	w.Flush()
	return b.Bytes(), w.Error()
}

// neutral keeps a spreadsheet from reading a cell as a formula
// (OWASP, CSV Injection).
func neutral(cell string) string {
	if cell != "" && strings.IndexAny(cell, "=+-@＝＋－＠\t\r") == 0 {
		return "'" + cell
	}
	return cell
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateTime)
}
