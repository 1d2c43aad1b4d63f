package lexicon

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParsePattern(t *testing.T) {
	named := sets{named: map[string]choice{"bad": {{{"差", literal{}}}, {{"烂", literal{}}}}}}
	for _, tt := range []struct{ source, want, err string }{
		{source: "太酸", want: "太酸"},
		{source: " 太 酸 ", want: "太酸"},
		{source: "尺[码寸]", want: "尺 寸|码"},
		{source: "{很|太}酸", want: "|太|很 酸"},
		{source: "(很|太)酸", want: "太|很 酸"},
		{source: "质量<bad>", want: "质量 差|烂"},
		{source: "(质量|做工{太}<bad>)", want: "做工太差|做工太烂|做工差|做工烂|质量"},
		{source: "^质量…差$", want: "^ 质量 … 差 $"},
		{source: "ＡＢ太太太", want: "ab太"},
		{source: "#块", want: "# 块"},
		{source: "质量<none>", err: "unknown set <none>"},
		{source: "(质量", err: "'(' is never closed by ')'"},
		{source: "质量)", err: "')' closes nothing"},
		{source: "(质量]", err: "']' closes '('"},
		{source: "质[量", err: "'[' is never closed by ']'"},
		{source: "质[]量", err: "[] names no character"},
		{source: "质$量", err: "'$' may stand only"},
		{source: "{质量}", err: "part 1 of the pattern may be empty"},
		{source: "质量…", err: "part 2 of the pattern may be empty"},
		{source: "(#|一些){块}", err: "a number may stand for everything"},
		{source: "", err: "part 1 of the pattern may be empty"},
		{source: "(" + strings.Repeat("[一二三四五六七八九十]", 9) + ")", err: "stands for more than 20000 strings"},
	} {
		p, err := parsePattern(tt.source, named)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("parsePattern(%q) error %v, want %q", tt.source, err, tt.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("parsePattern(%q): %v", tt.source, err)
			continue
		}
		var got []string
		if p.AtStart {
			got = append(got, "^")
		}
		for i, part := range p.Parts {
			if i > 0 {
				got = append(got, "…")
			}
			for _, e := range part {
				got = append(got, strings.Join(e.Strings(), "|"))
			}
		}
		if p.AtEnd {
			got = append(got, "$")
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("parsePattern(%q) mismatch (-want +got):\n%s", tt.source, diff)
		}
	}
}

// FuzzPattern checks that what is accepted stands for a bounded number of
// strings, none of them empty.
func FuzzPattern(f *testing.F) {
	for _, seed := range []string{"太酸", "尺[码寸]{有点|偏|太}[小大]", "^(质量|做工)…<bad>$", "((a|b)|{c})", "[", "{|}", "…", "<bad", "a|b"} {
		f.Add(seed)
	}
	named := sets{named: map[string]choice{"bad": {{{"差", literal{}}}, {{"烂", literal{}}}}}}
	f.Fuzz(func(t *testing.T, source string) {
		p, err := parsePattern(source, named)
		if err != nil {
			return
		}
		if len(p.Parts) == 0 {
			t.Errorf("parsePattern(%q) has no part", source)
		}
		for _, part := range p.Parts {
			empty := true
			for _, e := range part {
				all := e.expand(nil)
				if len(all) == 0 || len(all) > MaxExpansion {
					t.Errorf("parsePattern(%q): element %q stands for %d strings", source, e.Key, len(all))
				}
				empty = empty && slices.Contains(all, "")
			}
			if empty {
				t.Errorf("parsePattern(%q): a part may be empty", source)
			}
		}
	})
}
