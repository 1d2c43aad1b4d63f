package index

import (
	"cmp"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/mapping"
	bleveindex "github.com/blevesearch/bleve_index_api"

	"chaping/classifier"
	"chaping/internal/crosstab"
	"chaping/internal/dataset"
	"chaping/internal/matcher"
	"chaping/internal/names"
	"chaping/internal/pii"
	"chaping/lexicon"
)

// stored is what a hit shows beside its time and its text, which are stored
// themselves, the follow-up text behind the text. It is kept in the index as JSON; its keys are short
// because every review repeats them.
type stored struct {
	ID       string   `json:"i"`
	FollowUp int      `json:"f,omitempty"` // bytes of the follow-up text
	Labels   []string `json:"l,omitempty"`
	Template bool     `json:"m,omitempty"`
	Star     int      `json:"s,omitempty"`
	Product  string   `json:"p,omitempty"`
	SKU      string   `json:"k,omitempty"`
	Courier  string   `json:"c,omitempty"`
	Province string   `json:"v,omitempty"`
	Segment  string   `json:"g"`
	Index    int      `json:"n"` // in the segment
	// Evidence and FollowUpEvidence have the places of hits: rune offsets of the
	// texts.
	Evidence         [][2]int `json:"e,omitempty"`
	FollowUpEvidence [][2]int `json:"u,omitempty"`
}

// The exact fields are indexed as whole values. facetFields can be counted, the
// others only found.
var (
	facetFields = []string{
		"category", "rule", "owner", "industry", "product", "sku", "courier", "province", "region", "city", "month", "day", "appeal",
		"template", "problem", "corrected", "turned", "doubt", "star",
	}
	otherFields = []string{"doubts", "title", "score_d", "score_s", "score_l"}
)

// textField has pairs of characters, and the text itself.
const textField = "pairs"

func newMapping() *mapping.IndexMappingImpl {
	doc := bleve.NewDocumentStaticMapping()
	doc.AddSubDocumentMapping("_all", bleve.NewDocumentDisabledMapping()) // no field of all fields
	add := func(property, name, analyzer string) *mapping.FieldMapping {
		f := bleve.NewTextFieldMapping()
		f.Name, f.Analyzer = name, analyzer
		f.Store, f.IncludeInAll, f.IncludeTermVectors, f.DocValues = false, false, false, false
		f.SkipFreqNorm = true // only words weigh anything
		doc.AddFieldMappingsAt(property, f)
		return f
	}
	add("text", textField, pairsAnalyzer).Store = true
	add("text", "words", wordsAnalyzer).SkipFreqNorm = false
	for _, name := range slices.Concat(facetFields, otherFields) {
		add(name, name, keyword.Name)
	}
	add("id", "id", keyword.Name).SkipFreqNorm = false
	for _, name := range []string{"time", "stored"} {
		f := add(name, name, keyword.Name)
		f.Index, f.Store = false, true
	}
	m := bleve.NewIndexMapping()
	m.DefaultMapping = doc
	m.IndexDynamic, m.StoreDynamic, m.DocValuesDynamic = false, false, false
	return m
}

// form is how a property of a document becomes a field of the engine's.
type form struct {
	name    string
	options bleveindex.FieldIndexingOptions
	// cut gives the terms of a text and how many they are with their repetitions;
	// nil takes values as they are.
	cut func(text []byte) (terms bleveindex.TokenFrequencies, length int)
}

// forms are those of newMapping, by property.
var forms = sync.OnceValue(func() map[string][]*form {
	cuts := map[string]func([]byte) (bleveindex.TokenFrequencies, int){wordsAnalyzer: wordTerms, pairsAnalyzer: pairTerms}
	out := map[string][]*form{}
	for property, m := range newMapping().DefaultMapping.Properties {
		for _, f := range m.Fields {
			out[property] = append(out[property], &form{f.Name, f.Options(), cuts[f.Analyzer]})
		}
	}
	return out
})

// field is a property as the engine indexes it. It has what the engine's own
// text field would have, without the garbage: all values of a property are one
// field, and reviews that share a value share its terms.
type field struct {
	*form
	value  []byte
	terms  bleveindex.TokenFrequencies
	length int
}

func (f *field) Name() string                                          { return f.name }
func (f *field) Options() bleveindex.FieldIndexingOptions              { return f.options }
func (f *field) Value() []byte                                         { return f.value }
func (f *field) ArrayPositions() []uint64                              { return nil }
func (f *field) EncodedFieldType() byte                                { return 't' }
func (f *field) NumPlainTextBytes() uint64                             { return uint64(len(f.value)) }
func (f *field) AnalyzedLength() int                                   { return f.length }
func (f *field) AnalyzedTokenFrequencies() bleveindex.TokenFrequencies { return f.terms }

