package writer

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"chaping/internal/pii"
	"chaping/internal/pipeline"
)

// examples is how many reviews stand under each category.
const examples = 2

// contextRunes is how much of a review is shown on either side of the evidence.
const contextRunes = 24

// table summarises by category, for people.
type table struct {
	*summary
	out *bufio.Writer
}

func newTable(w io.Writer, opt Options) *table {
	return &table{newSummary(opt), bufio.NewWriter(w)}
}

// Encode has nothing to do ahead of its turn.
func (t *table) Encode(*pipeline.Annotation) ([]byte, error) { return nil, nil }

func (t *table) Write(a *pipeline.Annotation, _ []byte) error {
	for _, c := range t.add(a) {
		if len(c.examples) < examples {
			c.examples = append(c.examples, t.excerpt(a, c.id))
		}
	}
	return nil
}

// excerpt is the review's id and its text around the category's first hit.
func (t *table) excerpt(a *pipeline.Annotation, category string) string {
	runes := []rune(a.Record.Text)
	var personal []pii.Span
	if !t.opt.NoMask {
		personal = pii.Find(a.Record.Text)
	}
	for _, h := range a.Hits {
		if h.Category != category {
			continue
		}
		from, to := max(0, h.Start-contextRunes), min(len(runes), h.End+contextRunes)
		before, after := pii.MaskRange(runes, personal, from, h.Start), pii.MaskRange(runes, personal, h.End, to)
		if from > 0 {
			before = "…" + before
		}
		if to < len(runes) {
			after += "…"
		}
		return OneLine(a.ID) + "  " + OneLine(before) + t.mark(OneLine(pii.MaskRange(runes, personal, h.Start, h.End))) + OneLine(after)
	}
	return OneLine(a.ID)
}

// mark sets evidence off: bold red on a terminal, brackets elsewhere.
func (t *table) mark(s string) string {
	if t.opt.Color {
		return "\x1b[1;31m" + s + "\x1b[0m"
	}
	return "【" + s + "】"
}

// OneLine replaces control characters, which a terminal would obey.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}

func (t *table) Close() error {
	list := t.ranked()
	fmt.Fprintf(t.out, t.opt.say("%d 条评价，%d 条有问题（%.1f%%），%d 条模板好评\n", "%d reviews, %d with a problem (%.1f%%), %d templates\n"),
		t.reviews, t.problems, percent(t.problems, t.reviews), t.templates)
	if len(list) == 0 {
		return t.out.Flush()
	}
	width := 0
	for _, c := range list {
		width = max(width, displayWidth(c.title))
	}
	fmt.Fprintf(t.out, "\n%s  %s  %s\n", pad(t.opt.say("问题", "problem"), width), padLeft(t.opt.say("评价数", "reviews"), 8), padLeft(t.opt.say("占比", "share"), 7))
	for _, c := range list {
		fmt.Fprintf(t.out, "%s  %8d  %6.1f%%  %s\n", pad(c.title, width), c.reviews, percent(c.reviews, t.reviews), c.id)
		for _, e := range c.examples {
			fmt.Fprintf(t.out, "    %s\n", e)
		}
	}
	return t.out.Flush()
}
