package lexicon_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"chaping/lexicon"
)

// TestBuiltin holds what the built-in lexicon promises: the taxonomies, rules
// for every category, and rules that the linter has nothing to say of.
func TestBuiltin(t *testing.T) {
	lex, err := lexicon.Load()
	if err != nil {
		t.Fatal(err)
	}
	shared := "warehouse.slow_dispatch warehouse.wrong_or_missing warehouse.handling courier.slow courier.attitude courier.damage " +
		"service.slow service.attitude service.unprofessional promotion.member promotion.rules promotion.price promotion.setup promotion.gift general.dissatisfied"
	clothes := "price material size style packaging smell workmanship usage description"
	want := map[string]string{
		"food":        "price quality packaging taste date description",
		"mother_baby": clothes,
		"apparel":     clothes,
		"beauty":      "price quality packaging smell texture efficacy safety authenticity date description",
		"electronics": "price quality performance appearance packaging installation accessories usage authenticity description",
		"generic":     "price quality packaging description",
	}
	for _, id := range lex.IDs() {
		ind := lex.Industry(id)
		t.Run(id, func(t *testing.T) {
			ids := map[string]bool{}
			for _, name := range strings.Fields(want[ind.ID]) {
				ids["product."+name] = true
			}
			for _, id := range strings.Fields(shared) {
				ids[id] = true
			}
			got := map[string]bool{}
			for _, c := range ind.Categories {
				got[c.ID] = true
				checkDimension(t, c)
			}
			if diff := cmp.Diff(ids, got); diff != "" {
				t.Errorf("categories mismatch (-want +got):\n%s", diff)
			}
			ruled := map[string]bool{}
			for _, r := range ind.Rules {
				ruled[r.Category] = true
			}
			for id := range ids {
				if !ruled[id] {
					t.Errorf("category %s has no rule", id)
				}
			}
			for _, finding := range lexicon.Lint(ind) {
				t.Error(finding)
			}
		})
		delete(want, id)
	}
	for id := range want {
		t.Errorf("industry %s is missing", id)
	}
}

// checkDimension compares a category's dimension with its id, which says it.
func checkDimension(t *testing.T, c lexicon.Category) {
	t.Helper()
	group, _, _ := strings.Cut(c.ID, ".")
	want := map[string]lexicon.Dimension{"product": "D", "general": "D", "service": "S", "promotion": "S", "warehouse": "L", "courier": "L"}[group]
	if c.Dimension != want {
		t.Errorf("category %s: dimension %s, want %s", c.ID, c.Dimension, want)
	}
}

// TestInvalid loads each file of testdata/invalid alone and looks for every
// line of the text file beside it in the error.
func TestInvalid(t *testing.T) {
	files, err := filepath.Glob("testdata/invalid/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, err := lexicon.Load(oneFile(t, file))
			if err == nil {
				t.Fatal("Load accepted it")
			}
			want, readErr := os.ReadFile(strings.TrimSuffix(file, ".yaml") + ".txt")
			if readErr != nil {
				t.Fatal(readErr)
			}
			for line := range strings.Lines(string(want)) {
				if !strings.Contains(err.Error(), "lexicon: "+strings.TrimSpace(line)) {
					t.Errorf("error lacks %q; it is\n%v", strings.TrimSpace(line), err)
				}
			}
		})
	}
}

func oneFile(t *testing.T, path string) fs.FS {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{filepath.Base(path): {Data: data}}
}

