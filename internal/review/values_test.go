package review

import (
	"slices"
	"testing"
	"time"
)

// TestAliases checks the table of names: every field exists, no name is listed
// twice for a field, and a name that two fields share is meant to.
func TestAliases(t *testing.T) {
	shared := map[string]bool{"评价": true, "商品评分": true, "商品星级": true}
	owner := map[string]string{}
	for _, list := range []map[string][]string{aliases, aliasParts} {
		for name, names := range list {
			if fieldByName(name) == nil {
				t.Errorf("aliases of %q, which is no field", name)
			}
			for _, alias := range names {
				key := normalizeName(alias)
				if key == "" {
					t.Errorf("%s: alias %q is empty when normalised", name, alias)
				}
				if other, ok := owner[key]; ok && other != name && !shared[alias] {
					t.Errorf("alias %q means both %s and %s", alias, other, name)
				}
				owner[key] = name
			}
		}
	}
	for _, d := range disables {
		if fieldByName(d.field) == nil {
			t.Errorf("disables: %q is no field", d.field)
		}
	}
}

func TestParseStar(t *testing.T) {
	for in, want := range map[string]int{
		"5": 5, "5.0": 5, "5星": 5, "五星": 5, "1 星": 1, "５": 5, "★★★★★": 5, "★★☆☆☆": 2, "☆☆☆☆☆": 0, "⭐️⭐️": 2,
		"好评": 5, "中评": 3, "差评": 1, "good": 5, "Neutral": 3, "BAD": 1, "4分": 4, "3/5": 3, "star3": 3, "0": 0, "满意": 4,
		"五星好评": 5, "1颗星": 1, "5 stars": 5, "1星差评": 1, "默认好评": 5, "5星（非常满意）": 5, "好评(5星)": 5,
	} {
		if got, reason := parseStar(in); got != want || reason != "" {
			t.Errorf("parseStar(%q) = %d, %q; want %d", in, got, reason, want)
		}
	}
	for _, in := range []string{"6", "-1", "4.5", "NaN", "Inf", "很多", "", "50", "十星", "1e999", "好评(1星)", "(5星)"} {
		if got, reason := parseStar(in); got != 0 || reason == "" {
			t.Errorf("parseStar(%q) = %d, %q; want a reason", in, got, reason)
		}
	}
}

func TestParseID(t *testing.T) {
	tests := []struct {
		in, id string
		reason bool
	}{
		{"2200334455667788990", "2200334455667788990", false},
		{"9001.0", "9001", false},
		{"1.23457E+18", "", true},
		{"2.2003344556677888E18", "", true},
		{"1E+15", "", true},
		{"12E5", "12E5", false}, // a code, not a number
		{"220033445566778899.0", "", true},
		{"123456789012345000", "123456789012345000", true},
		{"1234567890120000", "1234567890120000", false}, // 16 digits end so by chance
		{"A-100", "A-100", false},
		{"１２３－４", "123-4", false},
		{"########", "", true},
	}
	for _, tt := range tests {
		if id, reason := parseID(tt.in); id != tt.id || (reason != "") != tt.reason {
			t.Errorf("parseID(%q) = %q, %q; want %q", tt.in, id, reason, tt.id)
		}
	}
}

func TestParseTime(t *testing.T) {
	want := time.Date(2026, 3, 1, 15, 4, 5, 0, Shanghai)
	for _, in := range []string{
		"2026-03-01 15:04:05", "2026/3/1 15:04:05", "2026.3.1 15:04:05", "2026年3月1日 15:04:05", "2026年3月1日15时4分5秒", "2026-3-1T15:04:05",
		"2026-03-01T07:04:05Z", "2026-03-01T15:04:05+08:00", "20260301150405", "1772348645", "1772348645000", "46082.62783564815",
		"2026/3/1 下午3:04:05", "Sun Mar 01 15:04:05 CST 2026", "2026-03-01 15:04:05 +0800", "２０２６-03-01　15:04:05",
	} {
		if got, reason := parseTime(in); !got.Equal(want) || got.Location() != Shanghai {
			t.Errorf("parseTime(%q) = %v, %q; want %v", in, got, reason, want)
		}
	}
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, Shanghai)
	for _, in := range []string{"2026-03-01", "20260301", "2026/03/01", "2026年03月01日", "46082", "Mar 1, 2026"} {
		if got, reason := parseTime(in); !got.Equal(day) {
			t.Errorf("parseTime(%q) = %v, %q; want %v", in, got, reason, day)
		}
	}
	for _, in := range []string{"昨天", "03/01/26", "3月1日", "2026-13-01", "2026-02-30", "1e300", "99999999999999999", "5", "0001-01-01", "########"} {
		if got, reason := parseTime(in); reason == "" {
			t.Errorf("parseTime(%q) = %v; want a reason", in, got)
		}
	}
}