// Size is what the field holds itself, in bytes.
func (f *field) Size() int { return len(f.value) + fieldSize }

var fieldSize = int(reflect.TypeFor[field]().Size())

// Analyze cuts texts. The engine calls it once, from any goroutine.
func (f *field) Analyze() {
	if f.cut != nil {
		f.terms, f.length = f.cut(f.value)
	}
}

// documents makes documents of the engine's. It is not safe for concurrent use.
type documents struct {
	values map[string]bleveindex.TokenFrequencies // the terms of fields with this one value
}

// sharedValues bounds how many values are kept for others that have them too.
const sharedValues = 1 << 14

// make gives a document its fields as the mapping says; the engine's own way there,
// by reflection, takes a tenth of the time of indexing.
func (ds *documents) make(key string, properties []property) *document.Document {
	doc := document.NewDocument(key)
	fields := make([]field, 0, len(properties)+1) // text makes two
	doc.Fields = make([]document.Field, 0, cap(fields)+1)
	for _, p := range properties {
		for _, f := range forms()[p.name] {
			out := field{form: f, length: len(p.values)}
			switch {
			case f.cut != nil || f.options.IsStored():
				out.value = []byte(p.values[0])
			case len(p.values) == 1:
				out.terms = ds.exact(f, p.values[0])
			default:
				out.terms = exactTerms(f, p.values...)
			}
			fields = append(fields, out)
			doc.AddField(&fields[len(fields)-1])
		}
	}
	return doc
}

// exact are the terms of a field with one value.
func (ds *documents) exact(f *form, value string) bleveindex.TokenFrequencies {
	if !f.options.SkipFreqNorm() {
		return exactTerms(f, value)
	}
	terms := ds.values[value]
	if terms == nil {
		if terms = exactTerms(f, value); ds.values == nil || len(ds.values) == sharedValues {
			ds.values = map[string]bleveindex.TokenFrequencies{}
		}
		ds.values[value] = terms
	}
	return terms
}

func exactTerms(f *form, values ...string) bleveindex.TokenFrequencies {
	out := make(bleveindex.TokenFrequencies, len(values))
	for _, v := range values {
		if f.options.SkipFreqNorm() {
			out[v] = uncounted
		} else {
			out[v] = &counted[0]
		}
	}
	return out
}

// maxDoubts is how many signs of doubt count; their number is a digit.
const maxDoubts = 9

// property is what is indexed of a review under a name: one text or value, or several.
type property struct {
	name   string
	values []string
}

// properties are what is indexed of a review.
func properties(r *dataset.Review, lex *lexicon.Lexicon, industry string, noMask bool) ([]property, error) {
	rec := r.Record
	if rec.Industry != "" {
		industry = rec.Industry
	}
	s := stored{
		ID: r.ID, Labels: r.AllLabels().All(), Template: r.Template, Star: rec.Star,
		Product: rec.Product, SKU: rec.SKU, Courier: rec.Courier, Province: rec.Province, Segment: r.Segment, Index: r.Index,
	}
	text, followUp := rec.Text, rec.FollowUp
	var spans, followUpSpans []pii.Span
	if !noMask {
		spans, followUpSpans = pii.Find(text), pii.Find(followUp)
		text, followUp = masked(text, spans), masked(followUp, followUpSpans)
	}
	s.Evidence = evidence(r.Hits, spans)
	if r.FollowUp != nil {
		s.FollowUpEvidence = evidence(r.FollowUp.Hits, followUpSpans)
	}
	if s.FollowUp = len(followUp); followUp != "" {
		text += "\n" + followUp
	}
	shown, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	row, ind := r.Row(lex, industry), cmp.Or(lex.Industry(industry), lex.Industry("generic"))
	out := make([]property, 0, mostProperties)
	add := func(name string, values ...string) { // none of several is empty
		if len(values) > 0 && values[0] != "" {
			out = append(out, property{name, values})
		}
	}
	number := func(name string, value int) {
		if value > 0 {
			add(name, strconv.Itoa(value))
		}
	}
	add("text", text)
	add("stored", string(shown))
	add("id", r.ID)
	add("industry", industry)
	add("category", categories(row.Problems)...)
	add("title", titles(row.Problems, ind)...)
	add("owner", owners(row.Problems)...)
	add("rule", rules(r)...)
	add("corrected", strconv.FormatBool(r.Corrected))
	add("template", strconv.FormatBool(r.Template))
	add("problem", strconv.FormatBool(len(r.Labels) > 0))
	add("turned", strconv.FormatBool(r.FollowUp != nil && len(r.FollowUp.Labels) > 0 && len(r.Labels) == 0))
	add("appeal", appeals(rec.Text+"\n"+rec.FollowUp)...)
	reasons := doubts(r, ind)
	add("doubt", reasons...)
	number("doubts", min(len(reasons), maxDoubts))
	add("product", row.Product)
	add("sku", row.SKU)
	add("courier", row.Courier)
	add("province", row.Province)
	add("region", names.Region(row.Province))
	add("city", row.City)
	add("month", crosstab.Period("month", row.Time))
	add("day", crosstab.Period("day", row.Time))
	number("star", rec.Star)
	number("score_d", rec.ScoreD)
	number("score_s", rec.ScoreS)
	number("score_l", rec.ScoreL)
	if !rec.Time.IsZero() {
		add("time", strconv.FormatInt(rec.Time.Unix(), 10))
	}
	return out, nil
}

