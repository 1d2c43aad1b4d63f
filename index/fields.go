package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"chaping/internal/names"
)

// fieldKind says how the values of a field are compared.
type fieldKind int

const (
	kindExact fieldKind = iota // a whole value, or a prefix ending in *
	kindNumber
	kindTime
	kindBool
	kindQueue // a ready query
	kindText  // words or a phrase in one of the two texts
)

// fieldsOf are the fields that a query may name.
var fieldsOf = []struct {
	name string
	kind fieldKind
}{
	{"category", kindExact}, {"rule", kindExact}, {"owner", kindExact}, {"industry", kindExact}, {"product", kindExact}, {"sku", kindExact},
	{"courier", kindExact}, {"province", kindExact}, {"region", kindExact}, {"city", kindExact}, {"month", kindExact}, {"id", kindExact}, {"appeal", kindExact}, {"doubt", kindExact},
	{"star", kindNumber}, {"score_d", kindNumber}, {"score_s", kindNumber}, {"score_l", kindNumber},
	{"time", kindTime}, {"template", kindBool}, {"problem", kindBool}, {"corrected", kindBool}, {"turned", kindBool}, {"queue", kindQueue},
	{"text", kindText}, {"follow_up", kindText},
}

// FieldNames lists the fields that a query may name.
func FieldNames() []string {
	var names []string
	for _, f := range fieldsOf {
		names = append(names, f.name)
	}
	return names
}

// kindOf is the kind of a field that a query may name.
func kindOf(name string) fieldKind { return fieldsOf[slices.Index(FieldNames(), name)].kind }

// chineseNames are other names of fields.
var chineseNames = map[string]string{
	"问题": "category", "分类": "category", "规则": "rule", "部门": "owner", "责任部门": "owner", "行业": "industry", "商品": "product", "规格": "sku", "快递": "courier",
	"省份": "province", "省": "province", "大区": "region", "城市": "city", "月份": "month", "编号": "id", "星级": "star", "星": "star", "时间": "time", "日期": "time",
	"模板": "template", "申诉": "appeal", "存疑": "doubt", "队列": "queue", "描述": "score_d", "服务": "score_s", "物流": "score_l", "有问题": "problem", "已复核": "corrected", "周": "time",
	"评价": "text", "追评": "follow_up", "产品": "product", "品类": "category",
}

// chineseFieldNames lists the other names, sorted.
func chineseFieldNames() []string { return slices.Sorted(maps.Keys(chineseNames)) }

// chineseQueues are the Chinese names of [Queues].
var chineseQueues = map[string]string{
	"五星有问题": "hidden", "一星没问题": "wrong-star", "未归类差评": "unmapped", "可申诉": "appeal", "追评变差": "turned", "存疑": "uncertain",
}

// fieldNamed is the field that a name stands for, empty for none.
func fieldNamed(name string) string {
	name = fold(name)
	if slices.Contains(FieldNames(), name) {
		return name
	}
	return chineseNames[name]
}

// FacetNamed is the field that values can be counted of by a name, English or
// Chinese.
func FacetNamed(name string) (string, error) {
	if field := fieldNamed(strings.TrimSpace(name)); slices.Contains(facetFields, field) {
		return field, nil
	}
	return "", fmt.Errorf("no facet is called %q: known are %s", name, strings.Join(facetFields, ", "))
}

// Queues are ready queries, by name.
var Queues = map[string]string{
	"hidden":     "star:5 problem:true",                   // five stars with a problem
	"wrong-star": "star:1 problem:false",                  // one star without one
	"unmapped":   "star:<=2 problem:false -template:true", // negative, and no category fits
	"appeal":     "appeal:*",                              // may be appealed with the platform
	"turned":     "star:>=4 turned:true",                  // good at first, bad in the follow-up
	"uncertain":  "doubt:*",                               // labels that are wrong more often; sort by doubt
}

// zone is that of all times.
var zone = time.FixedZone("Asia/Shanghai", 8*60*60)

