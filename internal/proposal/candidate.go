package proposal

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"unicode/utf8"

	"chaping/lexicon"
)

// candidate is a change that has not been replayed.
type candidate struct {
	kind     Kind
	industry string
	category string
	rules    []rule
	phrase   string   // that it is about
	named    bool     // by a person
	needs    []string // a text without one of these is not touched; none: see rule ids
	cases    []*Case  // that suggested it
}

// key tells candidates apart.
func (c *candidate) key() string { return overlay(c.industry, c.rules, nil) }

// seen is a hit in a text.
type seen struct {
	c          *Case
	t          *text
	rule       string
	start, end int
}

// hits lists the hits of a category in a case.
func (c *Case) hits(category string) []seen {
	var out []seen
	for i, r := range c.found {
		for k := range r.Hits {
			if h := &r.Hits[k]; h.Category == category {
				start, end := c.texts[i].span(h)
				if start < end {
					out = append(out, seen{c, c.texts[i], h.Rule, start, end})
				}
			}
		}
	}
	return out
}

// group is an industry's cases of a category that is wrong, right, or lacking.
type group struct {
	industry, category string
	bad, good          []seen // hits
	lacking, without   []*Case
	// around are phrases that overlap bad hits and no good one, shared those of
	// reviews that lack the category and of none that is known to be without it.
	around, shared map[string]*support
}

