package index

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// QueryError says what is wrong in a query, and where.
type QueryError struct {
	At      int // 0-based rune of the query
	Reason  string
	Chinese string // the reason for Chinese readers
}

// wrong makes a QueryError. Both formats take the same values.
func wrong(at int, reason, chinese string, args ...any) *QueryError {
	return &QueryError{at, fmt.Sprintf(reason, args...), fmt.Sprintf(chinese, args...)}
}

func (e *QueryError) Error() string { return fmt.Sprintf("query, character %d: %s", e.At+1, e.Reason) }

// node is a query taken apart: exactly one of the fields is set.
type node struct {
	and, or []*node
	not     *node
	text    string // a word or a phrase, also of a condition on a text
	field   string // of a condition
	value   string
	whole   bool // the value stood in quotes: a * at its end is part of it
	at      int  // where it stands
}

// kinds of token
const (
	tokenEnd = iota
	tokenOpen
	tokenClose
	tokenNot
	tokenAnd
	tokenOr
	tokenTerm
)

type token struct {
	kind   int
	at     int
	field  string // before the colon
	text   string
	quoted bool
}

// operators are the words that join terms.
var operators = map[string]int{"AND": tokenAnd, "且": tokenAnd, "OR": tokenOr, "或": tokenOr, "NOT": tokenNot, "非": tokenNot}

// maxTokens is how many words and operators a query may have: each is looked for.
const maxTokens = 500

// scan cuts a query into tokens.
func scan(query []rune) ([]token, error) {
	var out []token
	for i := 0; i < len(query); {
		r := query[i]
		switch {
		case unicode.IsSpace(r):
			i++
		case r == '(' || r == '（':
			out = append(out, token{kind: tokenOpen, at: i})
			i++
		case r == ')' || r == '）':
			out = append(out, token{kind: tokenClose, at: i})
			i++
		case r == '-' && i+1 < len(query) && !unicode.IsSpace(query[i+1]):
			out = append(out, token{kind: tokenNot, at: i})
			i++
		default:
			t, next, err := scanTerm(query, i)
			if err != nil {
				return nil, err
			}
			out = append(out, t)
			i = next
		}
	}
	if len(out) > maxTokens {
		return nil, wrong(out[maxTokens].at, "more than %d words and operators", "词和运算符超过 %d 个", maxTokens)
	}
	return append(out, token{kind: tokenEnd, at: len(query)}), nil
}

// scanTerm reads a word, a phrase, or a condition with either as its value.
func scanTerm(query []rune, from int) (t token, next int, err error) {
	t = token{kind: tokenTerm, at: from}
	i := from
	for i < len(query) && !unicode.IsSpace(query[i]) && !strings.ContainsRune(`()（）":：“”`, query[i]) {
		i++
	}
	word, colon := string(query[from:i]), i < len(query) && (query[i] == ':' || query[i] == '：')
	if colon && fieldNamed(word) == "" && looksLikeField(word) {
		return t, 0, wrong(from, "no field is called %[1]q: known are %[2]s; put text with a colon into quotes", "没有“%[1]s”这个条件，可用：%[3]s；文字里有冒号时请加引号", word, strings.Join(FieldNames(), ", "), strings.Join(chineseFieldNames(), "、"))
	}
	if colon && fieldNamed(word) != "" {
		t.field = fieldNamed(word)
		from, i = i+1, i+1
	} else if i == from || colon { // a quote, or a colon that belongs to the text
		i = from
	}
	if i < len(query) && strings.ContainsRune(quotes, query[i]) {
		start := i
		var text strings.Builder
		for i++; i < len(query) && !strings.ContainsRune(quotes, query[i]); i++ {
			if query[i] == '\\' && i+1 < len(query) && strings.ContainsRune(quotes+`\`, query[i+1]) {
				i++
			}
			text.WriteRune(query[i])
		}
		if i == len(query) {
			return t, 0, wrong(start, "the quote is never closed", "引号没有配对")
		}
		t.text, t.quoted = text.String(), true
		return t, i + 1, t.check()
	}
	for i < len(query) && !unicode.IsSpace(query[i]) && !strings.ContainsRune(`()（）"“”`, query[i]) {
		i++
	}
	t.text = string(query[from:i])
	if kind, ok := operators[t.text]; ok && t.field == "" {
		t.kind = kind
	}
	return t, i, t.check()
}

// quotes begin and end phrases and values, whichever of them. A backslash before
// one, or before a backslash, takes it as it is.
const quotes = `"“”`

// looksLikeField reports whether a word before a colon was meant for a field: a
// scheme such as http and single characters were not.
func looksLikeField(word string) bool {
	return len([]rune(word)) > 1 && word != "http" && word != "https" && strings.IndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && r != '_' }) < 0
}

