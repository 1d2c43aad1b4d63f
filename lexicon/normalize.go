package lexicon

import (
	_ "embed"
	"html"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

//go:embed data/traditional.txt
var traditionalPairs string

// Text is a normalised text with the way back to its original. The zero value
// is an empty text. A Text may be read by several goroutines at once, but
// Reset must not run beside another call.
type Text struct {
	// Runes are the normalised characters.
	Runes []rune
	// Spans[i] says which runes of the original Runes[i] stands for.
	Spans []Span
	// Breaks[i] reports that a clause may end between Runes[i-1] and Runes[i]
	// where the original has white space or an emoji instead of punctuation.
	Breaks []bool
	// Gaps are the indices of Breaks that are true, Marks those of the Runes
	// that end a clause, see [IsBoundary].
	Gaps, Marks []int32

	original string
}

// Span is a stretch of a text: 0-based rune offsets, End exclusive. An invalid
// UTF-8 byte counts as one rune, as in a Go range loop.
type Span struct {
	Start, End int32
	offset     int32 // of Start in bytes
}

// Normalize returns s in the form that rules are written in: compatibility
// characters folded (full-width letters, ㎏), lower case, simplified Chinese,
// HTML entities decoded, white space, emoji and invisible characters dropped,
// three or more of the same Chinese character or punctuation mark written once
// ("太太太酸" → "太酸"; the doubled 妈妈, 刚刚 stay).
func Normalize(s string) *Text {
	t := new(Text)
	t.Reset(s)
	return t
}

// NormalizeRune is what Normalize makes of a character that it replaces by a single
// one: half width, lower case, simplified. Other characters stay as they are.
func NormalizeRune(r rune) rune {
	if r >= 0x10000 {
		return unicode.ToLower(r)
	}
	f := foldTable()[r]
	if f.class == classGap || f.class == classDrop || f.class == classMany {
		return unicode.ToLower(r)
	}
	return rune(f.to)
}

// Original returns the span of the original text that the normalised runes
// [start,end) stand for. It needs 0 ≤ start < end ≤ len(t.Runes).
func (t *Text) Original(start, end int) Span {
	return Span{t.Spans[start].Start, t.Spans[end-1].End, t.Spans[start].offset}
}

// Quote returns what the original has there. Invalid bytes become U+FFFD. The
// string shares the memory of the original where it can.
func (t *Text) Quote(at Span) string {
	end := int(at.offset)
	valid := true
	for range at.End - at.Start {
		r, size := decode(t.original, end)
		valid = valid && (r != utf8.RuneError || size > 1)
		end += size
	}
	text := t.original[at.offset:end]
	if !valid {
		return string([]rune(text))
	}
	return text
}

// Reset makes t the normalised form of s and reuses t's memory.
func (t *Text) Reset(s string) {
	t.original = s
	t.Runes, t.Spans = slices.Grow(t.Runes[:0], len(s)/3+1), slices.Grow(t.Spans[:0], len(s)/3+1)
	t.Marks, t.Gaps = t.Marks[:0], t.Gaps[:0]
	table := foldTable()
	var (
		at      int32      // runes of the original read so far
		pending bool       // white space or an emoji since the last rune kept
		last    rune  = -1 // the last rune kept
		run     int        // how often it was seen in a row, 0 where it is not squeezed
	)
	for i := 0; i < len(s); {
		if !pending {
			if n := t.takeHan(s[i:], Span{at, at + 1, int32(i)}, last); n > 0 {
				i, at, last, run = i+3*n, at+int32(n), t.Runes[len(t.Runes)-1], 1
				continue
			}
		}
		r, size := decode(s, i)
		span := Span{at, at + 1, int32(i)}
		if r == '&' {
			if decoded, n := entity(s[i:]); n > 0 {
				r, size, span.End = decoded, n, at+int32(n)
			}
		}
		i += size
		at = span.End

		to, class := r, classOther
		if r < 0x10000 {
			to, class = rune(table[r].to), table[r].class
		} else {
			class = classOf(r)
		}
		switch {
		case class == classDrop:
			continue
		case class == classGap:
			pending = true
			continue
		case class == classMany:
			for _, last = range norm.NFKC.String(string(r)) {
				last = unicode.ToLower(last)
				t.push(last, span, pending)
				pending, run = false, 0
			}
			continue
		case to != last || !class.squeezes():
			run = 1
			t.push(to, span, pending)
		case run == 1:
			run = 2
			t.push(to, span, pending)
		default: // the third or a later one: the run is written once
			if run == 2 {
				t.pop()
				run = 3
			}
			t.Spans[len(t.Spans)-1].End = span.End
		}
		last, pending = to, false
	}
	t.Breaks = slices.Grow(t.Breaks[:0], len(t.Runes))[:len(t.Runes)]
	clear(t.Breaks)
	if len(t.Gaps) > 0 {
		t.settleBreaks()
	}
}

// isNormal reports whether normalising surely leaves s as it is. It is a quick
// look that may miss some.
func isNormal(s string) bool {
	table := foldTable()
	var last rune
	for _, r := range s {
		if r >= 0x10000 || r == '&' || r == last || rune(table[r].to) != r || table[r].class > classMark {
			return false
		}
		last = r
	}
	return true
}

// decode is utf8.DecodeRuneInString(s[i:]) with a short way for the three bytes
// of a Chinese character.
func decode(s string, i int) (rune, int) {
	if c := s[i]; c >= 0xE1 && c <= 0xEC && i+2 < len(s) && s[i+1]&0xC0 == 0x80 && s[i+2]&0xC0 == 0x80 {
		return rune(c&0x0F)<<12 | rune(s[i+1]&0x3F)<<6 | rune(s[i+2]&0x3F), 3
	}
	return utf8.DecodeRuneInString(s[i:])
}

// takeHan adds the Chinese characters that s begins with, up to one that needs
// a closer look, and returns how many. They take three bytes each. The first
// one stands for span, and last is the rune kept before it.
func (t *Text) takeHan(s string, span Span, last rune) int {
	table := foldTable()
	n := len(t.Runes)
	room := n + len(s)/3
	runes, spans := slices.Grow(t.Runes, room-n)[:room], slices.Grow(t.Spans, room-n)[:room]
	at := n
	for ; at < len(runes) && at < len(spans) && len(s) >= 3; at++ {
		if s[0] < 0xE3 || s[0] > 0xE9 || s[1]&0xC0 != 0x80 || s[2]&0xC0 != 0x80 {
			break
		}
		f := &table[uint16(s[0])<<12|uint16(s[1]&0x3F)<<6|uint16(s[2]&0x3F)]
		if f.class != classHan || rune(f.to) == last {
			break
		}
		last = rune(f.to)
		runes[at], spans[at] = last, span
		span.Start, span.End, span.offset = span.End, span.End+1, span.offset+3
		s = s[3:]
	}
	t.Runes, t.Spans = runes[:at], spans[:at]
	return at - n
}

// push adds a rune; gap says that white space or an emoji stands before it.
func (t *Text) push(r rune, span Span, gap bool) {
	n := len(t.Runes)
	if gap && n > 0 {
		t.Gaps = append(t.Gaps, int32(n))
	}
	if (r < firstHan || r > lastHan) && IsBoundary(r) {
		t.Marks = append(t.Marks, int32(n))
	}
	t.Runes = append(t.Runes, r)
	t.Spans = append(t.Spans, span)
}

// pop takes the last rune away.
func (t *Text) pop() {
	n := len(t.Runes) - 1
	t.Runes, t.Spans = t.Runes[:n], t.Spans[:n]
	t.Gaps, t.Marks = dropLast(t.Gaps, n), dropLast(t.Marks, n)
}

// dropLast takes the last index away if it is n.
func dropLast(list []int32, n int) []int32 {
	if k := len(list) - 1; k >= 0 && int(list[k]) == n {
		return list[:k]
	}
	return list
}

// settleBreaks keeps a break only where at least two characters stand on
// either side of it: "质量差 物流慢" are two clauses, "没 褪 色" is one word
// written with spaces.
func (t *Text) settleBreaks() {
	for _, g := range t.Gaps {
		t.Breaks[g] = true
	}
	before := 0 // characters since the last break or punctuation mark
	last := -1  // the break that the present stretch begins with, if any
	for i, r := range t.Runes {
		mark := IsBoundary(r)
		if t.Breaks[i] || mark {
			if last >= 0 && before < 2 {
				t.Breaks[last] = false
			}
			last = -1
			if t.Breaks[i] {
				if before < 2 {
					t.Breaks[i] = false
				} else {
					last = i
				}
			}
			before = 0
		}
		if !mark {
			before++
		}
	}
	if last >= 0 && before < 2 {
		t.Breaks[last] = false
	}
	t.Gaps = slices.DeleteFunc(t.Gaps, func(g int32) bool { return !t.Breaks[g] })
}

// firstHan and lastHan bound the characters of the basic plane between which
// nothing ends a clause.
const firstHan, lastHan = 0x3400, 0xFAFF

// IsBoundary reports whether the normalised rune r ends a clause.
func IsBoundary(r rune) bool {
	if r >= firstHan && r <= lastHan {
		return false // nearly all of a Chinese text
	}
	switch r {
	case ',', '。', '!', '?', ';', '…', '~', '\n', '.', '(', ')', '【', '】', '[', ']', '—', '|', '\uFFFC':
		return true
	}
	return false
}

// class says what Normalize does with a rune.
type class uint8

const (
	classOther class = iota // kept
	classHan                // kept, squeezed
	classMark               // punctuation: kept, squeezed
	classGap                // white space and emoji: dropped, may end a clause
	classDrop               // invisible: dropped
	classMany               // folds to several runes
)

func (c class) squeezes() bool { return c == classHan || c == classMark }

// fold is what becomes of a character of the basic plane.
type fold struct {
	to    uint16 // a character of the same plane
	class class
}

// foldTable holds what becomes of every character of the basic plane.
var foldTable = sync.OnceValue(func() *[0x10000]fold {
	t := new([0x10000]fold)
	classes := planeClasses()
	for r := range t {
		t[r] = fold{uint16(r), classes[r]}
	}
	for _, block := range [][2]rune{{0x00A0, 0x00BF}, {0x2000, 0x2BFF}, {0x2E80, 0x2FDF}, {0x3000, 0x30FF}, {0x3200, 0x33FF}, {0xF900, 0xFAFF}, {0xFE10, 0xFE6F}, {0xFF00, 0xFFEF}} {
		for r := block[0]; r <= block[1]; r++ {
			if unicode.IsSpace(r) || t[r].class == classDrop || r == '…' {
				continue
			}
			folded := []rune(norm.NFKC.String(string(r)))
			if len(folded) > 1 || folded[0] >= 0x10000 {
				t[r] = fold{uint16(r), classMany}
			} else if folded[0] != r {
				t[r] = fold{uint16(folded[0]), classOf(folded[0])}
			}
		}
	}
	for r := range t {
		if t[r].class == classOther {
			t[r].to = uint16(unicode.ToLower(rune(t[r].to)))
		}
	}
	for from, to := range map[rune]rune{'“': '"', '”': '"', '„': '"', '「': '"', '」': '"', '『': '"', '』': '"', '‘': '\'', '’': '\'', '﹐': ',', '．': '.', '｡': '。', '⋯': '…', '～': '~', '〜': '~', '﹏': '~', '―': '—', '–': '-'} {
		t[from] = fold{uint16(to), classOf(to)}
	}
	for line := range strings.Lines(traditionalPairs) {
		if pair := []rune(line); pair[0] != '#' {
			t[pair[0]] = fold{uint16(pair[1]), classHan}
		}
	}
	return t
})

// planeClasses returns classOf for every character of the basic plane: what
// classOf asks last is filled in first, and written over.
func planeClasses() *[0x10000]class {
	t := new([0x10000]class)
	fill := func(table *unicode.RangeTable, above uint16, c class) {
		for _, block := range table.R16 {
			for r := uint32(block.Lo); r <= uint32(block.Hi); r += uint32(block.Stride) {
				if uint16(r) >= above {
					t[r] = c
				}
			}
		}
	}
	fill(unicode.Sm, 0, classMark)
	fill(unicode.P, 0, classMark)
	fill(unicode.Sk, 0x80, classGap)
	fill(unicode.So, 0, classGap)
	fill(unicode.Cf, 0, classDrop)
	fill(unicode.Cc, 0, classDrop)
	for _, r := range "\uFFFD\uFE00\uFE01\uFE02\uFE03\uFE04\uFE05\uFE06\uFE07\uFE08\uFE09\uFE0A\uFE0B\uFE0C\uFE0D\uFE0E\uFE0F" {
		t[r] = classDrop
	}
	fill(unicode.Han, 0, classHan)
	fill(unicode.White_Space, 0, classGap)
	for _, r := range "\n\r\u2028\u2029" {
		t[r] = classMark
	}
	return t
}

// classOf returns the class of a character.
func classOf(r rune) class {
	switch {
	case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
		return classMark
	case unicode.IsSpace(r) || r == '\u3000':
		return classGap
	case unicode.Is(unicode.Han, r):
		return classHan
	case r == '\uFFFD' || unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || r >= 0xFE00 && r <= 0xFE0F:
		return classDrop
	case r >= 0x1F000 && r <= 0x1FAFF || unicode.Is(unicode.So, r) || unicode.Is(unicode.Sk, r) && r > 0x7F:
		return classGap
	case unicode.IsPunct(r) || unicode.Is(unicode.Sm, r):
		return classMark
	}
	return classOther
}

// entity decodes the HTML entity that s begins with and returns its length in
// bytes, which is its length in runes too, or 0 where there is none.
func entity(s string) (rune, int) {
	end := strings.IndexByte(s[:min(len(s), 10)], ';')
	if end < 3 {
		return 0, 0
	}
	decoded := html.UnescapeString(s[:end+1])
	r, size := utf8.DecodeRuneInString(decoded)
	if size != len(decoded) {
		return 0, 0
	}
	return r, end + 1
}
