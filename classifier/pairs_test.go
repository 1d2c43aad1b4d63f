package classifier_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chaping/classifier"
	"chaping/lexicon"
)

// pairsClassifier has the industry of testdata/lexicon besides the built-in ones.
func pairsClassifier(t testing.TB) *classifier.Classifier {
	t.Helper()
	lex, err := lexicon.Load(os.DirFS("testdata/lexicon"))
	if err != nil {
		t.Fatal(err)
	}
	return classifier.New(lex)
}

// TestMinimalPairs holds what each stage is able to do: texts that differ in
// little and mean the opposite. want lists the labels without "test.", and
// behind a slash the reasons of the hits that do not count.
func TestMinimalPairs(t *testing.T) {
	c := pairsClassifier(t)
	for _, tt := range []struct{ capability, text, want string }{
		{"negated problem", "洗了以后褪色", "fade"},
		{"negated problem", "洗了以后没褪色", "/negated"},
		{"negated problem", "洗了以后没有出现褪色", "/negated"},
		{"negated problem", "没有任何色差", "/negated"},
		{"negated problem", "一点都不褪色", "/negated"},
		{"negated problem", "不是很酸", "/negated"},
		{"negated problem", "零色差", "/negated"},
		{"suffix negation", "色差几乎没有", "/negated"},
		{"suffix negation", "褪色的情况也没有。", "/negated"},
		{"suffix negation", "色差没有人管", "fade"},
		{"suffix negation", "褪色的一个都没有", "/negated"},
		{"suffix negation", "色差不大", "/negated"},
		{"coordination", "没有褪色和卡顿", "/negated/negated"},
		{"coordination", "没有褪色，卡顿", "lag/negated"},
		{"lists", "太小、好吃", "size"},
		{"white space ends a clause", "看了色 差不多", ""},
		{"kept under negation", "不难吃才怪", "taste"},
		{"kept under negation", "不是假货是什么", "fake"},
		{"negated praise", "好吃", ""},
		{"negated praise", "不好吃", "taste"},
		{"negated praise", "不太新鲜", "taste"},
		{"negated praise", "没有想象的那么甜", "taste"},
		{"negated praise", "没有超市卖的好吃", "taste"},
		{"negated praise", "一点也不甜", "taste"},
		{"double negation", "没有不褪色的", "fade"},
		{"double negation", "没有不新鲜的", ""},
		{"pseudo-negation", "没想到褪色", "fade"},
		{"pseudo-negation", "不仅褪色，还难闻", "fade"},
		{"pseudo-negation", "没几天就褪色", "fade"},
		{"pseudo-negation", "一个月不到褪色", "fade"},
		{"pseudo-negation", "可怕的褪色", "fade"},
		{"negator after a conjunction", "不错，但是不是褪色", "/negated"},
		{"pseudo-negation", "无语，褪色", "fade"},
		{"pseudo-negation", "真是无语太酸了", "taste"},
		{"question", "请问这个会褪色吗", "/question"},
		{"question", "会不会褪色？", "/question"},
		{"question", "怎么这么酸？", "taste"},
		{"condition", "要是褪色就退", "/condition"},
		{"condition", "褪色就是褪色", "fade"},
		{"worry", "担心褪色", "/worry"},
		{"worry", "担心的是孩子，褪色", "fade"},
		{"past", "上次买的褪色", "/past"},
		{"past", "上次很好，这次褪色", "fade"},
		{"past", "上次很好这次褪色", "fade"},
		{"other goods", "别家的褪色", "/other"},
		{"hearsay", "看评论说褪色", "/hearsay"},
		{"hearsay", "看评论说很好，结果褪色", "fade"},
		{"comparison", "比超市的难吃", "taste"},
		{"comparison", "比别家的甜", ""},
		{"comparison", "不像别家那样褪色", "/unlike"},
		{"mixed", "物流快，就是太酸", "taste"},
		{"mixed", "好吃但是太酸", "taste"},
		{"inside a longer word", "酸奶味道很酸", "taste"},
		{"inside a longer word", "好酸奶", "/excluded"},
		{"inside a longer word", "哈曼卡顿音响", "/in_word"},
		{"inside a longer word", "用着卡顿", "lag"},
		{"inside a longer word", "变形金刚玩具", "/in_word"},
		{"inside a longer word", "用久了变形", "lag"},
		{"unless", "加了醋就太酸", "/unless"},
		{"template", "难吃的我绝对不会复制粘贴", "/copied"},
		{"template", "这是复制粘贴的好评。就是太酸", "taste"},
		{"sarcasm with fixed forms", "真是“新鲜”", "taste"},
		{"sarcasm with fixed forms", "真是新鲜", ""},
		{"minimiser", "有点酸", "taste"},
		{"minimiser", "一点点色差", "fade"},
		{"reported speech", "客服说不褪色，结果褪色厉害", "fade/negated"},
		{"noise: traditional", "這個褪色", "fade"},
		{"noise: full width and spaces", "太 酸 了", "taste"},
		{"noise: repeated", "太太太酸了", "taste"},
		{"noise: emoji inside", "太😭酸了", "taste"},
		{"noise: emoji between clauses", "没有😊褪色严重", "fade"},
		{"noise: entities", "不错&hellip;褪色", "fade"},
		{"贵 policy", "太贵", ""},
		{"far apart in a clause", "味道吃起来比较酸", "taste"},
		{"far apart in a clause", "味道，吃起来酸", ""},
		{"far apart in a clause", "味道和我之前在超市里面买的那种酸", ""},
		{"resolved contrast", "以为会太酸，结果很甜", "/worry"},
		{"resolved contrast", "以为会很甜，结果太酸", "taste"},
		{"anchors", "太小了", "size"},
		{"anchors", "房间太小了", ""},
		{"numbers", "三十块刚拍就降到了19.9", "size"},
		{"numbers", "块刚拍就降到了19.9", ""},
		{"numbers", "我说十二斤", "size"},
		{"numbers", "我说斤", ""},
		{"across clauses", "说好的赠品，结果没有", "size"},
		{"across clauses", "说好的赠品都送来了，客服也很好，没有", ""},
		{"weak nearby", "不行，褪色", "fade/weak"},
		{"weak nearby", "不行，物流快，褪色", "fade weak"},
		{"weak", "质量差", "weak"},
		{"weak", "质量差，褪色", "fade/weak"},
		{"fallback", "破烂货", "general.dissatisfied"},
		{"fallback", "破烂货，褪色", "fade/weak"},
		{"fallback", "破烂货，我昨天刚刚收到就想说几句，等了这么多天", "/too_long"},
	} {
		t.Run(tt.capability+"/"+tt.text, func(t *testing.T) {
			r, err := c.Classify("pairs", tt.text)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.ReplaceAll(strings.Join(r.Labels, " "), "test.", "")
			for _, s := range r.Suppressed {
				got += "/" + string(s.Reason)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Classify(%q) mismatch (-want +got):\n%s\n%+v", tt.text, diff, r)
			}
		})
	}
}

