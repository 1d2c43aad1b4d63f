package proposal

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing/fstest"

	"chaping/classifier"
	"chaping/internal/dataset"
	"chaping/lexicon"
)

// Finder looks for changes of rules.
type Finder struct {
	// Load reads the rules with overlays laid over them.
	Load func(overlays ...fs.FS) (*classifier.Classifier, error)
	// Split cuts a text into words, which together are the text.
	Split func(string) []string
	// Cases are what people said, and gold texts if there are any.
	Cases []*Case
	// Reviews gives all reviews of the dataset; nil leaves Elsewhere out.
	Reviews func(see func(*dataset.Review) error) error
	// Industry is that of reviews that name none.
	Industry string
	// Most bounds how many changes are replayed, default 40. One takes some tenths of a second.
	Most int
}

// Tally is what a change does to judgements: a category that people said is there,
// or is not, on a review.
type Tally struct {
	Fixed  int `json:"fixed"`  // were wrong and are right
	Broken int `json:"broken"` // were right and are wrong
}

// Proposal is a change of rules that puts more right than wrong.
type Proposal struct {
	Kind     Kind   `json:"kind"`
	Industry string `json:"industry"`
	Category string `json:"category"`
	Phrase   string `json:"phrase"` // or the policy or cue, for Negation and Ignore
	// Rules are the ids of the rules that it changes or adds.
	Rules []string `json:"rules"`
	YAML  string   `json:"yaml"` // an overlay with this change alone
	Tally          // over corrections
	Gold  Tally    `json:"gold"` // over gold texts
	// Elsewhere counts other reviews whose labels change, of those Looked at: at most 1,000
	// that have the phrase or the rule.
	Elsewhere int `json:"elsewhere"`
	Looked    int `json:"looked"`
	// Examples are keys of such reviews.
	Examples []string `json:"examples"`

	rules []rule
	fixes []fix
	named bool
}

// fix is a mistake that was put right.
type fix struct {
	c        *Case
	category string
}

// Report is what a Finder found.
type Report struct {
	// Judgements that people made, and how many of them the rules get wrong.
	Judged int `json:"judged"`
	Wrong  int `json:"wrong"`
	// Proposals, the most useful first.
	Proposals []Proposal `json:"proposals"`
	// Together is what all proposals do at once.
	Together     Tally `json:"together"`
	TogetherGold Tally `json:"together_gold"`
	// Tried counts the changes that were replayed, Untried those that were not, for Finder.Most.
	Tried int `json:"tried"`
	// Single counts those that fit one review and no other: they are not proposed.
	Single  int `json:"single"`
	Untried int `json:"untried"`
	// Files are the overlays with all proposals, by name of file.
	Files map[string]string `json:"files"`
}

// Find looks for changes. It takes some tenths of a second for each that is tried.
func (f *Finder) Find(ctx context.Context) (*Report, error) {
	base, err := f.Load()
	if err != nil {
		return nil, err
	}
	out := &Report{Proposals: []Proposal{}, Files: map[string]string{}}
	var cases []*Case
	for _, c := range f.Cases {
		if base.Check(c.Industry) != nil {
			continue // an industry that the rules no longer have
		}
		if c.labels, c.found, err = classify(base, c.Industry, c.Texts); err != nil {
			return nil, err
		}
		c.split, c.texts = f.Split, nil
		for _, s := range c.Texts {
			c.texts = append(c.texts, newText(s, f.Split))
		}
		cases = append(cases, c)
		if !c.Gold {
			out.Judged += len(c.Right) + len(c.Wrong)
			out.Wrong += len(c.mistakes(c.labels))
		}
	}
	all := groups(cases)
	for _, g := range all {
		g.gather(base.Lexicon().Industry(g.industry))
	}
	if err := f.count(all); err != nil {
		return nil, err
	}
	var list []candidate
	for _, g := range all {
		list = append(list, g.candidates(base.Lexicon().Industry(g.industry))...)
	}
	slices.SortStableFunc(list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(len(b.cases), len(a.cases)), cmp.Compare(slices.Index(Kinds, a.kind), slices.Index(Kinds, b.kind)))
	})
	most := cmp.Or(f.Most, 40)
	out.Untried = max(0, len(list)-most)
	list = list[:min(len(list), most)]
	out.Tried = len(list)
	others, err := f.others(list)
	if err != nil {
		return nil, err
	}
	found, err := f.replayAll(ctx, base, cases, list, others)
	if err != nil {
		return nil, err
	}
	chosen, single := choose(found)
	out.Proposals, out.Single = append(out.Proposals, chosen...), single
	return out, f.finish(out, cases)
}

