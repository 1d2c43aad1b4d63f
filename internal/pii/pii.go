// Package pii finds what identifies a person in a review and masks it, with
// its kind kept: 电话13800138000 becomes 电话[手机].
//
// Precision comes first: sizes, prices, capacities, dates and model numbers are
// no phone numbers. An identity card must have a true date and check digit
// (GB 11643), a landline a dialling code, an account the word that says what
// it is, an address a road or an estate and a house number.
//
// Offsets are 0-based runes, end exclusive. All functions are safe for
// concurrent use and linear in the length of the text.
package pii

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Kind says what was found. It stands in brackets in place of it.
type Kind string

// The kinds.
const (
	Mobile   Kind = "手机"
	Landline Kind = "电话"
	IDCard   Kind = "身份证"
	Email    Kind = "邮箱"
	WeChat   Kind = "微信"
	QQ       Kind = "QQ"
	Address  Kind = "地址"
	Order    Kind = "订单号"
	Tracking Kind = "运单号"
	Nick     Kind = "昵称"
	Name     Kind = "姓名"
)

// Mask is the word that stands for something of this kind.
func (k Kind) Mask() string { return "[" + string(k) + "]" }

// Span is a find.
type Span struct {
	Kind       Kind
	Start, End int
}

// detector finds one kind: what its first group matches, if accept (when there
// is one) agrees.
type detector struct {
	kind   Kind
	find   *regexp.Regexp
	accept func(match string) bool
	// needs are words of which one is in every text with a find.
	needs []string
	// run and word are how long these traits of such a text are at least: most
	// texts have shorter ones, and counting is much cheaper than looking.
	run, word int
}

// The order decides where finds overlap: the earlier one stays.
var detectors = []detector{
	{Email, regexp.MustCompile(`([a-z0-9][a-z0-9._%+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,6})`), nil, []string{"@"}, 0, 0},
	{WeChat, regexp.MustCompile(`(?:微信|威信|薇信|徽信|wechat|weixin|vx|wx|加v|v信)\s?(?:号码|号|id)?(?:[是为:,\s]|加我|我|搜索?){0,3}([a-z][-_a-z0-9]{4,19}|[0-9]{6,12})`), nil, []string{"微信", "威信", "薇信", "徽信", "v信", "wechat", "weixin", "vx", "wx", "加v"}, 0, 5},
	{WeChat, regexp.MustCompile(`(?:[加+➕]我?[v微薇]|薇[❤♥])[\s:❤♥\x{fe0f}]{0,3}([a-z][-_a-z0-9]{5,19})`), hasDigit, []string{"加v", "加微", "加薇", "加我", "+v", "+微", "+薇", "+我", "➕", "薇❤", "薇♥"}, 0, 6},
	{QQ, regexp.MustCompile(`(?:qq|扣扣|企鹅号|q群|群号)(?:群|号码|号)?(?:[是为:,\s]|加我|我){0,3}([1-9][0-9]{4,11}|[1-9][0-9]{1,3}(?:[- ][0-9]{3,4}){1,3})`), nil, []string{"qq", "扣扣", "企鹅号", "q群", "群号"}, 5, 0},
	{IDCard, regexp.MustCompile(`([1-8][0-9]{16}[0-9x])`), isIDCard, nil, 17, 0},
	{Tracking, regexp.MustCompile(`(?:运单|快递单|物流单|快递|物流|包裹)(?:编号|单号|号码|号)(?:[是为:,\s]){0,3}([a-z]{0,4}[0-9]{8,20})`), nil, []string{"号"}, 8, 0},
	{Order, regexp.MustCompile(`(?:订单|单)(?:编号|号码|号)(?:[是为:,\s]){0,3}([0-9][0-9-]{7,25})`), nil, []string{"号"}, 8, 0},
	{Mobile, mobile, nil, nil, 11, 0},
	{Landline, regexp.MustCompile(`(\(?0(?:10|2[0-9]|[3-9][0-9]{2})(?:\)|-| )[2-9][0-9]{2,3}[- ]?[0-9]{4}(?:[-转][0-9]{1,6})?|[48]00-[0-9]{3}-?[0-9]{4}|[48]00-[0-9]{4}-[0-9]{3})`), nil, nil, 10, 0},
	{Landline, regexp.MustCompile(`(?:电话|座机|热线|致电|拨打|打)(?:号码|是|为|:|\s){0,3}(0(?:10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}|[48]00[0-9]{7}|[2-9][0-9]{7})`), nil, []string{"电", "座机", "热线", "打"}, 8, 0},
	{Landline, regexp.MustCompile(`(?:电话|座机|热线|致电|拨打)(?:号码|是|为|:|\s){0,3}([2-9][0-9]{6})`), nil, []string{"电", "座机", "热线", "打"}, 7, 0},
	{Tracking, regexp.MustCompile(`((?:sf|yt|jt|jd|zto|sto|yd|dpk|ems)[a-z]{0,2}[0-9]{10,18})`), nil, []string{"sf", "yt", "jt", "jd", "zto", "sto", "yd", "dpk", "ems"}, 10, 0},
	{Order, regexp.MustCompile(`([0-9]{15,24}|[0-9]{6}-[0-9]{15})`), nil, nil, 15, 0},
	{Address, address, isAddress, []string{"号", "栋", "幢", "室", "单元", "座", "组"}, 0, 0},
}

