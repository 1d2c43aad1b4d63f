package dataset

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/parquet-go/parquet-go"

	"chaping/internal/orders"
)

// Orders is what the dataset keeps of order exports: the shipped base.
type Orders struct {
	Name   string   `json:"name"`
	Orders int      `json:"orders"`
	SHA256 string   `json:"sha256"`
	Files  []Import `json:"files"` // that it came from
}

// orderColumns are the columns of orders.Line.
var orderColumns = []column[orders.Line]{
	{path: []string{"order"}, i64: func(l *orders.Line, n int64) { l.Order = n }},
	{path: []string{"sub_order"}, i64: func(l *orders.Line, n int64) { l.SubOrder = n }},
	{path: []string{"courier"}, text: func(l *orders.Line, s string) { l.Courier = s }},
	{path: []string{"province"}, text: func(l *orders.Line, s string) { l.Province = s }},
	{path: []string{"city"}, text: func(l *orders.Line, s string) { l.City = s }},
	{path: []string{"day"}, i32: func(l *orders.Line, n int32) { l.Day = n }},
	{path: []string{"product"}, text: func(l *orders.Line, s string) { l.Product = s }},
	{path: []string{"product_id"}, text: func(l *orders.Line, s string) { l.ProductID = s }},
	{path: []string{"sku"}, text: func(l *orders.Line, s string) { l.SKU = s }},
}

// Orders is the shipped base that the dataset has; its Name is empty where no order
// export was imported.
func (d *Dir) Orders() Orders {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.manifest.Orders
}

// Shipped reads the shipped base, nil where no order export was imported. It has
// some 20 bytes an order.
func (d *Dir) Shipped() (*orders.Register, error) {
	if d.Orders().Name == "" {
		return nil, nil
	}
	return orders.NewRegister(d.eachLine)
}

// eachLine gives the lines of the shipped base in their order.
func (d *Dir) eachLine(see func(*orders.Line) error) error {
	d.mu.RLock() // while the file is opened, lest an import remove it
	kept := d.manifest.Orders
	if kept.Name == "" {
		d.mu.RUnlock()
		return nil
	}
	path := filepath.Join(d.path, ordersName, kept.Name)
	f, err := os.Open(path)
	d.mu.RUnlock()
	if errors.Is(err, os.ErrNotExist) {
		return d.damagedOrders(kept, "is gone")
	}
	if err != nil {
		return err
	}
	defer f.Close()
	sum, err := checksumOf(f)
	if err != nil {
		return err
	}
	if sum != kept.SHA256 {
		return d.damagedOrders(kept, "is damaged (its checksum differs)")
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var lines []orders.Line
	for _, g := range file.RowGroups() {
		lines = slices.Grow(lines[:0], int(g.NumRows()))[:g.NumRows()]
		if err := readGroup(file.Schema(), g, orderColumns, lines); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for i := range lines {
			if err := see(&lines[i]); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	return nil
}

// ErrOrders says that the shipped base is damaged or gone.
var ErrOrders = errors.New("the shipped base must be made again")

func (d *Dir) damagedOrders(kept Orders, what string) error {
	return fmt.Errorf("%s %s, %w: restore it from a backup, or run chaping import --data %s --orders with the exports that it came from: %s",
		filepath.Join(d.path, ordersName, kept.Name), what, ErrOrders, filepath.Clean(d.path), fileNames(kept.Files))
}

// AddOrders takes what the order exports of the import say. It becomes part of the
// dataset with Commit, merged with what earlier exports said.
func (im *Importer) AddOrders(lines orders.Lines, files []Import) {
	im.lines, im.orderFiles = lines, files
}

// mergedOrders writes the shipped base anew where the import changes it. The file
// counts once the manifest names it.
func (im *Importer) mergedOrders() (Orders, error) {
	d := im.d
	kept := d.Orders()
	if len(im.orderFiles) == 0 {
		return kept, nil
	}
	before := d.eachLine
	if im.OrdersAnew {
		kept, before = Orders{}, func(func(*orders.Line) error) error { return nil }
	}
	folder := filepath.Join(d.path, ordersName)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return kept, err
	}
	f, err := os.CreateTemp(folder, "half-*")
	if err != nil {
		return kept, err
	}
	now, err := im.writeOrders(f, before)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		now.SHA256, err = FileChecksum(f.Name())
	}
	now.Name, now.Files = kept.Name, append(slices.Clip(kept.Files), im.orderFiles...)
	if err != nil || kept.Name != "" && now.SHA256 == kept.SHA256 { // the same orders give the same bytes
		return now, errors.Join(err, os.Remove(f.Name()))
	}
	now.Name = fmt.Sprintf("%06d.parquet", d.nextNumber())
	if err := os.Rename(f.Name(), filepath.Join(folder, now.Name)); err != nil {
		return kept, err
	}
	return now, errors.Join(syncFolder(folder), syncFolder(d.path))
}

// writeOrders writes the merged lines and counts their orders.
func (im *Importer) writeOrders(to io.Writer, before orders.Lines) (o Orders, err error) {
	out := parquet.NewGenericWriter[orders.Line](to, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(rowGroup))
	last := int64(-1)
	rows := make([]orders.Line, 0, 1000)
	write := func() error {
		_, err := out.Write(rows)
		rows = rows[:0]
		return err
	}
	err = orders.Merge(im.lines, before, func(l *orders.Line) error {
		if l.Order != last {
			o.Orders, last = o.Orders+1, l.Order
		}
		if rows = append(rows, *l); len(rows) == cap(rows) {
			return write()
		}
		return nil
	})
	return o, errors.Join(err, write(), out.Close())
}

// ImportedOrders reports whether an order export with this checksum has been imported.
func (d *Dir) ImportedOrders(sum string) bool {
	return slices.ContainsFunc(d.Orders().Files, func(f Import) bool { return f.SHA256 == sum })
}

// checksumOf is the checksum of a file, which is then at its beginning.
func checksumOf(f *os.File) (string, error) {
	sum, err := sumOf(f)
	if err != nil {
		return "", err
	}
	_, err = f.Seek(0, io.SeekStart)
	return sum, err
}
