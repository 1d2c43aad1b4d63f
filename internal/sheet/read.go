package sheet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"chaping/internal/review"
	"chaping/lexicon"
)

// keyPrefix stands before keys in a table: some of them are all digits, which a
// spreadsheet would take for a number.
const keyPrefix = "k"

// The words that may be filled in instead of labels.
const (
	acceptWord   = "对"
	noneWord     = "无"
	templateWord = "模板"
)

// words are other ways to write them.
var words = map[string]string{
	acceptWord: acceptWord, "正确": acceptWord, "都对": acceptWord, "ok": acceptWord, "√": acceptWord, "✓": acceptWord, "y": acceptWord,
	noneWord: noneWord, "没有": noneWord, "没有问题": noneWord, "没问题": noneWord, "无问题": noneWord, "空": noneWord, "none": noneWord, "-": noneWord, "/": noneWord,
	templateWord: templateWord, "模板评价": templateWord, "template": templateWord,
}

// Row is what a row of a table or a gold line says of a review.
type Row struct {
	Source review.Source
	column string // that has the labels
	key    string // of the review, empty where the file has none
	id     string
	text   string
	blank  bool // not looked at
	accept bool
	labels []named
	// optional labels may be there or not.
	optional []string
	template bool
}

// named is a label as it is written, with the words that say so.
type named struct{ name, words string }

// place makes an error of a row.
func (r *Row) place(column, reason, remedy string) *review.RowError {
	return &review.RowError{File: r.Source.File, Sheet: r.Source.Sheet, Row: r.Source.Row, Column: column, Reason: reason, Remedy: remedy}
}

// Reading are the options that Read's records must be read with.
func Reading() review.Options { return review.Options{Verbatim: []string{fillColumn}} }

// Read reads tables that were filled in, or gold lines. Mistakes in rows are
// listed; the error says that reading cannot go on.
func Read(in review.Reader) (rows []Row, mistakes []*review.RowError, err error) {
	for {
		rec, err := in.Read()
		var bad *review.RowError
		switch {
		case err == io.EOF:
			return rows, mistakes, nil
		case errors.As(err, &bad):
			mistakes = append(mistakes, bad)
			continue
		case err != nil:
			return nil, nil, err
		}
		row, bad := newRow(&rec)
		if bad != nil {
			mistakes = append(mistakes, bad)
			continue
		}
		rows = append(rows, row)
	}
}

// newRow understands a record.
func newRow(rec *review.Record) (Row, *review.RowError) {
	row := Row{Source: rec.Source, id: rec.ID, text: rec.Text}
	_, keyed := rec.Extra[keyColumn]
	_, filled := rec.Extra[fillColumn]
	_, gold := rec.Extra["labels"]
	switch {
	case keyed || filled:
		return row, row.fromTable(rec.Extra)
	case gold:
		return row, row.fromGold(rec.Extra)
	}
	return row, row.place("", fmt.Sprintf("neither column %q nor key \"labels\" is there", keyColumn), "take a file that chaping correct export wrote, and keep its columns")
}

// fromTable takes the cells of a table.
func (r *Row) fromTable(cells map[string]json.RawMessage) *review.RowError {
	key := cell(cells[keyColumn])
	hex, ok := strings.CutPrefix(key, keyPrefix)
	if !ok {
		return r.place(keyColumn, fmt.Sprintf("%q is no key of a review", key), "take the column from a fresh export")
	}
	r.key, r.column = hex, fillColumn
	filled := strings.TrimSpace(cell(cells[fillColumn]))
	switch words[string(lexicon.Normalize(filled).Runes)] {
	case acceptWord:
		r.accept = true
	case templateWord:
		r.template = true
	case noneWord:
	default:
		r.blank = filled == ""
		for _, part := range split(filled) {
			r.labels = append(r.labels, label(part))
		}
	}
	return nil
}

// split cuts labels apart, but not the words in their parentheses.
func split(s string) []string {
	var out []string
	depth, from := 0, 0
	for i, c := range s + "；" {
		switch {
		case c == '(' || c == '（':
			depth++
		case c == ')' || c == '）':
			depth = max(0, depth-1)
		case i == len(s) || depth == 0 && strings.ContainsRune(";；,，、|\n\r\t", c):
			if part := strings.TrimSpace(s[from:i]); part != "" {
				out = append(out, part)
			}
			from = min(len(s), i+utf8.RuneLen(c))
		}
	}
	return out
}

// label takes a label and its words apart: 商品-口感（发苦）.
func label(s string) named {
	name, words, _ := strings.Cut(strings.ReplaceAll(s, "（", "("), "(")
	return named{strings.TrimSpace(name), strings.TrimSpace(strings.TrimRight(words, ")） "))}
}

// cell is the text of a cell.
func cell(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return strings.TrimSpace(string(raw))
	}
	return strings.TrimPrefix(s, "'")
}

// fromGold takes the keys of a gold line.
func (r *Row) fromGold(keys map[string]json.RawMessage) *review.RowError {
	var labels []string
	for name, to := range map[string]any{"key": &r.key, "labels": &labels, "optional": &r.optional, "template": &r.template} {
		if raw, ok := keys[name]; ok && json.Unmarshal(raw, to) != nil {
			return r.place(name, fmt.Sprintf("%s does not belong there", raw), "write a gold line as chaping correct export --format gold does")
		}
	}
	r.column = "labels"
	for _, id := range labels {
		r.labels = append(r.labels, named{name: id})
	}
	return nil
}
