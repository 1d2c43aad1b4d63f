package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"chaping/classifier"
	"chaping/internal/crosstab"
	"chaping/internal/pii"
	"chaping/internal/pipeline"
)

// Of each category so many reviews are shown, cut to so many characters.
const (
	shownQuotes = 3
	quoteRunes  = 140
	quoteLead   = 50 // characters before the first evidence where a text is cut
)

// Quote is a review with its evidence marked.
type Quote struct {
	ID       string
	Star     int // 0 is unknown
	Time     time.Time
	Product  string
	Courier  string
	Province string
	FollowUp bool // the words are of the follow-up
	Parts    []Part
}

// Part is a stretch of a text. Marked ones are evidence.
type Part struct {
	Text   string
	Marked bool
}

// Text is the whole text.
func (q *Quote) Text() string {
	var s strings.Builder
	for _, p := range q.Parts {
		s.WriteString(p.Text)
	}
	return s.String()
}

// Evidence is the marked stretches.
func (q *Quote) Evidence() string {
	var list []string
	for _, p := range q.Parts {
		if p.Marked {
			list = append(list, p.Text)
		}
	}
	return strings.Join(list, "；")
}

// compareQuotes puts the worst and newest first.
func compareQuotes(a, b Quote) int {
	known := func(star int) int { return cmp.Or(star, 6) }
	return cmp.Or(cmp.Compare(known(a.Star), known(b.Star)), b.Time.Compare(a.Time), cmp.Compare(a.ID, b.ID))
}

// quoted is a Quote whose text is not read yet.
type quoted struct {
	Quote
	whole func() (*pipeline.Annotation, error)
}

// read completes the quote with the text and evidence of a category.
func (q *quoted) read(category string, noMask bool) (Quote, error) {
	a, err := q.whole()
	if err != nil {
		return q.Quote, err
	}
	text, hits := a.Record.Text, a.Hits
	if !slices.Contains(a.Labels, category) && a.FollowUp != nil {
		q.FollowUp, text, hits = true, a.Record.FollowUp, a.FollowUp.Hits
	}
	q.Parts = parts(text, hits, category, noMask)
	return q.Quote, nil
}

// quote keeps a review for those of its categories that have no worse ones yet.
func (b *Builder) quote(a *pipeline.Annotation, row *crosstab.Row, ids []string, whole Whole) {
	q := Quote{ID: a.ID, Star: a.Record.Star, Time: row.Time, Product: row.Product, Courier: row.Courier, Province: row.Province}
	for _, id := range ids {
		list := b.quotes[id]
		at, _ := slices.BinarySearchFunc(list, q, func(x quoted, y Quote) int { return compareQuotes(x.Quote, y) })
		if at == shownQuotes {
			continue
		}
		one := q
		one.ID = strings.Clone(q.ID)
		list = slices.Insert(list, at, quoted{one, whole(a)})
		b.quotes[id] = list[:min(len(list), shownQuotes)]
	}
}

// parts cuts a text into evidence of a category and what stands between, with
// personal data masked.
func parts(text string, hits []classifier.Hit, category string, noMask bool) []Part {
	runes := []rune(text)
	var spans []pii.Span
	if !noMask {
		spans = pii.Find(text)
	}
	var marks [][2]int
	for _, h := range hits {
		if h.Category == category {
			marks = append(marks, [2]int{h.Start, h.End})
		}
	}
	slices.SortFunc(marks, func(a, b [2]int) int { return cmp.Compare(a[0], b[0]) })
	from, to := window(len(runes), marks)
	var out []Part
	add := func(end int, marked bool) {
		if end = min(end, to); end > from {
			out = append(out, Part{pii.MaskRange(runes, spans, from, end), marked})
			from = end
		}
	}
	if from > 0 {
		out = append(out, Part{Text: "…"})
	}
	for _, m := range marks {
		add(m[0], false)
		add(m[1], true)
	}
	add(to, false)
	if to < len(runes) {
		out = append(out, Part{Text: "…"})
	}
	return out
}

// window is the stretch of a text of so many characters that is shown.
func window(length int, marks [][2]int) (from, to int) {
	if length <= quoteRunes {
		return 0, length
	}
	if len(marks) > 0 && marks[0][1] > quoteRunes {
		from = max(0, min(marks[0][0]-quoteLead, length-quoteRunes))
	}
	return from, from + quoteRunes
}
