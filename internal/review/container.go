package review

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// sampleSize is how many bytes of a file are looked at to understand it.
const sampleSize = 256 << 10

// maxDepth is how deep containers may nest: a gzip in a zip in a gzip.
const maxDepth = 4

// enter looks at a stream and returns its table, or queues the parts of a
// container and returns nil.
func (f *File) enter(r io.Reader, name string, depth int) (table, error) {
	br := bufio.NewReaderSize(r, sampleSize)
	sample, err := br.Peek(sampleSize)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("%s: reading: %w", name, cutShort(err))
	}
	whole := err == io.EOF
	switch {
	case bytes.HasPrefix(sample, []byte{0x1F, 0x8B}), bytes.HasPrefix(sample, []byte("PK\x03\x04")), bytes.HasPrefix(sample, []byte("PK\x05\x06")):
		if depth == maxDepth {
			return nil, fmt.Errorf("%s: archives nest more than %d deep; unpack it first", name, maxDepth)
		}
		if sample[0] == 'P' {
			return nil, f.enterZip(r, br, name, depth)
		}
		return f.enterGzip(br, name, depth)
	}
	if err := foreignFormat(sample, name); err != nil {
		return nil, err
	}
	return f.openText(br, sample, whole, name)
}

// foreign are formats that are not read, with what to do instead.
var foreign = []struct{ magic, what string }{
	{"\xD0\xCF\x11\xE0", "an old Excel file (.xls) or a workbook with a password; save it as .xlsx without password, or as CSV"},
	{"Rar!", "a RAR archive; unpack it first"},
	{"7z\xBC\xAF", "a 7-Zip archive; unpack it first"},
	{"PAR1", "a Parquet file; export it as CSV or JSONL"},
	{"%PDF", "a PDF document; get the export as .xlsx or CSV"},
	{"SQLite format 3", "an SQLite database; export the table as CSV"},
	{"\x89PNG", "a picture; get the export as .xlsx or CSV"},
	{"\xFF\xD8\xFF", "a picture; get the export as .xlsx or CSV"},
}

// foreignFormat refuses what is surely no table, with a remedy.
func foreignFormat(sample []byte, name string) error {
	for _, f := range foreign {
		if bytes.HasPrefix(sample, []byte(f.magic)) {
			return fmt.Errorf("%s: this is %s", name, f.what)
		}
	}
	head := strings.ToLower(string(bytes.TrimLeft(sample[:min(len(sample), 512)], "\ufeff \t\r\n")))
	for _, tag := range []string{"<html", "<!doctype", "<table", "<?xml", "<head", "<meta", "<style"} {
		if strings.HasPrefix(head, tag) {
			return fmt.Errorf("%s: this is a web page or XML, perhaps named .xls; open it in Excel or WPS and save it as .xlsx", name)
		}
	}
	return nil
}

// enterGzip looks into a gzip stream.
func (f *File) enterGzip(br *bufio.Reader, name string, depth int) (table, error) {
	counted := &counter{r: br}
	// gzip asks for single bytes; counter has none, so gzip buffers by itself.
	zr, err := gzip.NewReader(counted)
	if err != nil {
		return nil, fmt.Errorf("%s: gzip: %w", name, err)
	}
	limited := &limitedReader{r: zr, in: func() int64 { return counted.n }, budget: f.budget, name: name}
	return f.enter(limited, name, depth+1)
}

// enterZip queues the sheets of a workbook or the members of an archive.
func (f *File) enterZip(r io.Reader, br *bufio.Reader, name string, depth int) error {
	at, size, err := f.randomAccess(r, br, name)
	if err != nil {
		return err
	}
	zr, err := zip.NewReader(at, size)
	if err != nil {
		return fmt.Errorf("%s: zip: %w; the file is damaged or was not downloaded whole", name, err)
	}
	if len(zr.File) > f.opt.MaxMembers {
		return fmt.Errorf("%s: zip: %d members, the limit is %d; unpack it first", name, len(zr.File), f.opt.MaxMembers)
	}
	for _, m := range zr.File {
		if strings.HasPrefix(m.Name, "xl/") || strings.HasPrefix(m.Name, "/xl/") {
			return f.enterWorkbook(zr, name)
		}
	}
	var parts []pending
	for _, m := range zr.File {
		if m.FileInfo().IsDir() {
			continue
		}
		member := name + "!" + memberName(m)
		if reason, empty := noData(m.Name); reason != "" {
			f.skipped = append(f.skipped, Skipped{Name: member, Reason: reason, Empty: empty})
			continue
		}
		if m.Flags&1 != 0 {
			return fmt.Errorf("%s: the archive has a password; unpack it first", member)
		}
		optional := strings.EqualFold(path.Ext(m.Name), ".txt")
		parts = append(parts, pending{member, optional, func() (table, error) { return f.enterMember(m, member, depth) }})
	}
	f.front(parts)
	return nil
}

