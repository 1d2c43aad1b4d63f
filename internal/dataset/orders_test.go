package dataset_test

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"chaping/internal/crosstab"
	"chaping/internal/dataset"
	"chaping/internal/orders"
	"chaping/internal/review"
)

// lines are orders of a courier.
func lines(courier string, numbers ...string) orders.Lines {
	var out []orders.Line
	for _, n := range numbers {
		out = append(out, orders.Line{Order: orders.Digest(n), Courier: courier, Province: "湖北", Day: 20600, Product: "桃", SKU: "5斤"})
	}
	slices.SortFunc(out, func(a, b orders.Line) int { return cmp.Compare(a.Order, b.Order) })
	return func(see func(*orders.Line) error) error {
		for i := range out {
			if err := see(&out[i]); err != nil {
				return err
			}
		}
		return nil
	}
}

// addOrders imports an order export alone.
func addOrders(t *testing.T, d *dataset.Dir, name string, list orders.Lines) {
	t.Helper()
	im, err := d.Begin(nil)
	if err != nil {
		t.Fatal(err)
	}
	im.AddOrders(list, []dataset.Import{{Name: name, SHA256: name}})
	if _, err := im.Commit(nil); err != nil {
		t.Fatal(err)
	}
}

// TestOrders keeps orders of exports that overlap, over reopening and relabelling.
func TestOrders(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir, dataset.Write)
	if g, err := d.Shipped(); g != nil || err != nil || d.Orders().Name != "" {
		t.Errorf("a new dataset has orders: %v, %v", g, err)
	}
	addOrders(t, d, "may", lines("圆通", "1", "2", "3"))
	first := d.Orders()
	addOrders(t, d, "may again", lines("圆通", "1", "2", "3"))
	if now := d.Orders(); now.Name != first.Name || now.SHA256 != first.SHA256 || !d.ImportedOrders("may again") || d.ImportedOrders("june") || d.Imported("may") {
		t.Errorf("the same orders change what is kept: %+v, before %+v", now, first)
	}
	addOrders(t, d, "june", lines("中通", "3", "4"))
	if len(d.Segments()) != 0 || d.Orders().Orders != 4 {
		t.Errorf("%d segments, orders %+v", len(d.Segments()), d.Orders())
	}
	if err := d.Relabel(false, "food", func(*dataset.Review) error { return nil }, nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(dir, "orders", "half-1")
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d = open(t, dir, dataset.Write)
	g, err := d.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	want := []crosstab.Base{{Courier: "中通", Orders: 2}, {Courier: "圆通", Orders: 2}}
	if got := g.Base("courier"); !slices.Equal(got, want) {
		t.Errorf("base is %+v, want %+v", got, want)
	}
	r := review.Record{OrderID: "4"}
	if !g.Fill(&r) || r.Courier != "中通" || r.Product != "桃" {
		t.Errorf("filled in is %+v", r)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "orders"))
	if err != nil || len(entries) != 1 || entries[0].Name() != d.Orders().Name {
		t.Errorf("files are %v, %v", entries, err)
	}
	if err := os.Remove(filepath.Join(dir, "orders", d.Orders().Name)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Shipped(); !errors.Is(err, dataset.ErrOrders) || !strings.Contains(err.Error(), `import --data `+dir+` --orders with the exports that it came from: ["may" "may again" "june"]`) || len(d.Verify()) != 1 {
		t.Errorf("orders that are gone: %v", err)
	}
	im, err := d.Begin(nil)
	if err != nil {
		t.Fatal(err)
	}
	im.AddOrders(lines("圆通", "5"), []dataset.Import{{Name: "july"}})
	if _, err := im.Commit(nil); err == nil || d.Orders().Orders != 4 {
		t.Errorf("orders are added to those that are gone: %v, %+v", err, d.Orders())
	}
	if im, err = d.Begin(nil); err != nil {
		t.Fatal(err)
	}
	im.OrdersAnew = true
	im.AddOrders(lines("圆通", "1"), []dataset.Import{{Name: "may", SHA256: "may"}})
	if before := d.Orders(); im.Abandon() != nil || !reflect.DeepEqual(d.Orders(), before) || before.Orders != 4 || !d.ImportedOrders("june") {
		t.Errorf("an import that was given up leaves %+v of %+v", d.Orders(), before)
	}
	if im, err = d.Begin(nil); err != nil {
		t.Fatal(err)
	}
	im.OrdersAnew = true
	im.AddOrders(lines("圆通", "1", "2", "3"), []dataset.Import{{Name: "may", SHA256: "may"}})
	if _, err := im.Commit(nil); err != nil {
		t.Fatal(err)
	}
	if g, err := d.Shipped(); err != nil || g.Orders() != 3 || len(d.Verify()) > 0 {
		t.Errorf("the base begun anew has %+v, %v", d.Orders(), err)
	}
}

// seal makes a manifest with its checksum.
func seal(body string) string {
	return fmt.Sprintf(`{"dataset":%s,"sha256":"%x"}`, body, sha256.Sum256([]byte(body)))
}

// TestFormats opens datasets of other versions.
func TestFormats(t *testing.T) {
	for _, tc := range []struct{ manifest, want string }{
		{seal(`{"format":1,"next":2,"segments":[{"name":"000001.parquet","files":[{"name":"may.csv"}]}]}`), `-new with the files`},
		{seal(`{"format":1,"next":2,"segments":[{"name":"000001.parquet","industry":"food"}]}`), `-new --industry food with the files`},
		{seal(`{"format":1,"next":2,"segments":[{"name":"000001.parquet","files":[{"name":"may.csv"}]}]}`), `["may.csv"]`},
		{seal(`{"format":99,"next":1,"segments":[]}`), "newer chaping"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "dataset.json"), []byte(tc.manifest), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := dataset.Open(dir, dataset.Read); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error is %v, want %q", tc.manifest, err, tc.want)
		}
	}
}
