package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"chaping/internal/names"
	"chaping/internal/review"
)

// write makes the review of an item: its problems, from these its texts and
// scores. The second of an order shares what the order has.
func (s *Shop) write(it *Item, second bool, of []Item) {
	r := &it.Record
	it.Reviewed = true
	s.rows++
	r.ID = fmt.Sprintf("d%d-%07d", s.seed, s.rows)
	it.Labels, it.FollowUpLabels = []string{}, []string{}
	if second {
		first := &of[0].Record
		r.OrderID = first.OrderID
		r.OrderTime, r.ShipTime, r.ReceiveTime = first.OrderTime, first.ShipTime, first.ReceiveTime
	}
	at := s.placeOf(r)
	s.problems(it, second, at)
	if !second {
		s.times(it, r.Time)
	}
	s.score(it, second, of)
	it.Template = len(it.Labels) == 0 && s.r.Float64() < copied
	var b strings.Builder
	switch {
	case it.Template:
		s.one(&b, s.d.Templates)
		s.truth.Copied++
	case len(it.Labels) == 0:
		s.praise(&b)
	default:
		s.complain(&b, r.Product, it.Labels)
	}
	r.Text = b.String()
	s.followUp(it)
	if len(it.Labels)+len(it.FollowUpLabels) > 0 {
		s.truth.Problems++
	}
	for _, c := range s.truth.Planted {
		if c.Key.has(at) && (slices.Contains(it.Labels, c.Key.Category) || slices.Contains(it.FollowUpLabels, c.Key.Category)) {
			c.Count++
		}
	}
}

func (s *Shop) placeOf(r *review.Record) *place {
	return &place{r.Product, r.SKU, names.Courier(r.Courier), names.Region(r.Province), r.Time.Format("2006-01")}
}

// problems draws the problems of a review.
func (s *Shop) problems(it *Item, second bool, at *place) {
	for i, category := range s.categories {
		c := s.d.Complaints[category]
		rate, planted := c.Rate, (*Cell)(nil)
		for _, cell := range s.truth.Planted {
			if cell.Key.Category == category && cell.Key.has(at) {
				rate, planted = cell.Rate, cell
			}
		}
		if c.Alone || second && dimension(category) != "D" {
			rate = 0
		}
		if planted != nil {
			planted.Reviews++
			planted.Expected += rate + (1-rate)*s.later[i]
		}
		if s.r.Float64() < rate {
			it.Labels = append(it.Labels, category)
		}
	}
	if len(it.Labels) > 0 {
		return
	}
	for _, category := range s.categories {
		if c := s.d.Complaints[category]; c.Alone && s.r.Float64() < c.Rate {
			it.Labels = append(it.Labels, category)
		}
	}
}

// dimension is the score that a problem lowers: D, S or L.
func dimension(category string) string {
	switch kind, _, _ := strings.Cut(category, "."); kind {
	case "service", "promotion":
		return "S"
	case "warehouse", "courier":
		return "L"
	}
	return "D"
}

// score gives the star and the three scores.
func (s *Shop) score(it *Item, second bool, of []Item) {
	scores := map[string]int{}
	for _, dim := range []string{"D", "S", "L"} {
		scores[dim] = 5
		if s.r.Float64() < fourStars {
			scores[dim] = 4
		}
	}
	low := func() int { return 1 + newLow.pick(s.r) }
	for _, category := range it.Labels {
		scores[dimension(category)] = min(scores[dimension(category)], low())
	}
	r := &it.Record
	if len(it.Labels) == 0 && s.r.Float64() < wrongStar {
		scores["D"], scores["S"], scores["L"] = 1, 1, 1
	}
	r.ScoreD, r.ScoreS, r.ScoreL = scores["D"], scores["S"], scores["L"]
	if second {
		r.ScoreS, r.ScoreL = of[0].Record.ScoreS, of[0].Record.ScoreL
	}
	r.Star = r.ScoreD
	for _, category := range it.Labels { // buyers star the whole by what vexed them
		r.Star = min(r.Star, scores[dimension(category)])
	}
}

