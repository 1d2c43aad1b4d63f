package lexicon

import (
	"fmt"
	"slices"
	"sync"
)

// Lexicon is a set of industries. It may be used by several goroutines at once.
type Lexicon struct {
	// Hash identifies the content of every file that the lexicon was made of
	// (12 hex digits of its XXH64).
	Hash string

	ids    []string
	mu     sync.Mutex // guards what follows
	loader *loader
	built  map[string]*Industry
}

// IDs returns the ids of the industries, sorted.
func (l *Lexicon) IDs() []string { return l.ids }

// Industry returns the industry with this id, or nil. The first call for a
// built-in industry reads its files, which takes some tens of milliseconds. It
// panics where [Lexicon.Read] has an error.
func (l *Lexicon) Industry(id string) *Industry {
	ind, err := l.Read(id)
	if err != nil {
		panic(fmt.Sprintf("the built-in lexicon is broken, which its tests rule out: %v", err))
	}
	return ind
}

// Read is [Lexicon.Industry] for whoever edits the built-in files: the error
// joins every mistake found in them so far, each with file, line and remedy.
func (l *Lexicon) Read(id string) (*Industry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ind := l.built[id]; ind != nil || !slices.Contains(l.ids, id) {
		return ind, nil
	}
	l.loader.prefetch("cues", "common", id)
	ind := l.loader.build(id)
	if err := l.loader.err(); err != nil {
		return nil, err
	}
	l.built[id] = ind
	return ind, nil
}

// Industry is a taxonomy with the rules that fill it, everything that it
// extends included.
type Industry struct {
	ID         string
	Title      Title
	Version    string // of the industry's own file
	Categories []Category
	Rules      []Rule
	Cues       []Cue
	// Words are longer words that a short keyword must not be found inside of
	// (变形金刚 holds 变形).
	Words []Pattern
	// Templates are phrases that give copied or filler praise away.
	Templates []Template
	// Praise are words that say nothing of the product: a text of these alone
	// is filler too.
	Praise []string
	// Switches turn the rules that name one on or off.
	Switches map[string]bool
	// Weights are what was learned of words that no rule has, for the classifier
	// to read; nil where nothing was.
	Weights []byte
}

// Category returns the category with this id, or nil.
func (ind *Industry) Category(id string) *Category {
	for i := range ind.Categories {
		if ind.Categories[i].ID == id {
			return &ind.Categories[i]
		}
	}
	return nil
}

// Title is a name in Chinese and in English.
type Title struct {
	ZH string `yaml:"zh"`
	EN string `yaml:"en"`
}

// Dimension is the score that a category's problems pull down.
type Dimension string

// The three dimensions of a detailed seller rating.
const (
	Description Dimension = "D"
	Service     Dimension = "S"
	Logistics   Dimension = "L"
)

// Category is a kind of problem.
type Category struct {
	ID        string
	Title     Title
	Dimension Dimension
	Owner     string // the department that answers for it
	// Fallback categories count only in a review that has no other label.
	Fallback bool
	// MaxLength is how many characters (normalised) a review may have for the
	// category to count, 0 for any: who writes more complains of something
	// specific, even where no rule finds it.
	MaxLength int
}

// Negation says what a negator right before a match does to it.
type Negation string

// The negation policies of a rule.
const (
	Drop Negation = "drop" // 没褪色 is no complaint
	Keep Negation = "keep" // 不难吃 aside, 退货, 假货, 难吃 stay complaints
	Flip Negation = "flip" // 新鲜 is a complaint only when negated
)

// Rule is a set of patterns that propose a category.
type Rule struct {
	ID       string
	Category string
	File     string
	Line     int // 1-based
	Any      []Pattern
	// Not are longer words that protect what they overlap: 酸奶 against 酸.
	Not []Pattern
	// Unless are words that take the match away from within its clause and 40
	// characters.
	Unless   []Pattern
	Negation Negation
	// Weak lists prefixes of category ids, "" for all: the match counts only
	// when the review has no stronger label that begins with one of them.
	Weak []string
	// WeakNear is Weak that looks only at the match's own clause and the two
	// beside it.
	WeakNear []string
	// Beats lists categories whose matches lose where they overlap this one's.
	Beats []string
	// Ignore lists kinds of cues that do not touch this rule.
	Ignore []CueKind
	// When names the switch that turns the rule on, "" for always.
	When string
	// Match and NoMatch are texts that the rule alone must (must not) find.
	Match, NoMatch []string
}

// CueKind is what a cue does to a match.
type CueKind string

// The kinds of cues. Those that precede act within their clause and 14 characters.
const (
	Negator   CueKind = "negator"   // right before: see Negation
	Filler    CueKind = "filler"    // may stand between a negator and a match
	Pseudo    CueKind = "pseudo"    // holds the letters of a cue but is none: 没想到
	Suffix    CueKind = "suffix"    // right after: 异味[也没有]
	And       CueKind = "and"       // between a negated match and one more: 没有缩水[和]掉色
	Question  CueKind = "question"  // 会不会褪色
	Condition CueKind = "condition" // 要是坏了
	Worry     CueKind = "worry"     // 以为会烂
	Past      CueKind = "past"      // 上次的烂了
	Other     CueKind = "other"     // 别家的很慢
	Hearsay   CueKind = "hearsay"   // 看评论说会褪色
	Unlike    CueKind = "unlike"    // 不像别家那样慢
	Reset     CueKind = "reset"     // 这次: ends the reach of the cues before it
	Boundary  CueKind = "boundary"  // 但是: begins a clause
	Lead      CueKind = "lead"      // may stand before a pattern that begins with ^
	Tail      CueKind = "tail"      // may stand after a pattern that ends with $
)

// CueKinds lists every kind.
var CueKinds = []CueKind{Negator, Filler, Pseudo, Suffix, And, Question, Condition, Worry, Past, Other, Hearsay, Unlike, Reset, Boundary, Lead, Tail}

// Cue is a pattern that changes what a match means.
type Cue struct {
	Kind    CueKind
	Pattern Pattern
}

// Template is a phrase of copied or filler praise.
type Template struct {
	Phrase string
	// Copied phrases belong to a text that was pasted: nothing before their
	// end is the author's own complaint. Others (凑字数) only mark filler.
	Copied bool
}
