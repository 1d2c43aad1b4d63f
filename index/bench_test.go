package index

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"

	"chaping/internal/dataset"
	"chaping/internal/dataset/datasettest"
	"chaping/internal/pii"
	"chaping/lexicon"
)

// benchReviews is how many reviews of a demo shop are indexed.
const benchReviews = 20_000

// benchDataset is a dataset of demo reviews, with its lexicon.
func benchDataset(b *testing.B) (*dataset.Dir, Options) {
	b.Helper()
	records := demoRecords(b, benchReviews)
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
	b.Run("bleve", func(b *testing.B) { bleveAlone(b, d, opt) })
	b.Run("chaping", func(b *testing.B) {
		for range b.N {
			c := cpu()
			if err := Rebuild(d, opt, func(int) {}); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric((cpu()-c)/benchReviews*1e6, "cpu-µs/review")
			report(b, d.IndexPath(), d.Rows())
		}
	})
}

// bleveAlone indexes the documents of a dataset, made beforehand, from one
// goroutine in batches of 1,000.
func bleveAlone(b *testing.B, d *dataset.Dir, opt Options) {
	b.Helper()
	var keys []string
	var docs []map[string]any
	err := d.Each(func(r *dataset.Review) error {
		list, err := properties(r, opt.Lexicon, opt.Industry, false)
		doc := map[string]any{}
		for _, p := range list {
			doc[p.name] = p.values
		}
		keys, docs = append(keys, r.Key), append(docs, doc)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	merged := scorch.DefaultMinSegmentsForInMemoryMerge
	scorch.DefaultMinSegmentsForInMemoryMerge = 2 // as it comes
	defer func() { scorch.DefaultMinSegmentsForInMemoryMerge = merged }()
	b.ResetTimer()
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
		if n, err := x.DocCount(); err != nil || n != uint64(len(docs)) {
			b.Fatalf("%d documents, %v", n, err)
		}
		if err := x.Close(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric((cpu()-c)/float64(len(docs))*1e6, "cpu-µs/review")
		report(b, path, len(docs))
	}
}

// importReviews is how many reviews BenchmarkImport imports.
const importReviews = 100_000

// BenchmarkImport runs the program as a user does, over an export of demo
// reviews: chaping import starts, reads, looks for copies, classifies, writes the
// segment and indexes. Next to it stands Bleve alone with the same documents,
// as in BenchmarkSync: as it comes (GOGC 100), and with as much garbage beside them as
// the import is allowed. x-import says how many times as long it takes. The import has the
// machine's cores for building segments, Bleve alone for analysis only: that is the point.
func BenchmarkImport(b *testing.B) {
	dir := b.TempDir()
	program, data := filepath.Join(dir, "chaping"), filepath.Join(dir, "data")
	chaping := func(name string, args ...string) {
		b.Helper()
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			b.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
	}
	chaping("go", "build", "-o", program, "../cmd/chaping")
	chaping(program, "demo", "--reviews", strconv.Itoa(importReviews), "-o", dir)
	var took float64
	b.Run("chaping", func(b *testing.B) {
		for range b.N {
			b.StopTimer()
			if err := os.RemoveAll(data); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			chaping(program, "import", "--data", data, "--industry", "food", filepath.Join(dir, "reviews.csv"))
		}
		took = b.Elapsed().Seconds() / float64(b.N)
		report(b, filepath.Join(data, "index"), importReviews)
	})
	lex, err := lexicon.Load()
	if err != nil {
		b.Fatal(err)
	}
	d, err := dataset.Open(data, dataset.Write)
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	x, err := Open(d)
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	if r, err := x.Search(b.Context(), Request{}); err != nil || r.Total != importReviews {
		b.Fatalf("%+v, %v; want %d reviews", r, err, importReviews)
	}
	cutWords([]byte("开始"))
	for _, percent := range []int{100, 200} {
		b.Run(fmt.Sprint("bleve/GOGC=", percent), func(b *testing.B) {
			defer debug.SetGCPercent(debug.SetGCPercent(percent))
			bleveAlone(b, d, Options{Lexicon: lex, Industry: "food"})
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/took, "x-import")
		})
	}
}

// report gives the size of an index of so many reviews and the time a review.
func report(b *testing.B, path string, reviews int) {
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
	b.ReportMetric(size/float64(reviews), "B/review")
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/float64(reviews)*1e6, "µs/review")
}

