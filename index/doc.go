// Package index searches classified reviews. It is the only package that knows
// the search engine (Bleve).
//
// [Open] opens the index of a dataset that lacks nothing; [Sync] and [OpenSynced]
// make it or bring it up to the dataset; [Index.Search] answers a [Request], whose query is in the
// language of [Parse]:
//
//	太酸 category:product.taste courier:圆通 star:<=2 time:2026-05..2026-06 -template:true "没有 坏"
//
// A word or a quoted phrase finds every review that has it as a substring, in the
// review or its follow-up, whatever the case or width of its characters, traditional
// or simplified: pairs of characters are indexed, and a longer text is looked for in
// the reviews that have all its pairs. Conditions, totals and facets are sets of the
// engine's, which hold nothing in memory and need no review to be read. Words that
// gse cuts from the text rank what was found. Terms side by side must all hold;
// AND, OR, NOT, 且, 或, 非, a minus and parentheses work as expected. Fields have
// Chinese names too, and a category its title: 问题:口感. FIELD:* is any value,
// -FIELD:* an unknown one, and one that can hold of no review is an error; in quotes a value is taken as it is.
//
// Personal data is masked before anything is indexed, unless the index was made
// without. Offsets are 0-based runes of the text that a hit has, end exclusive.
//
// An Index is safe for concurrent searches, also while it is extended; Sync must be
// alone.
package index
