package review

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// Inspection is what was understood of an export before anyone runs a batch.
type Inspection struct {
	Name    string            `json:"name"`
	Tables  []TableInspection `json:"tables"`
	Skipped []Skipped         `json:"skipped"` // parts of an archive or workbook without reviews
	Stats   Stats             `json:"stats"`   // of the rows looked at
	Problem string            `json:"problem"` // why it cannot be read, or not to the end; "" if it can
}

// TableInspection is one table with samples.
type TableInspection struct {
	Table
	Rows     int         `json:"rows"`    // rows looked at
	Partial  bool        `json:"partial"` // there are more
	Sample   []Record    `json:"sample"`
	Rejected int         `json:"rejected"` // rows that cannot be read
	Rejects  []*RowError `json:"rejects"`  // the first of them
	Damaged  []Damage    `json:"damaged"`  // the first values that cannot be trusted
	Missing  []Missing   `json:"missing"`
}

// Missing is a field without a column and what that makes impossible.
type Missing struct {
	Field    string `json:"field"`
	Disables string `json:"disables"`
}

const (
	inspectRows   = 1000 // rows of each table that are read
	inspectSample = 5    // of these, how many are shown
)

// Inspect looks at the first thousand rows of each table of an export. What
// keeps the export from being read is in Problem; the error is for files that
// cannot be opened at all.
func Inspect(path string, opt Options) (*Inspection, error) {
	f, err := Open(path, opt)
	return inspect(f, err, path)
}

// InspectReader is Inspect for a stream.
func InspectReader(r io.Reader, name string, opt Options) (*Inspection, error) {
	f, err := OpenReader(r, name, opt)
	return inspect(f, err, name)
}

func inspect(f *File, err error, name string) (*Inspection, error) {
	in := &Inspection{Name: name, Tables: []TableInspection{}, Skipped: []Skipped{}}
	if err != nil {
		if isNoReviews(err) {
			in.Problem = err.Error()
			return in, nil
		}
		return nil, err
	}
	defer f.Close()
	for {
		t, err := f.inspectTable()
		if t != nil {
			in.Tables = append(in.Tables, *t)
		}
		if err == nil {
			err = f.advance()
		}
		if err != nil {
			if err != io.EOF {
				in.Problem = err.Error()
			}
			break
		}
	}
	in.Skipped = append(in.Skipped, f.skipped...)
	in.Stats = f.Stats()
	return in, nil
}

// inspectTable reads the beginning of the current table.
func (f *File) inspectTable() (*TableInspection, error) {
	t := &TableInspection{Sample: []Record{}, Rejects: []*RowError{}, Damaged: []Damage{}}
	var final error
	seen := map[string]bool{}
	for t.Partial = true; t.Rows < inspectRows; t.Rows++ {
		r, err := f.current.Read()
		var row *RowError
		if err == nil {
			f.stats.Rows++
			f.stats.Records++
			t.see(r, seen)
			continue
		}
		if errors.As(err, &row) {
			f.stats.Rows++
			f.stats.Rejects++
			t.Rejected++
			if len(t.Rejects) < inspectSample {
				t.Rejects = append(t.Rejects, row)
			}
			continue
		}
		t.Partial = false
		if err != io.EOF {
			final = fmt.Errorf("after %d rows: %w", t.Rows, err)
		}
		break
	}
	t.Table = *f.current.describe()
	if t.Columns == nil {
		t.Columns = []Column{}
	}
	t.Missing = missingFields(t.Columns, seen)
	return t, final
}

// see notes a record's samples and which fields it has beyond the columns.
func (t *TableInspection) see(r Record, seen map[string]bool) {
	if len(t.Sample) < inspectSample {
		t.Sample = append(t.Sample, r)
	}
	if room := inspectSample - len(t.Damaged); room > 0 {
		t.Damaged = append(t.Damaged, r.Damaged[:min(room, len(r.Damaged))]...)
	}
	if r.Courier != "" {
		seen["courier"] = true
	}
}

// missingFields lists what no column gives.
func missingFields(columns []Column, seen map[string]bool) []Missing {
	out := []Missing{}
	for _, d := range disables {
		has := slices.ContainsFunc(columns, func(c Column) bool { return c.Field == d.field })
		if !has && !seen[d.field] {
			out = append(out, Missing{d.field, d.what})
		}
	}
	return out
}
