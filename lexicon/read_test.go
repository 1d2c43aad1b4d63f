package lexicon

import (
	"strings"
	"testing"
	"testing/fstest"
)

// TestReadBroken has built-in files with mistakes, as someone has who edits
// them: an error names file, line and rule, whatever is asked for.
func TestReadBroken(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte("schema: 1\n" + text)} }
	lex, err := load(fstest.MapFS{
		"cues.yaml": file("industry: cues\ntitle: {zh: 语境词, en: Cues}\n"),
		"common.yaml": file(`industry: common
title: {zh: 通用, en: Common}
categories: [{id: test.taste, zh: 味道, en: Taste, dimension: D, owner: 产品部}]
`),
		"food.yaml": file(`industry: food
title: {zh: 食品, en: Food}
rules:
- id: food.sour
  category: test.taste
  any:
  - 太酸
  - (太酸
  match: [太酸]
  no_match: [不酸]
`),
		"x.weights": {},
	})
	if err != nil {
		t.Fatal(err)
	}
	ind, err := lex.Read("food")
	if want := `food.yaml:9: rule "food.sour": pattern "(太酸": `; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Read(food) = %v, %v; want an error with %s", ind, err, want)
	}
	if ind, err := lex.Read("shoes"); ind != nil || err != nil {
		t.Errorf("Read(shoes) = %v, %v; want nothing", ind, err)
	}
}
