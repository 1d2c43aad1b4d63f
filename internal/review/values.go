package review

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/width"
)

// placeholders are cells that people and programs write for "nothing".
var placeholders = map[string]bool{
	"无": true, "空": true, "-": true, "--": true, "—": true, "——": true, "/": true, "\\": true, "\\n": true,
	"null": true, "none": true, "nil": true, "nan": true, "n/a": true, "#n/a": true, "na": true, "暂无": true, "(空)": true, "(null)": true,
	"undefined": true, "[]": true, "{}": true,
}

// cleanCell takes away what spreadsheets and exports wrap around a value: the
// tab or apostrophe that keeps a number a text, the formula ="123", and words
// for nothing. Text keeps its inner and leading spaces. Cleaning twice is the
// same as cleaning once.
func cleanCell(s string, text bool) string {
	if isClean(s) {
		return s
	}
	for {
		n := len(s)
		s = unwrapCell(s, text)
		if len(s) == n {
			break
		}
	}
	t := strings.TrimSpace(s)
	if t == "" || isPlaceholder(t) {
		return ""
	}
	return s
}

// isClean reports, quickly and for most cells, that there is nothing to clean.
func isClean(s string) bool {
	if s == "" {
		return true
	}
	first, last := s[0], s[len(s)-1]
	if first <= ' ' || last <= ' ' {
		return false
	}
	switch first {
	case '=', '\'', 0xC2, 0xE1, 0xE2, 0xE3, 0xEF: // a formula, a mark, the first byte of a Unicode space
		return false
	}
	if last >= 0x80 && last <= 0x8B || last == 0x9F || last == 0xA0 || last == 0xA8 || last == 0xA9 || last == 0xAF || last == 0xBF {
		return false // the last byte of a Unicode space
	}
	return !isPlaceholder(s)
}

// unwrapCell takes away one layer.
func unwrapCell(s string, text bool) string {
	s = strings.TrimLeft(s, "\t\ufeff\u200b")
	s = strings.TrimRight(s, "\t\r\n\ufeff\u200b")
	if len(s) >= 3 && strings.HasPrefix(s, `="`) && strings.HasSuffix(s, `"`) {
		return strings.ReplaceAll(s[2:len(s)-1], `""`, `"`)
	}
	if text {
		return s
	}
	s = strings.TrimSpace(s)
	if len(s) > 1 && s[0] == '\'' {
		s = s[1:]
	}
	return s
}

// placeholderStart holds the first bytes of placeholders.
var placeholderStart = func() (start [256]bool) {
	for p := range placeholders {
		start[p[0]] = true
		start[strings.ToUpper(p)[0]] = true
	}
	return start
}()

// isPlaceholder reports whether a trimmed value stands for nothing.
func isPlaceholder(s string) bool {
	if len(s) > 11 || !placeholderStart[s[0]] {
		return false
	}
	return placeholders[strings.ToLower(s)]
}

// brokenCell names the fault of a cell that the spreadsheet itself broke.
func brokenCell(v string) string {
	if len(v) > 2 && v[0] == '#' {
		switch strings.ToUpper(v) {
		case "#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!":
			return "the spreadsheet took the value for a formula and lost it"
		}
		if strings.Trim(v, "#") == "" && len(v) >= 5 {
			return "the column was too narrow when it was exported"
		}
	}
	return ""
}

var scientific = regexp.MustCompile(`^[0-9](\.[0-9]+)?[eE]\+[0-9]{1,3}$|^[0-9]\.[0-9]+[eE][0-9]{1,3}$`)