// mobile is a number of eleven digits, in groups or one by one.
var mobile = regexp.MustCompile(`((?:(?:\+|00)?86[- ]?)?1(?:[3-9][0-9](?:[- ]?[0-9]{4}[- ]?[0-9]{4}|\.[0-9]{4}\.[0-9]{4}|[0-9]-[0-9]{3}-[0-9]{4})|[-. ][3-9](?:[-. ][0-9]){9}))`)

// serial ends what stands before numbers of goods, which may look like a mobile phone's.
var serial = regexp.MustCompile(`(?:编号|货号|型号|批号|批次|条码|条形码|款号|编码|序列号|sku|sn)[号码是为:,\s]{0,3}$`)

// address is a chain of places that ends in a house or a room.
var address = regexp.MustCompile(`((?:[\p{Han}]{2,7}?(?:省|自治区|市|州|区|县|旗|镇|乡|街道|村|路|街|道|巷|弄|里|胡同|小区|花园|家园|苑|大厦|广场|公寓|新村|社区)[\s,]?){2,8}(?:(?:[a-z]?[0-9一二三四五六七八九十]{1,5}|[a-z])(?:号楼|号院|号|弄|栋|幢|座|单元|楼|层|室|组|队)(?:-[0-9]{1,5})?[\s,]?){1,5}(?:[0-9]{1,4}-[0-9]{1,4})?)`)

// numberedHouse is the part of address without which there is none, and which
// is much cheaper to look for: a number between a place and a house or a room.
var numberedHouse = regexp.MustCompile(`[省区市州县旗镇乡道村路街巷弄里同园苑厦场寓][\s,]?(?:[a-z]?[0-9一二三四五六七八九十]{1,5}|[a-z])(?:号|弄|栋|幢|座|单元|楼|层|室|组|队)`)

// roads must be among an address's words: 天河区3号 alone is none.
var roads = []string{"路", "街", "道", "巷", "弄", "里", "胡同", "小区", "花园", "家园", "苑", "大厦", "广场", "公寓", "新村", "社区", "村", "镇"}

func isAddress(s string) bool {
	return slices.ContainsFunc(roads, func(r string) bool { return strings.Contains(s, r) })
}

