package writer

import (
	"strconv"
	"strings"

	"chaping/classifier"
	"chaping/internal/names"
	"chaping/internal/pipeline"
)

// columns are the columns of the formats for spreadsheets, always all of them.
var columns = []string{
	"id", "labels", "titles", "evidence", "rules", "suppressed", "template", "cluster", "cluster_size",
	"star", "score_d", "score_s", "score_l", "text", "follow_up", "follow_up_days", "follow_up_labels", "follow_up_evidence",
	"industry", "order_id", "buyer", "product", "sku", "courier", "province", "region", "city", "time", "file", "row",
}

// row appends the columns for one review.
func (o Options) row(to []string, a *pipeline.Annotation) []string {
	r := o.Shown(*a.Record)
	title := func(id string) string { return o.title(a, id) }
	evidence := func(h classifier.Hit) string { return o.mask(h.Text) }
	at := len(to)
	to = append(to,
		a.ID, strings.Join(a.Labels, "; "), join(a.Labels, title), join(a.Hits, evidence),
		join(a.Hits, func(h classifier.Hit) string { return h.Rule }),
		join(a.Suppressed, func(s classifier.Suppressed) string {
			return o.mask(s.Text) + " (" + string(s.Reason) + ": " + s.Cue + ")"
		}),
		strconv.FormatBool(a.Template), "", "",
		number(r.Star), number(r.ScoreD), number(r.ScoreS), number(r.ScoreL), r.Text, r.FollowUp, "", "", "",
		r.Industry, r.OrderID, r.Buyer, r.Product, r.SKU, r.Courier, r.Province, names.Region(r.Province), r.City, stamp(r.Time),
		r.Source.File, number(r.Source.Row),
	)
	cells := to[at:]
	if a.Cluster != nil {
		cells[7], cells[8] = strconv.Itoa(a.Cluster.ID), strconv.Itoa(a.Cluster.Size)
	}
	if f := a.FollowUp; f != nil {
		if f.Days != nil {
			cells[15] = strconv.Itoa(*f.Days)
		}
		cells[16], cells[17] = strings.Join(f.Labels, "; "), join(f.Hits, evidence)
	}
	return to
}
