package review

import (
	"slices"
	"time"
)

// kind says how the values of a field are read.
type kind int

const (
	kindText        kind = iota // free text, kept as it is
	kindString                  // a short string, trimmed
	kindID                      // a number that is a name: an order, a product
	kindStar                    // 1–5 in any spelling
	kindInt                     // a count
	kindTime                    // a moment or a day
	kindFollow                  // a moment, or days since another: "收货后5天"
	kindDays                    // days, bare or relative
	kindCourierInfo             // "tracking number-courier"
)

// field ties a name to its place in a Record.
type field struct {
	name string
	kind kind
	ptr  func(*Record) any // *string, *int or *time.Time; nil when set is special

	index int // in fields
}

// fields lists every field that a column can fill, in the order of the Record.
var fields = numbered([]*field{
	{name: "id", kind: kindID, ptr: func(r *Record) any { return &r.ID }},
	{name: "platform", kind: kindString, ptr: func(r *Record) any { return &r.Platform }},
	{name: "shop", kind: kindString, ptr: func(r *Record) any { return &r.Shop }},
	{name: "industry", kind: kindString, ptr: func(r *Record) any { return &r.Industry }},
	{name: "text", kind: kindText, ptr: func(r *Record) any { return &r.Text }},
	{name: "reply", kind: kindText, ptr: func(r *Record) any { return &r.Reply }},
	{name: "follow_up", kind: kindText, ptr: func(r *Record) any { return &r.FollowUp }},
	{name: "follow_up_time", kind: kindFollow, ptr: func(r *Record) any { return &r.FollowUpTime }},
	{name: "follow_up_days", kind: kindDays, ptr: nil},
	{name: "follow_up_basis", kind: kindString, ptr: func(r *Record) any { return (*string)(&r.FollowUpBasis) }},
	{name: "star", kind: kindStar, ptr: func(r *Record) any { return &r.Star }},
	{name: "score_d", kind: kindStar, ptr: func(r *Record) any { return &r.ScoreD }},
	{name: "score_s", kind: kindStar, ptr: func(r *Record) any { return &r.ScoreS }},
	{name: "score_l", kind: kindStar, ptr: func(r *Record) any { return &r.ScoreL }},
	{name: "order_id", kind: kindID, ptr: func(r *Record) any { return &r.OrderID }},
	{name: "sub_order_id", kind: kindID, ptr: func(r *Record) any { return &r.SubOrderID }},
	{name: "buyer", kind: kindString, ptr: func(r *Record) any { return &r.Buyer }},
	{name: "product", kind: kindString, ptr: func(r *Record) any { return &r.Product }},
	{name: "product_id", kind: kindID, ptr: func(r *Record) any { return &r.ProductID }},
	{name: "sku", kind: kindString, ptr: func(r *Record) any { return &r.SKU }},
	{name: "quantity", kind: kindInt, ptr: func(r *Record) any { return &r.Quantity }},
	{name: "courier", kind: kindString, ptr: func(r *Record) any { return &r.Courier }},
	{name: "tracking_no", kind: kindID, ptr: func(r *Record) any { return &r.TrackingNo }},
	{name: "courier_info", kind: kindCourierInfo, ptr: nil},
	{name: "province", kind: kindString, ptr: func(r *Record) any { return &r.Province }},
	{name: "city", kind: kindString, ptr: func(r *Record) any { return &r.City }},
	{name: "address", kind: kindString, ptr: func(r *Record) any { return &r.Address }},
	{name: "time", kind: kindTime, ptr: func(r *Record) any { return &r.Time }},
	{name: "order_time", kind: kindTime, ptr: func(r *Record) any { return &r.OrderTime }},
	{name: "ship_time", kind: kindTime, ptr: func(r *Record) any { return &r.ShipTime }},
	{name: "receive_time", kind: kindTime, ptr: func(r *Record) any { return &r.ReceiveTime }},
})

func numbered(list []*field) []*field {
	for i, f := range list {
		f.index = i
	}
	return list
}

