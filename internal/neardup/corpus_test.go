package neardup_test

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"chaping/internal/neardup"
)

// TestCorpus compares clusters with exact similarities on real reviews, which
// stay where they are. It logs, by similarity, how many pairs are in one cluster
// and how many texts are in any.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("CHAPING_SHARED")
	if dir == "" {
		t.Skip("no corpus: CHAPING_SHARED=/path/to/shared go test -run TestCorpus -v ./internal/neardup")
	}
	texts := readCorpus(t, filepath.Join(dir, "data"))
	sets := make([][]uint64, len(texts))
	d := neardup.New(neardup.Options{})
	for i, text := range texts {
		sets[i] = gramSet(text)
		if err := d.Add("", neardup.Sketch(text)); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	found := clusters(t, d)
	t.Logf("%d texts, %d clusters, %v", len(texts), found.Len(), time.Since(start))

	distinct, first := distinctSets(sets)
	pairs := similarPairs(distinct, 0.4)
	checkPairs(t, distinct, pairs)
	const steps = 12 // of 0.05, from 0.4; the last is J = 1
	var total, together [steps + 1]int
	best := make([]float64, len(distinct))
	for _, p := range pairs {
		step := int((p.j - 0.4) * 20)
		total[step]++
		best[p.a], best[p.b] = max(best[p.a], p.j), max(best[p.b], p.j)
		if a, _ := found.Of(first[p.a]); a > 0 {
			if b, _ := found.Of(first[p.b]); a == b {
				together[step]++
			}
		}
	}
	t.Log("pairs of different texts by similarity: number, share in one cluster")
	logShares(t, total[:], together[:])
	reportTexts(t, sets, first, best, found)
	reportInside(t, distinct, first, found)
}

// reportTexts logs the share of texts in clusters by the similarity of the most
// similar other text, and holds the promises of the package documentation.
func reportTexts(t *testing.T, sets [][]uint64, first []int, best []float64, found *neardup.Clusters) {
	t.Helper()
	copies, bestOf := map[string]int{}, map[string]float64{}
	for _, s := range sets {
		copies[fmt.Sprint(s)]++
	}
	for k, i := range first {
		bestOf[fmt.Sprint(sets[i])] = best[k]
	}
	var total, in [13]int
	far := 0 // in a cluster without another text of J ≥ 0.5
	for i, s := range sets {
		if len(s) < 10 {
			continue
		}
		id, _ := found.Of(i)
		j := bestOf[fmt.Sprint(s)]
		if copies[fmt.Sprint(s)] > 1 {
			j = 1
		}
		if j < 0.5 && id > 0 {
			far++
		}
		if step := int((j - 0.4) * 20); j >= 0.4 {
			total[step]++
			if id > 0 {
				in[step]++
			}
		}
	}
	t.Log("texts by similarity of the next: number, share in clusters")
	logShares(t, total[:], in[:])
	clustered, near, nearIn := 0, 0, 0
	for step := range total {
		clustered += in[step]
		if step >= 8 {
			near, nearIn = near+total[step], nearIn+in[step]
		}
	}
	t.Logf("%d texts in clusters, %d of them without another of J >= 0.5", clustered, far)
	if float64(nearIn) < 0.99*float64(near) {
		t.Errorf("%d of %d texts with another of J >= 0.8 are in clusters, want 99 %%", nearIn, near)
	}
	if float64(far) > 0.01*float64(clustered) {
		t.Errorf("%d of %d texts in clusters have no other of J >= 0.5, want at most 1 %%", far, clustered)
	}
}

// reportInside logs the similarities of different texts in the same cluster.
func reportInside(t *testing.T, distinct [][]uint64, first []int, found *neardup.Clusters) {
	t.Helper()
	members := map[int][]int{}
	for k, i := range first {
		if id, _ := found.Of(i); id > 0 {
			members[id] = append(members[id], k)
		}
	}
	var tenths [11]int
	for _, ks := range members {
		for i, a := range ks {
			for _, b := range ks[:i] {
				tenths[int(jaccard(distinct[a], distinct[b])*10)]++
			}
		}
	}
	t.Logf("pairs of different texts in one cluster by tenths of J: %v", tenths)
}

