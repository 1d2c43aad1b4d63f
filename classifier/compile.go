package classifier

import (
	"slices"

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
	kindTemplate // what a template begins with
)

// pattern is a lexicon pattern made ready to be found: an automaton looks for
// one of its parts, and the others are looked for around each place where that
// stands.
type pattern struct {
	kind           kind
	rule           int32 // index into the industry's rules, for the first three kinds
	cue            int   // index into lexicon.CueKinds, for kindCue
	gap            int32
	across         bool
	atStart, atEnd bool
	parts          []int32 // numbers of the parts in the automaton, 0 for the one it looks for
	key            int     // the part that it looks for
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

// splits reports whether the pattern is of use in splitting the text into clauses.
func (p *pattern) splits() bool {
	return p.kind == kindCue && (p.cue == cueBoundary || p.cue == cuePseudo)
}

// negates reports whether the pattern is of use in telling praise that is
// negated from other praise.
func (p *pattern) negates() bool {
	return p.kind == kindCue && (p.cue == cueNegator || p.cue == cueFiller)
}

// engine finds the patterns of one industry. Once built it is read-only, but
// for the states of its automata.
type engine struct {
	industry *lexicon.Industry
	patterns []pattern
	// always finds what is looked for in every text: what splits it, what
	// negates, and what rules ask for. around finds what else changes the
	// meaning of a match.
	always, around *automaton
	// category[r] is the place of rule r's category in the taxonomy.
	category []int
	// beats[r] has the categories that rule r outranks.
	beats     []map[string]bool
	templates *templates
	weights   *weights // nil where nothing was learned, or the switch is off
}
