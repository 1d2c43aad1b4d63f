package review

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Names of the encodings that are found without being told.
const (
	encUTF8    = "utf-8"
	encGB18030 = "gb18030"
	encUTF16LE = "utf-16le"
	encUTF16BE = "utf-16be"
	encASCII   = "ascii" // nothing but ASCII so far: the first other byte decides
)

// detectEncoding looks at the beginning of a file. bom is the length of the
// byte order mark. whole says that the sample is all there is.
func detectEncoding(sample []byte, whole bool) (name string, bom int) {
	switch {
	case bytes.HasPrefix(sample, []byte{0xEF, 0xBB, 0xBF}):
		return encUTF8, 3
	case bytes.HasPrefix(sample, []byte{0xFF, 0xFE}):
		return encUTF16LE, 2
	case bytes.HasPrefix(sample, []byte{0xFE, 0xFF}):
		return encUTF16BE, 2
	}
	if name := utf16WithoutBOM(sample); name != "" {
		return name, 0
	}
	if !whole {
		sample = trimPartialRune(sample)
	}
	ascii := true
	for _, b := range sample {
		if b >= 0x80 {
			ascii = false
			break
		}
	}
	switch {
	case ascii:
		return encASCII, 0
	case utf8.Valid(sample):
		return encUTF8, 0
	}
	// One broken line does not make a UTF-8 file a GB18030 one: lines vote.
	var asUTF8, asGB int
	for line := range bytes.Lines(sample) {
		switch hasHigh(line) {
		case false:
		case utf8.Valid(line):
			asUTF8++
		default:
			asGB++
		}
	}
	if asUTF8 > asGB {
		return encUTF8, 0
	}
	return encGB18030, 0
}

// utf16WithoutBOM recognises UTF-16 by its zero bytes: delimiters, digits and
// line ends have one each, always on the same side.
func utf16WithoutBOM(sample []byte) string {
	var zeros [2]int
	for i, b := range sample {
		if b == 0 {
			zeros[i&1]++
		}
	}
	few := len(sample)/50 + 1
	switch {
	case zeros[1] > len(sample)/20 && zeros[0] < few && zeros[1] > 4*zeros[0]:
		return encUTF16LE
	case zeros[0] > len(sample)/20 && zeros[1] < few && zeros[0] > 4*zeros[1]:
		return encUTF16BE
	}
	return ""
}

// trimPartialRune drops a rune that the end of the sample cuts in two.
func trimPartialRune(b []byte) []byte {
	for i := 1; i <= utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

func hasHigh(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return true
		}
	}
	return false
}

// namedEncoding resolves Options.Encoding to one of the names above or another
// name of the HTML standard.
func namedEncoding(name string) (string, encoding.Encoding, error) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "utf-8", "utf8", "utf-8-sig":
		return encUTF8, nil, nil
	case "gb18030", "gbk", "gb2312", "cp936", "936", "ansi":
		return encGB18030, nil, nil
	case "utf-16", "utf16", "utf-16le", "utf16le", "unicode":
		return encUTF16LE, utf16Encoding(encUTF16LE), nil
	case "utf-16be", "utf16be":
		return encUTF16BE, utf16Encoding(encUTF16BE), nil
	}
	e, err := htmlindex.Get(name)
	if err != nil {
		return "", nil, fmt.Errorf("review: encoding %q is not known; use utf-8, gb18030, utf-16le, utf-16be or big5", name)
	}
	canonical, err := htmlindex.Name(e)
	if err != nil {
		canonical = strings.ToLower(name)
	}
	return canonical, e, nil
}

