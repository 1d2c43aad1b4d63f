// Package report says what was found, in words and pages for people who do not
// read tables.
//
// A [Builder] takes annotations one after the other, keeps of each only what is
// counted and of each category a few texts, and [Builder.Build] gives the [Data] of a report.
// [Data.HTML], [Data.Markdown] and [Data.XLSX] write it: one page in Chinese that
// needs no network and no script, a text, and a workbook with charts of its own.
// [Finding] puts a single cell of a table into a sentence.
//
// Personal data in texts is masked when it is taken in, unless the options say otherwise. The page escapes all
// that comes from reviews; the workbook has texts as texts, never as formulas.
// The same annotations in the same order give the same bytes.
//
// The line and bar charts of the page are drawn by github.com/go-analyze/charts
// (MIT, maintained), the only one of the Go charting libraries whose SVG has
// labels as escaped text with a font that the page can choose: gonum/plot writes a
// fixed font family, and wcharczuk/go-chart is archived. It measures Chinese
// characters at half their width, so labels beside bars are placed here and
// legends are HTML. Heatmaps are HTML tables, which can be read on a phone.
//
// A Builder is not safe for concurrent use; a Data is, once built.
package report
