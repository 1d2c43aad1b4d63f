// Package lexicon holds the taxonomy of problems and the rules that find them.
package lexicon