// fieldByName finds a field, nil if there is none.
func fieldByName(name string) *field {
	i := slices.IndexFunc(fields, func(f *field) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return fields[i]
}

// FieldNames lists the fields that [Options].Map may name.
func FieldNames() []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return names
}

// set reads a value into the field. A value that cannot be read or trusted is
// noted as damage and leaves the field as it was. A table's cells are cleaned
// of what spreadsheets wrap around them; JSON values (verbatim) keep their text
// exactly, so that offsets into it hold for the sender.
func (f *field) set(r *Record, value string, verbatim bool) {
	if f.kind == kindText && verbatim {
		*f.ptr(r).(*string) = value
		return
	}
	v := cleanCell(value, f.kind == kindText)
	if v == "" {
		return
	}
	var reason string
	switch f.kind {
	case kindText, kindString:
		if reason = brokenCell(v); reason == "" {
			*f.ptr(r).(*string) = v
		}
	case kindID:
		var id string
		if id, reason = parseID(v); id != "" {
			*f.ptr(r).(*string) = id
		}
	case kindStar:
		var n int
		if n, reason = parseStar(v); n > 0 {
			*f.ptr(r).(*int) = n
		}
	case kindInt:
		var n int
		if n, reason = parseCount(v); reason == "" {
			*f.ptr(r).(*int) = n
		}
	case kindTime:
		var t time.Time
		if t, reason = parseTime(v); reason == "" {
			*f.ptr(r).(*time.Time) = t
		}
	case kindFollow, kindDays:
		reason = f.setFollow(r, v)
	case kindCourierInfo:
		r.TrackingNo, r.Courier = parseCourierInfo(v)
	}
	if reason != "" {
		r.damage(Damage{Field: f.name, Value: value, Reason: reason})
	}
}

// damage notes a value that cannot be trusted, once: a Record that is read
// again brings its notes with it.
func (r *Record) damage(d Damage) {
	if !slices.Contains(r.Damaged, d) {
		r.Damaged = append(r.Damaged, d)
	}
}

// setFollow reads "2026-01-02 …", "5", "收货后5天" or "当天".
func (f *field) setFollow(r *Record, v string) (reason string) {
	if f.kind == kindFollow {
		t, reason := parseTime(v)
		if reason == "" {
			r.FollowUpTime = t
			return ""
		}
		if days, basis, ok := parseRelative(v); ok {
			r.FollowUpDays, r.FollowUpBasis = &days, basis
			return ""
		}
		return reason
	}
	if days, basis, ok := parseRelative(v); ok {
		r.FollowUpDays = &days
		if r.FollowUpBasis == "" {
			r.FollowUpBasis = basis
		}
		return ""
	}
	n, reason := parseCount(v)
	if reason == "" {
		r.FollowUpDays = &n
		if r.FollowUpBasis == "" {
			r.FollowUpBasis = BasisReview
		}
	}
	return reason
}

// finish fills what follows from other fields: the days between the two texts,
// when both times are known, or the follow-up begins with them, and the export
// doesn't count them itself.
func (r *Record) finish() {
	if r.FollowUpDays != nil {
		return
	}
	if r.FollowUpTime.IsZero() || r.Time.IsZero() {
		if days, basis, ok := headDays(r.FollowUp); ok {
			r.FollowUpDays, r.FollowUpBasis = &days, basis
		}
		return
	}
	days := int(day(r.FollowUpTime).Sub(day(r.Time)) / (24 * time.Hour))
	if days < 0 {
		r.damage(Damage{
			Field: "follow_up_time", Value: r.FollowUpTime.Format(time.DateTime),
			Reason: "the follow-up is earlier than the review",
		})
		return
	}
	r.FollowUpDays, r.FollowUpBasis = &days, BasisReview
}

// day is the midnight that begins t's day in Shanghai.
func day(t time.Time) time.Time {
	y, m, d := t.In(Shanghai).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, Shanghai)
}