// Find lists what identifies a person in text, in order of place, without overlaps.
func Find(text string) []Span {
	seen := look(text)
	if !seen.at && !seen.house && !seen.spelled && seen.run < leastNumber && seen.word < leastNumber {
		return nil
	}
	plain := fold(text)
	var out []Span
	if seen.spelled {
		plain := strings.Map(arabic, plain)
		for _, m := range mobile.FindAllStringIndex(plain, -1) {
			if whole(plain, m[0], m[1]) {
				out = append(out, Span{Mobile, utf8.RuneCountInString(plain[:m[0]]), utf8.RuneCountInString(plain[:m[1]])})
			}
		}
	}
	for _, d := range detectors {
		switch {
		case seen.run < d.run, seen.word < d.word,
			d.needs != nil && !slices.ContainsFunc(d.needs, func(w string) bool { return strings.Contains(plain, w) }),
			d.kind == Address && !(seen.house && numberedHouse.MatchString(plain)):
			continue
		}
		for _, m := range d.find.FindAllStringSubmatchIndex(plain, -1) {
			from, to := m[2], m[3]
			if !whole(plain, from, to) || d.accept != nil && !d.accept(plain[from:to]) || d.kind == Mobile && serial.MatchString(plain[max(0, from-40):from]) {
				continue
			}
			s := Span{d.kind, utf8.RuneCountInString(plain[:from]), 0}
			s.End = s.Start + utf8.RuneCountInString(strings.TrimRight(plain[from:to], " ,\n"))
			if !slices.ContainsFunc(out, func(o Span) bool { return o.Start < s.End && s.Start < o.End }) {
				out = append(out, s)
			}
		}
	}
	slices.SortFunc(out, func(a, b Span) int { return cmp.Compare(a.Start, b.Start) })
	return out
}

// leastNumber is how long the shortest find without an @ or a numbered house
// is: an account.
const leastNumber = 5

// traits are what can be told of a text in one quick pass, which is enough for
// most texts to say that there is nothing to find.
type traits struct {
	run  int  // characters of the longest run of digits with dashes, dots, blanks and brackets in it
	word int  // characters of the longest run of digits, Latin letters, _ and -
	at   bool // @
	// spelled says that eleven digits follow each other of which some are Chinese
	// or in circles.
	spelled bool
	house   bool // a number or letter before a word for a house or a room
}

func look(text string) (t traits) {
	run, word, numeral := 0, 0, false // numeral: the character before could number a house
	digits, foreign := 0, false       // in a row, of any spelling; one of them is not Arabic
	for _, r := range text {
		if r >= utf8.RuneSelf && r < 1<<16 && telling[r/64]>>(r%64)&1 == 0 {
			run, word, numeral, digits, foreign = 0, 0, false, 0, false
			continue
		}
		if r = plainRune(r); r < utf8.RuneSelf && (isDigit(byte(r)) || isLetter(byte(r)|0x20) || r == '_' || r == '-') {
			word++
			t.word = max(t.word, word)
		} else {
			word = 0
		}
		switch {
		case r >= '0' && r <= '9':
			run++
			t.run = max(t.run, run)
			numeral = true
			digits++
			t.spelled = t.spelled || foreign && digits >= 11
			continue
		case run > 0 && (r == '-' || r == ' ' || r == '(' || r == ')' || r == '.'):
			run++
			numeral = false
			continue
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			numeral = true
		case r < utf8.RuneSelf:
			t.at = t.at || r == '@'
			numeral = false
		default:
			switch r {
			case '号', '栋', '幢', '室', '座', '组', '弄', '单', '楼', '层', '队':
				t.house = t.house || numeral
				numeral = false
			case '一', '二', '三', '四', '五', '六', '七', '八', '九', '十':
				numeral = true
			default:
				numeral = false
			}
			if arabic(r) != r {
				digits++
				foreign = true
				t.spelled = t.spelled || digits >= 11
				run = 0
				continue
			}
		}
		if r != ' ' && r != '-' {
			digits, foreign = 0, false
		}
		run = 0
	}
	return t
}

