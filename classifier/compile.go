package classifier

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"chaping/internal/matcher"
	"chaping/lexicon"
)

// kind says what a pattern is for.
type kind uint8

const (
	kindRule   kind = iota // a rule's any
	kindNot                // a rule's not
	kindUnless             // a rule's unless
	kindCue
	kindWord
)

// pattern is a lexicon pattern made ready to be found: the matcher looks for
// its anchor, a stretch of elements of one part that stands for few and long
// strings, and the rest is compared around each place where that stands.
type pattern struct {
	kind           kind
	rule           int32 // index into the industry's rules, for the first three kinds
	cue            int   // index into lexicon.CueKinds, for kindCue
	gap            int32
	across         bool
	atStart, atEnd bool
	parts          [][]*words
	// the anchor is elements [from,to) of this part
	part, from, to int
	// leads and trails are what each part may begin and end with.
	leads, trails []charset
}

// use says that an atom is the anchor of a pattern.
type use struct {
	pattern int32
	whole   bool // the pattern is nothing but its anchor
	// before and after are what must stand right beside the anchor.
	before, after charset
}

// Indices into lexicon.CueKinds and scan.cues.
var (
	cueNegator  = slices.Index(lexicon.CueKinds, lexicon.Negator)
	cueFiller   = slices.Index(lexicon.CueKinds, lexicon.Filler)
	cuePseudo   = slices.Index(lexicon.CueKinds, lexicon.Pseudo)
	cueSuffix   = slices.Index(lexicon.CueKinds, lexicon.Suffix)
	cueAnd      = slices.Index(lexicon.CueKinds, lexicon.And)
	cueReset    = slices.Index(lexicon.CueKinds, lexicon.Reset)
	cueBoundary = slices.Index(lexicon.CueKinds, lexicon.Boundary)
	cueLead     = slices.Index(lexicon.CueKinds, lexicon.Lead)
	cueTail     = slices.Index(lexicon.CueKinds, lexicon.Tail)
)

// A stage is a group of patterns that is looked for at once.
type stage int

const (
	stageClauses stage = iota // what splits the text into clauses
	stageRules                // what the rules look for
	stageContext              // what changes the meaning; of use only where a rule has found something
	stages
)

// uses lists the uses of each atom: those of atom a are list[from[a]:from[a+1]].
type uses struct {
	from []int32
	list []use
}

func (u *uses) of(atom int32) []use { return u.list[u.from[atom]:u.from[atom+1]] }

// engine finds the patterns of one industry. It is read-only once built.
type engine struct {
	industry *lexicon.Industry
	match    *matcher.Matcher
	patterns []pattern
	uses     [stages]uses
	// category[r] is the place of rule r's category in the taxonomy.
	category []int
	// beats[r] has the categories that rule r outranks.
	beats     []map[string]bool
	templates *templates
}

func newEngine(ind *lexicon.Industry) (*engine, error) {
	e := &engine{industry: ind, templates: newTemplates(ind)}
	b := builder{engine: e, ids: map[string]int32{}, words: map[string]*words{}, frequent: map[string]bool{}}
	for _, r := range commonest {
		b.frequent[string(r)] = true
	}
	for _, c := range ind.Cues {
		for _, w := range b.row(c.Pattern.Parts[0]) {
			for _, s := range w.strings {
				b.frequent[s] = true
			}
		}
	}
	for i, r := range ind.Rules {
		set := map[string]bool{}
		for _, c := range r.Beats {
			set[c] = true
		}
		e.beats = append(e.beats, set)
		e.category = append(e.category, slices.IndexFunc(ind.Categories, func(c lexicon.Category) bool { return c.ID == r.Category }))
		if r.When != "" && !ind.Switches[r.When] {
			continue
		}
		for k, list := range [][]lexicon.Pattern{kindRule: r.Any, kindNot: r.Not, kindUnless: r.Unless} {
			for _, p := range list {
				b.add(p, pattern{kind: kind(k), rule: int32(i)})
			}
		}
	}
	for _, c := range ind.Cues {
		b.add(c.Pattern, pattern{kind: kindCue, cue: slices.Index(lexicon.CueKinds, c.Kind), rule: -1})
	}
	for _, p := range ind.Words {
		b.add(p, pattern{kind: kindWord, rule: -1})
	}
	for i := range b.uses {
		e.uses[i].from = append(e.uses[i].from, 0)
		for _, list := range b.uses[i] {
			e.uses[i].list = append(e.uses[i].list, list...)
			e.uses[i].from = append(e.uses[i].from, int32(len(e.uses[i].list)))
		}
	}
	var err error
	if e.match, err = matcher.New(b.atoms); err != nil {
		return nil, fmt.Errorf("classifier: industry %s: %w", ind.ID, err)
	}
	return e, nil
}

