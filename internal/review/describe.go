package review

// Table describes a table as it was understood.
type Table struct {
	File      string   `json:"file"`
	Sheet     string   `json:"sheet,omitempty"`
	Format    string   `json:"format"`              // "table", "jsonl", "json" or "xlsx"
	Encoding  string   `json:"encoding,omitempty"`  // of text; "ascii" if nothing else was met in the sample
	Delimiter string   `json:"delimiter,omitempty"` // of a text table, "" if it has one column
	HeaderRow int      `json:"header_row"`          // 1-based line or row; 0 if there is none
	Columns   []Column `json:"columns"`             // of JSON: the keys met so far
}

// Column is a column, or a key of JSON objects, and what it was taken for.
type Column struct {
	Number int    `json:"number"` // 1-based
	Name   string `json:"name"`
	Field  string `json:"field,omitempty"` // "" is passed through under Extra
	How    string `json:"how,omitempty"`   // "map", "name", "alias", "part" (joined with others), "spare" (used where the first is empty) or "contains"
}

// Skipped is a part of an archive or workbook that was not read.
type Skipped struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
	Empty  bool   `json:"-"` // there was nothing in it, or only what the operating system needs
}

// describe lists the columns.
func (c *columns) describe() []Column {
	out := make([]Column, len(c.names))
	for i, name := range c.names {
		out[i] = Column{Number: i + 1, Name: name, How: c.how[i]}
		if f := c.fields[i]; f != nil {
			out[i].Field = f.name
		}
	}
	return out
}

// describe lists the keys met so far.
func (k *keyMapper) describe() []Column {
	out := make([]Column, len(k.order))
	for i, name := range k.order {
		out[i] = Column{Number: i + 1, Name: name}
		if hit := k.known[name]; hit.field != nil {
			out[i].Field, out[i].How = hit.field.name, "alias"
			switch {
			case hit.rank < 0:
				out[i].How = "map"
			case hit.part:
				out[i].How = "part"
			case name == hit.field.name:
				out[i].How = "name"
			}
		}
	}
	return out
}