// telling has a bit for every character below 1<<16 beyond ASCII that look must
// look at; most of a text's are none.
var telling = func() (set [1 << 10]uint64) {
	for r := rune(utf8.RuneSelf); r < 1<<16; r++ {
		if plainRune(r) != r || arabic(r) != r || strings.ContainsRune("号栋幢室座组弄单楼层队一二三四五六七八九十", r) {
			set[r/64] |= 1 << (r % 64)
		}
	}
	return set
}()

// fold makes full-width characters, case and punctuation plain, rune for rune.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		if r = plainRune(r); r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, text)
}

// plainRune is fold for one character, but for its case.
func plainRune(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
	case r >= '！' && r <= '～':
		return r - ('！' - '!')
	case r == '　':
		return ' '
	case r == '—' || r == '–' || r == '‐':
		return '-'
	case r == '、':
		return ','
	case r == utf8.RuneError:
		return '?'
	}
	return r
}

// arabic gives the Arabic digit for a Chinese one or one in a circle.
func arabic(r rune) rune {
	switch r {
	case '零', '〇', '⓪':
		return '0'
	case '一', '壹', '幺', '①', '❶', '➊':
		return '1'
	case '二', '贰', '②', '❷', '➋':
		return '2'
	case '三', '叁', '③', '❸', '➌':
		return '3'
	case '四', '肆', '④', '❹', '➍':
		return '4'
	case '五', '伍', '⑤', '❺', '➎':
		return '5'
	case '六', '陆', '⑥', '❻', '➏':
		return '6'
	case '七', '柒', '⑦', '❼', '➐':
		return '7'
	case '八', '捌', '⑧', '❽', '➑':
		return '8'
	case '九', '玖', '⑨', '❾', '➒':
		return '9'
	}
	return r
}

// hasDigit tells an account from a word.
func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// whole reports whether a find is not part of a longer number or, where it ends
// or begins with a letter, of a longer word; and not the digits of a decimal.
func whole(s string, from, to int) bool {
	if from > 0 {
		c, first := s[from-1], s[from]
		if isDigit(first) && (isDigit(c) || c == '.' && from > 1 && isDigit(s[from-2])) || isLetter(c) && isLetter(first) {
			return false
		}
	}
	if to < len(s) {
		c, last := s[to], s[to-1]
		if isDigit(last) && (isDigit(c) || c == '.' && to+1 < len(s) && isDigit(s[to+1])) || isLetter(c) && isLetter(last) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' }

// idWeights are the weights of an identity card's digits (GB 11643-1999).
var idWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// isIDCard checks the date of birth and the check digit.
func isIDCard(s string) bool {
	if t, err := time.Parse("20060102", s[6:14]); err != nil || t.Year() < 1900 || t.Year() > 2100 {
		return false
	}
	sum := 0
	for i, w := range idWeights {
		sum += w * int(s[i]-'0')
	}
	return s[17] == "10x98765432"[sum%11]
}

// Mask replaces what identifies a person in text by its kind.
func Mask(text string) string {
	spans := Find(text)
	if len(spans) == 0 {
		return text
	}
	return MaskRange([]rune(text), spans, 0, utf8.RuneCountInString(text))
}

// MaskRange is the part [from,to) of a text, with the finds in it masked; one
// that reaches beyond the part is masked whole.
func MaskRange(text []rune, spans []Span, from, to int) string {
	var b strings.Builder
	at := from
	for _, s := range spans {
		if s.End <= at || s.Start >= to {
			continue
		}
		b.WriteString(string(text[at:max(at, s.Start)]))
		b.WriteString(s.Kind.Mask())
		at = s.End
	}
	if at < to {
		b.WriteString(string(text[at:to]))
	}
	return b.String()
}

// Shift is where a place of a text is in the masked text: inside a find it is
// the mask's end.
func Shift(spans []Span, at int) int {
	shift := 0
	for _, s := range spans {
		mask := utf8.RuneCountInString(s.Kind.Mask())
		switch {
		case at <= s.Start:
			return at + shift
		case at < s.End:
			return s.Start + shift + mask
		}
		shift += mask - (s.End - s.Start)
	}
	return at + shift
}
