package review_test

import (
	"testing"

	"chaping/internal/review"
)

func TestCanonical(t *testing.T) {
	for _, tc := range []struct {
		name     string
		in, want review.Record
	}{
		{"names", review.Record{Courier: "圆通速递", Province: "广东省"}, review.Record{Courier: "圆通", Province: "广东"}},
		{"address", review.Record{Address: "浙江省 杭州市 西湖区"}, review.Record{Address: "浙江省 杭州市 西湖区", Province: "浙江", City: "杭州"}},
		{"two parcels", review.Record{Courier: "YTO;中通快递"}, review.Record{Courier: "圆通;中通"}},
		{"unknown", review.Record{Courier: "马车", Province: "火星"}, review.Record{Courier: "马车", Province: "火星"}},
	} {
		for range 2 { // a second call changes nothing
			tc.in.Canonical()
		}
		if tc.in.Courier != tc.want.Courier || tc.in.Province != tc.want.Province || tc.in.City != tc.want.City {
			t.Errorf("%s: Canonical gives %+v, want %+v", tc.name, tc.in, tc.want)
		}
	}
}