// TestOverlay adds an industry and changes a built-in one.
func TestOverlay(t *testing.T) {
	lex, err := lexicon.Load(os.DirFS("testdata/valid"))
	if err != nil {
		t.Fatal(err)
	}
	ind := lex.Industry("pets")
	if ind == nil {
		t.Fatal("industry pets is missing")
	}
	if got := ind.Categories[0].ID; got != "product.fur" {
		t.Errorf("first category is %s, want the industry's own", got)
	}
	if !ind.Switches["expensive"] {
		t.Error("the switch of the overlay does not win")
	}
	var rule *lexicon.Rule
	for i := range ind.Rules {
		switch ind.Rules[i].ID {
		case "pets.fur.sheds":
			rule = &ind.Rules[i]
		case "pets.fur.gone":
			t.Error("a removed rule is there")
		}
	}
	if rule == nil {
		t.Fatal("rule pets.fur.sheds is missing")
	}
	got := [][]string{rule.Any[0].Parts[0][0].Strings(), rule.Any[0].Parts[0][1].Strings(), rule.Any[1].Parts[0][0].Strings(), rule.Any[1].Parts[1][0].Strings()}
	want := [][]string{{"狗", "猫"}, {"掉毛"}, {"狗", "猫"}, {"", "太", "很"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("strings mismatch (-want +got):\n%s", diff)
	}
	if rule.Any[1].Gap != 3 || rule.Negation != lexicon.Keep || rule.Weak[0] != "" || rule.Beats[0] != "product.packaging" || rule.Ignore[0] != lexicon.Past {
		t.Errorf("fields are not as written: %+v", rule)
	}
	plain, err := lexicon.Load()
	if err != nil {
		t.Fatal(err)
	}
	if plain.Hash == lex.Hash {
		t.Error("the overlay does not change the hash")
	}
}

func FuzzLoad(f *testing.F) {
	for _, dir := range []string{"testdata/invalid", "testdata/valid"} {
		files, err := filepath.Glob(dir + "/*.yaml")
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			t.Skip()
		}
		lex, err := lexicon.Load(fstest.MapFS{"fuzz.yaml": {Data: data}})
		if err != nil && lex != nil || err == nil && lex == nil {
			t.Errorf("Load returns lexicon %v with error %v", lex, err)
		}
	})
}

// TestExtend changes rules without writing them anew, from files in any order.
func TestExtend(t *testing.T) {
	rule := func(files map[string]string, industry, id string) lexicon.Rule {
		t.Helper()
		fsys := fstest.MapFS{}
		for name, body := range files {
			fsys[name] = &fstest.MapFile{Data: []byte("schema: 1\n" + body)}
		}
		lex, err := lexicon.Load(fsys)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range lex.Industry(industry).Rules {
			if r.ID == id {
				return r
			}
		}
		t.Fatalf("%s has no rule %s", industry, id)
		return lexicon.Rule{}
	}
	sources := func(list []lexicon.Pattern) string {
		var out []string
		for _, p := range list {
			out = append(out, p.Source)
		}
		return strings.Join(out, " ")
	}
	own := "industry: pets\ntitle: {zh: 宠物, en: Pets}\ncategories:\n- {id: product.fur, zh: 商品-毛发, en: Product - fur, dimension: D, owner: 产品部}\n" +
		"rules:\n- {id: pets.fur.sheds, category: product.fur, any: [掉毛, 脱毛], not: [掉毛巾], match: [猫掉毛], no_match: [猫好]}\n"
	r := rule(map[string]string{
		"z.yaml": own,
		"a.yaml": "industry: pets\nrules:\n- {id: pets.fur.sheds, extend: true, any: [毛…掉], gap: 2, without: [脱毛], not: [掉毛衣], unless: [换季], ignore: [past], match: [毛老掉], no_match: [掉毛衣]}\n",
		"b.yaml": "industry: pets\nrules:\n- {id: pets.fur.sheds, extend: true, negation: keep}\n",
	}, "pets", "pets.fur.sheds")
	got := strings.Join([]string{sources(r.Any), sources(r.Not), sources(r.Unless), string(r.Negation), strings.Join(r.Match, " "), strings.Join(r.NoMatch, " "), string(r.Ignore[0]), r.Category}, ", ")
	if want := "掉毛 毛…掉, 掉毛巾 掉毛衣, 换季, keep, 猫掉毛 毛老掉, 猫好 掉毛衣, past, product.fur"; got != want {
		t.Errorf("rule is %s, want %s", got, want)
	}
	if r.Any[1].Gap != 2 || r.Any[0].Gap != lexicon.DefaultGap {
		t.Errorf("gaps are %d and %d", r.Any[0].Gap, r.Any[1].Gap)
	}

	// A rule of common changes for one industry alone.
	food := map[string]string{"f.yaml": "industry: food\nrules:\n- {id: common.courier_slow.slow, extend: true, not: [慢慢来]}\n"}
	if r := rule(food, "food", "common.courier_slow.slow"); !strings.HasSuffix(sources(r.Not), "慢慢来") {
		t.Errorf("not is %s", sources(r.Not))
	}
	if r := rule(food, "beauty", "common.courier_slow.slow"); strings.Contains(sources(r.Not), "慢慢来") {
		t.Errorf("another industry has it too: %s", sources(r.Not))
	}
}
