package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"chaping/internal/demo"
	"chaping/internal/eval"
	"chaping/internal/review"
)

type demoFlags struct {
	reviews          int
	seed             uint64
	industry, format string
	dir              string
}

func demoCommand() *cobra.Command {
	var f demoFlags
	c := &cobra.Command{
		Use:   "demo [flags]",
		Short: "Make up the reviews and orders of a shop, with problems planted in known places",
		Long: `Demo writes made-up files into a folder: reviews.csv (or .jsonl), the reviews of a year; orders.csv, the order
export they join by order number; truth.json, the cells that were given more of a problem than the rest, such as
快递损耗 at 圆通 in 华中; and gold.jsonl, the labels that each review was made from, for chaping eval. The same flags
give the same bytes.`,
		Example: `  chaping demo --reviews 20000 --seed 1 -o demo
  chaping crosstab --industry food --by category,courier,region demo/reviews.csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.format != "csv" && f.format != "jsonl" {
				return fmt.Errorf("--format is %q: write csv or jsonl", f.format)
			}
			return f.run(cmd)
		},
	}
	fl := c.Flags()
	fl.IntVar(&f.reviews, "reviews", 2000, "`NUMBER` of reviews")
	fl.Uint64Var(&f.seed, "seed", 1, "`NUMBER` that other reviews come from")
	fl.StringVarP(&f.industry, "industry", "i", "food", "`INDUSTRY` of the shop: "+strings.Join(demo.Industries(), ", "))
	fl.StringVarP(&f.format, "format", "f", "csv", "`FORMAT` of the reviews: csv or jsonl")
	fl.StringVarP(&f.dir, "output", "o", "demo", "write into `DIR`, which is made if there is none")
	return c
}

// run writes the files, all of them or none.
func (f *demoFlags) run(cmd *cobra.Command) (err error) {
	shop, err := demo.New(f.industry, f.reviews, f.seed)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return err
	}
	w := &demoWriter{}
	defer func() { err = errors.Join(err, w.close(err == nil)) }()
	reviews, err := w.open(filepath.Join(f.dir, "reviews."+f.format))
	if err != nil {
		return err
	}
	orders, err := w.open(filepath.Join(f.dir, "orders.csv"))
	if err != nil {
		return err
	}
	gold, err := w.open(filepath.Join(f.dir, "gold.jsonl"))
	if err != nil {
		return err
	}
	truth, err := w.open(filepath.Join(f.dir, "truth.json"))
	if err != nil {
		return err
	}
	writeReview := reviewCSV(reviews)
	if f.format == "jsonl" {
		enc := json.NewEncoder(reviews)
		enc.SetEscapeHTML(false)
		writeReview = func(r *review.Record) error { r.Industry = f.industry; return enc.Encode(r) }
	}
	writeOrder := orderCSV(orders)
	enc := json.NewEncoder(gold)
	enc.SetEscapeHTML(false)
	bar := progress(cmd.ErrOrStderr())
	defer bar.Exit()
	err = shop.Each(func(items []demo.Item) error {
		if err := cmd.Context().Err(); err != nil {
			return errors.New("interrupted: no file was written")
		}
		for i := range items {
			it := &items[i]
			if err := writeOrder(&it.Record); err != nil {
				return err
			}
			if !it.Reviewed {
				continue
			}
			bar.Add(1)
			if err := enc.Encode(goldOf(it, f.industry)); err != nil {
				return err
			}
			if err := writeReview(&it.Record); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	t := shop.Truth()
	fmt.Fprintf(cmd.ErrOrStderr(), "chaping: %d reviews of %d orders in %s, %d of them with a problem\n", t.Reviews, t.Orders, f.dir, t.Problems)
	return printJSON(truth, t)
}

// demoGold is a line of gold.jsonl: what chaping eval reads, and the labels of the follow-up.
type demoGold struct {
	eval.Gold
	FollowUpLabels []string `json:"follow_up_labels"`
}

func goldOf(it *demo.Item, industry string) demoGold {
	return demoGold{eval.Gold{ID: it.Record.ID, Industry: industry, Text: it.Record.Text, Labels: it.Labels, Optional: []string{}, Template: it.Template}, it.FollowUpLabels}
}

// demoWriter holds the files that appear together.
type demoWriter struct {
	files   []*output
	buffers []*bufio.Writer
}

func (w *demoWriter) open(path string) (io.Writer, error) {
	o, err := createOutput(path, nil)
	if err != nil {
		return nil, err
	}
	b := bufio.NewWriterSize(o, 1<<20)
	w.files, w.buffers = append(w.files, o), append(w.buffers, b)
	return b, nil
}

func (w *demoWriter) close(ok bool) (err error) {
	for _, b := range w.buffers {
		if flushed := b.Flush(); ok && flushed != nil {
			err, ok = flushed, false
		}
	}
	for _, o := range w.files {
		err = errors.Join(err, o.finish(ok))
	}
	return err
}

// tableCSV writes rows of a table as shops export it: with a byte order mark,
// and CRLF.
func tableCSV(w io.Writer, header []string, row func(*review.Record) []string) func(*review.Record) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	begun := false
	return func(r *review.Record) error {
		if !begun {
			begun = true
			io.WriteString(w, "\uFEFF")
			out.Write(header)
		}
		out.Write(row(r))
		out.Flush() // into a buffer
		return out.Error()
	}
}

func reviewCSV(w io.Writer) func(*review.Record) error {
	header := []string{"评价编号", "订单编号", "买家昵称", "商品名称", "商品ID", "商品规格", "评价星级", "描述相符", "服务态度", "物流服务", "评价内容", "评价时间", "追评内容", "追评时间", "物流公司", "省份", "城市", "下单时间"}
	return tableCSV(w, header, func(r *review.Record) []string {
		return []string{r.ID, "\t" + r.OrderID, r.Buyer, r.Product, "\t" + r.ProductID, r.SKU, strconv.Itoa(r.Star), strconv.Itoa(r.ScoreD), strconv.Itoa(r.ScoreS), strconv.Itoa(r.ScoreL),
			r.Text, stamp(r.Time), r.FollowUp, stamp(r.FollowUpTime), r.Courier, r.Province, r.City, stamp(r.OrderTime)}
	})
}

func orderCSV(w io.Writer) func(*review.Record) error {
	header := []string{"订单编号", "买家会员名", "收货地址", "宝贝标题", "商品ID", "商品规格", "物流单号", "物流公司", "订单创建时间", "发货时间", "确认收货时间", "宝贝总数量"}
	return tableCSV(w, header, func(r *review.Record) []string {
		return []string{"\t" + r.OrderID, r.Buyer, r.Address, r.Product, "\t" + r.ProductID, r.SKU, r.TrackingNo, r.Courier, stamp(r.OrderTime), stamp(r.ShipTime), stamp(r.ReceiveTime), strconv.Itoa(r.Quantity)}
	})
}

// stamp writes a time as exports do; the zero time is empty.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateTime)
}
