package orders_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"chaping/internal/crosstab"
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
	day := func(month, day int) time.Time {
		return time.Date(2026, time.Month(month), day, 0, 0, 0, 0, review.Shanghai)
	}
	g := readText(t, twoItems).Register()
	for _, tc := range []struct {
		by   []string
		want []crosstab.Base
	}{
		{[]string{"category", "courier", "region", "month"}, []crosstab.Base{
			{Courier: "圆通", Province: "湖北", Region: "华中", Date: day(5, 1), Orders: 1},
			{Courier: "圆通", Province: "湖北", Region: "华中", Date: day(6, 1), Orders: 1},
		}},
		{[]string{"courier", "week"}, []crosstab.Base{{Courier: "圆通", Date: day(5, 25), Orders: 1}, {Courier: "圆通", Date: day(6, 1), Orders: 1}}},
		{[]string{"week", "month"}, []crosstab.Base{{Date: day(5, 31), Orders: 1}, {Date: day(6, 1), Orders: 1}}},
		{[]string{"product"}, []crosstab.Base{{Product: "梨", Orders: 1}, {Product: "苹果", Orders: 2}}},
		{[]string{"sku"}, []crosstab.Base{{SKU: "3斤", Orders: 1}, {SKU: "5斤", Orders: 2}}},
		{nil, []crosstab.Base{{Orders: 2}}},
	} {
		if diff := cmp.Diff(tc.want, g.Base(tc.by...)); diff != "" {
			t.Errorf("base by %q mismatch (-want +got):\n%s", tc.by, diff)
		}
	}
	if g.Orders() != 2 {
		t.Errorf("%d orders shipped", g.Orders())
	}
	row := crosstab.Row{Courier: "中通", Time: day(7, 9)}
	if g.Place(g.Find(&review.Record{OrderID: "1002"}), &row); row.Courier != "圆通" || row.Region != "华中" || !row.Time.Equal(day(6, 1)) {
		t.Errorf("placed at %+v", row)
	}
	for _, id := range []string{"1003", "", "9"} {
		if g.Find(&review.Record{OrderID: id}) >= 0 {
			t.Errorf("order %q counts", id)
		}
	}
	if base := new(orders.Register).Base("courier"); base == nil || len(base) > 0 {
		t.Errorf("the base of no order is %+v", base)
	}
}

// TestRegisterFills compares what a register fills in with what the book does.
func TestRegisterFills(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata", "exports")
	files := []string{"taobao-orders/input.csv", "pdd-orders/input.csv", "douyin-orders/input.xlsx"}
	var paths []string
	for _, f := range files {
		paths = append(paths, filepath.Join(dir, f))
	}
	b := read(t, paths...)
	g := b.Register()
	found := 0
	for _, in := range []review.Record{
		{OrderID: "2200334455667788990"}, {OrderID: "260301-000000000000001"}, {OrderID: "6920000000000000001"}, {OrderID: "6920000000000000001", Product: "坚果礼盒"},
		{SubOrderID: "6920000000000000022"}, {OrderID: "6920000000000000001", SubOrderID: "6920000000000000022"}, {OrderID: "9"}, {},
	} {
		want, got := in, in
		if b.Fill(&want) != g.Fill(&got) {
			t.Errorf("%+v: known to one alone", in)
		}
		if got.Courier != "" {
			found++
		}
		want = review.Record{OrderID: want.OrderID, SubOrderID: want.SubOrderID, Courier: want.Courier, Province: want.Province, City: want.City, Product: want.Product, ProductID: want.ProductID, SKU: want.SKU}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%+v mismatch (-book +register):\n%s", in, diff)
		}
	}
	if found < 5 {
		t.Errorf("only %d of the orders are known", found)
	}
}

// of gives lines one after the other.
func of(lines []orders.Line) orders.Lines {
	return func(see func(*orders.Line) error) error {
		for i := range lines {
			if err := see(&lines[i]); err != nil {
				return err
			}
		}
		return nil
	}
}

func none(*orders.Line) error { return nil }

// all lists what Lines give.
func all(t *testing.T, each orders.Lines) (list []orders.Line) {
	t.Helper()
	if err := each(func(l *orders.Line) error { list = append(list, *l); return nil }); err != nil {
		t.Fatal(err)
	}
	return list
}

func merged(t *testing.T, newer, older []orders.Line) []orders.Line {
	t.Helper()
	return all(t, func(see func(*orders.Line) error) error { return orders.Merge(of(newer), of(older), see) })
}

