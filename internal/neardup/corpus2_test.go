package neardup

import (
	"fmt"
	"math/rand"
	"os"
	"testing"
	"time"
)

func TestY(t *testing.T) {
	texts, raw := loadT(t, os.Getenv("ND"))
	var d Detector
	for _, x := range texts {
		d.Add("", Sketch(x))
	}
	t0 := time.Now()
	c := d.Clusters()
	fmt.Println("time", time.Since(t0))
	nc := 0
	for i := range texts {
		if id, _ := c.Of(i); id > 0 {
			nc++
		}
	}
	fmt.Println("in clusters", nc)
	fmt.Println("clusters", c.Len())
	// pairs of distinct signatures
	sets := make([][]uint64, len(texts))
	sig := make([]Signature, len(texts))
	seen := map[Signature]int{}
	var rep []int
	var s2 [][]uint64
	for i := range texts {
		sets[i] = gset(texts[i], 3)
		sig[i] = Sketch(texts[i])
		if sig[i].grams == 0 {
			continue
		}
		if _, ok := seen[sig[i]]; ok {
			continue
		}
		seen[sig[i]] = i
		rep = append(rep, i)
		s2 = append(s2, sets[i])
	}
	ps := allPairs(s2, .4)
	var tot, same [13]int
	jm := map[[2]int]float64{}
	for _, p := range ps {
		b := int(p.j*20) - 8
		tot[b]++
		x, _ := c.Of(rep[p.a])
		y, _ := c.Of(rep[p.b])
		if x > 0 && x == y {
			same[b]++
		}
		jm[[2]int{rep[p.a], rep[p.b]}] = p.j
	}
	for b := range tot {
		fmt.Printf("J>=%.2f n=%d same %.3f\n", .4+.05*float64(b), tot[b], float64(same[b])/float64(tot[b]))
	}
	best := make([]float64, len(texts))
	cntS := map[Signature]int{}
	for _, g := range sig {
		cntS[g]++
	}
	bestRep := map[Signature]float64{}
	for _, p := range ps {
		for _, q := range []int32{p.a, p.b} {
			g := sig[rep[q]]
			bestRep[g] = max(bestRep[g], p.j)
		}
	}
	var rt, rc [14]int
	for i := range texts {
		if sig[i].grams == 0 {
			continue
		}
		best[i] = bestRep[sig[i]]
		if cntS[sig[i]] > 1 {
			best[i] = 1
		}
		b := int(best[i]*20) - 7
		if b < 0 {
			b = 0
		}
		rt[b]++
		if id, _ := c.Of(i); id > 0 {
			rc[b]++
		}
	}
	for b := range rt {
		fmt.Printf("TEXT best J>=%.2f n=%d in cluster %d %.4f\n", .35+.05*float64(b), rt[b], rc[b], float64(rc[b])/float64(rt[b]))
	}
	// within-cluster precision
	mem := map[int][]int{}
	for _, i := range rep {
		if id, _ := c.Of(i); id > 0 {
			mem[id] = append(mem[id], i)
		}
	}
	lo, all := 0, 0
	var h [11]int
	for _, m := range mem {
		for i := range m {
			for j := i + 1; j < len(m); j++ {
				all++
				v := jac(sets[m[i]], sets[m[j]])
				h[int(v*10)]++
				if v < .5 {
					lo++
					if lo < 15 {
						fmt.Printf("LOW %.2f\n  %s\n  %s\n", v, raw[m[i]], raw[m[j]])
					}
				}
			}
		}
	}
	fmt.Println("in-cluster distinct pairs", all, "below .5", lo, h)
	if os.Getenv("SHOW") != "" {
		rand.Shuffle(len(ps), func(i, j int) { ps[i], ps[j] = ps[j], ps[i] })
		for _, w := range [][2]float64{{.45, .55}, {.55, .65}, {.65, .75}} {
			n := 0
			for _, p := range ps {
				if p.j >= w[0] && p.j < w[1] {
					x, _ := c.Of(rep[p.a])
					y, _ := c.Of(rep[p.b])
					fmt.Printf("%.2f %v\n  %s\n  %s\n", p.j, x > 0 && x == y, raw[rep[p.a]], raw[rep[p.b]])
					if n++; n > 8 {
						break
					}
				}
			}
		}
	}
}