// tooBroad is how many other reviews a new pattern may label for each judgement that
// it puts right.
const tooBroad = 20

// worth is how many judgements a change must put right for each that it breaks.
const worth = 3

// choose leaves out what does more harm than good, new patterns that label too
// much, what fits one review and no other, and what others put right already:
// those before that put more right or change less. single counts the third.
func choose(found []*Proposal) (out []Proposal, single int) {
	found = slices.DeleteFunc(found, func(p *Proposal) bool {
		if p == nil || p.Fixed < worth*p.Broken || p.Gold.Fixed < worth*p.Gold.Broken || (p.Kind == Phrase || p.Kind == Combine) && p.Elsewhere > tooBroad*p.Fixed {
			return true
		}
		if p.Fixed+p.Gold.Fixed == 1 && p.Elsewhere == 0 && !p.named {
			single++
			return true
		}
		return false
	})
	slices.SortStableFunc(found, func(a, b *Proposal) int {
		return cmp.Or(cmp.Compare(b.Fixed-b.Broken, a.Fixed-a.Broken), cmp.Compare(a.Broken, b.Broken), cmp.Compare(slices.Index(Kinds, a.Kind), slices.Index(Kinds, b.Kind)), cmp.Compare(a.Elsewhere, b.Elsewhere))
	})
	fixed := map[fix]bool{}
	for _, p := range found {
		if !slices.ContainsFunc(p.fixes, func(x fix) bool { return !fixed[x] }) {
			continue
		}
		for _, x := range p.fixes {
			fixed[x] = true
		}
		out = append(out, *p)
	}
	return out, single
}

