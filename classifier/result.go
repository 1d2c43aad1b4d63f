package classifier

// Result is what a text was found to complain about.
type Result struct {
	// Labels are the categories in taxonomy order, never nil.
	Labels []string `json:"labels"`
	// Template reports copied or filler praise.
	Template bool `json:"template"`
	// Hits are the matches behind the labels in text order, never nil.
	Hits []Hit `json:"hits"`
	// Suppressed are matches that something took away, never nil.
	Suppressed []Suppressed `json:"suppressed"`
}

// Hit is a rule matched at a place.
type Hit struct {
	Category string `json:"category"`
	Rule     string `json:"rule"`
	// Text is the evidence as the author wrote it; bytes that are no UTF-8 are
	// U+FFFD.
	Text string `json:"text"`
	// Start and End are 0-based rune offsets into the original text, End
	// exclusive. An invalid UTF-8 byte counts as one rune.
	Start int `json:"start"`
	End   int `json:"end"`
}

// Suppressed is a hit that does not count.
type Suppressed struct {
	Hit
	Reason Reason `json:"reason"`
	// Cue is the normalised word that took the hit away, the rule's id for
	// Outranked and Weak, and empty for TooLong.
	Cue string `json:"cue"`
}

// Reason says why a hit does not count.
type Reason string

// The reasons. Those named after a kind of cue are defined in package lexicon.
const (
	Negated   Reason = "negated"   // a negator stands at the match
	Excluded  Reason = "excluded"  // one of the rule's `not` overlaps the match
	InWord    Reason = "in_word"   // the match is part of a longer word
	Unless    Reason = "unless"    // one of the rule's `unless` is in the clause
	Question  Reason = "question"  // asked, not said
	Condition Reason = "condition" // would be so
	Worry     Reason = "worry"     // was feared
	Past      Reason = "past"      // another purchase
	Other     Reason = "other"     // another shop's goods
	Hearsay   Reason = "hearsay"   // what others say
	Unlike    Reason = "unlike"    // said to be otherwise here
	Outranked Reason = "outranked" // a match of a rule that beats this category overlaps
	Weak      Reason = "weak"      // a stronger label says it better
	TooLong   Reason = "too_long"  // the review is longer than its category's limit
	Copied    Reason = "copied"    // inside pasted boilerplate
)