// check refuses what is empty.
func (t *token) check() error {
	switch {
	case t.text != "":
		return nil
	case t.field != "":
		return wrong(t.at, "%s: needs a value", "条件 %s 后面缺少值", t.field)
	}
	return wrong(t.at, "the phrase is empty", "引号里没有文字")
}

// parser reads tokens: or binds weakest, then and, then not.
type parser struct {
	tokens []token
	i      int
	depth  int
}

// maxDepth bounds parentheses and negations.
const maxDepth = 100

// parse takes a query apart. An empty one gives nil: everything.
func parse(query string) (*node, error) {
	tokens, err := scan([]rune(query))
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	if p.peek().kind == tokenEnd {
		return nil, nil
	}
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokenEnd {
		return nil, wrong(t.at, "this parenthesis was never opened", "多了一个右括号")
	}
	return n, nil
}

func (p *parser) peek() token { return p.tokens[p.i] }

func (p *parser) or() (*node, error) {
	first, err := p.and()
	if err != nil {
		return nil, err
	}
	list := []*node{first}
	for p.peek().kind == tokenOr {
		p.i++
		next, err := p.and()
		if err != nil {
			return nil, err
		}
		list = append(list, next)
	}
	if len(list) == 1 {
		return first, nil
	}
	return &node{or: list}, nil
}

func (p *parser) and() (*node, error) {
	var list []*node
	for {
		switch t := p.peek(); t.kind {
		case tokenAnd:
			if len(list) == 0 {
				return nil, wrong(t.at, "a term must stand before AND", "“且”前面缺少内容")
			}
			p.i++
			if k := p.peek().kind; k == tokenEnd || k == tokenClose || k == tokenOr {
				return nil, wrong(p.peek().at, "a term must follow AND", "“且”后面缺少内容")
			}
		case tokenTerm, tokenNot, tokenOpen:
			n, err := p.unary()
			if err != nil {
				return nil, err
			}
			list = append(list, n)
		default:
			switch len(list) {
			case 0:
				return nil, wrong(t.at, "a term is missing here", "这里缺少内容")
			case 1:
				return list[0], nil
			}
			return &node{and: list}, nil
		}
	}
}

func (p *parser) unary() (*node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, wrong(p.peek().at, "too many parentheses or negations", "括号或“非”嵌套太多")
	}
	defer func() { p.depth-- }()
	t := p.peek()
	p.i++
	switch t.kind {
	case tokenNot:
		switch p.peek().kind {
		case tokenTerm, tokenNot, tokenOpen:
		default:
			return nil, wrong(p.peek().at, "a term must follow NOT", "“非”后面缺少内容")
		}
		n, err := p.unary()
		return &node{not: n, at: t.at}, err
	case tokenOpen:
		n, err := p.or()
		if err != nil {
			return nil, err
		}
		if p.peek().kind != tokenClose {
			return nil, wrong(t.at, "this parenthesis is never closed", "左括号没有配对")
		}
		p.i++
		return n, nil
	}
	if t.field == "" {
		return &node{text: t.text, at: t.at}, nil
	}
	n := &node{field: t.field, value: t.text, whole: t.quoted, at: t.at}
	if kindOf(t.field) == kindText && (t.text != "*" || t.quoted) {
		n.text = t.text
	}
	return n, nil
}

// terms lists the words and phrases that a match must or may have, without those
// that are negated: what there is to highlight.
func (n *node) terms(out []string) []string {
	if n == nil {
		return out
	}
	for _, list := range [][]*node{n.and, n.or} {
		for _, c := range list {
			out = c.terms(out)
		}
	}
	if n.text != "" && !slices.Contains(out, n.text) {
		out = append(out, n.text)
	}
	return out
}

// Check reports what is wrong in a query, as a [*QueryError], without asking it.
func Check(text string) error {
	n, err := parse(text)
	if err == nil {
		_, err = n.build()
	}
	return err
}
