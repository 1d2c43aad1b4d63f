package writer

import (
	"encoding/json"
	"slices"
	"strings"

	"chaping/classifier"
	"chaping/internal/pii"
	"chaping/internal/pipeline"
	"chaping/internal/review"
)

// mask hides what identifies a person in a text.
func (o Options) mask(s string) string {
	if o.NoMask {
		return s
	}
	return pii.Mask(s)
}

// hide replaces a value that is there by its kind.
func (o Options) hide(s string, kind pii.Kind) string {
	if o.NoMask || s == "" {
		return s
	}
	return kind.Mask()
}

// Masked is the annotation without its record, personal data in its evidence
// masked.
func (o Options) Masked(a *pipeline.Annotation) pipeline.Annotation {
	c := *a
	c.Record = nil
	if o.NoMask {
		return c
	}
	c.Result = o.maskedResult(a.Result)
	if a.FollowUp != nil {
		c.FollowUp = &pipeline.FollowUp{Result: o.maskedResult(a.FollowUp.Result), Days: a.FollowUp.Days}
	}
	return c
}

// maskedResult masks evidence.
func (o Options) maskedResult(r classifier.Result) classifier.Result {
	r.Hits, r.Suppressed = slices.Clone(r.Hits), slices.Clone(r.Suppressed)
	for i := range r.Hits {
		r.Hits[i].Text = pii.Mask(r.Hits[i].Text)
	}
	for i := range r.Suppressed {
		r.Suppressed[i].Text = pii.Mask(r.Suppressed[i].Text)
	}
	return r
}

// Shown is the record as it may leave the program.
func (o Options) Shown(c review.Record) review.Record {
	if o.NoMask {
		return c
	}
	c.Text, c.FollowUp, c.Reply = pii.Mask(c.Text), pii.Mask(c.FollowUp), pii.Mask(c.Reply)
	c.OrderID, c.SubOrderID = o.hide(c.OrderID, pii.Order), o.hide(c.SubOrderID, pii.Order)
	c.TrackingNo = o.hide(c.TrackingNo, pii.Tracking)
	c.Buyer = o.hide(c.Buyer, pii.Nick)
	c.Address = o.hide(c.Address, pii.Address)
	if len(c.Extra) > 0 {
		extra := make(map[string]json.RawMessage, len(c.Extra))
		for key, value := range c.Extra {
			extra[key] = o.extra(key, value)
		}
		c.Extra = extra
	}
	c.Damaged = append([]review.Damage(nil), c.Damaged...)
	for i := range c.Damaged {
		switch d := &c.Damaged[i]; d.Field {
		case "order_id", "sub_order_id":
			d.Value = o.hide(d.Value, pii.Order)
		case "tracking_no":
			d.Value = o.hide(d.Value, pii.Tracking)
		default:
			d.Value = pii.Mask(d.Value)
		}
	}
	return c
}

// personal are words in the name of a column that no field takes, which say
// that it identifies a person.
var personal = []struct {
	word string
	kind pii.Kind
}{
	{"手机", pii.Mobile}, {"电话", pii.Landline}, {"姓名", pii.Name}, {"收货人", pii.Name}, {"收件人", pii.Name}, {"联系人", pii.Name},
	{"地址", pii.Address}, {"身份证", pii.IDCard}, {"邮箱", pii.Email}, {"微信", pii.WeChat}, {"qq", pii.QQ}, {"支付宝", pii.Name},
	{"phone", pii.Mobile}, {"mobile", pii.Mobile}, {"address", pii.Address}, {"receiver_name", pii.Name}, {"nick", pii.Nick}, {"昵称", pii.Nick},
}

// extra masks a column or key that is no field.
func (o Options) extra(key string, value json.RawMessage) json.RawMessage {
	if s := strings.Trim(string(value), `" `); s == "" || s == "null" {
		return value
	}
	key = strings.ToLower(key)
	masked := pii.Mask(string(value))
	for _, p := range personal {
		if strings.Contains(key, p.word) {
			masked = `"` + p.kind.Mask() + `"`
			break
		}
	}
	if !json.Valid([]byte(masked)) { // a number stood for something
		quoted, err := json.Marshal(masked)
		if err != nil {
			return json.RawMessage("null") // a string always encodes
		}
		return quoted
	}
	return json.RawMessage(masked)
}