func TestParseRelative(t *testing.T) {
	tests := []struct {
		in    string
		days  int
		basis Basis
		ok    bool
	}{
		{"收货后5天", 5, BasisReceipt, true},
		{"确认收货 12 天后追加", 12, BasisReceipt, true},
		{"5天后追评", 5, BasisReview, true},
		{"购买10天后", 10, BasisOrder, true},
		{"收货当天追加", 0, BasisReceipt, true},
		{"当天", 0, BasisReview, true},
		{"３天后", 3, BasisReview, true},
		{"收货后三天", 3, BasisReceipt, true},
		{"二十五天后追评", 25, BasisReview, true},
		{"下单后十天", 10, BasisOrder, true},
		{"三十天后", 30, BasisReview, true},
		{"三五天后", 0, "", false},
		{"十十天后", 0, "", false},
		{"半个月后", 0, "", false},
		{"5", 0, "", false},
	}
	for _, tt := range tests {
		if days, basis, ok := parseRelative(tt.in); days != tt.days || basis != tt.basis || ok != tt.ok {
			t.Errorf("parseRelative(%q) = %d, %q, %v; want %d, %q, %v", tt.in, days, basis, ok, tt.days, tt.basis, tt.ok)
		}
	}
}

func TestParseCourierInfo(t *testing.T) {
	for in, want := range map[string][2]string{
		"YT1-圆通速递":          {"YT1", "圆通速递"},
		"YT1-圆通速递;YT2-圆通速递": {"YT1;YT2", "圆通速递"},
		"YT1-圆通；ZT2-中通":     {"YT1;ZT2", "圆通;中通"},
		"顺丰":                {"", "顺丰"},
		"SF1":               {"SF1", ""},
	} {
		if number, name := parseCourierInfo(in); [2]string{number, name} != want {
			t.Errorf("parseCourierInfo(%q) = %q, %q; want %q", in, number, name, want)
		}
	}
}

func TestCleanCell(t *testing.T) {
	tests := []struct {
		in, text, other string
	}{
		{"\t9001", "9001", "9001"},
		{`="123"`, "123", "123"},
		{`="a""b"`, `a"b`, `a"b`},
		{"'9001", "'9001", "9001"},
		{"无", "", ""}, {" - ", "", ""}, {"NULL", "", ""}, {"空", "", ""}, {"N/A", "", ""},
		{"无语", "无语", "无语"},
		{"  好 ", "  好 ", "好"},
		{" \t ", "", ""},
		{`="`, `="`, `="`},
		{"\ufeff好", "好", "好"},
	}
	for _, tt := range tests {
		if got := cleanCell(tt.in, true); got != tt.text {
			t.Errorf("cleanCell(%q, text) = %q, want %q", tt.in, got, tt.text)
		}
		if got := cleanCell(tt.in, false); got != tt.other {
			t.Errorf("cleanCell(%q) = %q, want %q", tt.in, got, tt.other)
		}
	}
}

// TestSplitAgree checks that both splitters agree where no quote is in play.
func TestSplitAgree(t *testing.T) {
	for _, s := range []string{"", "a", "a,b", ",", ",,", " a , b ", "很好,5,"} {
		a := splitQuoted(s, ',', nil, 99)
		b := splitLiteral(s, ',', nil, 99)
		if !slices.Equal(a, b) {
			t.Errorf("splitQuoted(%q) = %q, splitLiteral = %q", s, a, b)
		}
	}
}