// groups sorts cases by industry and category.
func groups(cases []*Case) []*group {
	var out []*group
	at := map[[2]string]*group{}
	get := func(industry, category string) *group {
		g := at[[2]string{industry, category}]
		if g == nil {
			g = &group{industry: industry, category: category}
			at[[2]string{industry, category}] = g
			out = append(out, g)
		}
		return g
	}
	for _, c := range cases {
		if c.Gold {
			continue
		}
		for _, id := range c.mistakes(c.labels) {
			if g := get(c.Industry, id); slices.Contains(c.Right, id) {
				g.lacking = append(g.lacking, c)
			} else {
				g.bad = append(g.bad, c.hits(id)...)
			}
		}
	}
	for _, g := range out {
		for _, c := range cases {
			switch {
			case c.Industry != g.industry || c.Gold:
			case c.absent(g.category):
				g.without = append(g.without, c)
			case slices.Contains(c.Right, g.category):
				g.good = append(g.good, c.hits(g.category)...)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *group) int {
		return cmp.Or(cmp.Compare(len(b.bad)+len(b.lacking), len(a.bad)+len(a.lacking)), cmp.Compare(a.category, b.category))
	})
	return out
}

// perGroup bounds the phrases that are tried for a category.
const perGroup = 6

// gather looks for the phrases of a group.
func (g *group) gather(ind *lexicon.Industry) {
	g.bad = slices.DeleteFunc(g.bad, func(h seen) bool { return find(ind, h.rule) == nil }) // what weights found, no rule can leave alone
	g.around, g.shared = g.aroundHits(), g.sharedPhrases(ind)
}

// candidates lists what may put right the mistakes of a group.
func (g *group) candidates(ind *lexicon.Industry) []candidate {
	out := slices.Concat(g.exclusions(), g.lengthenings(ind), g.policies(ind), g.cues(ind), g.combinations(ind), g.phrases())
	for i := range out {
		out[i].industry, out[i].category = g.industry, g.category
	}
	return out
}

// support is what a phrase covers.
type support struct {
	text  string
	words int
	whole bool  // it has the hits as a whole, not an end of them
	on    []int // hits or cases, by number
	cases []*Case
	// elsewhere counts other reviews that have the phrase.
	elsewhere int
}

// general reports whether a phrase is more than the words of one review.
func (s *support) general() bool { return len(s.cases) > 1 || s.elsewhere > 0 }

// note adds to the support of a phrase.
func note(list map[string]*support, p phrase, whole bool, on int, c *Case) {
	s := list[p.text]
	if s == nil {
		s = &support{text: p.text, words: p.words, whole: true}
		list[p.text] = s
	}
	s.whole = s.whole && whole
	if n := len(s.on); n == 0 || s.on[n-1] != on {
		s.on = append(s.on, on)
	}
	if n := len(s.cases); n == 0 || s.cases[n-1] != c {
		s.cases = append(s.cases, c)
	}
}

// best chooses phrases that together cover as many as they can, those that cover
// most first; among equals those that are found elsewhere, with whole hits, of fewer words, shorter.
func best(list map[string]*support, limit, least int) []*support {
	var out []*support
	covered := map[int]bool{}
	fresh := func(s *support) (n int) {
		for _, i := range s.on {
			if !covered[i] {
				n++
			}
		}
		return n
	}
	for len(out) < limit {
		var top *support
		for _, s := range list {
			if s.general() && (top == nil || before(fresh(s), fresh(top), s, top)) {
				top = s
			}
		}
		if top == nil || fresh(top) < least {
			break
		}
		out = append(out, top)
		for _, i := range top.on {
			covered[i] = true
		}
	}
	return out
}

// before reports whether a phrase that covers n is chosen before another that covers m.
func before(n, m int, s, t *support) bool {
	switch {
	case n != m:
		return n > m
	case (s.elsewhere > 0) != (t.elsewhere > 0):
		return s.elsewhere > 0
	case s.whole != t.whole:
		return s.whole
	}
	return cmp.Or(cmp.Compare(s.words, t.words), cmp.Compare(len(s.text), len(t.text)), cmp.Compare(s.text, t.text)) < 0
}

// aroundHits lists phrases that overlap hits people removed, and none that they accepted.
func (g *group) aroundHits() map[string]*support {
	list := map[string]*support{}
	for i, h := range g.bad {
		for _, p := range h.t.phrases() {
			if inside := p.start >= h.start && p.end <= h.end; !inside && p.end > h.start && p.start < h.end && h.t.says(p) {
				note(list, p, p.start <= h.start && p.end >= h.end, i, h.c)
			}
		}
	}
	for _, s := range list {
		if slices.ContainsFunc(g.good, func(h seen) bool { return h.t.occurs(s.text, h.start, h.end) }) {
			delete(list, s.text)
		}
	}
	return list
}

// exclusions make phrases protect what they overlap.
func (g *group) exclusions() []candidate {
	var out []candidate
	for _, s := range best(g.around, perGroup, 1) {
		c := candidate{kind: Exclude, phrase: s.text, needs: []string{s.text}, cases: s.cases}
		for _, i := range s.on {
			c.exclude(g.bad[i].rule)
		}
		out = append(out, c)
	}
	return out
}

// exclude makes the phrase protect what it overlaps from a rule.
func (c *candidate) exclude(id string) (added bool) {
	n := len(c.rules)
	c.rules = together(c.rules, []rule{{ID: id, Extend: true, Not: []string{c.phrase}, NoMatch: []string{c.phrase}}})
	return len(c.rules) > n
}

// lengthenings replace a phrase of a rule that was right only within longer ones.
func (g *group) lengthenings(ind *lexicon.Industry) []candidate {
	const least = 2 // hits accepted for each longer phrase
	var out []candidate
	type key struct{ rule, phrase string }
	tried := map[key]bool{}
	text := func(h seen) string { return string(h.t.Runes[h.start:h.end]) }
	for _, bad := range g.bad {
		k := key{bad.rule, text(bad)}
		if r := find(ind, bad.rule); tried[k] || r == nil || !slices.ContainsFunc(r.Any, func(p lexicon.Pattern) bool { return p.Source == k.phrase }) {
			continue
		}
		tried[k] = true
		list, n := map[string]*support{}, 0
		for _, h := range g.good {
			if h.rule != k.rule || text(h) != k.phrase {
				continue
			}
			for _, p := range h.t.phrases() {
				if p.start <= h.start && p.end >= h.end && p.end-p.start > h.end-h.start && h.t.says(p) {
					note(list, p, true, n, h.c)
				}
			}
			n++
		}
		c := candidate{kind: Lengthen, phrase: k.phrase, needs: []string{k.phrase}}
		for _, h := range g.bad {
			if h.rule == k.rule && text(h) == k.phrase {
				c.cases = append(c.cases, h.c)
				for _, s := range list {
					if h.t.occurs(s.text, h.start, h.end) {
						delete(list, s.text)
					}
				}
			}
		}
		chosen := best(list, 4, least)
		covered := map[int]bool{}
		r := rule{ID: k.rule, Extend: true, Without: []string{k.phrase}}
		for _, s := range chosen {
			r.Any = append(r.Any, s.text)
			for _, i := range s.on {
				covered[i] = true
			}
		}
		if n > 0 && len(covered) == n {
			c.rules = []rule{r}
			out = append(out, c)
		}
	}
	return out
}

// find finds a rule of an industry.
func find(ind *lexicon.Industry, id string) *lexicon.Rule {
	i := slices.IndexFunc(ind.Rules, func(r lexicon.Rule) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return &ind.Rules[i]
}

// policies let negation count that a rule passed over.
func (g *group) policies(ind *lexicon.Industry) []candidate {
	var out []candidate
	for _, h := range g.bad {
		r := find(ind, h.rule)
		before := string(h.t.Runes[max(0, h.start-4):h.start])
		if r == nil || r.Negation != lexicon.Keep || !slices.ContainsFunc(negators, func(s string) bool { return strings.Contains(before, s) }) {
			continue
		}
		out = add(out, candidate{kind: Negation, phrase: string(lexicon.Drop), rules: []rule{{ID: h.rule, Extend: true, Negation: string(lexicon.Drop)}}, cases: []*Case{h.c}})
	}
	return out
}

// cues let a rule pass over what took a match away that people put back.
func (g *group) cues(ind *lexicon.Industry) []candidate {
	var out []candidate
	for _, c := range g.lacking {
		for _, res := range c.found {
			for _, s := range res.Suppressed {
				r := find(ind, s.Rule)
				if s.Category != g.category || r == nil {
					continue
				}
				kind := lexicon.CueKind(s.Reason)
				switch {
				case kind == lexicon.Question, kind == lexicon.Condition, kind == lexicon.Worry, kind == lexicon.Past, kind == lexicon.Other, kind == lexicon.Hearsay, kind == lexicon.Unlike:
					out = add(out, candidate{kind: Ignore, phrase: string(kind), rules: []rule{{ID: s.Rule, Extend: true, Ignore: []string{string(kind)}}}, cases: []*Case{c}})
				case s.Reason == "negated" && r.Negation == lexicon.Drop:
					out = add(out, candidate{kind: Negation, phrase: string(lexicon.Keep), rules: []rule{{ID: s.Rule, Extend: true, Negation: string(lexicon.Keep)}}, cases: []*Case{c}})
				}
			}
		}
	}
	return out
}

// add appends a candidate, or its cases to an equal one.
func add(list []candidate, c candidate) []candidate {
	for i := range list {
		if list[i].key() == c.key() {
			list[i].cases = append(list[i].cases, c.cases...)
			return list
		}
	}
	return append(list, c)
}

// newRule is a rule for a phrase. Its id comes from the phrase, so that proposing
// it again gives the same.
func (g *group) newRule(pattern string, gap int, example string) rule {
	h := fnv.New32a()
	h.Write([]byte(pattern))
	return rule{ID: fmt.Sprintf("own.%s.%06x", g.category, h.Sum32()&0xffffff), Category: g.category, Any: []string{pattern}, Gap: gap, Match: []string{example}, NoMatch: []string{"没有" + example}}
}

// sharedPhrases lists phrases of reviews that lack a category, which no review has
// that is known to be without it, and no words that name what is spoken of.
func (g *group) sharedPhrases(ind *lexicon.Industry) map[string]*support {
	list := map[string]*support{}
	if len(g.lacking) < leastReviews {
		return list
	}
	aspects := map[string]bool{}
	for i := range ind.Rules {
		for _, p := range ind.Rules[i].Any {
			if len(p.Parts) > 1 {
				for _, s := range listed(p.Parts[0]) {
					aspects[s] = true
				}
			}
		}
	}
	for i, c := range g.lacking {
		for _, t := range c.texts {
			for _, p := range t.phrases() {
				if p.words = -p.words; t.says(p) && !aspects[p.text] { // of equals the longer: it says more
					note(list, p, true, i, c)
				}
			}
		}
	}
	for _, s := range list {
		if len(s.on) < leastReviews || slices.ContainsFunc(g.without, func(c *Case) bool {
			return slices.ContainsFunc(c.texts, func(t *text) bool { return strings.Contains(t.string, s.text) })
		}) {
			delete(list, s.text)
		}
	}
	return list
}

// leastReviews is how many reviews must share a phrase before a rule is made of it.
const leastReviews = 3

// phrases are rules for phrases that people named, or that several reviews share.
func (g *group) phrases() []candidate {
	var out []candidate
	for _, c := range g.lacking {
		if words := c.Words[g.category]; words != "" {
			if cand, ok := g.named(c, words); ok {
				out = add(out, cand)
			}
		}
	}
	for _, s := range best(g.shared, perGroup, leastReviews) {
		out = append(out, candidate{kind: Phrase, phrase: s.text, needs: []string{s.text}, rules: []rule{g.newRule(s.text, 0, s.text)}, cases: s.cases})
	}
	return out
}

// named makes a rule of the words that a person named: the words themselves or,
// where they are many, the first and the last of them.
func (g *group) named(c *Case, words string) (candidate, bool) {
	t := newText(words, c.split)
	var usable []word
	for _, w := range t.words {
		if w.usable {
			usable = append(usable, w)
		}
	}
	if len(usable) == 0 || usable[0].clause != usable[len(usable)-1].clause {
		return candidate{}, false
	}
	first, last := usable[0], usable[len(usable)-1]
	whole := string(t.Runes[first.start:last.end])
	if n := last.end - first.start; n >= 2 && n <= MaxPhrase {
		return candidate{kind: Phrase, named: true, phrase: whole, needs: []string{whole}, rules: []rule{g.newRule(whole, 0, whole)}, cases: []*Case{c}}, true
	}
	a, b := string(t.Runes[first.start:first.end]), string(t.Runes[last.start:last.end])
	gap := last.start - first.end
	if first == last || gap > 12 || first.end-first.start+last.end-last.start < 3 {
		return candidate{}, false
	}
	return candidate{kind: Phrase, named: true, phrase: a + "…" + b, needs: []string{a, b}, rules: []rule{g.newRule(a+"…"+b, gap, whole)}, cases: []*Case{c}}, true
}

// badWords are the opinions of one character that say by themselves that something is bad.
const badWords = "差坏破碎烂慢贵臭馊霉脏摔漏裂瘪蔫酸苦涩咸硬假少缺糊湿堵吵烫掉断松薄糙刺歪"

// combinations join an aspect of the category's rules with an opinion of any rule,
// as the text has them.
func (g *group) combinations(ind *lexicon.Industry) []candidate {
	if len(g.lacking) == 0 {
		return nil
	}
	aspects, opinions := map[string]string{}, map[string]bool{} // of aspects the rule
	for i := range ind.Rules {
		r := &ind.Rules[i]
		for _, p := range r.Any {
			if r.Negation == lexicon.Flip || len(p.Parts) < 2 {
				continue
			}
			if r.Category == g.category {
				for _, s := range listed(p.Parts[0]) {
					if utf8.RuneCountInString(s) >= 2 && aspects[s] == "" {
						aspects[s] = r.ID
					}
				}
			}
			for _, s := range listed(p.Parts[len(p.Parts)-1]) {
				if n := utf8.RuneCountInString(s); n > 1 && !slices.Contains(empty, s) && !slices.Contains(negators, s) || n == 1 && strings.Contains(badWords, s) {
					opinions[s] = true
				}
			}
		}
	}
	var out []candidate
	for _, c := range g.lacking {
		if c.Words[g.category] != "" {
			continue
		}
		for _, t := range c.texts {
			for i, a := range t.words {
				id := aspects[t.at(a)]
				if id == "" {
					continue
				}
				for _, o := range t.words[i+1:] {
					if o.clause != a.clause || o.start-a.end > lexicon.DefaultGap {
						break
					}
					if s := t.at(o); opinions[s] {
						pattern := t.at(a) + "…" + s
						out = add(out, candidate{
							kind: Combine, phrase: pattern, needs: []string{t.at(a), s}, cases: []*Case{c},
							rules: []rule{{ID: id, Extend: true, Any: []string{pattern}, Match: []string{t.at(a) + s}}},
						})
						break
					}
				}
			}
		}
	}
	return out
}

// listed are the strings of a part that is a single choice or literal.
func listed(p lexicon.Part) []string {
	if len(p) != 1 || !p[0].Listable() || p[0].Size() > 2000 {
		return nil
	}
	return p[0].Strings()
}