// newLow is how often a problem is given one star, two …
var newLow = newPicker([]float64{30, 22, 24, 14, 10}, func(f *float64) float64 { return *f })

func (s *Shop) one(b *strings.Builder, list []phrase) { list[s.r.IntN(len(list))].write(b, s.r) }

// oneOf is one of the words.
func oneOf(r *rand.Rand, words ...string) string { return words[r.IntN(len(words))] }

// praise writes a review without a problem.
func (s *Shop) praise(b *strings.Builder) {
	n := 2 + newPieces.pick(s.r)
	order := []string{"any", "D", "D", "any", "S", "L", "L"}
	s.r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	order[s.r.IntN(n)] = "D" // praise that says nothing of the goods is filler
	used := map[string]int{} // by dimension: the phrase before, never said twice
	harmless := -1
	if s.r.Float64() < harmlessPraise {
		harmless = s.r.IntN(n + 1)
	}
	between := oneOf(s.r, "，", "，", "，", "，", "。", " ", "！")
	for i := range n + 1 {
		if i == n && harmless < n {
			break
		}
		if i > 0 {
			b.WriteString(between)
		}
		if i == harmless {
			s.one(b, s.d.Harmless)
			continue
		}
		dim := order[i]
		list := s.d.Praise[dim]
		k, again := used[dim]
		if k = k + 1 + s.r.IntN(len(list)-1); !again {
			k = s.r.IntN(len(list))
		}
		k %= len(list)
		used[dim] = k
		list[k].write(b, s.r)
	}
	b.WriteString(oneOf(s.r, "", "", "", "。", "！", "👍", "~", "😊"))
}

// newPieces is how often praise has two phrases, three …
var newPieces = newPicker([]float64{30, 32, 24, 14}, func(f *float64) float64 { return *f })

// complain writes a review with problems.
func (s *Shop) complain(b *strings.Builder, name string, labels []string) {
	if s.r.Float64() < 0.35 { // praise of what is not complained about comes first
		for _, dim := range []string{"D", "L", "S"} {
			if !slices.ContainsFunc(labels, func(l string) bool { return dimension(l) == dim || l == "general.dissatisfied" }) {
				s.one(b, s.d.Praise[dim])
				b.WriteString(oneOf(s.r, "，就是", "，但是", "，不过", "，可惜", "。"))
				break
			}
		}
	}
	i := slices.IndexFunc(s.d.Products, func(p product) bool { return p.Name == name })
	for k, category := range labels {
		if k > 0 {
			b.WriteString(oneOf(s.r, "，", "，而且", "。", "，还有"))
		}
		say := s.d.Complaints[category].Say
		if own := s.d.Products[i].Say[category]; own != nil && s.r.IntN(3) > 0 {
			say = own
		}
		s.one(b, say)
	}
	switch {
	case s.r.Float64() < 0.2:
		b.WriteString(oneOf(s.r, "，", "。"))
		s.one(b, s.d.Endings)
	case s.r.Float64() < 0.06:
		b.WriteString("。")
		s.one(b, s.d.Harmless)
	}
	b.WriteString(oneOf(s.r, "", "", "。", "！", "😡", "…"))
}

// followUp writes the second text, if there is one. Whether it has a problem
// does not depend on the first.
func (s *Shop) followUp(it *Item) {
	if s.r.Float64() >= followUps {
		return
	}
	r := &it.Record
	s.truth.FollowUp++
	days := 1 + s.r.IntN(45)
	r.FollowUpDays, r.FollowUpBasis, r.FollowUpTime = &days, review.BasisReview, r.Time.AddDate(0, 0, days)
	var b strings.Builder
	if s.r.Float64() >= turned {
		s.one(&b, s.d.FollowUp.Praise)
	} else {
		s.one(&b, s.d.FollowUp.Lead)
		at := s.r.Float64() * followUps * turned
		for i, category := range s.categories {
			if at -= s.later[i]; at < 0 {
				it.FollowUpLabels = append(it.FollowUpLabels, category)
				s.one(&b, s.d.Complaints[category].Say)
				break
			}
		}
	}
	r.FollowUp = b.String()
}
