package server

import (
	"cmp"
	"net/http"

	"chaping/classifier"
	"chaping/index"
	"chaping/internal/correction"
	"chaping/internal/dataset"
	"chaping/lexicon"
)

// lexiconPage shows the taxonomy and tries a text.
func (s *Server) lexiconPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	ind := s.lexiconOf(cmp.Or(q.Get("industry"), s.opt.Industry))
	data := map[string]any{"Title": "词库", "Industry": ind, "IDs": s.cls.Load().Lexicon().IDs(), "Text": q.Get("text"), "Industries": s.industries()}
	type line struct {
		lexicon.Category
		Rules int
		Tally correction.Precision
	}
	var lines []line
	tallies := map[string]correction.Precision{}
	if s.dir != nil {
		_, tallies = correction.Precisions(s.dir.Corrections())
	}
	for _, c := range ind.Categories {
		l := line{Category: c, Tally: tallies[c.ID]}
		for _, rule := range ind.Rules {
			if rule.Category == c.ID {
				l.Rules++
			}
		}
		lines = append(lines, l)
	}
	data["Lines"] = lines
	if text := q.Get("text"); text != "" {
		e, err := s.cls.Load().Explain(ind.ID, text)
		if err != nil {
			return err
		}
		h := index.Hit{Text: text}
		for _, hit := range e.Result.Hits {
			h.Highlights = append(h.Highlights, index.Highlight{Start: hit.Start, End: hit.End, Kind: "evidence"})
		}
		data["Explanation"], data["Parts"], data["Reasons"] = e, parts(h), reasonTitles
	}
	return s.render(w, r, http.StatusOK, "lexicon", data)
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
