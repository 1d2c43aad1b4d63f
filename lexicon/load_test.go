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
