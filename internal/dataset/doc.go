// Package dataset keeps classified reviews in a directory:
//
//	dataset.json            what is in it: format, segments with their checksums, imported files
//	segments/000001.parquet the reviews of one import, never changed: the truth
//	orders/000002.parquet   the shipped base: of each order in an order export what problems are judged by
//	index/                  the search index, which package index makes; it can be rebuilt
//	corrections.db          what people said of labels (package correction); made by the first act
//	lock                    held by the process that has the directory open
//
// [Open] opens it, [Dir.Begin] begins an import, [Dir.Each] reads all reviews,
// [Dir.Facts] what tables and scores need of them, [Dir.Relabel] replaces every
// segment at once, [Dir.Correct] keeps what people say of labels, [Dir.Shipped] has
// what was shipped.
//
// # What is guaranteed
//
// An import is whole or absent: a segment is written under another name, synced
// and renamed, and counts only once dataset.json, replaced in the same way,
// names it; so is the shipped base, which an import with orders replaces. A process that is killed at any moment leaves a directory that
// opens; what it left half done is removed by the next writer. The same file
// twice, and the same review in two files, change nothing; a review that comes again
// with another follow-up, unless that is known to be the earlier one, is updated, and keeps its key and what people said of it: the
// import has it anew, and the manifest names the row that is gone with that; an order in several order
// exports counts once. One process writes
// at a time, and none reads meanwhile; the error is [ErrInUse].
//
// A segment whose bytes changed, or a shipped base, is found by its checksum before it is read; corrections
// that are damaged, or gone though dataset.json knows of some, when the directory is opened
// ([ErrCorrections]). Where dataset.json itself is gone, nothing is opened, made or swept away. The
// format number is that of this package's version; an unknown one is refused
// with what to do.
//
// A Dir may be read, corrected and imported into by several goroutines at once, but
// for one import or relabelling at a time.
package dataset