// TestMerge merges exports that overlap: an order counts once, the newer export wins,
// and the same export again changes nothing.
func TestMerge(t *testing.T) {
	may := all(t, readText(t, twoItems).Each)
	june := all(t, readText(t, `订单编号,宝贝标题,商品ID,商品规格,物流公司,省份,发货时间
1002,苹果,77,5斤,中通,,
1003,苹果,77,5斤,圆通,广东,2026-06-02 10:00:00
1004,苹果,77,5斤,圆通,广东,2026-06-02 10:00:00
`).Each)
	both := merged(t, june, may)
	for _, again := range [][]orders.Line{may, june, both} {
		if got := merged(t, again, merged(t, again, both)); len(got) != len(both) {
			t.Errorf("%d lines after merging again, want %d", len(got), len(both))
		}
	}
	if diff := cmp.Diff(both, merged(t, both, both)); diff != "" {
		t.Errorf("merged with itself (-want +got):\n%s", diff)
	}
	for _, got := range [][]orders.Line{merged(t, may, nil), merged(t, nil, may)} {
		if diff := cmp.Diff(may, got); diff != "" {
			t.Errorf("merged with nothing (-want +got):\n%s", diff)
		}
	}
	fail := errors.New("fail")
	bad := func(func(*orders.Line) error) error { return fail }
	wrapping := func(see func(*orders.Line) error) error { // as a file's reader does
		if err := of(may)(see); err != nil {
			return fmt.Errorf("file: %w", err)
		}
		return nil
	}
	stop := func(*orders.Line) error { return fail }
	for _, err := range []error{orders.Merge(bad, of(may), none), orders.Merge(of(may), bad, none), orders.Merge(of(may), of(june), stop), orders.Merge(of(nil), wrapping, stop), orders.Merge(wrapping, wrapping, stop)} {
		if !errors.Is(err, fail) {
			t.Errorf("an error is lost: %v", err)
		}
	}
	g, err := orders.NewRegister(of(both))
	if err != nil || g.Orders() != 4 {
		t.Fatalf("%d orders, %v", g.Orders(), err)
	}
	r := review.Record{OrderID: "1002"}
	if g.Fill(&r); r.Courier != "中通" || r.Province != "湖北" || r.ProductID != "77" {
		t.Errorf("the merged order is %+v", r)
	}
	if _, err := orders.NewRegister(func(see func(*orders.Line) error) error {
		return errors.Join(see(&orders.Line{Order: 2}), see(&orders.Line{Order: 1}))
	}); err == nil {
		t.Error("lines that are out of order are taken")
	}
}

// TestJoinedItems takes the items of a row apart: sub-orders of Douyin, and titles of Taobao.
func TestJoinedItems(t *testing.T) {
	b := readText(t, `主订单编号,子订单编号,选购商品,商品规格,商品ID,宝贝种类,发货时间,物流公司
69001,69001;69002,苹果;梨,5斤;3斤,7;8,,2026-05-01,圆通
69003,69003;69004,"柚子;红心",一箱,9,,2026-05-01,圆通
22001,,桃，李子，杏,,,3,2026-05-01,圆通
22002,,枣，核桃,,,1,2026-05-01,圆通
`)
	g := b.Register()
	for _, tc := range []struct {
		in           review.Record
		product, sku string
	}{
		{review.Record{OrderID: "69002"}, "梨", "3斤"},
		{review.Record{OrderID: "69001", SubOrderID: "69002"}, "梨", "3斤"},
		{review.Record{SubOrderID: "69001"}, "苹果", "5斤"},
		{review.Record{OrderID: "69001"}, "", ""}, // the number of the first sub-order too: either item
		{review.Record{OrderID: "22001"}, "", ""},
		{review.Record{OrderID: "22002"}, "枣，核桃", ""},
	} {
		r := tc.in
		if !b.Fill(&r) || r.Product != tc.product || r.SKU != tc.sku || r.Courier != "圆通" {
			t.Errorf("Fill(%+v) gives product %q, SKU %q, courier %q; want %q, %q, 圆通", tc.in, r.Product, r.SKU, r.Courier, tc.product, tc.sku)
		}
		again := tc.in
		if !g.Fill(&again) || again.Product != tc.product || again.SKU != tc.sku || again.Courier != "圆通" || g.Find(&tc.in) < 0 {
			t.Errorf("the register fills %+v with product %q, SKU %q, courier %q", tc.in, again.Product, again.SKU, again.Courier)
		}
	}
	got := map[string]int{}
	for _, base := range g.Base("product") {
		got[base.Product] = base.Orders
	}
	want := map[string]int{"苹果": 1, "梨": 1, "柚子": 1, "红心": 1, "桃": 1, "李子": 1, "杏": 1, "枣，核桃": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("by product mismatch (-want +got):\n%s", diff)
	}
}

// TestFind looks for each of many orders, and for others.
func TestFind(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 1000} {
		var lines []orders.Line
		for i := range n {
			lines = append(lines, orders.Line{Order: orders.Digest(fmt.Sprint(i)), Day: int32(i + 1)})
		}
		slices.SortFunc(lines, func(a, b orders.Line) int { return int(min(max(a.Order-b.Order, -1), 1)) })
		g, err := orders.NewRegister(of(lines))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 * n {
			at := g.Find(&review.Record{OrderID: fmt.Sprint(i)})
			if (at >= 0) != (i < n) {
				t.Fatalf("order %d of %d is found at %d", i, n, at)
			}
			if at < 0 {
				continue
			}
			var row crosstab.Row
			if g.Place(at, &row); !row.Time.Equal(time.Date(1970, 1, 2+i, 0, 0, 0, 0, review.Shanghai)) {
				t.Fatalf("order %d of %d has the day %v", i, n, row.Time)
			}
		}
	}
}
