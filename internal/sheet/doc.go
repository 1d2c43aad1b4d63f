// Package sheet takes labels to people who work in Excel and brings what they say of
// them back: a table with a row a review and a column to fill in, as CSV or XLSX; and
// as gold lines, which chaping eval reads.
//
// [NewWriter] and [Gold] write; [Read] reads either, in any encoding; [NewPlan] compares what
// is filled in with a dataset and says which corrections that makes. Reading the same
// file again makes none.
//
// In the column to fill in stand all labels that are right, by title or id, with ；
// between, or one of the words 对 (as they are), 无 (none), 模板 (filler). Words of the review
// that say what was missed may follow a label in parentheses: 商品-口感（发苦）. What is left
// empty was not looked at.
package sheet
