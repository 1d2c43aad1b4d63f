// Command bench compares parts of chaping with other libraries and prints the ratios: cd bench && go run .
//
// It needs the reviews that CHAPING_SHARED names (see corpus.go), but for -shop 1000000, which measures the commands on
// a made-up shop. Figures of one run compare with each other only.
// The same measurements are Go benchmarks for benchstat: go test -bench . -count 10
package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 5, "how often everything is measured; the tables have the medians")
	shop := flag.Int("shop", 0, "instead of all else, measure the commands on a made-up shop of so many `reviews`, such as 1000000")
	length := flag.Duration("load", 0, "instead of all else, measure the HTTP server under load, each row for a `TIME` such as 60s")
	flag.Parse()
	if flag.NArg() > 0 || *rounds < 1 || *length < 0 {
		flag.Usage()
		os.Exit(2)
	}
	measure := run
	switch {
	case *shop > 0:
		measure = func(out io.Writer, rounds int) error { return shopTable(out, *shop, rounds) }
	case *length > 0:
		measure = func(out io.Writer, _ int) error { return loadTable(out, *length) }
	}
	if err := measure(os.Stdout, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
}

func run(out io.Writer, rounds int) error {
	c, err := loadCorpus()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s; %d reviews, %.1f MB; medians of %d rounds\n", machine(), len(c.texts), float64(c.size)/1e6, rounds)
	if err := classifyTable(out, c, rounds); err != nil {
		return err
	}
	if err := pipelineTable(out, c, rounds); err != nil {
		return err
	}
	return matcherTables(out, c, rounds)
}

// machine says what is measured on.
func machine() string {
	return fmt.Sprintf("%s %s/%s, %d CPUs", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
}

// bestOf returns the shortest time, in seconds, of three runs of f after one that warms up, and the heap objects that
// the last one allocated.
func bestOf(f func()) (best, mallocs float64) {
	runtime.GC()
	f()
	best = math.Inf(1)
	for range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		f()
		best = min(best, time.Since(start).Seconds())
		runtime.ReadMemStats(&after)
		mallocs = float64(after.Mallocs - before.Mallocs)
	}
	return best, mallocs
}

// medianRatio returns the median of x/y round by round. A round takes all engines in turn, so that a change of the
// machine's speed between rounds touches both sides of a ratio.
func medianRatio(x, y []float64) float64 {
	ratios := make([]float64, len(x))
	for i := range x {
		ratios[i] = x[i] / y[i]
	}
	return median(ratios)
}

// median of an odd number of figures is the middle one, of an even number the upper of the two.
func median(figures []float64) float64 {
	return slices.Sorted(slices.Values(figures))[len(figures)/2]
}

// newTable returns a writer that lines up the cells between tabs; the caller flushes it.
func newTable(out io.Writer) *tabwriter.Writer {
	return tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
}
