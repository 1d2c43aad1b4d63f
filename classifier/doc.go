// Package classifier finds the problems that a review complains about, with
// the words that prove it.
//
// [New] takes a lexicon; [Classifier.Classify] takes an industry and a text and
// returns a [Result]; [Classifier.Explain] tells how it came about. The stages:
//
//  1. The text is normalised (lexicon.Normalize); offsets lead back to the original.
//  2. One pass of the matcher finds the anchors of all patterns, and the text is
//     split into clauses. Each pattern is then compared around its anchor, one
//     with gaps only in a clause that has something of each of its parts; it
//     takes the nearest continuation.
//  3. Each match is weighed by what stands around it: longer words, negation,
//     and cues such as 要是 or 上次, which reach 14 characters; `unless` and
//     longer words reach 40. These are looked for only where a rule matched.
//  4. Of overlapping matches of a category the longest stays; matches outranked
//     by others, weak ones beside stronger labels, and fallback categories
//     beside any other give way.
//  5. Pasted and filler praise is told from reviews.
//
// A match that does not count is kept in Result.Suppressed with the reason.
//
// Offsets are 0-based runes of the original text, end exclusive. The cost is
// linear in the length of the text. A Classifier is safe for concurrent use;
// the first text of an industry pays for building its engine, some tens of
// milliseconds.
package classifier