// replayAll replays candidates, two at a time.
func (f *Finder) replayAll(ctx context.Context, base *classifier.Classifier, cases []*Case, list []candidate, others [][]other) ([]*Proposal, error) {
	found, errs := make([]*Proposal, len(list)), make([]error, len(list))
	var wait sync.WaitGroup
	slots := make(chan struct{}, 2)
	for i := range list {
		slots <- struct{}{}
		wait.Add(1)
		go func() {
			defer func() { <-slots; wait.Done() }()
			if errs[i] = ctx.Err(); errs[i] == nil {
				found[i], errs[i] = f.replay(base, cases, &list[i], others[i])
			}
		}()
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// rounds is how often a change is widened to further rules that find the same.
const rounds = 3

// replay classifies the cases with a change. It is nil where the change puts nothing right.
func (f *Finder) replay(base *classifier.Classifier, cases []*Case, c *candidate, others []other) (*Proposal, error) {
	for range rounds {
		cls, err := f.with(c.industry, c.rules)
		if err != nil {
			return nil, err
		}
		if err := c.examples(cls); err != nil {
			return nil, err
		}
		tally, gold, fixes, err := replay(cls, cases, c.industry)
		if err != nil {
			return nil, err
		}
		if tally.Fixed == 0 && c.kind == Exclude {
			widened, err := c.widen(cls)
			if err != nil || !widened {
				return nil, err
			}
			continue
		}
		if tally.Fixed == 0 {
			return nil, nil
		}
		p := &Proposal{Kind: c.kind, Industry: c.industry, Category: c.category, Phrase: c.phrase, YAML: overlay(c.industry, c.rules, nil), Tally: tally, Gold: gold, Examples: []string{}, rules: c.rules, fixes: fixes, named: c.named}
		for _, r := range c.rules {
			p.Rules = append(p.Rules, r.ID)
		}
		return p, p.elsewhere(base, cls, others)
	}
	return nil, nil
}

// with reads the rules with some changed.
func (f *Finder) with(industry string, rules []rule) (*classifier.Classifier, error) {
	cls, err := f.Load(fstest.MapFS{"proposal.yaml": {Data: []byte(overlay(industry, rules, nil))}})
	if err != nil {
		return nil, fmt.Errorf("a proposal does not load: %w", err)
	}
	return cls, nil
}

// examples takes out texts of match and no_match that do not hold: they are made
// from phrases alone. A new rule must have a no_match: where the negated phrase
// is found all the same, praise takes its place.
func (c *candidate) examples(cls *classifier.Classifier) (err error) {
	holds := func(id string, list []string, want bool) []string {
		return slices.DeleteFunc(slices.Clone(list), func(s string) bool {
			found, e := cls.Finds(c.industry, id, s)
			if e != nil {
				err = e
			}
			return found != want
		})
	}
	for i := range c.rules {
		r := &c.rules[i]
		r.NoMatch = holds(r.ID, r.NoMatch, false)
		if r.Extend {
			r.Match = holds(r.ID, r.Match, true)
		} else if len(r.NoMatch) == 0 {
			r.NoMatch = []string{"很好"}
		}
	}
	return err
}

// widen excludes the phrase from further rules: those whose matches came to light
// once a longer one was excluded.
func (c *candidate) widen(cls *classifier.Classifier) (widened bool, err error) {
	for _, x := range c.cases {
		labels, found, err := classify(cls, c.industry, x.Texts)
		if err != nil {
			return false, err
		}
		now := &Case{found: found, texts: x.texts}
		for _, h := range now.hits(c.category) {
			if slices.Contains(labels, c.category) && find(cls.Lexicon().Industry(c.industry), h.rule) != nil && h.t.occurs(c.phrase, h.start, h.end) {
				widened = c.exclude(h.rule) || widened
			}
		}
	}
	return widened, nil
}

// replay compares judgements before and after. Of corrections it lists what is put right.
func replay(cls *classifier.Classifier, cases []*Case, industry string) (tally, gold Tally, fixes []fix, err error) {
	for _, c := range cases {
		if c.Industry != industry && industry != "" {
			continue
		}
		labels, _, err := classify(cls, c.Industry, c.Texts)
		if err != nil {
			return tally, gold, nil, err
		}
		before, after := c.mistakes(c.labels), c.mistakes(labels)
		t := &tally
		if c.Gold {
			t = &gold
		}
		for _, id := range before {
			if !slices.Contains(after, id) {
				t.Fixed++
				if !c.Gold {
					fixes = append(fixes, fix{c, id})
				}
			}
		}
		for _, id := range after {
			if !slices.Contains(before, id) {
				t.Broken++
			}
		}
	}
	return tally, gold, fixes, nil
}

// other is a review of which nobody said anything.
type other struct {
	key   string
	texts []string
}

// mostOthers is how many of them are looked at for a change.
const mostOthers = 1000

// others lists, for each candidate, reviews whose labels it may change.
func (f *Finder) others(list []candidate) ([][]other, error) {
	out := make([][]other, len(list))
	if f.Reviews == nil {
		return out, nil
	}
	err := f.unjudged(func(r *dataset.Review, industry string) {
		o := other{r.Key, textsOf(r)}
		text := normal(o.texts)
		for i := range list {
			if c := &list[i]; c.industry == industry && len(out[i]) < mostOthers && c.mayTouch(r, text) {
				out[i] = append(out[i], o)
			}
		}
	})
	return out, err
}

// unjudged gives the reviews of which nothing is settled.
func (f *Finder) unjudged(see func(r *dataset.Review, industry string)) error {
	judged := map[string]bool{}
	for _, c := range f.Cases {
		judged[c.Key] = true
	}
	return f.Reviews(func(r *dataset.Review) error {
		if !judged[r.Key] {
			see(r, cmp.Or(r.Record.Industry, f.Industry))
		}
		return nil
	})
}

// normal is texts, normalised, as one.
func normal(texts []string) string {
	return string(lexicon.Normalize(strings.Join(texts, "\n")).Runes)
}

// count counts the other reviews that have the phrases of groups.
func (f *Finder) count(list []*group) error {
	phrases := map[string]map[string][]*support{} // by industry and phrase
	for _, g := range list {
		if phrases[g.industry] == nil {
			phrases[g.industry] = map[string][]*support{}
		}
		for _, s := range slices.AppendSeq(slices.Collect(maps.Values(g.around)), maps.Values(g.shared)) {
			phrases[g.industry][s.text] = append(phrases[g.industry][s.text], s)
		}
	}
	if f.Reviews == nil || len(list) == 0 {
		return nil
	}
	return f.unjudged(func(r *dataset.Review, industry string) {
		known := phrases[industry]
		if len(known) == 0 {
			return
		}
		text := normal(textsOf(r))
		at := make([]int, 0, len(text)+1) // where characters begin
		for i := range text {
			at = append(at, i)
		}
		at = append(at, len(text))
		counted := map[string]bool{}
		for i := range at {
			for n := 2; n <= MaxPhrase && i+n < len(at); n++ {
				p := text[at[i]:at[i+n]]
				if list := known[p]; list != nil && !counted[p] {
					counted[p] = true
					for _, s := range list {
						s.elsewhere++
					}
				}
			}
		}
	})
}

// mayTouch reports whether a change may alter a review's labels.
func (c *candidate) mayTouch(r *dataset.Review, text string) bool {
	if len(c.needs) > 0 {
		return !slices.ContainsFunc(c.needs, func(s string) bool { return !strings.Contains(text, s) })
	}
	is := func(id string) bool { return slices.ContainsFunc(c.rules, func(x rule) bool { return x.ID == id }) }
	results := []*classifier.Result{&r.Result}
	if r.FollowUp != nil {
		results = append(results, &r.FollowUp.Result)
	}
	for _, res := range results {
		if slices.ContainsFunc(res.Hits, func(h classifier.Hit) bool { return is(h.Rule) }) || slices.ContainsFunc(res.Suppressed, func(s classifier.Suppressed) bool { return is(s.Rule) }) {
			return true
		}
	}
	return false
}

// shownExamples is how many reviews that change elsewhere are named.
const shownExamples = 5

// elsewhere counts what else changes.
func (p *Proposal) elsewhere(base, cls *classifier.Classifier, others []other) error {
	p.Looked = len(others)
	for _, o := range others {
		before, _, err := classify(base, p.Industry, o.texts)
		if err != nil {
			return err
		}
		after, _, err := classify(cls, p.Industry, o.texts)
		if err != nil {
			return err
		}
		slices.Sort(before)
		slices.Sort(after)
		if !slices.Equal(before, after) {
			if p.Elsewhere++; len(p.Examples) < shownExamples {
				p.Examples = append(p.Examples, o.key)
			}
		}
	}
	return nil
}

// finish writes the overlays and replays all proposals at once.
func (f *Finder) finish(out *Report, cases []*Case) error {
	rules, notes := map[string][]rule{}, map[string]map[string][]string{}
	for i := range out.Proposals {
		p := &out.Proposals[i]
		rules[p.Industry] = together(rules[p.Industry], p.rules)
		if notes[p.Industry] == nil {
			notes[p.Industry] = map[string][]string{}
		}
		for _, id := range p.Rules {
			notes[p.Industry][id] = append(notes[p.Industry][id], p.note())
		}
	}
	if len(rules) == 0 {
		return nil
	}
	all := fstest.MapFS{}
	for _, id := range slices.Sorted(maps.Keys(rules)) {
		name := "corrections-" + id + ".yaml"
		out.Files[name] = overlay(id, rules[id], notes[id])
		all[name] = &fstest.MapFile{Data: []byte(out.Files[name])}
	}
	cls, err := f.Load(all)
	if err != nil {
		return fmt.Errorf("the proposals do not load together: %w", err)
	}
	out.Together, out.TogetherGold, _, err = replay(cls, cases, "")
	return err
}

// note says on one line what a proposal does.
func (p *Proposal) note() string {
	s := fmt.Sprintf("%s %s: fixes %d, breaks %d", p.Kind, p.Phrase, p.Fixed, p.Broken)
	if p.Gold != (Tally{}) {
		s += fmt.Sprintf("; gold: fixes %d, breaks %d", p.Gold.Fixed, p.Gold.Broken)
	}
	if p.Looked > 0 {
		s += fmt.Sprintf("; changes %d other reviews", p.Elsewhere)
	}
	return s
}
