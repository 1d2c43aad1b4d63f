package index

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/mapping"

	"chaping/classifier"
	"chaping/internal/crosstab"
	"chaping/internal/dataset"
	"chaping/internal/names"
	"chaping/internal/pii"
	"chaping/lexicon"
)

// stored is what a hit shows. It is kept in the index as JSON, beside the terms;
// its keys are short because every review repeats them.
type stored struct {
	ID       string   `json:"i"`
	Text     string   `json:"t"`
	FollowUp string   `json:"f,omitempty"`
	Labels   []string `json:"l,omitempty"`
	Template bool     `json:"m,omitempty"`
	Star     int      `json:"s,omitempty"`
	Product  string   `json:"p,omitempty"`
	SKU      string   `json:"k,omitempty"`
	Courier  string   `json:"c,omitempty"`
	Province string   `json:"v,omitempty"`
	Time     int64    `json:"d,omitempty"` // seconds since 1970, 0 for none
	Segment  string   `json:"g"`
	Index    int      `json:"n"` // in the segment
	// Evidence and FollowUpEvidence have the places of hits: rune offsets of Text
	// and FollowUp.
	Evidence         [][2]int `json:"e,omitempty"`
	FollowUpEvidence [][2]int `json:"u,omitempty"`
}

// The exact fields are indexed as whole values. facetFields can be counted and
// sorted by; the others only found.
var (
	facetFields = []string{
		"category", "rule", "owner", "industry", "product", "sku", "courier", "province", "region", "city", "month", "day", "appeal",
		"template", "problem", "corrected", "turned", "doubt", "star",
	}
	sortFields  = []string{"time", "doubts"}
	otherFields = []string{"title", "id", "score_d", "score_s", "score_l"}
)

func newMapping() mapping.IndexMapping {
	doc := bleve.NewDocumentStaticMapping()
	doc.AddSubDocumentMapping("_all", bleve.NewDocumentDisabledMapping()) // no field of all fields
	add := func(name string, f *mapping.FieldMapping) {
		f.Store, f.IncludeInAll = name == "stored", false
		doc.AddFieldMappingsAt(name, f)
	}
	for name, analyzer := range map[string]string{"words": wordsAnalyzer, "pairs": pairsAnalyzer, "chars": charsAnalyzer} {
		f := bleve.NewTextFieldMapping()
		f.Analyzer, f.DocValues = analyzer, false
		f.IncludeTermVectors = name == "pairs" // only phrases need places
		add(name, f)
	}
	for _, name := range slices.Concat(facetFields, sortFields, otherFields) {
		f := bleve.NewKeywordFieldMapping()
		f.IncludeTermVectors = false
		f.DocValues = !slices.Contains(otherFields, name)
		add(name, f)
	}
	shown := bleve.NewTextFieldMapping()
	shown.Index, shown.DocValues = false, false
	add("stored", shown)
	m := bleve.NewIndexMapping()
	m.DefaultMapping = doc
	m.IndexDynamic, m.StoreDynamic, m.DocValuesDynamic = false, false, false
	return m
}

// document is a review as the engine takes it.
func document(r *dataset.Review, lex *lexicon.Lexicon, industry string, noMask bool) (map[string]any, error) {
	rec := r.Record
	if rec.Industry != "" {
		industry = rec.Industry
	}
	s := stored{
		ID: r.ID, Text: rec.Text, FollowUp: rec.FollowUp, Labels: r.Labels, Template: r.Template, Star: rec.Star,
		Product: rec.Product, SKU: rec.SKU, Courier: rec.Courier, Province: rec.Province, Segment: r.Segment, Index: r.Index,
	}
	var spans, followUpSpans []pii.Span
	if !noMask {
		spans, followUpSpans = pii.Find(rec.Text), pii.Find(rec.FollowUp)
		s.Text, s.FollowUp = pii.Mask(rec.Text), pii.Mask(rec.FollowUp)
	}
	s.Evidence = evidence(r.Hits, spans)
	if r.FollowUp != nil {
		s.FollowUpEvidence = evidence(r.FollowUp.Hits, followUpSpans)
	}
	if !rec.Time.IsZero() {
		s.Time = rec.Time.Unix()
	}
	shown, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	text := s.Text
	if s.FollowUp != "" {
		text += "\n" + s.FollowUp
	}
	row, ind := r.Row(lex, industry), cmp.Or(lex.Industry(industry), lex.Industry("generic"))
	doc := map[string]any{
		"words": text, "pairs": text, "chars": text, "stored": string(shown), "id": r.ID, "industry": industry,
		"category": categories(row.Problems), "title": titles(row.Problems, ind), "owner": owners(row.Problems), "rule": rules(r),
		"corrected": strconv.FormatBool(r.Corrected), "template": strconv.FormatBool(r.Template), "problem": strconv.FormatBool(len(r.Labels) > 0),
		"turned": strconv.FormatBool(r.FollowUp != nil && len(r.FollowUp.Labels) > 0 && len(r.Labels) == 0),
		"appeal": appeals(rec.Text + "\n" + rec.FollowUp),
	}
	if reasons := doubts(r, ind); len(reasons) > 0 {
		doc["doubt"], doc["doubts"] = reasons, strconv.Itoa(min(len(reasons), 9))
	}
	for name, value := range map[string]string{
		"product": row.Product, "sku": row.SKU, "courier": row.Courier, "province": row.Province, "region": names.Region(row.Province), "city": row.City,
		"month": crosstab.Period("month", row.Time), "day": crosstab.Period("day", row.Time),
	} {
		if value != "" {
			doc[name] = value
		}
	}
	for name, value := range map[string]int{"star": rec.Star, "score_d": rec.ScoreD, "score_s": rec.ScoreS, "score_l": rec.ScoreL} {
		if value > 0 {
			doc[name] = strconv.Itoa(value)
		}
	}
	if !rec.Time.IsZero() {
		doc["time"] = rec.Time.In(zone).Format("20060102150405")
	}
	return doc, nil
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

// appeals lists the reasons for which a text may be appealed.
func appeals(text string) []string {
	folded := fold(text)
	var out []string
	for _, a := range appealWords {
		if slices.ContainsFunc(a.words, func(w string) bool { return strings.Contains(folded, w) }) {
			out = append(out, a.reason)
		}
	}
	if len(pii.Find(text)) > 0 {
		out = append(out, "隐私")
	}
	return out
}
