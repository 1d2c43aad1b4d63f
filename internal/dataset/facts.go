package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/parquet-go/parquet-go"

	"chaping/classifier"
	"chaping/internal/orders"
	"chaping/internal/pipeline"
	"chaping/internal/review"
)

// facts are the columns of a segment that count for analyses. Times are
// milliseconds since 1970, 0 where unknown.
type facts struct {
	Key            string   `parquet:"key"`
	ID             string   `parquet:"id"`
	Labels         []string `parquet:"labels,list,dict"`
	FollowUp       bool     `parquet:"follow_up"`
	FollowUpLabels []string `parquet:"follow_up_labels,list,dict"`
	FollowUpDigest int64    `parquet:"follow_up_digest"` // of its text, see orders.Digest
	Template       bool     `parquet:"template"`
	Industry       string   `parquet:"industry,dict"`
	Star           int32    `parquet:"star"` // 0 is unknown, as with the scores
	ScoreD         int32    `parquet:"score_d"`
	ScoreS         int32    `parquet:"score_s"`
	ScoreL         int32    `parquet:"score_l"`
	Order          string   `parquet:"order"`
	SubOrder       string   `parquet:"sub_order"`
	Buyer          string   `parquet:"buyer"`
	Product        string   `parquet:"product,dict"`
	ProductID      string   `parquet:"product_id,dict"`
	SKU            string   `parquet:"sku,dict"`
	Courier        string   `parquet:"courier,dict"`
	Province       string   `parquet:"province,dict"`
	City           string   `parquet:"city,dict"`
	Time           int64    `parquet:"time,optional,timestamp(millisecond)"`
	OrderTime      int64    `parquet:"order_time,optional,timestamp(millisecond)"`
}

func newFacts(key string, a *pipeline.Annotation) facts {
	r := a.Record
	f := facts{
		Key: key, ID: a.ID, Labels: a.Labels, Template: a.Template, Industry: r.Industry,
		Star: int32(r.Star), ScoreD: int32(r.ScoreD), ScoreS: int32(r.ScoreS), ScoreL: int32(r.ScoreL),
		Order: r.OrderID, SubOrder: r.SubOrderID, Buyer: r.Buyer, Product: r.Product, ProductID: r.ProductID, SKU: r.SKU,
		Courier: r.Courier, Province: r.Province, City: r.City, Time: millis(r.Time), OrderTime: millis(r.OrderTime),
	}
	if a.FollowUp != nil {
		f.FollowUp, f.FollowUpLabels = true, a.FollowUp.Labels
	}
	f.FollowUpDigest = orders.Digest(r.FollowUp)
	return f
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).In(review.Shanghai)
}

// factsReview is a review without texts and evidence, filled again and again.
type factsReview struct {
	Review
	record   review.Record
	followUp pipeline.FollowUp
}

// fill makes the review what the facts say.
func (v *factsReview) fill(f *facts, segment string, i int) *Review {
	v.record = review.Record{
		ID: f.ID, Industry: f.Industry, Star: int(f.Star), ScoreD: int(f.ScoreD), ScoreS: int(f.ScoreS), ScoreL: int(f.ScoreL),
		OrderID: f.Order, SubOrderID: f.SubOrder, Buyer: f.Buyer, Product: f.Product, ProductID: f.ProductID, SKU: f.SKU,
		Courier: f.Courier, Province: f.Province, City: f.City, Time: fromMillis(f.Time), OrderTime: fromMillis(f.OrderTime),
	}
	v.Review = Review{Key: f.Key, Segment: segment, Index: i, Annotation: pipeline.Annotation{
		ID: f.ID, Result: classifier.Result{Labels: f.Labels, Template: f.Template}, Record: &v.record,
	}}
	v.followUpDigest = f.FollowUpDigest
	if f.FollowUp {
		v.followUp = pipeline.FollowUp{Result: classifier.Result{Labels: f.FollowUpLabels}}
		v.FollowUp = &v.followUp
	}
	return &v.Review
}

// Facts gives all reviews in order of import, with people's corrections applied,
// but without texts and evidence: what tables, scores and trends need, in a
// small part of the time of Each. Times are exact to the millisecond. The review
// is valid until see returns; its strings may be kept. At has the whole of one.
func (d *Dir) Facts(see func(*Review) error) error {
	for _, s := range d.Segments() {
		if err := d.factsOf(s, see); err != nil {
			return err
		}
	}
	return nil
}

// factsOf reads the row groups of a segment on all cores and gives their reviews
// in order.
func (d *Dir) factsOf(s Segment, see func(*Review) error) error {
	f, err := d.openChecked(s)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name(), err)
	}
	groups := file.RowGroups()
	type read struct {
		rows []facts
		err  error
	}
	done := make([]chan read, len(groups))
	for i := range done {
		done[i] = make(chan read, 1)
	}
	var next atomic.Int64
	free := make(chan struct{}, 2*runtime.GOMAXPROCS(0)) // row groups in memory
	stop := make(chan struct{})
	defer close(stop)
	for range min(runtime.GOMAXPROCS(0), len(groups)) {
		go func() {
			for {
				select {
				case free <- struct{}{}:
				case <-stop:
					return
				}
				i := int(next.Add(1)) - 1
				if i >= len(groups) {
					return
				}
				rows := make([]facts, groups[i].NumRows())
				err := readGroup(file.Schema(), groups[i], columnsOf, rows)
				done[i] <- read{rows, err}
			}
		}()
	}
	n := 0
	var v factsReview
	for i := range groups {
		got := <-done[i]
		if got.err != nil {
			return fmt.Errorf("%s: %w", f.Name(), got.err)
		}
		for k := range got.rows {
			at := n
			if n++; s.IsGone(at) {
				continue
			}
			r := v.fill(&got.rows[k], s.Name, at)
			d.correct(r)
			if err := see(r); err != nil {
				return err
			}
		}
		<-free
	}
	return nil
}

// openSegment opens a segment as it is.
func (d *Dir) openSegment(s Segment) (*os.File, error) {
	f, err := os.Open(filepath.Join(d.path, segmentsName, s.Name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, d.damagedSegment(s, "is gone")
	}
	return f, err
}

// openChecked opens a segment whose checksum is right.
func (d *Dir) openChecked(s Segment) (*os.File, error) {
	f, err := d.openSegment(s)
	if err != nil {
		return nil, err
	}
	sum, err := checksumOf(f)
	if err == nil && sum != s.SHA256 {
		err = d.damagedSegment(s, "is damaged (its checksum differs)")
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (d *Dir) damagedSegment(s Segment, what string) error {
	return fmt.Errorf("%s %s: restore it from a backup, or run %s with all exports of the dataset (this segment is of %s); what people said of labels comes along if you copy %s into the new folder, and chaping correct export writes what they said of the other reviews",
		filepath.Join(d.path, segmentsName, s.Name), what, d.importAnew(), fileNames(s.Files), filepath.Join(d.path, correctionsName))
}

// Sound reads a segment and says what is wrong where it is not as it was written.
func (d *Dir) Sound(s Segment) error {
	f, err := d.openChecked(s)
	if err != nil {
		return err
	}
	return f.Close()
}

// Verify reads every segment and the shipped base and lists what is wrong with each that is not as
// it was written.
func (d *Dir) Verify() (damage []error) {
	for _, s := range d.Segments() {
		if err := d.Sound(s); err != nil {
			damage = append(damage, err)
		}
	}
	if err := d.eachLine(func(*orders.Line) error { return nil }); err != nil {
		damage = append(damage, err)
	}
	return damage
}