// Atoms returns the strings that the matcher looks for in texts of an industry:
// the anchors of all patterns. It is meant for measuring.
func (c *Classifier) Atoms(industry string) ([]string, error) {
	s, release, err := c.acquire(industry)
	if err != nil {
		return nil, err
	}
	defer release()
	b := builder{engine: &engine{}, ids: map[string]int32{}, words: map[string]*words{}}
	for _, p := range s.patterns {
		b.index(use{}, p.anchor(), stageRules)
	}
	out := make([]string, len(b.atoms))
	for i, a := range b.atoms {
		out[i] = string(a)
	}
	return out, nil
}

// commonest are characters that stand in every second review.
const commonest = "的一是不了在有我这个来就也都很好大小多没到说买还用上给下得要会再比送收才次样"

// builder collects the atoms of an engine.
type builder struct {
	*engine
	ids   map[string]int32 // atom → index
	atoms [][]rune
	uses  [stages][][]use   // by atom
	words map[string]*words // by key of the element
	// frequent has the words of cues (没有, 这, 和): they stand everywhere.
	frequent map[string]bool
}

func (b *builder) add(p lexicon.Pattern, q pattern) {
	q.gap, q.across, q.atStart, q.atEnd = int32(p.Gap), p.Across, p.AtStart, p.AtEnd
	for _, part := range p.Parts {
		q.parts = append(q.parts, b.row(part))
	}
	b.place(q)
}

// place gives a pattern its anchor and its number. A pattern without a stretch
// that can be listed is placed once for each alternative of an element.
func (b *builder) place(q pattern) {
	if q.chooseAnchor(b.frequent) {
		for _, part := range q.parts {
			q.leads, q.trails = append(q.leads, leading(part)), append(q.trails, trailing(part))
		}
		b.patterns = append(b.patterns, q)
		part := q.parts[q.part]
		u := use{
			pattern: int32(len(b.patterns) - 1), whole: len(q.parts) == 1 && q.to-q.from == len(part),
			before: trailing(part[:q.from]), after: leading(part[q.to:]),
		}
		b.index(u, q.anchor(), q.stage())
		return
	}
	for k, part := range q.parts {
		for i, w := range part {
			if w.optional || w.number {
				continue
			}
			rows := w.alternatives
			if len(w.strings) > 0 {
				listed := &words{strings: slices.DeleteFunc(slices.Clone(w.strings), func(s string) bool { return s == "" })}
				listed.index()
				rows = append(slices.Clip(rows), []*words{listed})
			}
			for _, row := range rows {
				one := q
				one.parts = slices.Clone(q.parts)
				one.parts[k] = slices.Concat(part[:i], row, part[i+1:])
				b.place(one)
			}
			return
		}
	}
}

func (p *pattern) stage() stage {
	switch {
	case p.kind == kindRule:
		return stageRules
	case p.kind == kindCue && (p.cue == cueBoundary || p.cue == cuePseudo):
		return stageClauses
	}
	return stageContext
}

// index makes atoms lead to their use.
func (b *builder) index(u use, atoms []string, at stage) {
	for _, s := range atoms {
		id, ok := b.ids[s]
		if !ok {
			id = int32(len(b.atoms))
			b.ids[s] = id
			b.atoms = append(b.atoms, []rune(s))
			for i := range b.uses {
				b.uses[i] = append(b.uses[i], nil)
			}
		}
		b.uses[at][id] = append(b.uses[at][id], u)
	}
}

// maxAnchor is how many strings an anchor of several elements may stand for.
const maxAnchor = 24

// chooseAnchor takes the stretch of elements that is cheapest to look for: few
// false starts (short strings stand everywhere), few strings.
// It reports whether there is any.
func (p *pattern) chooseAnchor(frequent map[string]bool) bool {
	best := -1.0
	for k, part := range p.parts {
		for from := range part {
			strings := []string{""}
			for to := from; to < len(part); to++ {
				if len(part[to].alternatives) > 0 || part[to].number {
					break // not all strings are listed
				}
				if to > from && len(strings)*len(part[to].strings) > maxAnchor {
					break
				}
				strings = product(strings, part[to].strings)
				if c := anchorCost(strings, frequent); c >= 0 && (best < 0 || c < best) {
					best, p.part, p.from, p.to = c, k, from, to+1
				}
			}
		}
	}
	return best >= 0
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

// anchorCost estimates what it costs to look for strings, negative where that
// cannot be done.
func anchorCost(strings []string, frequent map[string]bool) float64 {
	cost := 0.0
	for _, s := range strings {
		switch n := utf8.RuneCountInString(s); {
		case n == 0:
			return -1
		case frequent[s] && n == 1:
			cost += 10
		case frequent[s]:
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

// anchor returns the strings of the anchor, sorted and without repeats.
func (p *pattern) anchor() []string {
	out := []string{""}
	for _, w := range p.parts[p.part][p.from:p.to] {
		out = product(out, w.strings)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
