package correction

import (
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
)

// Action is what a person does.
type Action string

// The actions.
const (
	Accept   Action = "accept"   // the labels are right as they are, and none is missing
	Remove   Action = "remove"   // the category is not complained about
	Add      Action = "add"      // the category is missing
	Template Action = "template" // the review is filler: no label
	Skip     Action = "skip"     // looked at, undecided
)

// Actions lists the actions.
var Actions = []Action{Accept, Remove, Add, Template, Skip}

// Part is one of the texts of a review.
type Part string

// The parts.
const (
	Text     Part = "text"
	FollowUp Part = "follow_up" // 追评
)

// MaxWords is how many characters Correction.Words has at most: it is a phrase, no sentence.
const MaxWords = 30

// Correction is one act of one person.
type Correction struct {
	Seq uint64 `json:"seq"` // order of the acts, given by Add
	// Batch is the number of the first of several acts that were made at once, 0
	// for a single one: they can be undone together.
	Batch    uint64 `json:"batch,omitempty"`
	Key      string `json:"key"` // of the review, see dataset.Review
	Action   Action `json:"action"`
	Category string `json:"category,omitempty"` // of Remove and Add
	// Part is the text that Remove and Add are said of. Without one, Remove is said of
	// both, and Add of the review's text.
	Part Part `json:"part,omitempty"`
	// Words of Add are those of the review that say so, where the person named them.
	Words string `json:"words,omitempty"`
	// Before are the labels of the review's text at that time, BeforeFollowUp those of
	// its follow-up text, BeforeTemplate whether it was filler.
	Before         []string `json:"before,omitempty"`
	BeforeFollowUp []string `json:"before_follow_up,omitempty"`
	BeforeTemplate bool     `json:"before_template,omitempty"`
	// Seen tells the follow-up text that there was at that time from those of later
	// exports: see dataset.Review.Describe. 0 is not known.
	Seen int64 `json:"seen,omitempty"`
	// Rules are those behind the category or, without one, behind all labels.
	Rules []string  `json:"rules,omitempty"`
	Who   string    `json:"who,omitempty"`
	At    time.Time `json:"at"`
}

// Validate says what is wrong with a correction.
func (c *Correction) Validate() error {
	switch {
	case c.Key == "":
		return errors.New("key is missing: it names the review")
	case !slices.Contains(Actions, c.Action):
		return fmt.Errorf("action is %q: known are %q", c.Action, Actions)
	case (c.Action == Add || c.Action == Remove) != (c.Category != ""):
		return fmt.Errorf("category goes with add and remove, and with these alone")
	case c.Part != "" && c.Part != Text && c.Part != FollowUp:
		return fmt.Errorf("part is %q: known are %q", c.Part, []Part{Text, FollowUp})
	case c.Part != "" && c.Category == "":
		return fmt.Errorf("part goes with add and remove alone")
	case c.Words != "" && c.Action != Add:
		return fmt.Errorf("words go with add alone: they show what was missed")
	case utf8.RuneCountInString(c.Words) > MaxWords:
		return fmt.Errorf("words has more than %d characters: name the few that say it", MaxWords)
	}
	return nil
}

// leaves reports whether a Remove leaves its category to the other text.
func (c *Correction) leaves() bool {
	switch c.Part {
	case Text:
		return slices.Contains(c.BeforeFollowUp, c.Category)
	case FollowUp:
		return slices.Contains(c.Before, c.Category)
	}
	return false
}

// Labels are those of a review: of its text and of its follow-up text, and whether it is filler.
type Labels struct {
	Text, FollowUp []string
	Template       bool
}

// All lists the labels of both texts, each once.
func (l Labels) All() []string {
	out := slices.Clone(l.Text)
	for _, id := range l.FollowUp {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// Apply gives the labels of a review after its corrections. Later acts win over
// earlier ones.
func Apply(l Labels, list []Correction) Labels {
	l.Text, l.FollowUp = slices.Clone(l.Text), slices.Clone(l.FollowUp)
	for i := range list {
		c := &list[i]
		switch c.Action {
		case Accept:
			l = Labels{slices.Clone(c.Before), slices.Clone(c.BeforeFollowUp), c.BeforeTemplate}
		case Add:
			l.Template = false
			switch {
			case c.Part == FollowUp && !slices.Contains(l.FollowUp, c.Category):
				l.FollowUp = append(l.FollowUp, c.Category)
			case c.Part == Text && !slices.Contains(l.Text, c.Category), c.Part == "" && !slices.Contains(l.All(), c.Category):
				l.Text = append(l.Text, c.Category)
			}
		case Remove:
			is := func(id string) bool { return id == c.Category }
			if c.Part != FollowUp {
				l.Text = slices.DeleteFunc(l.Text, is)
			}
			if c.Part != Text {
				l.FollowUp = slices.DeleteFunc(l.FollowUp, is)
			}
		case Template:
			l = Labels{Template: true}
		}
	}
	return l
}

// Knowledge is what corrections settle of a review.
type Knowledge struct {
	// Right and Wrong are categories that people said are there, and are not.
	Right, Wrong []string
	// Complete says that no other category is there.
	Complete bool
	// Template is of use where Complete.
	Template bool
}

// Known gathers what the corrections of a review settle; a later act wins over
// an earlier one.
func Known(list []Correction) Knowledge {
	var k Knowledge
	settle := func(id string, right bool) {
		is := func(s string) bool { return s == id }
		k.Right, k.Wrong = slices.DeleteFunc(k.Right, is), slices.DeleteFunc(k.Wrong, is)
		if right {
			k.Right = append(k.Right, id)
		} else {
			k.Wrong = append(k.Wrong, id)
		}
	}
	for i := range list {
		c := &list[i]
		was := Labels{Text: c.Before, FollowUp: c.BeforeFollowUp}.All()
		switch c.Action {
		case Accept:
			for _, id := range slices.Clone(k.Right) {
				settle(id, false)
			}
			for _, id := range was {
				settle(id, true)
			}
			k.Complete, k.Template = true, c.BeforeTemplate
		case Add:
			settle(c.Category, true)
			k.Template = false
		case Remove:
			if !c.leaves() {
				settle(c.Category, false)
			}
		case Template:
			for _, id := range slices.Concat(k.Right, was) {
				settle(id, false)
			}
			k.Complete, k.Template = true, true
		}
	}
	return k
}

// ByKey sorts corrections by review, in their order.
func ByKey(list []Correction) map[string][]Correction {
	m := map[string][]Correction{}
	for _, c := range list {
		m[c.Key] = append(m[c.Key], c)
	}
	return m
}
