package proposal_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"chaping/classifier"
	"chaping/index"
	"chaping/internal/correction"
	"chaping/internal/dataset"
	"chaping/internal/eval"
	"chaping/internal/pipeline"
	"chaping/internal/proposal"
	"chaping/internal/review"
	"chaping/lexicon"
)

// own are the rules of a shop, some of which are too short.
var own = fstest.MapFS{"shop.yaml": {Data: []byte(`
schema: 1
industry: shop
title: {zh: 店, en: Shop}
categories:
- {id: product.taste, zh: 商品-口感, en: Taste, dimension: D, owner: 产品部}
- {id: product.size, zh: 商品-尺寸, en: Size, dimension: D, owner: 产品部}
- {id: service.returns, zh: 服务-退货, en: Returns, dimension: S, owner: 客服部}
rules:
- {id: shop.taste.odd, category: product.taste, any: [怪], match: [怪], no_match: [甜]}
- {id: shop.taste.odd_twice, category: product.taste, any: [怪味], match: [怪味], no_match: [甜]}
- {id: shop.taste.bland, category: product.taste, any: [(味道|口感)…淡], match: [味道淡], no_match: [甜]}
- {id: shop.size.small, category: product.size, any: [矮], match: [矮], no_match: [大]}
- {id: shop.returns.back, category: service.returns, any: [退货], negation: keep, match: [退货], no_match: [好]}
- {id: shop.packaging.torn, category: product.packaging, any: [(箱子|袋子)…烂], match: [箱子烂], no_match: [好]}
`)}}

func load(overlays ...fs.FS) (*classifier.Classifier, error) {
	lex, err := lexicon.Load(slices.Concat([]fs.FS{own}, overlays)...)
	if err != nil {
		return nil, err
	}
	return classifier.New(lex), nil
}

// judged is a review with what a person says of it: labels that are right, and words that show it.
type judged struct {
	text, right, words string
}

