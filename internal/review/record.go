package review

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Shanghai is the time zone of every time in a [Record]. It is a fixed
// +08:00: the platforms did not exist when China last had summer time, and a
// fixed zone needs no tzdata on the user's machine.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Record is one rating with its texts: what a buyer wrote, about which order,
// and what the export says about that order.
//
// The zero value of a field means that the export does not say. All times are
// in [Shanghai]. A Record marshals to the `review` object of the classify
// contract, lower snake case keys with unknown values left out, and unmarshals
// from any object that the JSONL reader accepts; the two are inverse to each
// other, Source excepted.
type Record struct {
	ID       string `json:"id,omitempty"`
	Platform string `json:"platform,omitempty"`
	Shop     string `json:"shop,omitempty"`
	Industry string `json:"industry,omitempty"`

	Text  string `json:"text"`
	Reply string `json:"reply,omitempty"` // the merchant's answer

	// FollowUp is the second text (追评) that a buyer may add to the same
	// order. FollowUpDays counts whole days up to it, nil when unknown, and
	// FollowUpBasis says from when.
	FollowUp      string    `json:"follow_up,omitempty"`
	FollowUpTime  time.Time `json:"follow_up_time,omitzero"`
	FollowUpDays  *int      `json:"follow_up_days,omitempty"`
	FollowUpBasis Basis     `json:"follow_up_basis,omitempty"`

	Star   int `json:"star,omitempty"`    // 1–5; 0 is unknown
	ScoreD int `json:"score_d,omitempty"` // 描述相符, 1–5; 0 is unknown
	ScoreS int `json:"score_s,omitempty"` // 卖家服务, 1–5; 0 is unknown
	ScoreL int `json:"score_l,omitempty"` // 物流服务, 1–5; 0 is unknown

	OrderID    string `json:"order_id,omitempty"`
	SubOrderID string `json:"sub_order_id,omitempty"`
	Buyer      string `json:"buyer,omitempty"`
	Product    string `json:"product,omitempty"`
	ProductID  string `json:"product_id,omitempty"`
	SKU        string `json:"sku,omitempty"`
	Quantity   int    `json:"quantity,omitempty"` // pieces ordered; 0 is unknown
	Courier    string `json:"courier,omitempty"`
	TrackingNo string `json:"tracking_no,omitempty"`
	Province   string `json:"province,omitempty"` // as the export writes it until Canonical is called, like Courier
	City       string `json:"city,omitempty"`
	Address    string `json:"address,omitempty"`

	Time        time.Time `json:"time,omitzero"`         // of the first review
	OrderTime   time.Time `json:"order_time,omitzero"`   // order created
	ShipTime    time.Time `json:"ship_time,omitzero"`    // parcel handed over
	ReceiveTime time.Time `json:"receive_time,omitzero"` // receipt confirmed

	// Extra holds every column or key that is no field, under its own name.
	// A table's cells are JSON strings; JSON values stay as they were.
	Extra map[string]json.RawMessage `json:"extra,omitempty"`

	// Damaged lists the values that were there but could not be trusted. The
	// fields themselves are left unknown: nothing is guessed.
	Damaged []Damage `json:"damaged,omitempty"`

	// Source says where the record was read, for messages.
	Source Source `json:"-"`
}

// Basis says from when FollowUpDays counts.
type Basis string

// The three starting points that exports know.
const (
	BasisReview  Basis = "review"  // from the first review
	BasisReceipt Basis = "receipt" // from 确认收货: "收货后5天追评"
	BasisOrder   Basis = "order"   // from the purchase: "购买10天后追评"
)

// Damage is a value that could not be trusted, such as an order number that a
// spreadsheet turned into 1.23457E+18.
type Damage struct {
	Field  string `json:"field"`
	Value  string `json:"value"` // as it stood in the export
	Reason string `json:"reason"`
}

// Source is a place in the input.
type Source struct {
	File  string // as the user named it; a zip member follows after "!"
	Sheet string // of a workbook
	Row   int    // 1-based: line of a text file, row of a sheet, element of a JSON array
}

// String gives the place as file:row, or file[sheet]:row.
func (s Source) String() string {
	if s.Sheet != "" {
		return fmt.Sprintf("%s[%s]:%d", s.File, s.Sheet, s.Row)
	}
	return fmt.Sprintf("%s:%d", s.File, s.Row)
}

// MarshalJSON writes times in Shanghai time, whatever zone they are held in.
func (r Record) MarshalJSON() ([]byte, error) {
	for _, t := range []*time.Time{&r.Time, &r.OrderTime, &r.ShipTime, &r.ReceiveTime, &r.FollowUpTime} {
		if !t.IsZero() {
			*t = t.In(Shanghai)
		}
	}
	type plain Record
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // the caller's encoder escapes, if it wants to
	if err := enc.Encode(plain(r)); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// UnmarshalJSON reads an object as the JSONL reader does: aliases of keys and
// the many spellings of stars and times are understood, and unknown keys go to
// Extra. It accepts objects without a text.
func (r *Record) UnmarshalJSON(data []byte) error {
	rec, problem := newKeyMapper(nil, nil).record(bytes.ToValidUTF8(data, []byte("\uFFFD")))
	if problem != nil {
		return fmt.Errorf("review: %s", problem.reason)
	}
	*r = rec
	return nil
}

// Stored is a Record to marshal as MarshalJSON does, in half the time, and to
// unmarshal what it wrote and nothing else, in a third: no other spellings are
// understood.
type Stored Record

// Stored is the record, its times in Shanghai.
func (r Record) Stored() *Stored {
	s := Stored(r)
	s.Record() // changes the zone
	return &s
}

// Record is the record, its times in Shanghai.
func (s *Stored) Record() *Record {
	for _, t := range []*time.Time{&s.Time, &s.OrderTime, &s.ShipTime, &s.ReceiveTime, &s.FollowUpTime} {
		if !t.IsZero() {
			*t = t.In(Shanghai)
		}
	}
	return (*Record)(s)
}
