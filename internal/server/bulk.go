package server

import (
	"io"
	"net/http"
	"slices"
	"strconv"

	"chaping/classifier"
	"chaping/index"
	"chaping/internal/correction"
	"chaping/internal/dataset"
)

// bulk asks for the labels of a rule to be removed from the reviews of a query.
type bulk struct {
	Rule   string `json:"rule"`
	Query  string `json:"q"`
	Who    string `json:"who"`
	DryRun bool   `json:"dry_run"`
}

// bulkPlan is what that would do.
type bulkPlan struct {
	acts     []correction.Correction
	of       map[string]*dataset.Review // by key
	examples []*dataset.Review          // of those that change
	// Reviews lose a label. Stay have the rule and keep its label: another rule
	// proves it too, or a person has found it right.
	Reviews, Stay int
}

const (
	maxBulk      = 5000 // reviews that are looked at for one
	bulkExamples = 10
)

// planBulk looks at the reviews of a query in which a rule counts.
func (s *Server) planBulk(r *http.Request, b bulk) (*bulkPlan, error) {
	if s.index == nil {
		return nil, noDataset
	}
	if b.Rule == "" {
		return nil, fail(http.StatusBadRequest, "rule is missing: it names the rule whose labels are removed", "没有写明是哪条规则")
	}
	ask := index.Condition("rule", b.Rule)
	if b.Query != "" {
		ask += " (" + b.Query + ")"
	}
	var keys []string
	if err := s.index.Keys(r.Context(), ask, func(key string) { keys = append(keys, key) }); err != nil {
		return nil, err
	}
	if len(keys) > maxBulk {
		return nil, fail(http.StatusBadRequest, "the rule counts in %d reviews of the query, at most %d go at once: narrow the query, for instance to a month", "范围内有 %d 条评价命中这条规则，一次最多处理 %d 条：请缩小范围，比如限定月份", len(keys), maxBulk)
	}
	reviews, err := s.findAll(r, keys)
	if err != nil {
		return nil, err
	}
	p := &bulkPlan{of: reviews}
	for _, key := range keys {
		if v := reviews[key]; v != nil {
			p.add(v, b)
		}
	}
	return p, nil
}

// add plans the acts of a review.
func (p *bulkPlan) add(v *dataset.Review, b bulk) {
	right := correction.Known(v.Corrections).Right
	before := len(p.acts)
	for _, id := range onlyBy(b.Rule, &v.Result) {
		if !slices.Contains(right, id) {
			p.acts = append(p.acts, correction.Correction{Key: v.Key, Action: correction.Remove, Category: id, Part: correction.Text, Who: b.Who})
		}
	}
	if v.FollowUp != nil {
		for _, id := range onlyBy(b.Rule, &v.FollowUp.Result) {
			if !slices.Contains(right, id) {
				p.acts = append(p.acts, correction.Correction{Key: v.Key, Action: correction.Remove, Category: id, Part: correction.FollowUp, Who: b.Who})
			}
		}
	}
	if len(p.acts) == before {
		p.Stay++
		return
	}
	if p.Reviews++; p.Reviews <= bulkExamples {
		p.examples = append(p.examples, v)
	}
}

// onlyBy lists the categories of a text that a rule proves and no other does.
func onlyBy(rule string, r *classifier.Result) []string {
	var out []string
	for _, id := range r.Labels {
		of := func(h classifier.Hit) bool { return h.Category == id && h.Rule == rule }
		others := func(h classifier.Hit) bool { return h.Category == id && h.Rule != rule }
		if slices.ContainsFunc(r.Hits, of) && !slices.ContainsFunc(r.Hits, others) {
			out = append(out, id)
		}
	}
	return out
}

// removeBulk answers POST /corrections/bulk.
func (s *Server) removeBulk(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	var b bulk
	if err := strict(body, &b); err != nil {
		return err
	}
	p, err := s.planBulk(r, b)
	if err != nil {
		return err
	}
	kept := []correction.Correction{}
	if !b.DryRun && len(p.acts) > 0 {
		if kept, err = s.keepOn(p.of, p.acts); err != nil {
			return err
		}
	}
	examples := []string{}
	for _, v := range p.examples {
		examples = append(examples, v.Key)
	}
	return reply(w, map[string]any{"reviews": p.Reviews, "stay": p.Stay, "examples": examples, "corrections": kept, "lexicon": s.lexicon()})
}

// bulkPage shows what removing the labels of a rule would do, before it is done.
func (s *Server) bulkPage(w http.ResponseWriter, r *http.Request) error {
	return s.showBulk(w, r, bulk{Rule: r.URL.Query().Get("rule"), Query: r.URL.Query().Get("q")}, false)
}

// showBulk shows the page; changed says that more or fewer reviews are concerned
// than the person agreed to.
func (s *Server) showBulk(w http.ResponseWriter, r *http.Request, b bulk, changed bool) error {
	data := map[string]any{"Title": "批量去掉标签", "Bulk": b, "Changed": changed}
	status := http.StatusOK
	p, err := s.planBulk(r, b)
	if wrong := problemOf(err); wrong != nil && wrong.Status == http.StatusBadRequest {
		if wrong.At != nil {
			*wrong.At = max(0, *wrong.At-len([]rune(index.Condition("rule", b.Rule)))-2) // what stands before the query is ours
		}
		data["Wrong"], status = wrong.inChinese(), wrong.Status
	} else if err != nil {
		return err
	} else {
		var shown []shownReview
		for _, v := range p.examples {
			shown = append(shown, s.show(v))
		}
		data["Plan"], data["Examples"] = p, shown
		data["Category"] = ""
		if len(p.acts) > 0 {
			data["Category"] = p.acts[0].Category
		}
	}
	return s.render(w, r, status, "bulk", data)
}

// bulkAct removes the labels, as one batch. Where other reviews are concerned by
// now than the person has seen, it asks again.
func (s *Server) bulkAct(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return broken(err)
	}
	b := bulk{Rule: r.PostFormValue("rule"), Query: r.PostFormValue("q"), Who: signature(r)}
	p, err := s.planBulk(r, b)
	if err != nil {
		return err
	}
	if r.PostFormValue("reviews") != strconv.Itoa(p.Reviews) {
		return s.showBulk(w, r, b, true)
	}
	if len(p.acts) > 0 {
		if _, err := s.keepOn(p.of, p.acts); err != nil {
			return err
		}
	}
	http.Redirect(w, r, "/clean", http.StatusSeeOther)
	return nil
}
