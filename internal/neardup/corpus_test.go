package neardup

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/bits"
	"os"
	"slices"
	"testing"
	"time"
	"unicode"
)

func loadT(t testing.TB, f string) (out [][]rune, raw []string) {
	h, err := os.Open(f)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	sc := bufio.NewScanner(h)
	sc.Buffer(nil, 1<<24)
	for sc.Scan() {
		var r struct{ Text string }
		json.Unmarshal(sc.Bytes(), &r)
		var rs []rune
		for _, c := range r.Text {
			rs = append(rs, unicode.ToLower(c))
		}
		out = append(out, rs)
		raw = append(raw, r.Text)
	}
	return
}
func gset(text []rune, k int) []uint64 {
	var w uint64
	n := 0
	var o []uint64
	mask := uint64(1)<<(21*k) - 1
	for _, r := range text {
		if !isLetter(r) {
			continue
		}
		w = (w<<21 | uint64(r)) & mask
		n++
		if n >= k {
			o = append(o, w)
		}
	}
	slices.Sort(o)
	return slices.Compact(o)
}
func jac(a, b []uint64) float64 {
	c := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			c++
			i++
			j++
		}
	}
	return float64(c) / float64(len(a)+len(b)-c)
}

type pr struct {
	a, b int32
	j    float64
}

// exact all pairs >= th via prefix filter
func allPairs(sets [][]uint64, th float64) []pr {
	df := map[uint64]int{}
	for _, s := range sets {
		for _, g := range s {
			df[g]++
		}
	}
	idx := map[uint64][]int32{}
	var out []pr
	seen := make([]int32, len(sets))
	for i := range seen {
		seen[i] = -1
	}
	for i, s := range sets {
		if len(s) < minGrams {
			continue
		}
		o := slices.Clone(s)
		slices.SortFunc(o, func(x, y uint64) int {
			if d := df[x] - df[y]; d != 0 {
				return d
			}
			if x < y {
				return -1
			}
			return 1
		})
		p := len(s) - int(th*float64(len(s))) + 1
		if p > len(o) {
			p = len(o)
		}
		for _, g := range o[:p] {
			for _, k := range idx[g] {
				if seen[k] == int32(i) {
					continue
				}
				seen[k] = int32(i)
				la, lb := len(s), len(sets[k])
				if float64(min(la, lb)) < th*float64(max(la, lb)) {
					continue
				}
				if j := jac(s, sets[k]); j >= th {
					out = append(out, pr{k, int32(i), j})
				}
			}
			idx[g] = append(idx[g], int32(i))
		}
	}
	return out
}

func TestX(t *testing.T) {
	texts, _ := loadT(t, os.Getenv("ND"))
	// dedupe by letter set
	k := 3
	if os.Getenv("K") == "2" {
		k = 2
	}
	var sets [][]uint64
	var sig []Signature
	t0 := time.Now()
	for _, x := range texts {
		sig = append(sig, Sketch(x))
	}
	fmt.Println("sketch", time.Since(t0)/time.Duration(len(texts)))
	for _, x := range texts {
		sets = append(sets, gset(x, k))
	}
	seenS := map[Signature]bool{}
	var s2 [][]uint64
	var g2 []Signature
	n := 0
	for i := range sets {
		if sig[i].grams == 0 {
			continue
		}
		n++
		if seenS[sig[i]] {
			continue
		}
		seenS[sig[i]] = true
		s2 = append(s2, sets[i])
		g2 = append(g2, sig[i])
	}
	fmt.Println("texts", len(texts), "long enough", n, "distinct", len(s2))
	t0 = time.Now()
	ps := allPairs(s2, .4)
	fmt.Println("exact", time.Since(t0), len(ps))
	var tot, cand, ver [11]int
	var ver2 [6][11]int
	for _, p := range ps {
		b := int(p.j*20) - 8
		if b > 10 {
			b = 10
		}
		if b < 0 {
			b = 0
		}
		tot[b]++
		x := g2[p.a].mins ^ g2[p.b].mins
		z := 0
		for i := 0; i < 8; i++ {
			if x>>(8*i)&255 == 0 {
				z++
			}
		}
		c := z >= 3
		if c {
			cand[b]++
		}
		for q := 0; q < 6; q++ {
			if c && similar(&g2[p.a], &g2[p.b], int64(600+q*25)) {
				ver2[q][b]++
			}
		}
		_ = bits.Len(0)
		_ = ver
	}
	for b := range tot {
		fmt.Printf("J>=%.2f n=%d cand %.3f", .4+float64(b)*.05, tot[b], float64(cand[b])/float64(tot[b]))
		for q := range ver2 {
			fmt.Printf("  t%.3f %.3f", .6+.025*float64(q), float64(ver2[q][b])/float64(tot[b]))
		}
		fmt.Println()
	}
}
