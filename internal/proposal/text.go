package proposal

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"chaping/classifier"
	"chaping/lexicon"
)

// MaxPhrase is how many characters a phrase of a proposal has at most.
const MaxPhrase = 8

// maxWords is how many words it has at most.
const maxWords = 4

// text is a normalised text cut into words.
type text struct {
	*lexicon.Text
	string string
	words  []word
}

// word is a stretch of a text, in runes of the normalised text.
type word struct {
	start, end int
	clause     int  // its number
	usable     bool // letters of a language that phrases are made of
}

func newText(s string, split func(string) []string) *text {
	t := &text{Text: lexicon.Normalize(s)}
	t.string = string(t.Runes)
	at, clause := 0, 0
	for _, w := range split(t.string) {
		n := utf8.RuneCountInString(w)
		one := word{start: at, end: at + n, usable: true}
		for i := at; i < at+n; i++ {
			if t.Breaks[i] && i > at || lexicon.IsBoundary(t.Runes[i]) {
				clause++
			}
			one.usable = one.usable && unicode.Is(unicode.Han, t.Runes[i])
		}
		if t.Breaks[at] {
			clause++
		}
		one.clause = clause
		t.words = append(t.words, one)
		at += n
	}
	return t
}

// span finds a hit, whose offsets are of the original, in the normalised text.
func (t *text) span(h *classifier.Hit) (start, end int) {
	start, end = len(t.Runes), 0
	for i, s := range t.Spans {
		if int(s.Start) < h.End && int(s.End) > h.Start {
			start, end = min(start, i), max(end, i+1)
		}
	}
	return start, end
}

// phrase is a run of whole words of a clause.
type phrase struct {
	text       string
	start, end int
	words      int
}

// phrases lists the runs of up to maxWords whole words that are no longer than
// MaxPhrase and have two characters at least.
func (t *text) phrases() []phrase {
	var out []phrase
	for i := range t.words {
		for n := 1; n <= maxWords && i+n <= len(t.words); n++ {
			last := t.words[i+n-1]
			if !last.usable || last.clause != t.words[i].clause || last.end-t.words[i].start > MaxPhrase {
				break
			}
			if last.end-t.words[i].start >= 2 {
				out = append(out, phrase{string(t.Runes[t.words[i].start:last.end]), t.words[i].start, last.end, n})
			}
		}
	}
	return out
}

// occurs reports whether a phrase stands in the text so that it overlaps [start,end).
func (t *text) occurs(phrase string, start, end int) bool {
	n := utf8.RuneCountInString(phrase)
	from, to := max(0, start-n+1), min(len(t.Runes), end+n-1)
	return from < to && strings.Contains(string(t.Runes[from:to]), phrase)
}

// empty are words that say nothing by themselves.
var empty = strings.Fields("的 了 是 我 你 他 她 它 这 那 就 也 都 很 还 和 在 有 个 一 上 下 里 全 是 真 来 去 给 把 被 让 太 又 再 吧 啊 呢 吗 着 过 得 地 说 要 会 能 可 我们 你们 他们 这个 那个 就是 还是 但是 因为 所以 自己 一个 已经 什么 怎么 收到 东西 感觉 觉得 买了")

// negators are words that say nothing without what follows.
var negators = strings.Fields("不 没 没有 无 未 别 非 不是")

// says reports whether a phrase begins and ends with words that say something.
func (t *text) says(p phrase) bool {
	return !slices.ContainsFunc(t.words, func(w word) bool {
		return (w.start == p.start || w.end == p.end) && slices.Contains(empty, t.at(w)) || w.end == p.end && slices.Contains(negators, t.at(w))
	})
}

// at is a word of the text.
func (t *text) at(w word) string { return string(t.Runes[w.start:w.end]) }
