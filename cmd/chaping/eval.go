package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"chaping/classifier"
	"chaping/internal/eval"
	"chaping/lexicon"
)

func evalCommand() *cobra.Command {
	var errorsWanted int
	var lexDir, format string
	c := &cobra.Command{
		Use:   "eval GOLD.jsonl",
		Short: "Measure the classifier against gold labels",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cls, err := newClassifier(lexDir)
			if err != nil {
				return err
			}
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			return runEval(cmd.OutOrStdout(), cls, f, errorsWanted)
		},
	}
	c.Flags().IntVar(&errorsWanted, "errors", 0, "list up to `N` texts whose labels are not exactly right")
	c.Flags().StringVar(&lexDir, "lexicon", "", "`DIR` with rule files laid over the built-in ones")
	c.Flags().StringVar(&format, "format", "table", "table or json")
	return c
}

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

func runEval(w io.Writer, cls *classifier.Classifier, r io.Reader, n int) error {
	var all eval.Score
	by := map[string]*eval.Score{}
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 64<<20)
	for line := 1; sc.Scan(); line++ {
		var g eval.Gold
		if err := json.Unmarshal(sc.Bytes(), &g); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		res, err := cls.Classify(g.Industry, g.Text)
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		if by[g.Industry] == nil {
			by[g.Industry] = &eval.Score{}
		}
		by[g.Industry].Add(g, res.Labels)
		if m := all.Add(g, res.Labels); m != nil && n > 0 {
			n--
			fmt.Fprintf(w, "%s %s\n  missing %s | wrong %s\n", g.ID, g.Text, strings.Join(m.Missing, ","), strings.Join(m.Wrong, ","))
			for _, h := range res.Hits {
				fmt.Fprintf(w, "    %s %s %q\n", h.Category, h.Rule, h.Text)
			}
			for _, h := range res.Suppressed {
				fmt.Fprintf(w, "    (%s %s %q %s %q)\n", h.Category, h.Rule, h.Text, h.Reason, h.Cue)
			}
		}
	}
	if err := sc.Err(); err != nil {
		return err
	}
	print := func(name string, s *eval.Score) {
		m := s.Micro()
		fmt.Fprintf(w, "%-28s n=%d P %.3f R %.3f F1 %.3f exact %.3f false alarms %.3f\n", name, s.N, m.Precision(), m.Recall(), m.F1(), s.ExactShare(), s.FalseAlarmShare())
	}
	for _, id := range all.Sorted() {
		c := all.Categories[id]
		fmt.Fprintf(w, "%-28s gold %4d  P %.3f R %.3f F1 %.3f  tp %d fp %d fn %d\n", id, c.TP+c.FN, c.Precision(), c.Recall(), c.F1(), c.TP, c.FP, c.FN)
	}
	for ind, s := range by {
		print(ind, s)
	}
	print("all", &all)
	return nil
}
