package crosstab

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// z95 is the 97.5 % quantile of the standard normal distribution.
var z95 = distuv.UnitNormal.Quantile(0.975)

// Wilson is the score interval of 95 % of a share k/n. Without trials it is
// (0, 1).
func Wilson(k, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	p, m, z := float64(k)/float64(n), float64(n), z95
	mid := p + z*z/(2*m)
	half := z * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	scale := 1 + z*z/m
	low, high = (mid-half)/scale, (mid+half)/scale
	if k == 0 { // exactly, which the arithmetic misses by a little
		low = 0
	}
	if k == n {
		high = 1
	}
	return max(0, low), min(1, high)
}

// pValue tests whether two shares differ, two-sided: k of n against l of m. More
// events than trials, which an order base can give, count as all of them.
func pValue(k, n, l, m int) float64 {
	k, l = min(k, n), min(l, m)
	all, events := float64(n+m), float64(k+l)
	smallest := math.Inf(1)
	for _, row := range []float64{float64(n), float64(m)} {
		smallest = min(smallest, row*events/all, row*(all-events)/all)
	}
	switch {
	case events == 0 || events == all:
		return 1
	case smallest < 5:
		return fisher(k, n, k+l, n+m)
	}
	diff := float64(k)*float64(m-l) - float64(l)*float64(n-k)
	chi2 := diff * diff * all / (float64(n) * float64(m) * events * (all - events))
	return distuv.ChiSquared{K: 1}.Survival(chi2)
}

// fisher is Fisher's exact test: the chance of tables as unlikely as k of n where
// events of all are events.
func fisher(k, n, events, all int) float64 {
	logChoose := func(n, k int) float64 {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(k + 1))
		c, _ := math.Lgamma(float64(n - k + 1))
		return a - b - c
	}
	whole := logChoose(all, n)
	chance := func(i int) float64 {
		return math.Exp(logChoose(events, i) + logChoose(all-events, n-i) - whole)
	}
	limit := chance(k) * (1 + 1e-7)
	sum := 0.0
	for i := max(0, n-(all-events)); i <= min(n, events); i++ {
		if p := chance(i); p <= limit {
			sum += p
		}
	}
	return min(1, sum)
}

// benjaminiHochberg gives each p its q: the false discovery rate at which it is
// found.
func benjaminiHochberg(ps []float64) map[float64]float64 {
	sorted := slices.Sorted(slices.Values(ps))
	q := make(map[float64]float64, len(sorted))
	least := 1.0
	for i := len(sorted) - 1; i >= 0; i-- {
		least = min(least, sorted[i]*float64(len(sorted))/float64(i+1))
		q[sorted[i]] = least
	}
	return q
}