func TestTemplates(t *testing.T) {
	c := pairsClassifier(t)
	for _, tt := range []struct {
		text string
		want bool
	}{
		{"复制粘贴的好评", true},
		{"这是复制粘贴的好评。就是太酸", false},
		{"难吃的我绝对不会复制粘贴", true},
		{"很好吃，凑字数凑字数", true},
		{"太酸了，凑字数凑字数", false},
		{"好评好评，非常满意！", true},
		{"。。。。", true},
		{"很好，苹果脆甜", false},
		{"", false},
		{"系统默认好评！", true},
		{"脆甜多汁脆甜多汁脆甜多汁脆甜多汁", true},
		{"太酸太酸太酸太酸太酸太酸", false},
		{"苹果脆甜，梨也脆甜，都很好", false},
	} {
		r, err := c.Classify("pairs", tt.text)
		if err != nil {
			t.Fatal(err)
		}
		if r.Template != tt.want {
			t.Errorf("Classify(%q).Template = %t, want %t: %+v", tt.text, r.Template, tt.want, r)
		}
	}
}

// TestOffsets checks that evidence is cut from the original text.
func TestOffsets(t *testing.T) {
	c := pairsClassifier(t)
	for _, text := range []string{"太酸", "真的太太太酸了😭", "Ａ＆Ｂ 太 酸", "\xff\xfe褪色", "這個褪😭色嗎？掉色", "&quot;太酸&quot;"} {
		r, err := c.Classify("pairs", text)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Hits) == 0 {
			t.Errorf("Classify(%q) has no hit", text)
		}
		for _, h := range r.Hits {
			if got := string([]rune(text)[h.Start:h.End]); got != strings.ToValidUTF8(h.Text, "\uFFFD") {
				t.Errorf("Classify(%q): runes [%d,%d) are %q, hit says %q", text, h.Start, h.End, got, h.Text)
			}
		}
	}
}
