package index

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/registry"
	bleveindex "github.com/blevesearch/bleve_index_api"
	"github.com/go-ego/gse"

	"chaping/lexicon"
)

// Names of the analyzers. They are registered once for the process: Bleve knows
// analyzers by name alone.
const (
	wordsAnalyzer = "chaping_words"
	pairsAnalyzer = "chaping_pairs"
)

func init() {
	for name, cut := range map[string]analyzerFunc{wordsAnalyzer: cutWords, pairsAnalyzer: cutPairs} {
		err := registry.RegisterAnalyzer(name, func(map[string]any, *registry.Cache) (analysis.Analyzer, error) { return cut, nil })
		if err != nil {
			panic(err) // a name is taken: a fault of the program
		}
	}
}

// analyzerFunc is an analyzer without state.
type analyzerFunc func([]byte) analysis.TokenStream

// Analyze implements analysis.Analyzer.
func (f analyzerFunc) Analyze(text []byte) analysis.TokenStream { return f(text) }

// fold makes case, width and traditional characters the same, rune for rune, so
// that places are kept.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '　' {
			return ' '
		}
		return lexicon.NormalizeRune(r)
	}, s)
}

// vocabulary are words of complaints that the dictionary lacks or has too rare.
var vocabulary = []string{
	"起球", "掉色", "褪色", "色差", "缩水", "线头", "起毛", "掉毛", "异味", "烂果", "坏果", "磕碰", "压坏", "漏液", "漏发", "错发", "少发", "破损", "假货", "正品",
	"没货", "发货慢", "物流慢", "快递员", "快递小哥", "送货上门", "生产日期", "保质期", "客服", "差评", "好评", "追评", "性价比", "不值", "太酸", "不甜", "不新鲜", "难吃", "发霉", "变质", "过期", "临期", "红屁股", "过敏",
}

// segmenter has the frequent words of the dictionary (a fifth of a second to
// load) and the vocabulary.
var segmenter = sync.OnceValue(func() *gse.Segmenter {
	seg := &gse.Segmenter{SkipLog: true, NotLoadHMM: true, MinTokenFreq: 20}
	if err := seg.LoadDictEmbed("zh_s"); err != nil {
		panic(err) // the dictionary is part of the program
	}
	for _, w := range vocabulary {
		if err := seg.AddToken(w, 1000); err != nil {
			panic(err) // the vocabulary is as well
		}
	}
	seg.CalcToken() // of all at once: it goes through the whole dictionary
	return seg
})

// LoadDictionary loads what Sync needs, if it is not loaded yet: a fifth of a
// second for whoever has something else to do meanwhile.
func LoadDictionary() { segmenter() }

// cutWords cuts text into words, long ones once more into their parts.
func cutWords(text []byte) analysis.TokenStream {
	var out analysis.TokenStream
	for _, w := range segmenter().ModeSegment([]byte(fold(string(text))), true) {
		term := w.Token().Text()
		if !isWord(term) {
			continue
		}
		out = append(out, &analysis.Token{Start: w.Start(), End: w.End(), Term: []byte(term), Position: len(out) + 1, Type: analysis.Ideographic})
	}
	return out
}

// Words cuts a text into words one after the other, which together are the text.
func Words(text string) []string {
	var out []string
	from := 0
	for _, w := range segmenter().ModeSegment([]byte(text), false) {
		out = append(out, text[from:w.End()])
		from = w.End()
	}
	if from < len(text) {
		out = append(out, text[from:])
	}
	return out
}

// cutPairs gives each pair of characters, and the last character alone. Places are left out: they would take half
// of the index.
func cutPairs(text []byte) analysis.TokenStream {
	folded := []byte(fold(string(text)))
	tokens := make([]analysis.Token, utf8.RuneCount(folded))
	out := make(analysis.TokenStream, len(tokens))
	for i, at := 0, 0; i < len(tokens); i++ {
		_, first := utf8.DecodeRune(folded[at:])
		_, second := utf8.DecodeRune(folded[at+first:])
		end := at + first + second
		tokens[i] = analysis.Token{Term: folded[at:end:end], Position: i + 1, Type: analysis.Ideographic}
		out[i] = &tokens[i]
		at += first
	}
	return out
}

// The engine asks for nothing but the frequency of a term that has no places, so
// that all of one frequency are the same: counted[n] stands n+1 times, the last
// as often or more.
var (
	uncounted = &bleveindex.TokenFreq{}
	counted   = func() (list [64]bleveindex.TokenFreq) {
		for i := range list {
			list[i].SetFrequency(i + 1)
		}
		return list
	}()
)

// wordTerms are the words of a text, with how often each stands there.
func wordTerms(text []byte) (bleveindex.TokenFrequencies, int) {
	words := segmenter().ModeSegment([]byte(fold(string(text))), true)
	terms := make(bleveindex.TokenFrequencies, len(words))
	n := 0
	for _, w := range words {
		term := w.Token().Text()
		if !isWord(term) {
			continue
		}
		n++
		times := 0
		if t := terms[term]; t != nil {
			times = min(t.Frequency(), len(counted)-1)
		}
		terms[term] = &counted[times]
	}
	return terms, n
}

// isWord tells words from punctuation and other signs.
func isWord(term string) bool {
	return strings.ContainsFunc(term, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// pairTerms are the pairs of cutPairs.
func pairTerms(text []byte) (bleveindex.TokenFrequencies, int) {
	folded := fold(string(text))
	n := utf8.RuneCountInString(folded)
	terms := make(bleveindex.TokenFrequencies, n)
	for at := 0; at < len(folded); {
		_, first := utf8.DecodeRuneInString(folded[at:])
		_, second := utf8.DecodeRuneInString(folded[at+first:])
		terms[folded[at:at+first+second]] = uncounted
		at += first
	}
	return terms, n
}