// enterMember looks into a member of a zip archive.
func (f *File) enterMember(m *zip.File, name string, depth int) (table, error) {
	rc, err := m.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: zip: %w", name, err)
	}
	f.inner = append(f.inner, rc)
	return f.enter(f.limited(rc, m, name), name, depth+1)
}

// limited guards the reading of a zip member.
func (f *File) limited(r io.Reader, m *zip.File, name string) io.Reader {
	return &limitedReader{r: r, in: func() int64 { return int64(m.CompressedSize64) }, budget: f.budget, name: name}
}

// memberName decodes the name of a member: Windows in China writes GBK.
func memberName(m *zip.File) string {
	if m.NonUTF8 {
		if s, err := simplifiedchinese.GB18030.NewDecoder().String(m.Name); err == nil {
			return s
		}
	}
	return m.Name
}

// noData says why a member is not looked at, "" if it is, and whether it is
// nothing that a person has put there.
func noData(name string) (reason string, empty bool) {
	base := path.Base(name)
	if strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "~$") {
		return "a file of the operating system", true
	}
	switch strings.ToLower(path.Ext(base)) {
	case ".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".mp4", ".mov", ".pdf", ".doc", ".docx", ".ppt", ".pptx", ".md", ".html", ".htm", ".exe", ".url", ".db", ".ini":
		return "not a table, by its extension", false
	}
	return "", false
}

// randomAccess gives a stream that begins at its own beginning as a file:
// itself when it is one, else a temporary copy.
func (f *File) randomAccess(r io.Reader, br *bufio.Reader, name string) (io.ReaderAt, int64, error) {
	switch r := r.(type) {
	case *os.File:
		info, err := r.Stat()
		if err != nil {
			return nil, 0, err
		}
		// A redirected file may have been read up to its middle before us.
		pos, seekErr := r.Seek(0, io.SeekCurrent)
		if seekErr == nil && info.Mode().IsRegular() && pos-int64(br.Buffered()) == 0 {
			return r, info.Size(), nil
		}
	case *bytes.Reader:
		if r.Size() == int64(r.Len()+br.Buffered()) {
			return r, r.Size(), nil
		}
	}
	temp, err := os.CreateTemp("", "chaping-*.zip")
	if err != nil {
		return nil, 0, err
	}
	f.closers = append(f.closers, &tempFile{temp, os.Remove(temp.Name()) == nil})
	n, err := io.Copy(temp, io.LimitReader(br, f.opt.MaxExpanded+1))
	if err != nil {
		return nil, 0, fmt.Errorf("%s: copying to a temporary file: %w", name, err)
	}
	if n > f.opt.MaxExpanded {
		return nil, 0, fmt.Errorf("%s: more than %d bytes, the limit of an archive", name, f.opt.MaxExpanded)
	}
	return temp, n, nil
}

// tempFile is removed at once where the system allows it, so that a killed
// process leaves nothing behind, and else when closed.
type tempFile struct {
	*os.File
	removed bool
}

func (t *tempFile) Close() error {
	err := t.File.Close()
	if !t.removed {
		os.Remove(t.Name())
	}
	return err
}

// counter counts the bytes read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// expansion is what all parts of a File may expand to together.
type expansion struct {
	max, out int64
	ratio    int
}

// freeExpansion is how much a part may expand before its ratio counts.
const freeExpansion = 32 << 20

// limitedReader stops a bomb: a stream that expands out of all proportion.
type limitedReader struct {
	r      io.Reader
	in     func() int64 // compressed bytes
	out    int64
	budget *expansion
	name   string
}

func (l *limitedReader) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	l.out += int64(n)
	l.budget.out += int64(n)
	switch {
	case l.budget.out > l.budget.max:
		return n, fmt.Errorf("%s: expands to more than %d bytes, the limit; unpack it first", l.name, l.budget.max)
	case l.out > freeExpansion && l.out/int64(l.budget.ratio) > l.in():
		return n, fmt.Errorf("%s: expands to more than %d times its size, the limit: a zip bomb?; unpack it first", l.name, l.budget.ratio)
	}
	return n, err
}
