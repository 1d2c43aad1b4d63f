package pipeline_test

import (
	"fmt"
	"testing"

	"chaping/classifier"
	"chaping/internal/pipeline"
	"chaping/internal/review"
	"chaping/lexicon"
)

// TestRow says which text a problem is of, once a category.
func TestRow(t *testing.T) {
	lex, err := lexicon.Load()
	if err != nil {
		t.Fatal(err)
	}
	a := pipeline.Annotation{Record: &review.Record{Province: "湖北"}, Result: classifier.Result{Labels: []string{"product.taste", "courier.slow"}}}
	for _, tc := range []struct {
		then *pipeline.FollowUp
		want string
	}{
		{nil, "[{product.taste 产品部 初评} {courier.slow 物流部 初评}]"},
		{&pipeline.FollowUp{Result: classifier.Result{Labels: []string{"product.quality", "courier.slow"}}}, "[{product.taste 产品部 初评} {courier.slow 物流部 初评和追评} {product.quality 产品部 追评}]"},
	} {
		a.FollowUp = tc.then
		row := a.Row(lex, "food")
		if got := fmt.Sprint(row.Problems); got != tc.want || row.Region != "华中" {
			t.Errorf("problems are %s, want %s; region %s", got, tc.want, row.Region)
		}
	}
}
