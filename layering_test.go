// Package chaping_test holds what concerns the whole module.
package chaping_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed says which packages of ours each package may import, directly or
// not: arrows point down only. A new package must be added here.
var allowed = map[string][]string{
	"chaping/lexicon":             {},
	"chaping/internal/matcher":    {},
	"chaping/internal/neardup":    {},
	"chaping/internal/eval":       {},
	"chaping/internal/names":      {},
	"chaping/internal/pii":        {},
	"chaping/internal/dsr":        {},
	"chaping/internal/crosstab":   {},
	"chaping/internal/review":     {"chaping/internal/names"},
	"chaping/internal/orders":     {"chaping/internal/crosstab", "chaping/internal/review", "chaping/internal/names"},
	"chaping/classifier":          {"chaping/lexicon", "chaping/internal/matcher"},
	"chaping/internal/pipeline":   {"chaping/classifier", "chaping/lexicon", "chaping/internal/matcher", "chaping/internal/neardup", "chaping/internal/review", "chaping/internal/names", "chaping/internal/dsr", "chaping/internal/crosstab"},
	"chaping/internal/writer":     {"chaping/internal/pipeline", "chaping/internal/neardup", "chaping/classifier", "chaping/lexicon", "chaping/internal/matcher", "chaping/internal/review", "chaping/internal/names", "chaping/internal/pii", "chaping/internal/dsr", "chaping/internal/crosstab"},
	"chaping/internal/trend":      {"chaping/internal/crosstab"},
	"chaping/internal/webhook":    {},
	"chaping/internal/report":     {"chaping/internal/trend", "chaping/internal/pipeline", "chaping/internal/neardup", "chaping/classifier", "chaping/lexicon", "chaping/internal/matcher", "chaping/internal/review", "chaping/internal/names", "chaping/internal/pii", "chaping/internal/dsr", "chaping/internal/crosstab"},
	"chaping/internal/correction": {"chaping/internal/crosstab"},
	"chaping/internal/demo":       {"chaping/internal/review", "chaping/internal/names"},
	"chaping/internal/dataset":    {"chaping/internal/correction", "chaping/internal/pipeline", "chaping/internal/review", "chaping/classifier", "chaping/lexicon", "chaping/internal/matcher", "chaping/internal/neardup", "chaping/internal/names", "chaping/internal/orders", "chaping/internal/dsr", "chaping/internal/crosstab"},
	"chaping/index":               {"chaping/internal/correction", "chaping/internal/dataset", "chaping/internal/pii", "chaping/internal/pipeline", "chaping/internal/review", "chaping/classifier", "chaping/lexicon", "chaping/internal/matcher", "chaping/internal/neardup", "chaping/internal/names", "chaping/internal/orders", "chaping/internal/dsr", "chaping/internal/crosstab"},
	"chaping/internal/sheet":      {"chaping/internal/correction", "chaping/internal/dataset", "chaping/internal/eval", "chaping/internal/pii", "chaping/internal/writer", "chaping/internal/pipeline", "chaping/internal/review", "chaping/classifier", "chaping/lexicon", "chaping/internal/matcher", "chaping/internal/neardup", "chaping/internal/names", "chaping/internal/orders", "chaping/internal/dsr", "chaping/internal/crosstab"},
	"chaping/internal/proposal":   {"chaping/internal/correction", "chaping/internal/dataset", "chaping/internal/eval", "chaping/internal/pii", "chaping/internal/pipeline", "chaping/internal/review", "chaping/classifier", "chaping/lexicon", "chaping/internal/matcher", "chaping/internal/neardup", "chaping/internal/names", "chaping/internal/orders", "chaping/internal/dsr", "chaping/internal/crosstab"},
	"chaping/internal/server":     {"chaping/classifier", "chaping/lexicon", "chaping/index", "chaping/internal/matcher", "chaping/internal/neardup", "chaping/internal/names", "chaping/internal/orders", "chaping/internal/dsr", "chaping/internal/crosstab", "chaping/internal/pipeline", "chaping/internal/review", "chaping/internal/dataset", "chaping/internal/correction", "chaping/internal/pii", "chaping/internal/writer", "chaping/internal/report", "chaping/internal/trend", "chaping/internal/sheet", "chaping/internal/proposal", "chaping/internal/eval"},
	"chaping/cmd/chaping":         nil, // any

	// for tests
	"chaping/internal/dataset/datasettest": {"chaping/internal/dataset", "chaping/internal/correction", "chaping/internal/pipeline", "chaping/internal/review", "chaping/classifier", "chaping/lexicon", "chaping/internal/matcher", "chaping/internal/neardup", "chaping/internal/names", "chaping/internal/orders", "chaping/internal/dsr", "chaping/internal/crosstab"},
}

// forbidden says which other packages some of ours must do without, directly or not.
var forbidden = map[string][]string{
	"chaping/lexicon":    {"net/http", "os/exec", "github.com/spf13/cobra"},
	"chaping/classifier": {"net/http", "os/exec", "github.com/spf13/cobra", "chaping/internal/review"},
}

func TestLayering(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}: {{join .Deps " "}}`, "chaping/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		name, deps, _ := strings.Cut(strings.TrimSpace(line), ":")
		if name == "chaping" {
			continue
		}
		may, known := allowed[name]
		if !known {
			t.Errorf("package %s is not in the table of layers: add it with what it may import", name)
			continue
		}
		for _, dep := range strings.Fields(deps) {
			if may != nil && strings.HasPrefix(dep, "chaping/") && !slices.Contains(may, dep) {
				t.Errorf("%s must not import %s", name, dep)
			}
			if slices.Contains(forbidden[name], dep) {
				t.Errorf("%s must do without %s", name, dep)
			}
		}
	}
}
