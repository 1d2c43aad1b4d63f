// Package review reads exports of reviews, whatever made them, into [Record]s.
//
// [Open] takes a path, finds out by content what the file is and gives a
// [File], whose Read returns one Record after the other:
//
//	f, err := review.Open("评价.csv", review.Options{})
//	…
//	defer f.Close()
//	for {
//		r, err := f.Read()
//		var row *review.RowError
//		switch {
//		case err == io.EOF:
//			return nil
//		case errors.As(err, &row):
//			log.Print(row) // this row only; go on
//		case err != nil:
//			return err
//		default:
//			use(r)
//		}
//	}
//
// # What is read
//
// Text tables (comma, tab, semicolon, bar, or one column), XLSX, JSON objects
// one a line, JSON arrays, and the JSON of platform APIs, in which an array of
// reviews lies somewhere inside, with or without a JSONP callback; each of them
// also within gzip or zip. The encoding is found: byte order mark, strict
// UTF-8, GB18030, UTF-16. The names of columns are those of aliases.go;
// Options.Map overrides them. [Inspect] says what was understood.
//
// # What is guaranteed
//
// No row vanishes: each is returned as a Record or as a [RowError] that holds
// it verbatim, and [Stats] counts them. A row is a line or, with quoted line
// breaks, several lines of a text table, a line of JSON objects, an element of
// an array, a row of a sheet. Lines and rows without any value are no rows,
// nor is the header of several columns once more, as in files that were glued together.
// The number of a row grows within a table.
//
// A value that cannot be trusted, such as an order number in scientific
// notation, is not guessed: the field stays unknown and Record.Damaged says
// why. Unknown columns are passed on in Record.Extra.
//
// # What it costs
//
// Reading is a stream: memory does not grow with the file. It holds the
// longest row (Options.MaxRecord), 256 KiB of samples and, for XLSX, the
// workbook's shared strings. Archives and workbooks that don't come as a file
// are copied to a temporary one. Input is taken to be hostile; every limit is a
// field of [Options] and its error says what to do.
//
// Nothing here is safe for concurrent use on one File; different Files don't
// share anything that changes.
package review
