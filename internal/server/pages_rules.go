package server

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"chaping/index"
	"chaping/internal/correction"
	"chaping/internal/dataset"
	"chaping/internal/proposal"
)

// judgedRule is a rule with how often people agreed with it.
type judgedRule struct {
	correction.Precision
	Category string // empty for a rule that is no more
	Reviews  int    // in which it counts
	Change   int    // 1-based proposal that concerns it, 0 for none
}

// changeTitles say in Chinese what a change of a rule does.
var changeTitles = map[proposal.Kind]string{
	proposal.Exclude: "排除更长的词", proposal.Negation: "改否定的算法", proposal.Ignore: "不再看提示词", proposal.Combine: "两个词合在一起看",
	proposal.Lengthen: "换成更长的说法", proposal.Phrase: "新增说法",
}

const (
	shownRules    = 15  // judged ones that are seen at once
	shownUnjudged = 100 // rules that nobody has judged
)

// rulesPage shows how often people agreed with rules and categories, those that hurt
// most first, and changes that would mend them.
func (s *Server) rulesPage(w http.ResponseWriter, r *http.Request) error {
	if s.index == nil {
		return noDataset
	}
	all := s.dir.Corrections()
	rules, categories := correction.Precisions(all)
	found, err := s.index.Search(r.Context(), index.Request{Facets: []string{"rule"}, FacetSize: maxRules})
	if err != nil {
		return err
	}
	p := s.proposing.now()
	reviews := map[string]int{}
	var unjudged []judgedRule
	for _, c := range found.Facets["rule"] {
		reviews[c.Value] = c.Count
		if _, ok := rules[c.Value]; !ok && c.Count > 0 && len(unjudged) < shownUnjudged {
			unjudged = append(unjudged, judgedRule{Precision: correction.Precision{Name: c.Value}, Category: s.categoryOfRule(c.Value), Reviews: c.Count})
		}
	}
	var judged []judgedRule
	for _, one := range correction.Worst(rules) {
		judged = append(judged, judgedRule{one, s.categoryOfRule(one.Name), reviews[one.Name], p.concerning(one.Name)})
	}
	n := min(shownRules, len(judged))
	return s.render(w, r, http.StatusOK, "rules", map[string]any{
		"Title": "规则准确率", "Corrections": len(all), "Rules": judged[:n], "Rest": judged[n:], "Unjudged": unjudged, "Categories": correction.Worst(categories),
		"Proposing": p, "Old": p.Report != nil && p.Revision != s.dir.Revision(), "Refresh": p.Running, "Kinds": changeTitles, "Off": s.opt.Load == nil,
	})
}

// categoryOfRule is the category of a rule of any industry, or of what stands for
// learned weights; empty where there is no such rule.
func (s *Server) categoryOfRule(id string) string {
	if category, ok := strings.CutPrefix(id, "learned."); ok && s.title(category) != category {
		return category
	}
	lex := s.cls.Load().Lexicon()
	for _, industry := range lex.IDs() {
		for _, rule := range lex.Industry(industry).Rules {
			if rule.ID == id {
				return rule.Category
			}
		}
	}
	return ""
}

// proposing is the newest search for changes of rules.
type proposing struct {
	mu    sync.Mutex
	state proposed
}

// proposed is how far it is, and what it found.
type proposed struct {
	Running  bool
	Report   *proposal.Report
	Problem  *problem
	Revision uint64 // of the corrections that it is of
}

// concerning is the 1-based proposal that changes a rule, 0 for none.
func (p proposed) concerning(rule string) int {
	if p.Report == nil {
		return 0
	}
	return 1 + slices.IndexFunc(p.Report.Proposals, func(x proposal.Proposal) bool { return slices.Contains(x.Rules, rule) })
}

func (p *proposing) now() proposed {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// begin reports whether the search may begin: one runs at a time.
func (p *proposing) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state.Running {
		return false
	}
	p.state = proposed{Running: true}
	return true
}

func (p *proposing) end(state proposed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = state
}

// rulesAct begins a search for changes of rules. It goes on when the page is left.
func (s *Server) rulesAct(w http.ResponseWriter, r *http.Request) error {
	if s.index == nil {
		return noDataset
	}
	if s.opt.Load == nil {
		return fail(http.StatusNotFound, "proposals are off", "这里没有开启规则改法")
	}
	if s.proposing.begin() {
		s.running.Go(func() {
			end := proposed{Revision: s.dir.Revision()}
			err := s.guarded(func() (err error) {
				end.Report, err = s.propose(s.jobs.ctx)
				return err
			})
			if err != nil {
				end.Report, end.Problem = nil, s.told(r, err).inChinese()
			}
			s.proposing.end(end)
		})
	}
	http.Redirect(w, r, "/clean/rules", http.StatusSeeOther)
	return nil
}

// guarded does work that no request waits for: a panic in it becomes its error.
func (s *Server) guarded(work func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			s.log.Error("panic in the background", slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return work()
}

// propose looks for changes of rules that put corrections right.
func (s *Server) propose(ctx context.Context) (*proposal.Report, error) {
	industry := cmp.Or(s.opt.Industry, s.dir.Industry(), "generic")
	finder := &proposal.Finder{
		Load: s.opt.Load, Split: index.Words, Reviews: s.dir.Each, Industry: industry,
	}
	var keys []string
	for _, c := range s.dir.Corrections() {
		keys = append(keys, c.Key)
	}
	places, err := s.index.Places(ctx, keys)
	if err != nil {
		return nil, err
	}
	err = s.dir.Pick(places, func(v *dataset.Review) error {
		if c, ok := proposal.CaseOf(v, industry); ok {
			finder.Cases = append(finder.Cases, c)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return finder.Find(ctx)
}