// find runs a Finder over reviews that people judged and others that they did not.
func find(t *testing.T, list []judged, others []string, gold []eval.Gold) *proposal.Report {
	t.Helper()
	cls, err := load()
	if err != nil {
		t.Fatal(err)
	}
	var reviews []*dataset.Review
	f := proposal.Finder{Load: load, Split: index.Words, Industry: "shop"}
	for i := range len(list) + len(others) {
		rec := &review.Record{}
		if i < len(list) {
			rec.Text = list[i].text
		} else {
			rec.Text = others[i-len(list)]
		}
		a, err := pipeline.Annotate(cls, "shop", rec)
		if err != nil {
			t.Fatal(err)
		}
		r := &dataset.Review{Key: fmt.Sprint(i), Annotation: a}
		reviews = append(reviews, r)
		if i >= len(list) {
			continue
		}
		act := func(action correction.Action, category, words string) {
			c := correction.Correction{Key: r.Key, Action: action, Category: category, Words: words}
			r.Describe(&c)
			r.Apply(c)
		}
		want := strings.Fields(list[i].right)
		for _, id := range slices.Clone(r.Labels) {
			if !slices.Contains(want, id) {
				act(correction.Remove, id, "")
			}
		}
		for _, id := range want {
			if !slices.Contains(r.Labels, id) {
				act(correction.Add, id, list[i].words)
			}
		}
		act(correction.Accept, "", "")
		c, ok := proposal.CaseOf(r, "shop")
		if !ok {
			t.Fatalf("no case of %q", rec.Text)
		}
		f.Cases = append(f.Cases, c)
	}
	for _, g := range gold {
		f.Cases = append(f.Cases, proposal.CaseOfGold(g))
	}
	f.Reviews = func(see func(*dataset.Review) error) error {
		for _, r := range reviews {
			if err := see(r); err != nil {
				return err
			}
		}
		return nil
	}
	report, err := f.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// summary lists proposals.
func summary(r *proposal.Report) string {
	var out []string
	for _, p := range r.Proposals {
		out = append(out, fmt.Sprintf("%s %s +%d-%d", p.Kind, p.Phrase, p.Fixed, p.Broken))
	}
	return strings.Join(out, ", ")
}

func TestKinds(t *testing.T) {
	for _, tc := range []struct {
		name   string
		list   []judged
		others []string
		want   string
		yaml   string // part of the overlay
	}{
		{
			name: "an exclusion, of all rules that find the same",
			list: []judged{{"送的怪味豆很香", "", ""}, {"有怪味豆吃", "", ""}, {"味道很怪", "product.taste", ""}, {"有怪味", "product.taste", ""}},
			want: "exclude 怪味豆 +2-0", yaml: "- id: shop.taste.odd_twice\n  extend: true\n  not: [怪味豆]\n  no_match: [怪味豆]\n# exclude 怪味豆: fixes 2, breaks 0\n- id: shop.taste.odd\n  extend: true\n  not: [怪味豆]\n",
		},
		{
			name: "an exclusion from one review that others confirm",
			list: []judged{{"矮脚猫很喜欢", "", ""}, {"个头太矮", "product.size", ""}}, others: []string{"给矮脚猫买的", "很好"},
			want: "exclude 矮脚 +1-0", yaml: "not: [矮脚]",
		},
		{
			name: "no proposal from one review that stands alone",
			list: []judged{{"矮脚猫很喜欢", "", ""}, {"个头太矮", "product.size", ""}}, others: []string{"很好"},
		},
		{
			name: "no exclusion of what was accepted",
			list: []judged{{"矮脚猫", "", ""}, {"矮脚猫", "", ""}, {"矮脚猫", "product.size", ""}},
		},
		{
			name: "longer phrases in the place of a short one",
			list: []judged{
				{"矮凳上用", "", ""}, {"高矮合适", "", ""}, {"矮柜里放", "", ""}, {"个头矮", "product.size", ""}, {"个头矮", "product.size", ""}, {"尺码矮", "product.size", ""}, {"尺码矮", "product.size", ""},
			},
			want: "lengthen 矮 +3-0", yaml: "  any: [个头矮, 尺码矮]\n  without: [矮]\n",
		},
		{
			name: "another negation policy",
			list: []judged{{"没有退货", "", ""}, {"没退货就好", "", ""}, {"我要退货", "service.returns", ""}},
			want: "negation drop +2-0", yaml: "- id: shop.returns.back\n  extend: true\n  negation: drop\n",
		},
		{
			name: "a cue that a rule should pass over",
			list: []judged{{"上次买的味道淡", "product.taste", ""}, {"上次买的口感淡", "product.taste", ""}},
			want: "ignore past +2-0", yaml: "ignore: [past]",
		},
		{
			name: "an aspect with an opinion of another rule",
			list: []judged{{"味道很烂", "product.taste", ""}, {"这个味道真烂", "product.taste", ""}, {"口感很好", "", ""}},
			want: "combine 味道…烂 +4-0", yaml: "- id: shop.taste.bland\n  extend: true\n  any: [味道…烂]\n",
		},
		{
			name: "a phrase that three reviews share",
			list: []judged{{"吃起来像泡沫一样", "product.taste", ""}, {"口里像泡沫一样的", "product.taste", ""}, {"果肉像泡沫一样", "product.taste", ""}, {"果肉很好", "", ""}},
			want: "phrase 像泡沫一样 +3-0", yaml: "category: product.taste\n  any: [像泡沫一样]\n  match: [像泡沫一样]\n  no_match: [没有像泡沫一样]\n",
		},
		{
			name: "words that a person named",
			list: []judged{{"嚼着跟木头似的，别的还行", "product.taste", "跟木头似的"}},
			want: "phrase 跟木头似的 +1-0", yaml: "any: [跟木头似的]",
		},
		{
			name: "many words that a person named",
			list: []judged{{"果子放到嘴里就跟干草一个味", "product.taste", "嘴里就跟干草一个味"}},
			want: "phrase 嘴里…味 +1-0", yaml: "any: [嘴里…味]\n  gap: 6\n  match: [嘴里就跟干草一个味]",
		},
		{
			name: "a phrase that would label half the shop",
			list: []judged{{"吃起来像泡沫一样", "product.taste", ""}, {"口里像泡沫一样的", "product.taste", ""}, {"果肉像泡沫一样", "product.taste", ""}}, others: slices.Repeat([]string{"箱子里像泡沫一样软"}, 100),
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := find(t, tc.list, tc.others, nil)
			if got := summary(r); got != tc.want {
				t.Errorf("proposals are %q, want %q: %+v", got, tc.want, r)
			}
			file := r.Files["corrections-shop.yaml"]
			if !strings.Contains(file, tc.yaml) || (file == "") != (tc.want == "") {
				t.Errorf("file is\n%s", file)
			}
			if tc.want == "" {
				return
			}
			cls, err := load(fstest.MapFS{"corrections-shop.yaml": {Data: []byte(file)}})
			if err != nil {
				t.Fatal(err)
			}
			for _, j := range tc.list { // the overlay, loaded as a user would, labels what people corrected as they said
				if got, err := cls.Classify("shop", j.text); err != nil || !slices.Equal(got.Labels, strings.Fields(j.right)) {
					t.Errorf("%q has labels %v, %v, want %s", j.text, got.Labels, err, j.right)
				}
			}
			findings, err := cls.CheckExamples("shop")
			if err != nil || slices.ContainsFunc(findings, func(e error) bool { return strings.Contains(e.Error(), "corrections") }) {
				t.Errorf("examples: %v, %v", findings, err)
			}
			if r.Together.Broken > 0 || r.Together.Fixed != r.Wrong {
				t.Errorf("together %+v of %d", r.Together, r.Wrong)
			}
		})
	}
}

