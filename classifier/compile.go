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

// pattern is a lexicon pattern made ready to be found: the matcher looks for
// the anchor of one of its parts, and the rest is compared around each place
// where that stands.
type pattern struct {
	kind           kind
	rule           int32 // index into the industry's rules, for the first three kinds
	cue            int   // index into lexicon.CueKinds, for kindCue
	gap            int32
	across         bool
	atStart, atEnd bool
	parts          []*part
	anchored       int // the part whose anchor is looked for
}

// use says that an atom is the anchor of a pattern. It has what decides most
// often that there is no match, so that the pattern itself is left alone.
type use struct {
	pattern int32
	owner   int32 // index of the rule, for kindCue of the kind of cue
	// before and after are groups: one of the atoms of each must be there for
	// the parts before and after the anchor's part.
	before, after uint16
	// left and right are what must stand right beside the anchor: indices into
	// engine.charsets.
	left, right uint16
	kind        kind
	extent      extent
	inClause    bool // the groups are those of a clause, otherwise of a text
	onHit       bool // of use only where the owner, a rule, has a hit
}

// extent says how much of a pattern its anchor is.
type extent uint8

const (
	isSlice   extent = iota // elements of its part stand beside it
	isPart                  // a whole part of several
	isPattern               // everything
)

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
	stageClauses  stage = iota // what splits the text into clauses
	stageRules                 // what the rules look for
	stageNegation              // what turns praise into a complaint; of use only where a rule has found something
	stageContext               // what else changes the meaning; of use only where something is left
	stages
)

func (p *pattern) stage() stage {
	switch {
	case p.kind == kindRule:
		return stageRules
	case p.kind != kindCue:
		return stageContext
	case p.cue == cueBoundary || p.cue == cuePseudo:
		return stageClauses
	case p.cue == cueNegator || p.cue == cueFiller:
		return stageNegation
	}
	return stageContext
}

// engine finds the patterns of one industry. It is read-only once built.
type engine struct {
	industry *lexicon.Industry
	match    *matcher.Matcher
	patterns []pattern
	atoms    []atom
	uses     []use // of all atoms
	groups   [scopes]groups
	charsets []charset
	// category[r] is the place of rule r's category in the taxonomy.
	category []int
	// beats[r] has the categories that rule r outranks.
	beats     []map[string]bool
	templates *templates
}

// atom says where the lists of a string that the matcher looks for are. What is
// asked of an atom lies side by side.
type atom struct {
	uses   [stages + 1]int32 // those of a stage begin here in engine.uses, and end where the next begin
	groups [scopes][2]int32  // begin and end of those that it belongs to, in engine.groups
}

func newEngine(ind *lexicon.Industry) (*engine, error) {
	b := collect(ind)
	if err := b.finish(); err != nil {
		return nil, fmt.Errorf("classifier: industry %s: %w", ind.ID, err)
	}
	return b.engine, nil
}

// collect places all patterns of an industry.
func collect(ind *lexicon.Industry) *builder {
	e := &engine{industry: ind, templates: newTemplates(ind)}
	b := newBuilder(e)
	b.addFrequent(ind.Cues)
	e.templates.group = b.templates(ind.Templates)
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
	return b
}

// Atoms returns the strings that the matcher looks for in texts of an industry.
// It is meant for measuring.
func (c *Classifier) Atoms(industry string) ([]string, error) {
	if err := c.Check(industry); err != nil {
		return nil, err
	}
	b := collect(c.lex.Industry(industry))
	out := make([]string, len(b.strings))
	for i, a := range b.strings {
		out[i] = string(a)
	}
	return out, nil
}
