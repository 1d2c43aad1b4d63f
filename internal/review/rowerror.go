package review

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// RowError is a row that could not be read. Reading may go on after it.
type RowError struct {
	File   string // as in [Source]
	Sheet  string // of a workbook
	Row    int    // 1-based, as in [Source]
	Column string // name of the column, when the fault is in one
	Reason string
	Remedy string // what the user can do about it; may be empty
	Raw    []byte // the row, verbatim; a sheet's row as tab-separated cells
	Size   int64  // bytes of the row when Raw holds only its beginning, else 0
}

// Error gives place, column, reason and remedy on one line.
func (e *RowError) Error() string {
	var b strings.Builder
	b.WriteString(Source{File: e.File, Sheet: e.Sheet, Row: e.Row}.String())
	b.WriteString(": ")
	if e.Column != "" {
		fmt.Fprintf(&b, "column %q: ", e.Column)
	}
	b.WriteString(e.Reason)
	if e.Remedy != "" {
		b.WriteString("; ")
		b.WriteString(e.Remedy)
	}
	return b.String()
}

// fault is what a decoder finds wrong with a row, before the place is known.
type fault struct {
	column string
	reason string
	remedy string
	noText bool  // the row has no text column at all
	size   int64 // bytes of the row, when not all of it was kept
}

// at makes a RowError of a fault.
func (f *fault) at(src Source, raw []byte) *RowError {
	return &RowError{
		File: src.File, Sheet: src.Sheet, Row: src.Row,
		Column: f.column, Reason: f.reason, Remedy: f.remedy,
		Raw: append([]byte(nil), raw...), Size: f.size,
	}
}

// MarshalJSON writes the row as a line of a rejects file has it: raw is the row
// as it stood, or raw_bytes (base64) when it is no UTF-8.
func (e *RowError) MarshalJSON() ([]byte, error) {
	line := struct {
		File     string `json:"file"`
		Sheet    string `json:"sheet,omitempty"`
		Row      int    `json:"row"`
		Column   string `json:"column,omitempty"`
		Reason   string `json:"reason"`
		Remedy   string `json:"remedy,omitempty"`
		Raw      string `json:"raw"`
		RawBytes []byte `json:"raw_bytes,omitempty"`
		Size     int64  `json:"size,omitempty"`
	}{e.File, e.Sheet, e.Row, e.Column, e.Reason, e.Remedy, string(e.Raw), nil, e.Size}
	if !utf8.Valid(e.Raw) {
		line.Raw, line.RawBytes = "", e.Raw
	}
	return json.Marshal(line)
}
