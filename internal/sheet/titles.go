package sheet

import (
	"slices"
	"strings"

	"chaping/lexicon"
)

// Titles finds categories by what people call them.
type Titles struct {
	Lexicon *lexicon.Lexicon
	// Industry is that of reviews that name none. Where it is empty too, categories of
	// any industry are taken.
	Industry string
}

// categories lists the categories that a review of an industry may have.
func (t Titles) categories(industry string) []lexicon.Category {
	if industry == "" {
		industry = t.Industry
	}
	if ind := t.Lexicon.Industry(industry); ind != nil {
		return ind.Categories
	}
	var out []lexicon.Category
	for _, id := range t.Lexicon.IDs() {
		for _, c := range t.Lexicon.Industry(id).Categories {
			if !slices.ContainsFunc(out, func(o lexicon.Category) bool { return o.ID == c.ID }) {
				out = append(out, c)
			}
		}
	}
	return out
}

// Find finds a category that a review of an industry may have by id, title (商品-口感)
// or the last part of the title (口感).
func (t Titles) Find(industry, name string) (id string, ok bool) {
	name = plain(name)
	var byLast []string
	for _, c := range t.categories(industry) {
		for _, s := range []string{c.ID, c.Title.ZH, c.Title.EN} {
			if plain(s) == name {
				return c.ID, true
			}
		}
		if _, last, _ := strings.Cut(c.Title.ZH, "-"); plain(last) == name {
			byLast = append(byLast, c.ID)
		}
	}
	if len(byLast) == 1 {
		return byLast[0], true
	}
	return "", false
}

// plain makes spellings of a name the same: case, width, kinds of hyphens, space.
func plain(s string) string {
	s = strings.NewReplacer("—", "-", "–", "-", "－", "-", "／", "/").Replace(s)
	return string(lexicon.Normalize(s).Runes)
}

// title is a category's Chinese title, its id where there is none.
func (t Titles) title(industry, id string) string {
	for _, c := range t.categories(industry) {
		if c.ID == id {
			return c.Title.ZH
		}
	}
	return id
}

// allowed lists the names that may be filled in.
func (t Titles) allowed(industry string) string {
	var out []string
	for _, c := range t.categories(industry) {
		out = append(out, c.Title.ZH+" ("+c.ID+")")
	}
	return strings.Join(out, ", ")
}