// BenchmarkSearch asks a dataset with its index, which CHAPING_DATA names, else
// the demo reviews, and gives the time of half of a hundred answers and of all but
// one. Every review must be in one value of a facet that all have, and phrases
// must be in as many reviews as a scan finds.
func BenchmarkSearch(b *testing.B) {
	var d *dataset.Dir
	if path := os.Getenv("CHAPING_DATA"); path != "" {
		var err error
		if d, err = dataset.Open(path, dataset.Write); err != nil {
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
	five := []string{"problem", "category", "courier", "province", "star"}
	b.Run("facets", func(b *testing.B) {
		asks := []string{"", "star:<=2", "courier:圆通 star:<=3", "category:courier.damage", "time:2025-11..2026-02 problem:true", "region:华中 -template:true", "快递", "好吃 star:5"}
		benchAsk(b, x, asks, five, func(text string, r *Result) {
			sum := 0
			for _, c := range r.Facets["problem"] {
				sum += c.Count
			}
			if sum != int(r.Total) || r.Total == 0 {
				b.Fatalf("%s: %d reviews, %d in its facet", text, r.Total, sum)
			}
		})
	})
	totals := map[string]int{}
	b.Run("phrase", func(b *testing.B) {
		asks := []string{`"快递员"`, `"没有坏"`, `"压坏了"`, `"包装很好"`, `"不新鲜"`, `"太酸了"`, `"不会再买了"`, `"甜"`}
		benchAsk(b, x, asks, nil, func(text string, r *Result) { totals[strings.Trim(text, `"`)] = int(r.Total) })
	})
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d MB resident at most", u.Maxrss/1000)
	compareScan(b, d, totals)
}

// benchAsk asks each of a list of queries in turn, a hundred together.
func benchAsk(b *testing.B, x *Index, asks, facets []string, check func(text string, r *Result)) {
	b.Helper()
	took, each, totals := []time.Duration{}, map[string][]time.Duration{}, map[string]uint64{}
	for b.Loop() {
		for range (99 + len(asks)) / len(asks) {
			for _, text := range asks {
				began := time.Now()
				r, err := x.Search(b.Context(), Request{Query: text, Size: 20, Facets: facets})
				spent := time.Since(began)
				if err != nil {
					b.Fatal(err)
				}
				check(text, r)
				took, each[text], totals[text] = append(took, spent), append(each[text], spent), r.Total
			}
		}
	}
	half := func(list []time.Duration) time.Duration {
		slices.Sort(list)
		return list[len(list)/2]
	}
	b.ReportMetric(float64(half(took).Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	for _, text := range asks {
		b.Logf("%-40s %8d hits %8.1f ms", text, totals[text], float64(half(each[text]).Microseconds())/1000)
	}
}

// compareScan compares the totals of phrases with a scan of all texts.
func compareScan(b *testing.B, d *dataset.Dir, totals map[string]int) {
	b.Helper()
	scanned := map[string]int{}
	err := d.Each(func(r *dataset.Review) error {
		text := fold(pii.Mask(r.Record.Text) + "\n" + pii.Mask(r.Record.FollowUp))
		for phrase := range totals {
			if strings.Contains(text, phrase) {
				scanned[phrase]++
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for phrase, n := range totals {
		if scanned[phrase] != n {
			b.Errorf("%s is in %d reviews, found %d", phrase, scanned[phrase], n)
		}
	}
}
