// Package lexicon holds the taxonomies of problems and the rules that find
// them, and the normal form of text that both are written in.
//
// [Load] reads the built-in industries and lays a user's own files over them;
// [Lexicon.Industry] gives one industry with everything it extends; [Lint]
// finds rules that are likely to do harm. README.md in this folder is the
// manual of the rule language, for people who write rules.
//
// Category and rule ids never change meaning. A Lexicon does not change once
// loaded and is safe for concurrent use; what Load and Industry return must
// not be modified.
package lexicon
