package index

import (
	"slices"
	"strings"
	"unicode"
)

// Condition is the query that finds the reviews whose field has exactly a value;
// of an empty value, those in which the field is unknown.
func Condition(field, value string) string {
	if value == "" {
		return "-" + field + ":*"
	}
	if strings.IndexFunc(value, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".-_·/", r)
	}) < 0 {
		return field + ":" + value
	}
	return field + `:"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "“", `\“`, "”", `\”`).Replace(value) + `"`
}

// Toggle takes a condition out of a query, or adds it where the query does not
// ask for it beside its other terms, under whichever name of its field. A query
// that is wrong is only added to.
func Toggle(query, condition string) (toggled string, had bool) {
	runes := []rune(query)
	tokens, err := scan(runes)
	wanted, _ := scan([]rune(condition)) // wrong ones are in no query
	depth, or := 0, false
	for i := 0; err == nil && i+1 < len(tokens); i++ {
		t, next := tokens[i], tokens[i+1]
		switch t.kind {
		case tokenOpen:
			depth++
		case tokenClose:
			depth--
		case tokenOr:
			or = or || depth == 0
		}
		part := tokens[i : i+1]
		if t.kind == tokenNot && next.kind == tokenTerm {
			part, next = tokens[i:i+2], tokens[i+2]
		}
		joined := next.kind == tokenAnd || next.kind == tokenOr || i > 0 && tokens[i-1].kind != tokenTerm && tokens[i-1].kind != tokenClose
		if depth == 0 && !joined && same(part, wanted) {
			rest := []string{strings.TrimSpace(string(runes[:t.at])), strings.TrimSpace(string(runes[next.at:]))}
			return strings.TrimSpace(strings.Join(rest, " ")), true
		}
	}
	if or {
		query = "(" + query + ")"
	}
	return strings.TrimSpace(strings.TrimSpace(query) + " " + condition), false
}

// same reports whether tokens say the same as others, which end with an end.
func same(tokens, others []token) bool {
	return len(tokens) == len(others)-1 && slices.EqualFunc(tokens, others[:len(tokens)], func(a, b token) bool {
		return a.kind == b.kind && a.field == b.field && a.text == b.text && (a.quoted == b.quoted || !strings.HasSuffix(a.text, "*"))
	})
}
