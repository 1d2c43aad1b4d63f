package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"chaping/classifier"
	"chaping/internal/eval"
	"chaping/lexicon"
)

// evalFlags are the flags of `chaping eval`.
type evalFlags struct {
	errors          int
	lexicon, format string
	minF1           float64
}

func evalCommand() *cobra.Command {
	var f evalFlags
	c := &cobra.Command{
		Use:   "eval [flags] GOLD.jsonl",
		Short: "Measure the labels against gold labels",
		Long: `Eval classifies the texts of a gold file, one JSON object a line with id, industry, text, labels and,
if wanted, optional (labels that count neither way) and template, and prints precision, recall and F1
per category and micro-averaged, the share of texts whose labels are exactly right, and the share of
texts without a gold label that got one.`,
		Example: `  chaping eval testdata/reviews/gold.jsonl
  chaping eval --errors 20 testdata/reviews/gold.jsonl`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.errors < 0 {
				return fmt.Errorf("--errors is %d: write 0 or more", f.errors)
			}
			if f.format != "table" && f.format != "json" {
				return fmt.Errorf("--format is %q: write table or json", f.format)
			}
			cls, err := newClassifier(f.lexicon)
			if err != nil {
				return err
			}
			in, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer in.Close()
			report, err := evaluate(cls, args[0], in)
			if err != nil {
				return err
			}
			return f.print(cmd.OutOrStdout(), report)
		},
	}
	c.Flags().IntVar(&f.errors, "errors", 0, "list up to `N` texts whose labels are not exactly right, with the rules behind them")
	c.Flags().StringVar(&f.lexicon, "lexicon", "", "`DIR` with rule files laid over the built-in ones")
	c.Flags().StringVarP(&f.format, "format", "f", "table", "output `FORMAT`: table, json")
	c.Flags().Float64Var(&f.minF1, "min-f1", 0, "exit with 1 when the micro F1 is below this `FRACTION`")
	return c
}

// newClassifier loads the lexicon with the overlay in dir, if that is not "".
func newClassifier(dir string) (*classifier.Classifier, error) {
	var overlays []fs.FS
	if dir != "" {
		overlays = append(overlays, os.DirFS(dir))
	}
	lex, err := lexicon.Load(overlays...)
	if err != nil {
		return nil, err
	}
	return classifier.New(lex), nil
}

// evalReport is what an evaluation found.
type evalReport struct {
	lexicon    string
	all        eval.Score
	templates  eval.Counts
	industries map[string]*eval.Score
	misses     []evalMiss
}

type evalMiss struct {
	*eval.Miss
	result classifier.Result
}

// evaluate classifies the gold texts of r. name stands in messages.
func evaluate(cls *classifier.Classifier, name string, r io.Reader) (*evalReport, error) {
	rep := &evalReport{lexicon: cls.Lexicon().Hash, industries: map[string]*eval.Score{}}
	if err := eachGold(name, r, func(g eval.Gold) error { return rep.add(cls, g) }); err != nil {
		return nil, err
	}
	if rep.all.N == 0 {
		return nil, fmt.Errorf("%s: no gold text: write one JSON object a line", name)
	}
	return rep, nil
}

