package writer

import (
	"io"
	"time"

	"github.com/parquet-go/parquet-go"

	"chaping/classifier"
	"chaping/internal/names"
	"chaping/internal/pipeline"
)

// parquetHit is a hit, suppressed where reason is set.
type parquetHit struct {
	Category string `parquet:"category,dict"`
	Rule     string `parquet:"rule,dict"`
	Text     string `parquet:"text"`
	Start    int32  `parquet:"start"` // runes of the original text
	End      int32  `parquet:"end"`
	Reason   string `parquet:"reason,dict"`
	Cue      string `parquet:"cue,dict"`
}

// parquetRow is a review with its labels, as analysts' programs read it.
type parquetRow struct {
	ID          string       `parquet:"id"`
	Labels      []string     `parquet:"labels,list,dict"`
	Template    bool         `parquet:"template"`
	Hits        []parquetHit `parquet:"hits,list"`
	Suppressed  []parquetHit `parquet:"suppressed,list"`
	Cluster     *int32       `parquet:"cluster,optional"`
	ClusterSize *int32       `parquet:"cluster_size,optional"`
	Lexicon     string       `parquet:"lexicon,dict"`

	Text            string       `parquet:"text"`
	FollowUp        string       `parquet:"follow_up"`
	FollowUpDays    *int32       `parquet:"follow_up_days,optional"`
	FollowUpLabels  []string     `parquet:"follow_up_labels,list,dict"`
	FollowUpHits    []parquetHit `parquet:"follow_up_hits,list"`
	Star            *int32       `parquet:"star,optional"`
	ScoreD          *int32       `parquet:"score_d,optional"`
	ScoreS          *int32       `parquet:"score_s,optional"`
	ScoreL          *int32       `parquet:"score_l,optional"`
	Industry        string       `parquet:"industry,dict"`
	OrderID         string       `parquet:"order_id"`
	Buyer           string       `parquet:"buyer"`
	Product         string       `parquet:"product,dict"`
	SKU             string       `parquet:"sku,dict"`
	Courier         string       `parquet:"courier,dict"`
	Province        string       `parquet:"province,dict"`
	Region          string       `parquet:"region,dict"`
	City            string       `parquet:"city,dict"`
	Time            *time.Time   `parquet:"time,optional,timestamp(millisecond)"`
	OrderTime       *time.Time   `parquet:"order_time,optional,timestamp(millisecond)"`
	SourceFile      string       `parquet:"file,dict"`
	SourceRowNumber int32        `parquet:"row"`
}

// rowGroup is how many reviews are kept in memory before they are written.
const rowGroup = 20_000

// parquetWriter writes Apache Parquet, compressed with Zstandard.
type parquetWriter struct {
	out *parquet.GenericWriter[parquetRow]
	opt Options
}

func newParquet(w io.Writer, opt Options) *parquetWriter {
	return &parquetWriter{parquet.NewGenericWriter[parquetRow](w, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(rowGroup)), opt}
}

// Encode has nothing to do ahead of its turn.
func (p *parquetWriter) Encode(*pipeline.Annotation) ([]byte, error) { return nil, nil }

func (p *parquetWriter) Write(a *pipeline.Annotation, _ []byte) error {
	r, m := p.opt.Shown(*a.Record), p.opt.Masked(a)
	row := parquetRow{
		ID: a.ID, Labels: a.Labels, Template: a.Template, Hits: parquetHits(m.Hits), Suppressed: parquetSuppressed(m.Suppressed), Lexicon: a.Lexicon,
		Text: r.Text, FollowUp: r.FollowUp, Star: known(r.Star), ScoreD: known(r.ScoreD), ScoreS: known(r.ScoreS), ScoreL: known(r.ScoreL),
		Industry: r.Industry, OrderID: r.OrderID, Buyer: r.Buyer, Product: r.Product, SKU: r.SKU, Courier: r.Courier,
		Province: r.Province, Region: names.Region(r.Province), City: r.City,
		Time: knownTime(r.Time), OrderTime: knownTime(r.OrderTime), SourceFile: r.Source.File, SourceRowNumber: int32(r.Source.Row),
	}
	if a.Cluster != nil {
		row.Cluster, row.ClusterSize = known(a.Cluster.ID), known(a.Cluster.Size)
	}
	if f := m.FollowUp; f != nil {
		row.FollowUpLabels, row.FollowUpHits = f.Labels, parquetHits(f.Hits)
		if f.Days != nil {
			days := int32(*f.Days)
			row.FollowUpDays = &days
		}
	}
	_, err := p.out.Write([]parquetRow{row})
	return err
}

func (p *parquetWriter) Close() error { return p.out.Close() }

func parquetHits(hits []classifier.Hit) []parquetHit {
	out := make([]parquetHit, len(hits))
	for i, h := range hits {
		out[i] = parquetHit{Category: h.Category, Rule: h.Rule, Text: h.Text, Start: int32(h.Start), End: int32(h.End)}
	}
	return out
}

func parquetSuppressed(list []classifier.Suppressed) []parquetHit {
	out := make([]parquetHit, len(list))
	for i, s := range list {
		out[i] = parquetHits([]classifier.Hit{s.Hit})[0]
		out[i].Reason, out[i].Cue = string(s.Reason), s.Cue
	}
	return out
}

// known is null for 0, which stands for unknown.
func known(n int) *int32 {
	if n == 0 {
		return nil
	}
	v := int32(n)
	return &v
}

func knownTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