// parseID reads a number that is a name. A number that a spreadsheet rounded is
// never guessed: the id stays empty and the reason says so. Where rounding is
// likely but not certain the id is kept and the reason given with it.
func parseID(v string) (id, reason string) {
	if reason := brokenCell(v); reason != "" {
		return "", reason
	}
	v = strings.TrimPrefix(v, "No:") // Taobao's 物流单号
	if strings.ContainsFunc(v, func(r rune) bool { return r >= '！' && r <= '～' }) {
		v = width.Narrow.String(v)
	}
	if strings.ContainsAny(v, "eE") && scientific.MatchString(v) {
		return "", "scientific notation: the spreadsheet has rounded the number, its last digits are lost"
	}
	digits := strings.TrimSuffix(v, ".0")
	if !allDigits(digits) {
		return v, ""
	}
	if digits != v {
		if len(digits) > 15 {
			return "", "a number of more than 15 digits that was held as a fraction: its last digits are rounded"
		}
		return digits, ""
	}
	if len(v) >= 18 && strings.Trim(v[15:], "0") == "" {
		return v, "all digits after the 15th are 0: a spreadsheet has probably rounded the number"
	}
	return v, ""
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// starWords are ratings in words, of which some platforms know three only.
var starWords = map[string]int{
	"好评": 5, "中评": 3, "差评": 1, "good": 5, "neutral": 3, "bad": 1, "好": 5, "中": 3, "差": 1,
	"positive": 5, "negative": 1, "非常满意": 5, "满意": 4, "一般": 3, "不满意": 2, "非常不满意": 1,
	"非常好": 5, "很差": 1, "非常差": 1, "默认好评": 5, "系统默认好评": 5,
	"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "满": 5,
}

// parseStar reads a rating of 1 to 5: "5", "5.0", "5星", "五星", "★★★☆☆", 好评.
// 0 without a reason means that the buyer gave none.
func parseStar(v string) (n int, reason string) {
	if len(v) == 1 && v[0] >= '1' && v[0] <= '5' {
		return int(v[0] - '0'), ""
	}
	s := strings.ToLower(strings.ReplaceAll(width.Narrow.String(v), " ", ""))
	if n, ok := starWords[s]; ok {
		return n, ""
	}
	if n, ok := countStars(s); ok {
		return starRange(float64(n))
	}
	if grade, remark, ok := strings.Cut(strings.TrimSuffix(s, ")"), "("); ok && grade != "" { // 5星(非常满意)
		n, reason := parseStar(grade)
		if again, _ := parseStar(remark); again > 0 && again != n {
			return 0, "two ratings that differ"
		}
		return n, reason
	}
	for _, suffix := range []string{"好评", "中评", "差评", "评价", "评分", "stars", "star", "星级", "星", "颗", "分", "/5", "☆", "★"} {
		s = strings.TrimSuffix(s, suffix)
	}
	s = strings.TrimPrefix(s, "star")
	s = strings.TrimPrefix(s, "score")
	if n, ok := starWords[s]; ok {
		return n, ""
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, "not a rating: want 1–5, 5星, ★★★★★ or 好评/中评/差评"
	}
	return starRange(f)
}

func starRange(f float64) (int, string) {
	switch {
	case f == 0:
		return 0, ""
	case f < 1 || f > 5:
		return 0, "rating outside 1–5"
	case f != math.Trunc(f):
		return 0, "rating is no whole number of stars"
	}
	return int(f), ""
}

// countStars counts filled stars when v is made of nothing but stars.
func countStars(v string) (n int, ok bool) {
	for _, r := range v {
		switch r {
		case '★', '⭐', '🌟', '✮', '✭':
			n++
		case '☆', '✩', '\ufe0f':
		default:
			return 0, false
		}
	}
	return n, v != ""
}

// parseCount reads a whole number ≥ 0, with or without a unit (件, 天).
func parseCount(v string) (n int, reason string) {
	s := strings.TrimRight(width.Narrow.String(v), " 件个天日次")
	s = strings.TrimSuffix(strings.ReplaceAll(s, ",", ""), ".0")
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 1e9 {
		return 0, "not a count"
	}
	return n, ""
}

var (
	relativeDays = regexp.MustCompile(`^(.{0,24}?)([0-9]{1,5}|[一二两三四五六七八九十]{1,3})天(?:后|之后|以后|追评|追加|$)`)
	relativeSame = regexp.MustCompile(`^(.{0,24}?)(当天|当日)`)
)

// parseRelative reads a follow-up time that counts from another moment:
// "收货后5天", "5天后追评", "购买10天后", "收货当天追加".
func parseRelative(v string) (days int, basis Basis, ok bool) {
	s := strings.ReplaceAll(width.Narrow.String(v), " ", "")
	m := relativeDays.FindStringSubmatch(s)
	if m == nil {
		if m = relativeSame.FindStringSubmatch(s); m == nil {
			return 0, "", false
		}
	} else if days, ok = smallNumber(m[2]); !ok {
		return 0, "", false
	}
	switch {
	case strings.Contains(m[1], "收货"), strings.Contains(m[1], "签收"):
		basis = BasisReceipt
	case strings.Contains(m[1], "购买"), strings.Contains(m[1], "下单"), strings.Contains(m[1], "付款"):
		basis = BasisOrder
	default:
		basis = BasisReview
	}
	return days, basis, true
}

// followUpHead is what some exports put in front of a follow-up text:
// "[收货后5天追评]", "购买12天后追加：".
var followUpHead = regexp.MustCompile(`^[\[【(（]?\s*((?:用户|买家)?(?:在|于)?(?:确认收货|收货|签收|购买|下单|付款|初评|首评)?后?\s*(?:[0-9]{1,4}\s*天|[一二两三四五六七八九十]{1,3}天|当天|当日)(?:之后|以后|后)?(?:追评|追加)(?:评论|评价|内容)?)\s*[\]】)）:：]`)

// headDays reads the days out of the head of a follow-up text.
func headDays(text string) (days int, basis Basis, ok bool) {
	m := followUpHead.FindStringSubmatch(text)
	if m == nil {
		return 0, "", false
	}
	return parseRelative(m[1])
}

// smallNumber reads at most five digits, or a Chinese number below 100.
func smallNumber(s string) (n int, ok bool) {
	if allDigits(s) {
		n, _ = strconv.Atoi(s)
		return n, true
	}
	const digits = "一二三四五六七八九"
	tens, ones, ten := strings.Cut(strings.ReplaceAll(s, "两", "二"), "十")
	digit := func(s string, none int) int {
		if i := strings.Index(digits, s); s != "" && len(s) == len("一") {
			return i/len("一") + 1
		}
		return none
	}
	switch {
	case !ten:
		n = digit(tens, -1)
	case len(tens) > len("一") || len(ones) > len("一") || strings.Contains(ones, "十"):
		n = -1
	default:
		n = 10*digit(tens, 1) + digit(ones, 0)
	}
	return n, n >= 0
}

// parseCourierInfo splits Douyin's "YT123-圆通速递;YT124-圆通速递".
func parseCourierInfo(v string) (tracking, courier string) {
	var numbers, names []string
	seen := map[string]bool{}
	for part := range strings.FieldsFuncSeq(v, func(r rune) bool { return r == ';' || r == '；' || r == ',' || r == '\n' }) {
		number, name, found := strings.Cut(strings.TrimSpace(part), "-")
		if !found && !strings.ContainsAny(number, "0123456789") {
			number, name = "", number
		}
		if number = strings.TrimSpace(number); number != "" {
			numbers = append(numbers, number)
		}
		if name = strings.TrimSpace(name); name != "" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return strings.Join(numbers, ";"), strings.Join(names, ";")
}
