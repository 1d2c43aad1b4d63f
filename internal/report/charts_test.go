package report

import (
	"math"
	"testing"

	"github.com/go-analyze/charts"
)

// TestScoreAxis checks that the lines fit and that labels of one decimal are exact.
func TestScoreAxis(t *testing.T) {
	for _, least := range []float64{5, 4.95, 4.72, 4.6, 4.31, 3.2, 1} {
		low, steps := scoreAxis([]float64{4.9, charts.GetNullValue()}, []float64{least})
		if low > least || steps < 2 || steps > 5 {
			t.Errorf("%v: from %v in %d steps", least, low, steps)
		}
		for i := range steps + 1 {
			label := 10 * (low + float64(i)*(5-low)/float64(steps))
			if math.Abs(label-math.Round(label)) > 1e-9 {
				t.Errorf("%v: a label is %v", least, label/10)
			}
		}
	}
}
