package classifier

import (
	"fmt"
	"slices"

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

// pattern is a lexicon pattern with its parts replaced by indices of groups.
type pattern struct {
	kind           kind
	rule           int32 // index into the industry's rules, for the first three kinds
	cue            int   // index into lexicon.CueKinds, for kindCue
	gap            int32
	parts          int32
	slot           int32 // index of its first partial match, for patterns of several parts
	atStart, atEnd bool
}

// Indices into lexicon.CueKinds and scan.cues.
var (
	cueNegator  = slices.Index(lexicon.CueKinds, lexicon.Negator)
	cueFiller   = slices.Index(lexicon.CueKinds, lexicon.Filler)
	cuePseudo   = slices.Index(lexicon.CueKinds, lexicon.Pseudo)
	cueSuffix   = slices.Index(lexicon.CueKinds, lexicon.Suffix)
	cueReset    = slices.Index(lexicon.CueKinds, lexicon.Reset)
	cueBoundary = slices.Index(lexicon.CueKinds, lexicon.Boundary)
	cueLead     = slices.Index(lexicon.CueKinds, lexicon.Lead)
	cueTail     = slices.Index(lexicon.CueKinds, lexicon.Tail)
)

// use says that a group is the part-th part of a pattern.
type use struct{ pattern, part int32 }

// engine finds the patterns of one industry. It is read-only once built.
type engine struct {
	industry *lexicon.Industry
	match    *matcher.Matcher
	atoms    []string
	patterns []pattern
	uses     [][]use // by atom
	slots    int32   // how many partial matches a scan keeps
	order    map[string]int
	// beats[r] has the categories that rule r outranks.
	beats     []map[string]bool
	templates *templates
}

func newEngine(ind *lexicon.Industry) (*engine, error) {
	e := &engine{industry: ind, order: map[string]int{}}
	for i, c := range ind.Categories {
		e.order[c.ID] = i
	}
	b := builder{engine: e, ids: map[string]int32{}, expanded: map[string][]int32{}}
	for i, r := range ind.Rules {
		set := map[string]bool{}
		for _, c := range r.Beats {
			set[c] = true
		}
		e.beats = append(e.beats, set)
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
	runes := make([][]rune, len(e.atoms))
	for i, a := range e.atoms {
		runes[i] = []rune(a)
	}
	var err error
	if e.match, err = matcher.New(runes); err != nil {
		return nil, fmt.Errorf("classifier: industry %s: %w", ind.ID, err)
	}
	e.templates = newTemplates(ind.Templates)
	return e, nil
}

// builder collects the atoms of an engine.
type builder struct {
	*engine
	ids      map[string]int32   // atom → index
	expanded map[string][]int32 // part key → atoms
}

func (b *builder) add(p lexicon.Pattern, q pattern) {
	q.gap, q.parts, q.slot = int32(p.Gap), int32(len(p.Parts)), b.slots
	q.atStart, q.atEnd = p.AtStart, p.AtEnd
	b.slots += q.parts - 1
	at := int32(len(b.patterns))
	b.patterns = append(b.patterns, q)
	for i, part := range p.Parts {
		for _, atom := range b.part(part) {
			b.uses[atom] = append(b.uses[atom], use{at, int32(i)})
		}
	}
}

// part returns the atoms that a part stands for.
func (b *builder) part(p lexicon.Part) []int32 {
	if have, ok := b.expanded[p.Key]; ok {
		return have
	}
	var out []int32
	for _, s := range p.Strings() {
		id, ok := b.ids[s]
		if !ok {
			id = int32(len(b.atoms))
			b.ids[s] = id
			b.atoms = append(b.atoms, s)
			b.uses = append(b.uses, nil)
		}
		out = append(out, id)
	}
	b.expanded[p.Key] = out
	return out
}
