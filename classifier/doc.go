// Package classifier finds the problems that a review complains about, with
// the words that prove it.
//
// [New] takes a lexicon; [Classifier.Classify] takes an industry and a text and
// returns a [Result]; [Classifier.Explain] tells how it came about. The stages:
//
//  1. The text is normalised (lexicon.Normalize); offsets lead back to the original.
//  2. An automaton finds the parts of patterns, and the text is split into
//     clauses. A pattern has its rarest part looked for; one with gaps then takes
//     the nearest of its other parts, in clauses that have them all. Of what a
//     pattern finds within something longer only the longer counts, unless it is
//     a list of words. White space within a word is ignored, but where it ends a
//     clause no part goes on.
//  3. Each match is weighed by what stands around it: longer words, negation,
//     and cues such as 要是 or 上次, which reach 14 characters; `unless` and
//     longer words reach 40. These are looked for only in the clauses where a rule
//     matched.
//  4. Of overlapping matches of a category the longest stays; matches outranked
//     by others, weak ones beside stronger labels, and fallback categories
//     beside any other give way. Before the last step, learned weights judge the
//     clauses of a complaint that no match explains.
//  5. Pasted and filler praise is told from reviews.
//
// A match that does not count is kept in Result.Suppressed with the reason.
//
// Offsets are 0-based runes of the original text, end exclusive. The cost is
// linear in the length of the text. A Classifier is safe for concurrent use;
// the first text of an industry pays for building its engine, some tens of
// milliseconds. The states of the automata are made when a text first needs
// them and then kept, up to some 15 MB an industry, so that the first thousands
// of reviews take longer than later ones.
package classifier