// eachGold gives the gold texts of r. name stands in messages.
func eachGold(name string, r io.Reader, see func(eval.Gold) error) error {
	in := bufio.NewReader(r)
	for line := 1; ; line++ {
		data, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return fmt.Errorf("%s:%d: %w", name, line, err)
		}
		data = bytes.TrimPrefix(data, []byte("\uFEFF"))
		if len(bytes.TrimSpace(data)) > 0 {
			var g eval.Gold
			if err := json.Unmarshal(data, &g); err != nil {
				return fmt.Errorf("%s:%d: not a gold object: %w", name, line, err)
			}
			if g.Industry == "" {
				return fmt.Errorf("%s:%d: the gold object names no industry", name, line)
			}
			if err := see(g); err != nil {
				return fmt.Errorf("%s:%d: %w", name, line, err)
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

func (rep *evalReport) add(cls *classifier.Classifier, g eval.Gold) error {
	res, err := cls.Classify(g.Industry, g.Text)
	if err != nil {
		return err
	}
	ind := cls.Lexicon().Industry(g.Industry)
	for _, l := range slices.Concat(g.Labels, g.Optional) {
		if ind.Category(l) == nil {
			return fmt.Errorf("gold label %q is no category of %s", l, g.Industry)
		}
	}
	if rep.industries[g.Industry] == nil {
		rep.industries[g.Industry] = &eval.Score{}
	}
	rep.industries[g.Industry].Add(g, res.Labels)
	if m := rep.all.Add(g, res.Labels); m != nil {
		rep.misses = append(rep.misses, evalMiss{m, res})
	}
	switch {
	case g.Template && res.Template:
		rep.templates.TP++
	case res.Template:
		rep.templates.FP++
	case g.Template:
		rep.templates.FN++
	}
	return nil
}

func (f evalFlags) print(w io.Writer, rep *evalReport) error {
	var err error
	if f.format == "json" {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		err = enc.Encode(rep.object(f.errors))
	} else {
		out := bufio.NewWriter(w)
		for _, m := range rep.misses[:min(f.errors, len(rep.misses))] {
			m.print(out)
		}
		rep.table(out)
		err = out.Flush()
	}
	if err != nil {
		return err
	}
	if f1 := rep.all.Micro().F1(); f1 < f.minF1 {
		return fmt.Errorf("%w: micro F1 %.4f is below %.4f", errCheck, f1, f.minF1)
	}
	return nil
}

// table prints the figures for people, most frequent categories first.
func (rep *evalReport) table(w io.Writer) {
	fmt.Fprintf(w, "%-28s %5s %9s %7s %7s %5s %5s %5s\n", "category", "gold", "precision", "recall", "F1", "tp", "fp", "fn")
	for _, id := range rep.all.Sorted() {
		c := rep.all.Categories[id]
		fmt.Fprintf(w, "%-28s %5d %9.3f %7.3f %7.3f %5d %5d %5d\n", id, c.TP+c.FN, c.Precision(), c.Recall(), c.F1(), c.TP, c.FP, c.FN)
	}
	fmt.Fprintf(w, "\n%-28s %5s %9s %7s %7s %7s %12s\n", "industry", "n", "precision", "recall", "F1", "exact", "false alarms")
	for _, id := range rep.names() {
		rep.total(w, id, rep.industries[id])
	}
	rep.total(w, "all", &rep.all)
	t := rep.templates
	fmt.Fprintf(w, "\ntemplates: %d gold, precision %.3f, recall %.3f\n", t.TP+t.FN, t.Precision(), t.Recall())
}

func (rep *evalReport) names() []string {
	var out []string
	for id := range rep.industries {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

func (rep *evalReport) total(w io.Writer, name string, s *eval.Score) {
	m := s.Micro()
	fmt.Fprintf(w, "%-28s %5d %9.3f %7.3f %7.3f %7.3f %12.3f\n", name, s.N, m.Precision(), m.Recall(), m.F1(), s.ExactShare(), s.FalseAlarmShare())
}

func (m evalMiss) print(w io.Writer) {
	fmt.Fprintf(w, "%s %s\n  missing: %s  wrong: %s\n", m.Gold.ID, m.Gold.Text, strings.Join(m.Missing, " "), strings.Join(m.Wrong, " "))
	for _, h := range m.result.Hits {
		fmt.Fprintf(w, "    %s %s %q\n", h.Category, h.Rule, h.Text)
	}
	for _, h := range m.result.Suppressed {
		fmt.Fprintf(w, "    (%s %s %q: %s by %q)\n", h.Category, h.Rule, h.Text, h.Reason, h.Cue)
	}
	fmt.Fprintln(w)
}

// evalFigures are the figures of a set of texts as JSON, all fractions from 0 to 1.
type evalFigures struct {
	N           int                     `json:"n"`
	Precision   float64                 `json:"precision"`
	Recall      float64                 `json:"recall"`
	F1          float64                 `json:"f1"`
	Exact       float64                 `json:"exact"`
	FalseAlarms float64                 `json:"false_alarms"`
	Categories  map[string]evalCategory `json:"categories"`
}

type evalCategory struct {
	eval.Counts
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

func figures(s *eval.Score) evalFigures {
	m := s.Micro()
	f := evalFigures{s.N, m.Precision(), m.Recall(), m.F1(), s.ExactShare(), s.FalseAlarmShare(), map[string]evalCategory{}}
	for id, c := range s.Categories {
		f.Categories[id] = category(c)
	}
	return f
}

func category(c eval.Counts) evalCategory {
	return evalCategory{c, c.Precision(), c.Recall(), c.F1()}
}

// object is the report as JSON.
func (rep *evalReport) object(errors int) any {
	type miss struct {
		ID      string   `json:"id"`
		Text    string   `json:"text"`
		Missing []string `json:"missing"`
		Wrong   []string `json:"wrong"`
	}
	out := struct {
		evalFigures
		Templates  evalCategory           `json:"templates"`
		Industries map[string]evalFigures `json:"industries"`
		Lexicon    string                 `json:"lexicon"`
		Errors     []miss                 `json:"errors"`
	}{figures(&rep.all), category(rep.templates), map[string]evalFigures{}, rep.lexicon, []miss{}}
	for id, s := range rep.industries {
		out.Industries[id] = figures(s)
	}
	for _, m := range rep.misses[:min(errors, len(rep.misses))] {
		out.Errors = append(out.Errors, miss{m.Gold.ID, m.Gold.Text, append([]string{}, m.Missing...), append([]string{}, m.Wrong...)})
	}
	return out
}
