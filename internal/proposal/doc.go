// Package proposal makes small changes of rules out of corrections, and says what
// each would do before anybody takes it over.
//
// For a label that people removed it tries an exclusion (a phrase of whole words
// around what was found), longer phrases in the place of a short one, and
// another negation policy; for one that they added a cue that the rule should
// ignore, an aspect and an opinion that rules know apart, and phrases that
// several such reviews share or that the person named. A phrase has at most
// [MaxPhrase] characters: no review is learnt by heart.
//
// Each change is written as the YAML of an overlay (see lexicon.Load), loaded with the
// rules, and replayed against everything that people said: it is offered where it puts
// more right than wrong. [Proposal.Elsewhere] counts the other reviews whose labels it would
// change, which nobody has judged.
//
// That a change fits what people said is no proof that it is good: the same
// corrections suggested it. Gold texts in the replay, which suggest nothing, are a better witness.
package proposal
