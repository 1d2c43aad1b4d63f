package server

import (
	"cmp"
	"net/http"
	"slices"

	"chaping/classifier"
	"chaping/index"
	"chaping/internal/correction"
	"chaping/internal/dataset"
	"chaping/lexicon"
)

// lexiconLine is a category with its rules' figures.
type lexiconLine struct {
	lexicon.Category
	Rules     int
	Reviews   int // that have it; 0 without a dataset
	Precision correction.Precision
}

// ruleLine is a rule with its figures.
type ruleLine struct {
	lexicon.Rule
	Policy    string // on negation, in words
	Reviews   int    // in which it counts
	Precision correction.Precision
}

// negationTitles say in Chinese what a negator does to a rule's match.
var negationTitles = map[lexicon.Negation]string{lexicon.Drop: "被否定时不算", lexicon.Keep: "被否定时也算", lexicon.Flip: "被否定时才算"}

// maxRules is how many rules of a dataset are counted at most.
const maxRules = 10_000

// lexiconPage shows the taxonomy, the rules of a category, and tries a text.
func (s *Server) lexiconPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	ind := s.lexiconOf(cmp.Or(q.Get("industry"), s.opt.Industry))
	data := map[string]any{"Title": "词库", "Industry": ind, "Text": q.Get("text"), "Industries": s.industries(), "Category": q.Get("category")}
	rules, categories := map[string]correction.Precision{}, map[string]correction.Precision{}
	counts := map[string]int{}
	if s.dir != nil {
		rules, categories = correction.Precisions(s.dir.Corrections())
		found, err := s.index.Search(r.Context(), index.Request{Facets: []string{"rule", "category"}, FacetSize: maxRules})
		if err != nil {
			return err
		}
		for _, c := range slices.Concat(found.Facets["rule"], found.Facets["category"]) {
			counts[c.Value] = c.Count
		}
	}
	if id := q.Get("category"); id != "" {
		c := ind.Category(id)
		if c == nil {
			return fail(http.StatusNotFound, "%[2]s has no category %[1]q", "%[3]s的词库没有分类 %[1]s", id, ind.ID, ind.Title.ZH)
		}
		data["Chosen"] = lexiconLine{Category: *c, Reviews: counts[id], Precision: categories[id]}
		var list []ruleLine
		for _, rule := range ind.Rules {
			if rule.Category == id {
				list = append(list, ruleLine{rule, negationTitles[rule.Negation], counts[rule.ID], rules[rule.ID]})
			}
		}
		slices.SortStableFunc(list, func(a, b ruleLine) int { return cmp.Compare(b.Reviews, a.Reviews) })
		data["Rules"] = list
	} else {
		data["Lines"] = lexiconLines(ind, counts, categories)
	}
	if text := q.Get("text"); text != "" {
		e, err := s.cls.Load().Explain(ind.ID, text)
		if err != nil {
			return err
		}
		data["Explanation"], data["Parts"], data["Reasons"] = e, evidence(text, &e.Result), reasonTitles
	}
	return s.render(w, r, http.StatusOK, "lexicon", data)
}

// lexiconLines lists the categories of an industry.
func lexiconLines(ind *lexicon.Industry, counts map[string]int, precisions map[string]correction.Precision) []lexiconLine {
	var out []lexiconLine
	for _, c := range ind.Categories {
		l := lexiconLine{Category: c, Reviews: counts[c.ID], Precision: precisions[c.ID]}
		for _, rule := range ind.Rules {
			if rule.Category == c.ID {
				l.Rules++
			}
		}
		out = append(out, l)
	}
	return out
}

// reasonTitles say in Chinese why a match does not count.
var reasonTitles = map[classifier.Reason]string{
	classifier.Negated: "被否定", classifier.Excluded: "属于更长的词", classifier.InWord: "在词语内部", classifier.Unless: "语境排除", classifier.Question: "疑问",
	classifier.Condition: "假设", classifier.Worry: "担心", classifier.Past: "以前的购买", classifier.Other: "别家商品", classifier.Hearsay: "转述", classifier.Unlike: "对比中胜出",
	classifier.Outranked: "被更准的规则取代", classifier.Weak: "已有更明确的问题", classifier.TooLong: "评价过长", classifier.Copied: "复制的文字", dataset.Corrected: "人工删除",
}

// industries lists the industries with their titles.
func (s *Server) industries() []*lexicon.Industry {
	lex := s.cls.Load().Lexicon()
	var out []*lexicon.Industry
	for _, id := range lex.IDs() {
		out = append(out, lex.Industry(id))
	}
	return out
}