func logShares(t *testing.T, total, part []int) {
	t.Helper()
	for step, n := range total {
		if n > 0 {
			t.Logf("J >= %.2f: %6d %6.3f", 0.4+0.05*float64(step), n, float64(part[step])/float64(n))
		}
	}
}

// checkPairs compares similarPairs with plain comparison of 1,000 texts with all.
func checkPairs(t *testing.T, sets [][]uint64, pairs []pair) {
	t.Helper()
	got := map[int]int{}
	for _, p := range pairs {
		got[p.a]++
		got[p.b]++
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 1000 {
		a, want := r.IntN(len(sets)), 0
		for b := range sets {
			if a != b && jaccard(sets[a], sets[b]) >= 0.4 {
				want++
			}
		}
		if got[a] != want {
			t.Errorf("text %d has %d similar texts by index, %d by comparison with all", a, got[a], want)
		}
	}
}

type pair struct {
	a, b int
	j    float64
}

// similarPairs returns all pairs of J ≥ least: exact, by looking only at pairs
// that share a gram among the rarest of each (Bayardo, Ma and Srikant, "Scaling
// up all pairs similarity search", WWW 2007).
func similarPairs(sets [][]uint64, least float64) []pair {
	texts := map[uint64]int{}
	for _, s := range sets {
		for _, g := range s {
			texts[g]++
		}
	}
	index, last := map[uint64][]int{}, make([]int, len(sets))
	var pairs []pair // last[a]: the latest b that a was compared with; 0 is never one
	for b, s := range sets {
		rare := slices.Clone(s)
		slices.SortFunc(rare, func(x, y uint64) int {
			return cmp.Or(cmp.Compare(texts[x], texts[y]), cmp.Compare(x, y))
		})
		for _, g := range rare[:min(len(s), len(s)-int(least*float64(len(s)))+1)] {
			for _, a := range index[g] {
				if last[a] == b {
					continue
				}
				last[a] = b
				if j := jaccard(sets[a], s); j >= least {
					pairs = append(pairs, pair{a, b, j})
				}
			}
			index[g] = append(index[g], b)
		}
	}
	return pairs
}

// distinctSets returns the different sets of at least ten grams and where each is first.
func distinctSets(sets [][]uint64) (distinct [][]uint64, first []int) {
	seen := map[string]bool{}
	for i, s := range sets {
		if key := fmt.Sprint(s); len(s) >= 10 && !seen[key] {
			seen[key] = true
			distinct, first = append(distinct, s), append(first, i)
		}
	}
	return distinct, first
}

// gramSet returns the 3-grams of all letters and digits of text, sorted.
func gramSet(text []rune) []uint64 {
	set := map[uint64]bool{}
	var letters []rune
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			letters = append(letters, r)
		}
	}
	for i := 2; i < len(letters); i++ {
		set[uint64(letters[i-2])<<42|uint64(letters[i-1])<<21|uint64(letters[i])] = true
	}
	return slices.Sorted(maps.Keys(set))
}

func jaccard(a, b []uint64) float64 {
	common := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			common, i, j = common+1, i+1, j+1
		}
	}
	return float64(common) / float64(len(a)+len(b)-common)
}

func readCorpus(t *testing.T, dir string) (texts [][]rune) {
	t.Helper()
	add := func(s string) { texts = append(texts, []rune(strings.ToLower(s))) }
	for _, name := range []string{"tea", "washer_region", "food_aspects", "mother_baby"} {
		lines := bufio.NewScanner(openGzip(t, filepath.Join(dir, name+".jsonl.gz")))
		lines.Buffer(nil, 1<<24)
		for lines.Scan() {
			var r struct{ Text string }
			if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
				t.Fatal(err)
			}
			add(r.Text)
		}
	}
	rows, err := csv.NewReader(openGzip(t, filepath.Join(dir, "online_shopping.csv.gz"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		add(row[len(row)-1])
	}
	return texts
}

func openGzip(t *testing.T, name string) io.Reader {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}
