package sheet

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"chaping/internal/correction"
	"chaping/internal/dataset"
	"chaping/internal/pii"
	"chaping/internal/review"
	"chaping/lexicon"
)

// Plan is what a file makes of a dataset. Rows = Changed + Accepted + Unchanged +
// Blank + rows with a mistake.
type Plan struct {
	Rows      int // rows read
	Changed   int // reviews that get other labels
	Accepted  int // whose labels are said to be right
	Unchanged int // of which it is known already
	Blank     int // not filled in
	// Acts are the corrections to keep, those of a review one after the other.
	Acts []correction.Correction
	// Mistakes are rows that make no sense. Nothing of a file with mistakes should be kept.
	Mistakes []*review.RowError

	listed bool // the allowed labels have been
}

// Options say what a plan is made with.
type Options struct {
	Titles
	Who string
	At  time.Time
}

// NewPlan compares rows with the reviews of a dataset. mistakes are those that
// reading made.
func NewPlan(d *dataset.Dir, rows []Row, mistakes []*review.RowError, opt Options) (*Plan, error) {
	p := &Plan{Rows: len(rows) + len(mistakes), Mistakes: mistakes}
	byKey, byID := map[string]*Row{}, map[string]*Row{}
	found := map[*Row]*dataset.Review{}
	for i := range rows {
		r := &rows[i]
		switch {
		case r.blank:
			p.Blank++
		case r.key != "" && byKey[r.key] == nil:
			byKey[r.key] = r
		case r.key == "" && r.id != "" && byID[r.id] == nil:
			byID[r.id] = r
		case r.key == "" && r.id == "":
			p.mistake(r, "", "names no review", "add its key or id")
		default:
			p.mistake(r, "", "the review has an earlier row in this file", "fill in one of them")
		}
	}
	err := d.Each(func(v *dataset.Review) error {
		if r := byKey[v.Key]; r != nil {
			found[r] = v
		}
		if r := byID[v.ID]; r != nil && found[r] != nil {
			p.mistake(r, "id", fmt.Sprintf("several reviews have the id %q", v.ID), "add the key that chaping correct export writes")
			delete(byID, v.ID)
		} else if r != nil {
			found[r] = v
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range rows {
		r := &rows[i]
		if byKey[r.key] != r && byID[r.id] != r {
			continue
		}
		if v := found[r]; v != nil {
			p.review(r, v, opt)
		} else {
			p.mistake(r, "", "the dataset has no such review", "import the reviews first, or take the row out")
		}
	}
	slices.SortStableFunc(p.Mistakes, func(a, b *review.RowError) int { return a.Row - b.Row })
	return p, nil
}

func (p *Plan) mistake(r *Row, column, reason, remedy string) {
	p.Mistakes = append(p.Mistakes, r.place(column, reason, remedy))
}

// review plans the acts of one review.
func (p *Plan) review(r *Row, v *dataset.Review, opt Options) {
	if !sameText(r.text, pii.Mask(v.Record.Text+"\n"+v.Record.FollowUp)) {
		p.mistake(r, "", "the text is not that of the review with this key", "was a column sorted by itself? Take a fresh export")
		return
	}
	had := v.AllLabels()
	want, words, ok := p.wanted(r, v, opt)
	if !ok {
		return
	}
	known := correction.Known(v.Corrections)
	acts := 0
	act := func(action correction.Action, category string) {
		c := correction.Correction{Key: v.Key, Action: action, Category: category, Words: words[category], Who: opt.Who, At: opt.At}
		v.Describe(&c)
		v.Apply(c)
		p.Acts = append(p.Acts, c)
		acts++
	}
	if r.template {
		if !known.Complete || !had.Template || len(had.All()) > 0 {
			act(correction.Template, "")
		}
	} else {
		for _, id := range had.All() {
			if !slices.Contains(want, id) && !slices.Contains(r.optional, id) {
				act(correction.Remove, id)
			}
		}
		for _, id := range want {
			if !slices.Contains(had.All(), id) {
				act(correction.Add, id)
			}
		}
		open := slices.ContainsFunc(v.AllLabels().All(), func(id string) bool { return !slices.Contains(want, id) })
		if had.Template && acts == 0 && !r.accept && len(r.optional) == 0 { // no filler, and without a problem
			v.Template = false
			act(correction.Accept, "")
		} else if !open && (acts > 0 || !known.Complete) {
			act(correction.Accept, "")
		}
	}
	now := v.AllLabels()
	switch {
	case acts == 0:
		p.Unchanged++
	case now.Template == had.Template && slices.Equal(now.Text, had.Text) && slices.Equal(now.FollowUp, had.FollowUp):
		p.Accepted++
	default:
		p.Changed++
	}
}

// wanted lists the labels that a row asks for, with the words behind some; ok is
// false after a mistake.
func (p *Plan) wanted(r *Row, v *dataset.Review, opt Options) (want []string, words map[string]string, ok bool) {
	words = map[string]string{}
	if r.accept {
		return v.AllLabels().All(), words, true
	}
	ok = true
	for _, l := range r.labels {
		id, known := opt.Find(v.Record.Industry, l.name)
		switch {
		case !known:
			remedy := "write one of those listed before"
			if !p.listed {
				remedy = "allowed are 对, 无, 模板, " + opt.allowed(v.Record.Industry)
			}
			p.mistake(r, r.column, fmt.Sprintf("no category is called %q", l.name), remedy)
			p.listed = true
			ok = false
		case l.words != "" && !Quotes(v.Record.Text+v.Record.FollowUp, l.words):
			p.mistake(r, r.column, fmt.Sprintf("the review does not have the words %q", l.words), "copy them from it")
			ok = false
		case len([]rune(l.words)) > correction.MaxWords:
			p.mistake(r, r.column, fmt.Sprintf("%q has more than %d characters", l.words, correction.MaxWords), "name the few that say it")
			ok = false
		case !slices.Contains(want, id):
			want = append(want, id)
			words[id] = l.words
		}
	}
	return want, words, ok
}

// compared is how many letters of a text are compared.
const compared = 40

// sameText reports whether a text that went through a spreadsheet is that of a
// review, by its first letters. That of a review may go on with its follow-up.
func sameText(got, want string) bool {
	a, b := []rune(essence(got)), []rune(essence(want))
	n := min(len(a), len(b), compared)
	return string(a[:n]) == string(b[:n]) && (n > 0 || len(a) == 0)
}

// Quotes reports whether a text has words, but for case, width, space and marks.
func Quotes(text, words string) bool { return strings.Contains(essence(text), essence(words)) }

// essence is a text without what a spreadsheet may change.
func essence(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, string(lexicon.Normalize(s).Runes))
}