func utf16Encoding(name string) encoding.Encoding {
	if name == encUTF16BE {
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
}

// decodeStream turns a whole stream into UTF-8. Bytes that the encoding does
// not have become U+FFFD, which the row decoder then refuses.
func decodeStream(r io.Reader, name string, e encoding.Encoding) io.Reader {
	switch name {
	case encUTF8, encASCII:
		return r
	case encGB18030:
		e = simplifiedchinese.GB18030
	case encUTF16LE, encUTF16BE:
		e = utf16Encoding(name)
	}
	return transform.NewReader(r, e.NewDecoder())
}

// rowDecoder turns rows into UTF-8, one at a time, and refuses bytes that the
// encoding doesn't have. Files are glued together from several exports, so a
// row that is plainly in the other of UTF-8 and GB18030 is read as that,
// unless the user has named the encoding.
type rowDecoder struct {
	name     string
	forced   bool // named by the user
	streamed bool // already decoded by decodeStream
	gb       *encoding.Decoder
	other    int64 // rows read in the other encoding
}

// decode returns the row in UTF-8. The result may alias raw.
func (d *rowDecoder) decode(raw []byte) ([]byte, *fault) {
	if d.streamed {
		if d.name != encUTF8 && d.name != encASCII && bytes.Contains(raw, []byte("\uFFFD")) {
			return nil, d.wrongBytes(bytes.Index(raw, []byte("\uFFFD")))
		}
	} else if !hasHigh(raw) {
		return d.checkNUL(raw)
	} else if out, f := d.decodeHigh(raw); f != nil {
		return nil, f
	} else {
		return d.checkNUL(out)
	}
	if !utf8.Valid(raw) {
		return nil, d.wrongBytes(firstInvalid(raw))
	}
	return d.checkNUL(raw)
}

func (d *rowDecoder) checkNUL(b []byte) ([]byte, *fault) {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return nil, &fault{
			reason: fmt.Sprintf("NUL byte at byte %d of the row: the file is damaged, or in another encoding", i+1),
			remedy: "save the file again, or try --encoding utf-16le",
		}
	}
	return b, nil
}

// decodeHigh decodes a row that is not plain ASCII.
func (d *rowDecoder) decodeHigh(raw []byte) ([]byte, *fault) {
	valid := utf8.Valid(raw)
	if d.name == encASCII {
		d.name = encGB18030
		if valid {
			d.name = encUTF8
		}
	}
	if d.name == encUTF8 {
		if valid {
			return raw, nil
		}
		if out, ok := d.decodeGB(raw); ok && !d.forced && plainlyGB(raw, out) {
			d.other++
			return out, nil
		}
		return nil, d.wrongBytes(firstInvalid(raw))
	}
	if valid && !d.forced && plainlyUTF8(raw) {
		d.other++
		return raw, nil
	}
	out, ok := d.decodeGB(raw)
	if !ok {
		return nil, d.wrongBytes(-1)
	}
	return out, nil
}

func (d *rowDecoder) decodeGB(raw []byte) ([]byte, bool) {
	if d.gb == nil {
		d.gb = simplifiedchinese.GB18030.NewDecoder()
	}
	out, err := d.gb.Bytes(raw)
	return out, err == nil && !bytes.Contains(out, []byte("\uFFFD"))
}

func (d *rowDecoder) wrongBytes(at int) *fault {
	where := ""
	if at >= 0 {
		where = fmt.Sprintf(" at byte %d of the row", at+1)
	}
	return &fault{
		reason: fmt.Sprintf("bytes%s that are not %s", where, strings.ToUpper(d.name)),
		remedy: "name the right one with --encoding, or save the file again as UTF-8",
	}
}

// plainlyUTF8 reports whether a valid UTF-8 row can hardly be anything else:
// three three-byte runes do not come about by chance in GB18030.
func plainlyUTF8(raw []byte) bool {
	three := 0
	for len(raw) > 0 && three < 3 {
		_, n := utf8.DecodeRune(raw)
		if n == 3 {
			three++
		}
		raw = raw[n:]
	}
	return three == 3
}

// plainlyGB reports whether a row that is no valid UTF-8 is GB18030 rather than
// UTF-8 with a broken place: most of its bytes make no UTF-8, and what they
// spell in GB18030 are everyday characters.
func plainlyGB(raw, decoded []byte) bool {
	high, good := 0, 0
	for i := 0; i < len(raw); {
		r, n := utf8.DecodeRune(raw[i:])
		if raw[i] >= 0x80 {
			high += n
			if r != utf8.RuneError && n >= 3 { // two bytes fit by chance
				good += n
			}
		}
		i += n
	}
	if good*3 > high {
		return false
	}
	odd, all := 0, 0
	for _, r := range string(decoded) {
		if r < 0x80 {
			continue
		}
		all++
		if r >= 0x3400 && r < 0x4E00 || r >= 0xE000 && r < 0xFF00 || r >= 0x0400 && r < 0x2000 {
			odd++
		}
	}
	return odd*10 <= all
}

// firstInvalid is the offset of the first byte that is not UTF-8.
func firstInvalid(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}
