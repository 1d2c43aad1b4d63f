package writer

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"chaping/internal/pipeline"
)

// examples is how many reviews stand under each category.
const examples = 2

// contextRunes is how much of a review is shown on either side of the evidence.
const contextRunes = 24

// table summarises by category, for people.
type table struct {
	out        *bufio.Writer
	opt        Options
	reviews    int
	problems   int // reviews with a label
	templates  int
	categories map[string]*tally
}

type tally struct {
	title    string
	reviews  int
	examples []string
}

func newTable(w io.Writer, opt Options) *table {
	return &table{out: bufio.NewWriter(w), opt: opt, categories: map[string]*tally{}}
}

// Encode has nothing to do ahead of its turn.
func (t *table) Encode(*pipeline.Annotation) ([]byte, error) { return nil, nil }

func (t *table) Write(a *pipeline.Annotation, _ []byte) error {
	t.reviews++
	if a.Template {
		t.templates++
	}
	if len(a.Labels) > 0 {
		t.problems++
	}
	for _, label := range a.Labels {
		c := t.categories[label]
		if c == nil {
			c = &tally{title: t.opt.title(a, label)}
			t.categories[label] = c
		}
		c.reviews++
		if len(c.examples) < examples {
			c.examples = append(c.examples, t.excerpt(a, label))
		}
	}
	return nil
}

// excerpt is the review's id and its text around the category's first hit.
func (t *table) excerpt(a *pipeline.Annotation, category string) string {
	runes := []rune(a.Record.Text)
	for _, h := range a.Hits {
		if h.Category != category {
			continue
		}
		from, to := max(0, h.Start-contextRunes), min(len(runes), h.End+contextRunes)
		before, after := string(runes[from:h.Start]), string(runes[h.End:to])
		if from > 0 {
			before = "…" + before
		}
		if to < len(runes) {
			after += "…"
		}
		return oneLine(a.ID) + "  " + oneLine(before) + t.mark(oneLine(h.Text)) + oneLine(after)
	}
	return oneLine(a.ID)
}

// mark sets evidence off: bold red on a terminal, brackets elsewhere.
func (t *table) mark(s string) string {
	if t.opt.Color {
		return "\x1b[1;31m" + s + "\x1b[0m"
	}
	return "【" + s + "】"
}

// oneLine replaces control characters, which a terminal would obey.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}

func (t *table) Close() error {
	ids := slices.SortedFunc(maps.Keys(t.categories), func(a, b string) int {
		return cmp.Or(cmp.Compare(t.categories[b].reviews, t.categories[a].reviews), cmp.Compare(a, b))
	})
	words := struct{ total, category, reviews, share string }{"%d 条评价，%d 条有问题（%.1f%%），%d 条模板评价\n", "问题", "评价数", "占比"}
	if t.opt.English {
		words.total, words.category, words.reviews, words.share = "%d reviews, %d with a problem (%.1f%%), %d templates\n", "problem", "reviews", "share"
	}
	fmt.Fprintf(t.out, words.total, t.reviews, t.problems, percent(t.problems, t.reviews), t.templates)
	if len(ids) == 0 {
		return t.out.Flush()
	}
	width := 0
	for _, id := range ids {
		width = max(width, displayWidth(t.categories[id].title))
	}
	fmt.Fprintf(t.out, "\n%s  %s  %s\n", pad(words.category, width), padLeft(words.reviews, 8), padLeft(words.share, 7))
	for _, id := range ids {
		c := t.categories[id]
		fmt.Fprintf(t.out, "%s  %8d  %6.1f%%  %s\n", pad(c.title, width), c.reviews, percent(c.reviews, t.reviews), id)
		for _, e := range c.examples {
			fmt.Fprintf(t.out, "    %s\n", e)
		}
	}
	return t.out.Flush()
}

func percent(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return 100 * float64(a) / float64(b)
}
