package review

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// timeLayouts are tried in order, after separators have been made uniform.
var timeLayouts = []string{
	"2006-1-2 15:4:5", "2006-1-2 15:4", "2006-1-2", "2006-1-2 15:4:5.999999999", "2006-1-2 15", "2006-1",
	time.RFC3339Nano, "2006-1-2T15:4:5.999999999", "2006-1-2T15:4", "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05 -0700",
	"2006-1-2 3:4:5 PM", "2006-1-2 3:4 PM", "20060102150405", "20060102", "20060102 15:04:05",
	"Mon Jan _2 15:04:05 MST 2006", "Mon Jan _2 15:04:05 -0700 2006", "Jan _2, 2006", "January _2, 2006", "2 Jan 2006",
}

var uniformTime = strings.NewReplacer("年", "-", "月", "-", "日", " ", "号", " ", "时", ":", "点", ":", "分", ":", "秒", "",
	"/", "-", ".", "-", "：", ":", "　", " ", "，", " ")

// parseTime reads a moment or a day in Shanghai time: the usual spellings, Unix
// seconds and milliseconds, and the serial numbers of spreadsheets.
func parseTime(v string) (t time.Time, reason string) {
	if t, ok := plainTime(v); ok {
		return checkYear(t)
	}
	if reason := brokenCell(v); reason != "" {
		return time.Time{}, reason
	}
	if f, err := strconv.ParseFloat(v, 64); err == nil && !strings.ContainsAny(v, "eExXpP_") {
		if t, ok := numericTime(v, f); ok {
			return t, ""
		}
	}
	for _, s := range timeSpellings(v) {
		for _, layout := range timeLayouts {
			if t, err := time.ParseInLocation(layout, s, Shanghai); err == nil {
				return checkYear(chinaTime(t))
			}
		}
	}
	return time.Time{}, "not a time that can be read without guessing; want 2006-01-02 15:04:05"
}

// plainTime reads 2006-01-02 or 2006/1/2, alone or with 15:04 or 15:04:05: most
// of what exports hold, ten times as fast as by layouts.
func plainTime(v string) (t time.Time, ok bool) {
	var n [6]int
	separators := [6]string{"", "-/.", "-/.", " ", ":", ":"}
	i, k := 0, 0
	for ; k < 6 && i < len(v); k++ {
		if k > 0 {
			if strings.IndexByte(separators[k], v[i]) < 0 {
				return t, false
			}
			i++
		}
		from := i
		for i < len(v) && v[i] >= '0' && v[i] <= '9' && i-from < 4 {
			n[k] = 10*n[k] + int(v[i]-'0')
			i++
		}
		if digits := i - from; digits == 0 || k == 0 && digits != 4 || k > 0 && digits > 2 {
			return t, false
		}
	}
	if i < len(v) || k != 3 && k != 5 && k != 6 || n[3] > 23 || n[4] > 59 || n[5] > 59 {
		return t, false
	}
	t = time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, Shanghai)
	return t, t.Day() == n[2] && int(t.Month()) == n[1]
}

// chinaTime reads the zone name CST, which Go does not know, as China's.
func chinaTime(t time.Time) time.Time {
	if name, _ := t.Zone(); name == "CST" {
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), Shanghai)
	}
	return t.In(Shanghai)
}

// timeSpellings gives v as it is and with its separators made uniform.
func timeSpellings(v string) []string {
	if len(v) > 64 || !utf8.ValidString(v) {
		return nil
	}
	s := width.Narrow.String(v)
	pm := strings.Contains(s, "下午") || strings.Contains(s, "晚上")
	am := strings.Contains(s, "上午") || strings.Contains(s, "早上") || strings.Contains(s, "凌晨")
	u := uniformTime.Replace(s)
	for _, word := range []string{"下午", "晚上", "上午", "早上", "凌晨"} {
		u = strings.ReplaceAll(u, word, " ")
	}
	u = strings.TrimRight(strings.Join(strings.Fields(u), " "), ":- ")
	if pm {
		u += " PM"
	} else if am {
		u += " AM"
	}
	return []string{s, u}
}

// endOfTime is 2100-01-01 in Shanghai, in Unix seconds.
const endOfTime = 4102416000

// numericTime reads Unix time by its length and spreadsheet serials by their
// range, 1990 to 2100; "20260102" and the like are left to the layouts.
func numericTime(v string, f float64) (time.Time, bool) {
	whole, _, _ := strings.Cut(v, ".")
	switch {
	case len(whole) == 13 && f > 6e11 && f < 1000*endOfTime:
		return time.UnixMilli(int64(f)).In(Shanghai), true
	case len(whole) == 10 && f > 6e8 && f < endOfTime:
		return time.Unix(int64(f), 0).In(Shanghai), true
	case f >= 32874 && f < 73051: // 1990-01-01, 2100-01-01
		days := math.Floor(f)
		seconds := math.Round((f - days) * 86400)
		return time.Date(1899, 12, 30+int(days), 0, 0, int(seconds), 0, Shanghai), true
	}
	return time.Time{}, false
}

func checkYear(t time.Time) (time.Time, string) {
	if y := t.Year(); y < 1990 || y >= 2100 {
		return time.Time{}, fmt.Sprintf("year %d is outside 1990–2099", y)
	}
	return t, ""
}