// TestGold keeps what breaks gold texts out, and counts what it does to others.
func TestGold(t *testing.T) {
	list := []judged{{"矮脚猫很喜欢", "", ""}, {"矮脚猫也吃", "", ""}}
	gold := []eval.Gold{{Industry: "shop", Text: "矮脚猫个头矮", Labels: []string{"product.size"}}, {Industry: "shop", Text: "矮脚猫", Labels: nil}}
	r := find(t, list, []string{"矮脚猫个头矮", "喂矮脚猫"}, gold)
	if len(r.Proposals) != 1 {
		t.Fatalf("proposals are %s", summary(r))
	}
	p := r.Proposals[0]
	if p.Fixed != 2 || p.Gold != (proposal.Tally{Fixed: 1}) || p.Looked != 2 || p.Elsewhere != 1 || !slices.Equal(p.Examples, []string{"3"}) || r.Judged != 2 || r.Wrong != 2 || r.TogetherGold.Fixed != 1 {
		t.Errorf("proposal is %+v of %+v", p, r)
	}
	if !strings.Contains(r.Files["corrections-shop.yaml"], "# exclude 矮脚: fixes 2, breaks 0; gold: fixes 1, breaks 0; changes 1 other reviews\n") {
		t.Errorf("file is\n%s", r.Files["corrections-shop.yaml"])
	}
	gold = append(gold, eval.Gold{Industry: "shop", Text: "矮脚猫", Labels: []string{"product.size"}})
	if r := find(t, list, nil, gold); len(r.Proposals) != 0 {
		t.Errorf("breaks gold: %s", summary(r))
	}
}

// TestBounds holds what a proposal never does.
func TestBounds(t *testing.T) {
	secret := "打13800138000矮个接的"
	r := find(t, []judged{{secret, "", ""}, {secret, "", ""}, {"矮abc", "", ""}, {"矮abc", "", ""}}, nil, nil)
	if len(r.Proposals) == 0 {
		t.Fatal("no proposal")
	}
	for _, p := range r.Proposals {
		if strings.ContainsAny(p.Phrase, "0123456789abc[]") || len([]rune(p.Phrase)) > proposal.MaxPhrase {
			t.Errorf("proposal %+v", p)
		}
	}
	if none := find(t, nil, []string{"矮"}, nil); len(none.Proposals) != 0 || none.Judged != 0 || len(none.Files) != 0 {
		t.Errorf("without corrections: %+v", none)
	}
}
