package lexicon_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"chaping/lexicon"
)

func TestNormalize(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing to do", "太酸了", "太酸了"},
		{"empty", "", ""},
		{"full width", "ＡＢＣ１２３，。！？", "abc123,。!?"},
		{"upper case", "iPhone Plus", "iphoneplus"},
		{"traditional", "這個東西質量很爛", "这个东西质量很烂"},
		{"repeated three times", "太太太酸", "太酸"},
		{"repeated more often", "差差差差差!!!!!", "差!"},
		{"doubled words stay", "妈妈刚刚天天", "妈妈刚刚天天"},
		{"digits stay", "1000个", "1000个"},
		{"spaces inside words", "太 酸\t了", "太酸了"},
		{"ideographic space", "太　酸", "太酸"},
		{"emoji", "太😭酸👍🏻了❤️", "太酸了"},
		{"zero width", "太\u200b酸\ufeff", "太酸"},
		{"entity", "不错&hellip;酸&nbsp;奶&amp;糖", "不错…酸奶&糖"},
		{"no entity", "A&B; &酸;", "a&b;&酸;"},
		{"invalid bytes", "太\xff\xfe酸", "太酸"},
		{"compatibility", "㎏①㈱", "kg1(株)"},
		{"quotes", "“新鲜”‘新’「鲜」", `"新鲜"'新'"鲜"`},
		{"new line", "好\r\n酸", "好\r\n酸"},
		{"only noise", " 😭\u200b ", ""},
	} {
		if got := string(lexicon.Normalize(tt.in).Runes); got != tt.want {
			t.Errorf("%s: Normalize(%q) = %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

func TestNormalizeBreaks(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"质量差 物流慢", "质量差|物流慢"},
		{"没 褪 色", "没褪色"},
		{"质量差😭物流慢", "质量差|物流慢"},
		{"质量 差 物流慢", "质量差物流慢"},
		{"质量差， 物流慢", "质量差,物流慢"},
		{" 质量差 ", "质量差"},
	} {
		text := lexicon.Normalize(tt.in)
		var b strings.Builder
		for i, r := range text.Runes {
			if text.Breaks[i] {
				b.WriteByte('|')
			}
			b.WriteRune(r)
		}
		if b.String() != tt.want {
			t.Errorf("Normalize(%q) has breaks %q, want %q", tt.in, b.String(), tt.want)
		}
	}
}

// FuzzNormalize checks that every rune leads back into the original, in order.
func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{"", "太酸了", "太太太酸", "ＡＢＣ １２３", "這個😭", "&hellip;&amp;&#x30;", "\xff\xfe", "㎏\u200b①", strings.Repeat("差", 1000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := lexicon.Normalize(s)
		if len(text.Spans) != len(text.Runes) || len(text.Breaks) != len(text.Runes) {
			t.Fatalf("Normalize(%q): %d runes, %d spans, %d breaks", s, len(text.Runes), len(text.Spans), len(text.Breaks))
		}
		total := int32(utf8.RuneCountInString(s))
		last := int32(0)
		for i, sp := range text.Spans {
			if sp.Start < last && i > 0 && sp != text.Spans[i-1] || sp.End <= sp.Start || sp.End > total {
				t.Fatalf("Normalize(%q): span %d is %v after %d of %d", s, i, sp, last, total)
			}
			last = sp.End
		}
	})
}

func TestNormalizeRune(t *testing.T) {
	for from, to := range map[rune]rune{'壞': '坏', '坏': '坏', 'Ａ': 'a', 'A': 'a', '，': ',', '㎏': '㎏', '😀': '😀', '\u200b': '\u200b', '　': '　'} {
		if got := lexicon.NormalizeRune(from); got != to {
			t.Errorf("NormalizeRune(%q) = %q, want %q", from, got, to)
		}
	}
}
