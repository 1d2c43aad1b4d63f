package index

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"

	"chaping/internal/dataset"
	"chaping/internal/dataset/datasettest"
	"chaping/internal/demo"
	"chaping/internal/review"
)

// benchReviews is how many reviews of a demo shop are indexed.
const benchReviews = 20_000

// benchDataset is a dataset of demo reviews, with its lexicon.
func benchDataset(b *testing.B) (*dataset.Dir, Options) {
	b.Helper()
	shop, err := demo.New("food", benchReviews, 1)
	if err != nil {
		b.Fatal(err)
	}
	var records []review.Record
	err = shop.Each(func(items []demo.Item) error {
		for i := range items {
			if items[i].Reviewed {
				records = append(records, items[i].Record)
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	d, cls := datasettest.New(b, records)
	if d.Rows() != benchReviews {
		b.Fatalf("%d reviews", d.Rows())
	}
	return d, Options{Lexicon: cls.Lexicon(), Industry: "food"}
}

// cpu is the processor time of the process so far, in seconds.
func cpu() float64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// BenchmarkSync indexes a dataset, next to Bleve alone with the same documents,
// made beforehand, from one goroutine in batches of 1,000.
func BenchmarkSync(b *testing.B) {
	d, opt := benchDataset(b)
	cutWords([]byte("开始")) // its dictionary is loaded once
	b.Run("bleve", func(b *testing.B) {
		var keys []string
		var docs []map[string]any
		err := d.Each(func(r *dataset.Review) error {
			doc, err := document(r, opt.Lexicon, opt.Industry, false)
			keys, docs = append(keys, r.Key), append(docs, doc)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		for range b.N {
			c := cpu()
			path := filepath.Join(b.TempDir(), "index")
			x, err := bleve.New(path, newMapping())
			if err != nil {
				b.Fatal(err)
			}
			batch := x.NewBatch()
			for i, doc := range docs {
				if err := batch.Index(keys[i], doc); err != nil {
					b.Fatal(err)
				}
				if batch.Size() == 1000 || i == len(docs)-1 {
					if err := x.Batch(batch); err != nil {
						b.Fatal(err)
					}
					batch.Reset()
				}
			}
			if n, err := x.DocCount(); err != nil || n != benchReviews {
				b.Fatalf("%d documents, %v", n, err)
			}
			if err := x.Close(); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric((cpu()-c)/benchReviews*1e6, "cpu-µs/review")
			report(b, path)
		}
	})
	b.Run("chaping", func(b *testing.B) {
		for range b.N {
			c := cpu()
			if err := Rebuild(d, opt, func(int) {}); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric((cpu()-c)/benchReviews*1e6, "cpu-µs/review")
			report(b, d.IndexPath())
		}
	})
}

// report gives the size of an index and the time a review.
func report(b *testing.B, path string) {
	b.Helper()
	size := 0.0
	err := filepath.Walk(path, func(_ string, i os.FileInfo, err error) error {
		if err == nil && !i.IsDir() {
			size += float64(i.Size())
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(size/benchReviews, "B/review")
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/benchReviews*1e6, "µs/review")
}

// BenchmarkSearch asks a dataset with its index, which CHAPING_DATA names, else
// the demo reviews, and gives the slowest of a hundred answers but one (p99).
// Every review must be in one value of a facet that all have.
func BenchmarkSearch(b *testing.B) {
	var d *dataset.Dir
	if path := os.Getenv("CHAPING_DATA"); path != "" {
		var err error
		if d, err = dataset.Open(path, dataset.Read); err != nil {
			b.Fatal(err)
		}
		defer d.Close()
	} else {
		var opt Options
		d, opt = benchDataset(b)
		if err := Sync(d, opt, func(int) {}); err != nil {
			b.Fatal(err)
		}
	}
	began := time.Now()
	x, err := Open(d)
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	b.Logf("%d reviews, open in %v", d.Rows(), time.Since(began))
	cutWords([]byte("开始")) // its dictionary is loaded once
	for _, q := range []struct {
		name  string
		facet []string
		asks  []string
	}{
		{"facets", []string{"problem", "category", "courier", "province", "star"}, []string{"", "star:<=2", "courier:圆通 star:<=3", "category:courier.damage", "time:2025-11..2026-02 problem:true", "region:华中 -template:true", "快递", "好吃 star:5"}},
		{"phrase", nil, []string{`"快递员"`, `"没有坏"`, `"压坏了"`, `"包装很好"`, `"第二次买"`, `"太酸了"`, `"不会再买了"`, `"甜"`}},
	} {
		b.Run(q.name, func(b *testing.B) {
			var took []time.Duration
			ask := func(text string) time.Duration {
				began := time.Now()
				r, err := x.Search(b.Context(), Request{Query: text, Size: 20, Facets: q.facet})
				spent := time.Since(began)
				if err != nil {
					b.Fatal(err)
				}
				if q.facet != nil {
					sum := 0
					for _, c := range r.Facets["problem"] {
						sum += c.Count
					}
					if sum != int(r.Total) || r.Total == 0 {
						b.Fatalf("%s: %d reviews, %d in its facet", text, r.Total, sum)
					}
				}
				return spent
			}
			for b.Loop() {
				for range 100 / len(q.asks) {
					for _, text := range q.asks {
						took = append(took, ask(text))
					}
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}
