package review

import "strings"

// quoteScan finds where a record of a text table ends. It is lenient: a quote
// inside an unquoted cell is a character, and so is one inside a quoted cell
// that is not followed by the delimiter or the line's end.
type quoteScan struct {
	delim  byte // 0: the line is one cell
	inside bool // in a quoted cell
	bare   bool // an undoubled quote was seen inside a quoted cell
	begun  bool // the current cell has begun
}

// line scans one line without its terminator. The cell may stay open.
func (q *quoteScan) line(b []byte) {
	for i := 0; i < len(b); {
		c := b[i]
		switch {
		case q.inside && c == '"':
			i = q.quote(b, i)
			continue
		case q.inside:
		case q.delim != 0 && c == q.delim:
			q.begun = false
		case c == '"' && !q.begun:
			q.inside, q.begun = true, true
		case c != ' ':
			q.begun = true
		}
		i++
	}
	if !q.inside {
		q.begun = false
	}
}

// quote reads the quote at i inside a quoted cell and returns what is next.
func (q *quoteScan) quote(b []byte, i int) int {
	if i+1 < len(b) && b[i+1] == '"' {
		return i + 2
	}
	if closes(b, i+1, q.delim) {
		q.inside = false
	} else {
		q.bare = true
	}
	return i + 1
}

// closes reports whether a quote before i ends its cell: blanks may stand
// between it and the delimiter or the end.
func closes[T string | []byte](b T, i int, delim byte) bool {
	for i < len(b) && (b[i] == ' ' || b[i] == '\r') && b[i] != delim {
		i++
	}
	return i == len(b) || b[i] == '\n' || delim != 0 && b[i] == delim
}

// splitQuoted splits a record as quoteScan reads it, reusing cells. It stops
// after most+1 cells.
func splitQuoted(s string, delim byte, cells []string, most int) []string {
	cells = cells[:0]
	i := 0
	for {
		open := i
		for open < len(s) && s[open] == ' ' {
			open++
		}
		if open < len(s) && s[open] == '"' {
			var cell string
			cell, i = quotedCell(s, open+1, delim)
			cells = append(cells, cell)
		} else {
			end := len(s)
			if delim != 0 {
				if n := strings.IndexByte(s[i:], delim); n >= 0 {
					end = i + n
				}
			}
			cells = append(cells, s[i:end])
			i = end
		}
		if i >= len(s) || len(cells) > most {
			return cells
		}
		i++ // the delimiter
	}
}

// quotedCell reads a cell after its opening quote. It returns the offset of the
// delimiter behind it, or the end.
func quotedCell(s string, i int, delim byte) (string, int) {
	var b strings.Builder
	from := i
	for {
		n := strings.IndexByte(s[i:], '"')
		if n < 0 {
			b.WriteString(s[from:])
			return b.String(), len(s)
		}
		i += n
		if i+1 < len(s) && s[i+1] == '"' {
			b.WriteString(s[from : i+1])
			i += 2
			from = i
			continue
		}
		if !closes(s, i+1, delim) {
			i++
			continue
		}
		cell := s[from:i]
		if b.Len() > 0 {
			b.WriteString(cell)
			cell = b.String()
		}
		for i++; i < len(s) && !(delim != 0 && s[i] == delim); {
			i++
		}
		return cell, i
	}
}

// splitLiteral splits at every delimiter. Quotes are characters, except where
// they enclose a whole cell. It stops after most+1 cells.
func splitLiteral(s string, delim byte, cells []string, most int) []string {
	cells = cells[:0]
	for {
		cell, rest, found := s, "", false
		if delim != 0 {
			if i := strings.IndexByte(s, delim); i >= 0 {
				cell, rest, found = s[:i], s[i+1:], true
			}
		}
		if t := strings.Trim(cell, " "); len(t) >= 2 && t[0] == '"' && t[len(t)-1] == '"' {
			cell = strings.ReplaceAll(t[1:len(t)-1], `""`, `"`)
		}
		cells = append(cells, cell)
		if !found || len(cells) > most {
			return cells
		}
		s = rest
	}
}

// blank reports whether a line has nothing but delimiters and white space, as
// spreadsheets write for formatted rows without values.
func blank(b []byte, delim byte) bool {
	for _, c := range b {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' && (delim == 0 || c != delim) {
			return false
		}
	}
	return true
}