// mostProperties is how many properties a review may have.
const mostProperties = 28

func masked(text string, spans []pii.Span) string {
	if len(spans) == 0 {
		return text
	}
	runes := []rune(text)
	return pii.MaskRange(runes, spans, 0, len(runes))
}

// evidence are the places of hits in a text whose spans were masked.
func evidence(hits []classifier.Hit, masked []pii.Span) [][2]int {
	var out [][2]int
	for _, h := range hits {
		out = append(out, [2]int{pii.Shift(masked, h.Start), pii.Shift(masked, h.End)})
	}
	return out
}

func categories(list []crosstab.Problem) []string {
	var out []string
	for _, p := range list {
		out = append(out, p.Category)
	}
	return out
}

// titles are the Chinese titles of categories, with their group and without: 商品-口感, 口感.
func titles(list []crosstab.Problem, ind *lexicon.Industry) []string {
	var out []string
	for _, p := range list {
		if c := ind.Category(p.Category); c != nil {
			_, short, _ := strings.Cut(c.Title.ZH, "-")
			out = append(out, c.Title.ZH, short)
		}
	}
	return out
}

func owners(list []crosstab.Problem) []string {
	var out []string
	for _, p := range list {
		if p.Owner != "" && !slices.Contains(out, p.Owner) {
			out = append(out, p.Owner)
		}
	}
	return out
}

func rules(r *dataset.Review) []string {
	var out []string
	for _, h := range r.Hits {
		if !slices.Contains(out, h.Rule) {
			out = append(out, h.Rule)
		}
	}
	return out
}

// appealWords are signs that a review may be appealed with the platform, by
// reason (Douyin's list: advertising, leaked privacy, abuse, a rating before signing).
var appealWords = []struct {
	reason string
	words  []string
}{
	{"广告", []string{"加微信", "加我微信", "加v", "加qq", "扫码", "返现群", "优惠群", "代理加", "招代理", "兼职", "刷单加", "http://", "https://", "www."}},
	{"辱骂", []string{"傻逼", "傻b", "煞笔", "操你", "草你", "你妈逼", "他妈的", "特么", "王八蛋", "狗东西", "滚蛋", "垃圾人", "去死", "畜生"}},
	{"未签收", []string{"还没收到货", "没收到货就", "还没到货", "没签收", "还没签收", "货还没到", "还在路上", "没收到先评"}},
	{"勒索", []string{"不退款就差评", "不赔就差评", "给钱改评", "改好评要", "不返现就差评"}},
}

// appealMatcher finds the appealWords, one list after the other.
var appealMatcher = sync.OnceValue(func() *matcher.Matcher {
	var words [][]rune
	for _, a := range appealWords {
		for _, w := range a.words {
			words = append(words, []rune(w))
		}
	}
	m, err := matcher.New(words)
	if err != nil {
		panic(err) // the words are part of the program
	}
	return m
})

// appeals lists the reasons for which a text may be appealed.
func appeals(text string) []string {
	var out []string
	if found := appealMatcher().AppendMatches(nil, []rune(fold(text))); len(found) > 0 {
		first := 0 // number of the list's first word
		for _, a := range appealWords {
			after := first + len(a.words)
			if slices.ContainsFunc(found, func(m matcher.Match) bool { return first <= int(m.Pattern) && int(m.Pattern) < after }) {
				out = append(out, a.reason)
			}
			first = after
		}
	}
	if len(pii.Find(text)) > 0 {
		out = append(out, "隐私")
	}
	return out
}
