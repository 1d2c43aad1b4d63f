package classifier

import (
	"encoding/binary"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chaping/lexicon"
)

// fewWeights are weights for one category, as newWeights describes them: what
// each n-gram says in a text and in a clause.
func fewWeights(category string, bias float32, says map[string][2]int8) []byte {
	out := binary.AppendUvarint(nil, 1)
	out = append(binary.AppendUvarint(out, uint64(len(category))), category...)
	out = binary.LittleEndian.AppendUint32(out, math.Float32bits(bias))
	out = binary.AppendUvarint(out, uint64(len(says)))
	byGram := map[uint64][2]int8{}
	for g, w := range says {
		byGram[window([]rune(g), 0)] = w
	}
	last := uint64(0)
	for _, g := range slices.Sorted(maps.Keys(byGram)) {
		out = binary.AppendUvarint(out, g-last)
		out = append(binary.AppendUvarint(out, 1), 0, byte(byGram[g][0]), byte(byGram[g][1]))
		last = g
	}
	return out
}

// TestWeights has texts that differ in little: a category is learned only where
// the review complains, no rule has found it, and a clause is left to speak for it.
func TestWeights(t *testing.T) {
	says := map[string][2]int8{"师傅": {40, 40}, "尺子": {40, 40}, "热情": {-100, -100}}
	for _, tt := range []struct{ name, text, want string }{
		{"no rule explains it, and the review complains", "太酸，师傅把尺子扔了", "test.size test.taste"},
		{"the review does not complain", "不酸，师傅把尺子扔了", ""},
		{"a word against it", "太酸，师傅把尺子扔了，很热情", "test.taste"},
		{"one word is not enough", "太酸，师傅来了", "test.taste"},
		{"a match explains the clause", "师傅的尺子太酸", "test.taste"},
		{"a rule has found it elsewhere", "尺寸偏小，师傅把尺子扔了", "test.size"},
		{"what is vague yields", "破烂货，师傅把尺子扔了", "test.size"},
		{"a negator denies it in another clause", "太酸，尺寸不偏小，师傅把尺子扔了", "test.size test.taste"},
		{"a negator denies it in that clause", "太酸，师傅尺子没尺码偏小", "test.taste"},
		{"white space stands between", "太酸 师傅把尺子扔了", "test.size test.taste"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newScan(withWeights(t, fewWeights("test.size", -3, says), true))
			r := s.classify(tt.text)
			got := slices.Sorted(slices.Values(r.Labels))
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("classify(%q) mismatch (-want +got):\n%s\n%+v", tt.text, diff, r)
			}
		})
	}
	s := newScan(withWeights(t, fewWeights("test.size", -3, says), true))
	want := Hit{"test.size", "learned.test.size", "师傅把尺子扔了", 3, 10}
	if diff := cmp.Diff([]Hit{{"test.taste", "pairs.taste.sour", "太酸", 0, 2}, want}, s.classify("太酸，师傅把尺子扔了！").Hits); diff != "" {
		t.Errorf("hits mismatch (-want +got):\n%s", diff)
	}
	if e := withWeights(t, fewWeights("test.size", -3, says), false); e.weights != nil {
		t.Error("there are weights though the switch is off")
	}
	if r := newScan(withWeights(t, fewWeights("test.gone", -3, says), true)).classify("太酸，师傅把尺子扔了"); len(r.Labels) != 1 {
		t.Errorf("labels %v of a category that the industry has no more", r.Labels)
	}
}

// withWeights returns the engine of the tests' industry with weights.
func withWeights(t *testing.T, data []byte, on bool) *engine {
	t.Helper()
	lex, err := lexicon.Load(os.DirFS("testdata/lexicon"))
	if err != nil {
		t.Fatal(err)
	}
	ind := lex.Industry("pairs")
	ind.Weights, ind.Switches[learnedSwitch] = data, on
	e, err := newEngine(ind)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestWeightsDamaged(t *testing.T) {
	ind := &lexicon.Industry{ID: "x", Switches: map[string]bool{learnedSwitch: true}}
	whole := fewWeights("a.b", 0, map[string][2]int8{"师傅": {1, 2}, "好": {3, 4}})
	for n := 1; n < len(whole); n++ {
		ind.Weights = whole[:n]
		if _, err := newWeights(ind); err == nil {
			t.Errorf("no error though the weights end after %d of %d bytes", n, len(whole))
		}
	}
}

// TestWeightsBuiltIn reads what is built in: every category must be one of the industry's.
func TestWeightsBuiltIn(t *testing.T) {
	lex, err := lexicon.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range append(slices.Clone(taught), "apparel") {
		w, err := newWeights(lex.Industry(id))
		if err != nil || w == nil || len(w.grams) == 0 {
			t.Fatalf("%s: weights %v, error %v", id, w, err)
		}
		for _, c := range w.categories {
			if c.category < 0 {
				t.Errorf("%s: the weights know %s, the taxonomy does not", id, c.rule.Category)
			}
		}
	}
}

// TestGuesses ranks what was not found.
func TestGuesses(t *testing.T) {
	lex, err := lexicon.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := New(lex)
	for text, some := range map[string]bool{"打开一股怪怪的味道，倒掉了": true, "收到货了": true, "": false} {
		guesses, err := c.Guesses("food", text)
		if err != nil {
			t.Fatal(err)
		}
		found, err := c.Classify("food", text)
		if err != nil {
			t.Fatal(err)
		}
		if some != (len(guesses) > 0) {
			t.Errorf("%q gives the guesses %v", text, guesses)
		}
		for i, g := range guesses {
			if slices.Contains(found.Labels, g.Category) || i > 0 && g.Score > guesses[i-1].Score {
				t.Errorf("%q, labelled %q, gives the guesses %v", text, found.Labels, guesses)
			}
		}
	}
	if _, err := c.Guesses("shoes", ""); err == nil {
		t.Error("guesses for an unknown industry")
	}
}