// build makes the finder of what a query says.
func (n *node) build() (finder, error) {
	switch {
	case n == nil:
		return everything, nil
	case n.and != nil:
		// what reads texts comes last, for the fewest
		list, err := buildAll(slices.SortedStableFunc(slices.Values(n.and), func(a, b *node) int { return cmp.Compare(a.cost(), b.cost()) }))
		return all(list), err
	case n.or != nil:
		list, err := buildAll(n.or)
		return either(list), err
	case n.not != nil:
		f, err := n.not.build()
		return not(f), err
	case n.field != "":
		return n.condition()
	}
	return substring(n.text), nil
}

func buildAll(list []*node) ([]finder, error) {
	var out []finder
	for _, n := range list {
		f, err := n.build()
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// cost is how many characters a query looks for in texts.
func (n *node) cost() int {
	if n.not != nil {
		return n.not.cost()
	}
	sum := utf8.RuneCountInString(n.text)
	for _, c := range slices.Concat(n.and, n.or) {
		sum += c.cost()
	}
	return sum
}

// condition makes the finder of field:value.
func (n *node) condition() (finder, error) {
	switch kindOf(n.field) {
	case kindQueue:
		ready, ok := Queues[cmp.Or(chineseQueues[n.value], n.value)]
		if !ok {
			return nil, wrong(n.at, "no queue is called %[1]q: known are %[2]s", "没有“%[1]s”这个队列，可用：%[3]s", n.value, strings.Join(queueNames(), ", "), strings.Join(slices.Sorted(maps.Keys(chineseQueues)), "、"))
		}
		q, err := parse(ready)
		if err != nil {
			return nil, err
		}
		return q.build()
	case kindBool:
		switch n.value {
		case "是":
			n.value = "true"
		case "否":
			n.value = "false"
		}
		if n.value != "true" && n.value != "false" {
			return nil, wrong(n.at, "%s:%s: write true or false", "%s:%s 有误，请写 是 或 否", n.field, n.value)
		}
		return term(n.field, n.value), nil
	case kindNumber:
		if n.value == "*" {
			n.value = ">=0"
		}
		low, high, err := interval(n.value, func(s string, _ bool) (float64, error) { return strconv.ParseFloat(s, 64) })
		if err != nil || low != nil && math.IsNaN(*low) || high != nil && math.IsNaN(*high) {
			return nil, wrong(n.at, "%s:%s: write a number, <=2, >3 or 2..4", "%s:%s 有误，请写数字，如 5、<=2 或 2..4", n.field, n.value)
		}
		if low != nil && math.Ceil(*low) > 5 || high != nil && math.Floor(*high) < 1 || empty(low, high) {
			return nil, wrong(n.at, "%s:%s can hold of no review: ratings are whole numbers from 1 to 5, the smaller first", "%s:%s 不可能成立，评分是 1 到 5 的整数，小的写在前面", n.field, n.value)
		}
		return within(n.field, low, high, func(v float64) string { return strconv.Itoa(int(min(max(v, 0), 9))) }), nil
	case kindTime:
		if n.value == "*" {
			n.value = ">=1970-01-01"
		}
		low, high, err := interval(n.value, moment)
		if err != nil {
			return nil, wrong(n.at, "%s:%s: write a month, week or day, such as 2026-05, 2026-W22, >=2026-05-03 or 2026-05..2026-06", "%s:%s 有误，请写月、周或日，如 2026-05、2026-W22、>=2026-05-03 或 2026-05..2026-06", n.field, n.value)
		}
		if empty(low, high) {
			return nil, wrong(n.at, "%s:%s ends before it begins", "%s:%s 的结束早于开始", n.field, n.value)
		}
		return within("day", low, high, func(v float64) string { return time.Unix(int64(v), 0).In(zone).Format(time.DateOnly) }), nil
	case kindText:
		return inside(n.field == "follow_up", n.text), nil
	}
	field := n.field
	switch n.field { // as exports and people write them
	case "category":
		if r, _ := utf8.DecodeRuneInString(n.value); r >= utf8.RuneSelf {
			field = "title"
		}
	case "courier":
		n.value = names.Courier(n.value)
	case "province":
		n.value = cmp.Or(names.Province(n.value), n.value)
	case "city": // as review.Record.Canonical has it
		if short := strings.TrimSuffix(n.value, "市"); utf8.RuneCountInString(short) > 1 {
			n.value = short
		}
	}
	if begin, ok := strings.CutSuffix(n.value, "*"); ok && !n.whole {
		return prefix(field, begin), nil
	}
	return term(field, n.value), nil
}

// absent lists the conditions of a query, but for negated ones, that hold of no review.
func (v *view) absent(ctx context.Context, n *node) (out []string, err error) {
	if n == nil {
		return nil, nil
	}
	for _, c := range slices.Concat(n.and, n.or) {
		more, err := v.absent(ctx, c)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	if n.field == "" {
		return out, nil
	}
	f, err := n.condition()
	if err != nil {
		return nil, err
	}
	sets, err := v.find(ctx, f)
	if err == nil && total(sets) == 0 {
		out = append(out, n.field+":"+n.value)
	}
	return out, err
}

func queueNames() []string {
	names := []string{}
	for name := range Queues {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// empty reports whether no whole number is in an interval, both ends inclusive.
func empty(low, high *float64) bool {
	return low != nil && high != nil && math.Ceil(*low) > math.Floor(*high)
}

// within needs a term of an interval, both ends inclusive, whose order is that of
// the values they are made of; nil is open.
func within(field string, low, high *float64, term func(float64) string) finder {
	var from, to []byte
	if low != nil {
		from = []byte(term(math.Ceil(*low)))
	}
	if high != nil {
		to = append([]byte(term(math.Floor(*high))), 0) // the least beyond
	}
	return between(field, from, to)
}

// interval reads 2, <=2, <2, >=2, >2 and 2..4; parse reads one end, the first or
// the last moment of what is named.
func interval(s string, parse func(s string, last bool) (float64, error)) (low, high *float64, err error) {
	const half = 0.5 // all numbers are whole
	read := func(s string, last bool, shift float64) *float64 {
		v, e := parse(s, last)
		if e != nil {
			err = e
		}
		v += shift
		return &v
	}
	if from, to, ok := strings.Cut(s, ".."); ok {
		if from != "" {
			low = read(from, false, 0)
		}
		if to != "" {
			high = read(to, true, 0)
		}
		if from == "" && to == "" {
			err = strconv.ErrSyntax
		}
		return low, high, err
	}
	switch {
	case strings.HasPrefix(s, "<="):
		high = read(s[2:], true, 0)
	case strings.HasPrefix(s, ">="):
		low = read(s[2:], false, 0)
	case strings.HasPrefix(s, "<"):
		high = read(s[1:], false, -half)
	case strings.HasPrefix(s, ">"):
		low = read(s[1:], true, half)
	default:
		low, high = read(s, false, 0), read(s, true, 0)
	}
	return low, high, err
}

// moment is the first or last second of a month, ISO week or day, as seconds since 1970.
func moment(s string, last bool) (float64, error) {
	if t, err := time.ParseInLocation(time.DateOnly, s, zone); err == nil {
		if last {
			t = t.AddDate(0, 0, 1).Add(-time.Second)
		}
		return float64(t.Unix()), nil
	}
	if y, w, ok := strings.Cut(s, "-W"); ok {
		return week(y, w, last)
	}
	t, err := time.ParseInLocation("2006-01", s, zone)
	if err == nil && last {
		t = t.AddDate(0, 1, 0).Add(-time.Second)
	}
	return float64(t.Unix()), err
}

// week is the first or last second of an ISO week.
func week(year, number string, last bool) (float64, error) {
	y, err := strconv.Atoi(year)
	w, err2 := strconv.Atoi(number)
	if err = errors.Join(err, err2); err != nil {
		return 0, err
	}
	t := time.Date(y, 1, 4, 0, 0, 0, 0, zone) // always in week 1
	t = t.AddDate(0, 0, 7*(w-1)-(int(t.Weekday())+6)%7)
	if gotYear, got := t.ISOWeek(); gotYear != y || got != w {
		return 0, strconv.ErrRange
	}
	if last {
		t = t.AddDate(0, 0, 7).Add(-time.Second)
	}
	return float64(t.Unix()), nil
}
