package review

import "io"

// Options steer reading. The zero value finds everything out by itself.
type Options struct {
	// Encoding names the character set, as in HTML: utf-8, gb18030, gbk, big5,
	// utf-16le … Empty means to find it: byte order mark, then strict UTF-8,
	// then GB18030.
	Encoding string

	// Delimiter separates the cells of a text table. 0 means to find it among
	// comma, tab, semicolon and bar.
	Delimiter rune

	// HeaderRow is the 1-based row of the column names: in a text table
	// counted in records, in a sheet in rows. 0 means to find it among the
	// first 20.
	HeaderRow int

	// Map names the column or key for a field, over the built-in aliases:
	// {"text": "评价内容"}. "#3" means the third column; when all columns are
	// given by number and no header is found, every row is data.
	// [FieldNames] lists the fields.
	Map map[string]string

	// Verbatim names columns of a table, of no field, in which words for nothing
	// (无, -) are values.
	Verbatim []string

	// Need lists the fields of which at least one must have a column. Default: text.
	// Reading an order export takes {"order_id"}.
	Need []string

	// Sheet is the only sheet of a workbook to read. Empty means every sheet
	// with a text column.
	Sheet string

	// Stdin is what the path "-" reads. Nil means that "-" is refused.
	Stdin io.Reader

	// Limits against hostile input; 0 means the default.
	MaxRecord   int   // bytes of one row, default 16 MiB
	MaxColumns  int   // columns of a table, default 4,096
	MaxExpanded int64 // bytes that one archive or compressed file may expand to, default 16 GiB
	MaxRatio    int   // expanded ÷ compressed bytes, default 300; not applied to the first 32 MiB
	MaxMembers  int   // files in a zip archive, default 10,000
	MaxStrings  int64 // bytes of a workbook's table of shared strings, default 1 GiB
	MaxCells    int64 // cells of a sheet, default 200,000,000
}

// withDefaults fills what is left open.
func (o Options) withDefaults() Options {
	set := func(p *int64, v int64) {
		if *p <= 0 {
			*p = v
		}
	}
	set(&o.MaxExpanded, 16<<30)
	set(&o.MaxStrings, 1<<30)
	set(&o.MaxCells, 200e6)
	for _, d := range []struct {
		p *int
		v int
	}{{&o.MaxRecord, 16 << 20}, {&o.MaxColumns, 4096}, {&o.MaxRatio, 300}, {&o.MaxMembers, 10_000}} {
		if *d.p <= 0 {
			*d.p = d.v
		}
	}
	if len(o.Need) == 0 {
		o.Need = []string{"text"}
	}
	return o
}
