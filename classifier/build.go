package classifier

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"chaping/lexicon"
)

// builder makes an engine.
type builder struct {
	*engine
	words map[string]*words // by key of the element
	// frequent has the words of cues (没有, 这, 和) and the commonest
	// characters: they stand everywhere.
	frequent map[string]bool
	parts    []part
}

// part is one of a pattern with gaps, other than the one that it is looked for by.
type part struct {
	row        []*words
	of         *automaton
	pattern, k int    // the k-th part of the pattern
	common     uint64 // which of the commonest characters it may begin with, the commonest in the highest bit
}

// newEngine compiles an industry.
func newEngine(ind *lexicon.Industry) (*engine, error) {
	templates, err := newTemplates(ind)
	if err != nil {
		return nil, err
	}
	var (
		weights *weights
		damaged error
		other   sync.WaitGroup
	)
	other.Go(func() { weights, damaged = newWeights(ind) }) // which takes a fifth of the time
	mu := new(sync.Mutex)
	b := &builder{
		engine: &engine{industry: ind, always: newAutomaton(mu), around: newAutomaton(mu), templates: templates},
		words:  map[string]*words{}, frequent: map[string]bool{},
	}
	b.addFrequent()
	b.addTemplates()
	for _, c := range ind.Cues {
		b.add(c.Pattern, pattern{kind: kindCue, cue: slices.Index(lexicon.CueKinds, c.Kind), rule: -1})
	}
	for i, r := range ind.Rules {
		set := map[string]bool{}
		for _, c := range r.Beats {
			set[c] = true
		}
		b.beats = append(b.beats, set)
		b.category = append(b.category, slices.IndexFunc(ind.Categories, func(c lexicon.Category) bool { return c.ID == r.Category }))
		if r.When != "" && !ind.Switches[r.When] {
			continue
		}
		for k, list := range [][]lexicon.Pattern{kindRule: r.Any, kindNot: r.Not, kindUnless: r.Unless} {
			for _, p := range list {
				b.add(p, pattern{kind: kind(k), rule: int32(i)})
			}
		}
	}
	for _, p := range ind.Words {
		b.add(p, pattern{kind: kindWord, rule: -1})
	}
	b.numberParts()
	b.always.finish()
	b.around.finish()
	if other.Wait(); damaged != nil {
		return nil, fmt.Errorf("classifier: industry %s: %w", ind.ID, damaged)
	}
	b.weights = weights
	return b.engine, nil
}

// add makes the automaton that is concerned look for the part of a pattern that
// seldom stands somewhere.
func (b *builder) add(p lexicon.Pattern, q pattern) {
	q.gap, q.across, q.atStart, q.atEnd = int32(p.Gap), p.Across, p.AtStart, p.AtEnd
	a := b.around
	if q.kind == kindRule || q.splits() || q.negates() {
		a = b.always
	}
	rows := make([][]*words, len(p.Parts))
	for k, part := range p.Parts {
		rows[k] = b.row(part)
		if k > 0 && b.cost(rows[k]) < b.cost(rows[q.key]) {
			q.key = k
		}
	}
	q.parts = make([]int32, len(rows))
	for k, row := range rows {
		if k == q.key {
			a.lookFor(row, int32(len(b.patterns)), b.form(&q, len(rows)))
		} else {
			b.parts = append(b.parts, part{row, a, len(b.patterns), k, common(row)})
		}
	}
	b.patterns = append(b.patterns, q)
}

// form says how a pattern's occurrences are found. What is looked for around
// hits asks for its rule, of which there must be a hit.
func (b *builder) form(q *pattern, parts int) form {
	f := form{apart: parts > 1 && !q.splits(), across: parts > 1 && q.across}
	if q.kind == kindNot || q.kind == kindUnless {
		f.ask = q.rule + 1
	}
	return f
}

// numberParts numbers the parts. Those that share common characters get numbers
// close together, so that the sets of those that stand somewhere are small.
func (b *builder) numberParts() {
	slices.SortStableFunc(b.parts, func(x, y part) int { return cmp.Compare(y.common, x.common) })
	for _, p := range b.parts {
		n := p.of.number(p.row)
		b.patterns[p.pattern].parts[p.k] = n
		if p.of == b.always { // the last part is the least common
			b.always.forms[p.pattern].ask = n
		}
	}
}

func common(row []*words) (set uint64) {
	for _, w := range row {
		for i, s := range commonest {
			if _, ok := slices.BinarySearch(w.strings, s); ok {
				set |= 1 << (63 - i)
			}
		}
		if !w.optional {
			break
		}
	}
	return set
}

// addTemplates looks for what templates begin with.
func (b *builder) addTemplates() {
	var list []string
	for _, t := range b.industry.Templates {
		r := []rune(t.Phrase)
		list = append(list, string(r[:min(len(r), gate)]))
	}
	b.always.lookFor([]*words{listed(list)}, int32(len(b.patterns)), form{})
	b.patterns = append(b.patterns, pattern{kind: kindTemplate, rule: -1, parts: []int32{0}})
}

// commonest are characters that stand in every second review.
var commonest = strings.Split("的一是不了在有我这个来就也都很好大小多没到说买还用上给下得要会再比送收才次样", "")

func (b *builder) addFrequent() {
	for _, s := range commonest {
		b.frequent[s] = true
	}
	for _, c := range b.industry.Cues {
		for _, w := range b.row(c.Pattern.Parts[0]) {
			for _, s := range w.strings {
				b.frequent[s] = true
			}
		}
	}
}

// maxProduct is how many strings several elements may stand for together that
// are weighed as one.
const maxProduct = 24

// cost tells parts that often stand somewhere from those that seldom do: it is
// that of the rarest stretch of elements.
func (b *builder) cost(row []*words) float64 {
	least := math.Inf(1)
	for from := range row {
		heads := []string{""}
		for to := from; to < len(row); to++ {
			w := row[to]
			list := w.strings
			if w.optional {
				list = append([]string{""}, list...)
			}
			if len(w.alternatives) > 0 || w.number || to > from && len(heads)*len(list) > maxProduct {
				break
			}
			heads = product(heads, list)
			least = min(least, b.costOf(heads))
		}
	}
	return least
}

// product appends each tail to each head.
func product(heads, tails []string) []string {
	out := make([]string, 0, len(heads)*len(tails))
	for _, h := range heads {
		for _, t := range tails {
			out = append(out, h+t)
		}
	}
	return out
}

func (b *builder) costOf(list []string) float64 {
	cost := 0.0
	for _, s := range list {
		switch n, frequent := utf8.RuneCountInString(s), b.frequent[s]; {
		case n == 0:
			return math.Inf(1)
		case frequent && n == 1:
			cost += 10
		case frequent:
			cost += 2
		case n == 1:
			cost += 1
		case n == 2:
			cost += 0.04
		default:
			cost += 0.01
		}
	}
	return cost
}

// Keywords returns the words that are listed in the patterns of an industry. It
// is meant for measuring.
func (c *Classifier) Keywords(industry string) ([]string, error) {
	if err := c.Check(industry); err != nil {
		return nil, err
	}
	b := &builder{words: map[string]*words{}, engine: &engine{industry: c.lex.Industry(industry)}}
	for _, r := range b.industry.Rules {
		for _, p := range slices.Concat(r.Any, r.Not, r.Unless) {
			for _, part := range p.Parts {
				b.row(part)
			}
		}
	}
	var out []string
	for _, w := range b.words {
		out = append(out, w.strings...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
