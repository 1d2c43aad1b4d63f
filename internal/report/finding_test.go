package report_test

import (
	"testing"

	"chaping/internal/crosstab"
	"chaping/internal/report"
)

func TestFinding(t *testing.T) {
	ratio := 4.1
	c := crosstab.Cell{
		Key:   crosstab.Key{{Dimension: "category", Value: "courier.damage"}, {Dimension: "courier", Value: "圆通"}, {Dimension: "region", Value: "华中"}},
		Count: 41, Base: 1280, Rate: 41.0 / 1280, Ratio: &ratio, Q: 0.0001,
	}
	title := func(string) string { return "快递-快递损耗" }
	if got, want := report.Finding(c, title, "单"), "华中·圆通 快递损耗 3.2 %（41/1,280 单），是其余的 4.1 倍，q<0.001"; got != want {
		t.Errorf("Finding = %q, want %q", got, want)
	}
	c.Key, c.Ratio, c.Q = crosstab.Key{{Dimension: "courier", Value: "圆通"}}, nil, 0.02
	if got, want := report.Finding(c, title, "条"), "圆通 问题评价 3.2 %（41/1,280 条），其余没有，q=0.020"; got != want {
		t.Errorf("Finding = %q, want %q", got, want)
	}
}
