package orders_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chaping/internal/orders"
	"chaping/internal/review"
)

func read(t *testing.T, paths ...string) *orders.Book {
	t.Helper()
	b, err := orders.Read(paths, review.Options{}, func(e *review.RowError) error { t.Errorf("rejected: %v", e); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readText(t *testing.T, text string) *orders.Book {
	t.Helper()
	path := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return read(t, path)
}

// TestForms fills a review from each of the platforms' forms.
func TestForms(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata", "exports")
	for _, tc := range []struct {
		form string
		in   review.Record
		want review.Record
	}{
		{"taobao-orders/input.csv", review.Record{OrderID: "2200334455667788990"}, review.Record{Courier: "顺丰", Province: "浙江", City: "杭州", Product: "龙井茶"}},
		{"pdd-orders/input.csv", review.Record{OrderID: "260301-000000000000001"}, review.Record{Courier: "极兔", Province: "河南", City: "郑州", Product: "纸巾", SKU: "12包"}},
		{"douyin-orders/input.xlsx", review.Record{OrderID: "6920000000000000001"}, review.Record{Courier: "圆通", Province: "广东", City: "深圳", Product: "坚果礼盒", SKU: "1kg"}},
		{"douyin-orders/input.xlsx", review.Record{SubOrderID: "6920000000000000022"}, review.Record{Courier: "中通", Product: "坚果礼盒", SKU: "500g"}},
	} {
		r := tc.in
		if !read(t, filepath.Join(dir, tc.form)).Fill(&r) {
			t.Errorf("%s: order %s%s is not found", tc.form, tc.in.OrderID, tc.in.SubOrderID)
		}
		got := review.Record{Courier: r.Courier, Province: r.Province, City: r.City, Product: r.Product, SKU: r.SKU}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: mismatch (-want +got):\n%s", tc.form, diff)
		}
	}
}

const twoItems = `订单编号,宝贝标题,商品规格,物流公司,省份,发货时间
1001,苹果,5斤,圆通速递,湖北省,2026-05-31 23:00:00
1001,梨,3斤,圆通速递,湖北省,2026-05-31 23:00:00
1001,梨,3斤,圆通速递,湖北省,2026-05-31 23:00:00
1002,苹果,5斤,YTO,湖北,2026-06-01 01:00:00
1003,苹果,5斤,,广东,
`

func TestItems(t *testing.T) {
	b := readText(t, twoItems)
	for _, tc := range []struct {
		name, product, sku string
		want               string
	}{
		{"two items, none named", "", "", ""},
		{"named", "梨", "", "3斤"},
		{"named otherwise", "香蕉", "", ""},
	} {
		r := review.Record{OrderID: "1001", Product: tc.product}
		if !b.Fill(&r) || r.SKU != tc.want || r.Product != tc.product || r.Courier != "圆通" {
			t.Errorf("%s: %+v, want SKU %q", tc.name, r, tc.want)
		}
	}
	kept := review.Record{OrderID: "1002", Courier: "中通", Province: "海南"}
	if b.Fill(&kept); kept.Courier != "中通" || kept.Province != "海南" {
		t.Errorf("what the review says is overwritten: %+v", kept)
	}
	if b.Fill(&review.Record{OrderID: "9"}) || b.Fill(&review.Record{}) {
		t.Error("an unknown order is found")
	}
}

// TestBase counts orders once, and once for each product; what was not shipped
// does not count, and months are those of Shanghai.
func TestBase(t *testing.T) {
	whole, byProduct := readText(t, twoItems).Base()
	if diff := cmp.Diff([]orders.Base{
		{Courier: "圆通", Province: "湖北", Month: "2026-05", Orders: 1},
		{Courier: "圆通", Province: "湖北", Month: "2026-06", Orders: 1},
	}, whole); diff != "" {
		t.Errorf("whole orders mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]orders.Base{
		{Courier: "圆通", Province: "湖北", Product: "梨", Month: "2026-05", Orders: 1},
		{Courier: "圆通", Province: "湖北", Product: "苹果", Month: "2026-05", Orders: 1},
		{Courier: "圆通", Province: "湖北", Product: "苹果", Month: "2026-06", Orders: 1},
	}, byProduct); diff != "" {
		t.Errorf("by product mismatch (-want +got):\n%s", diff)
	}
}
