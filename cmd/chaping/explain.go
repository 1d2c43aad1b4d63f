package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"chaping/classifier"
)

// explain prints what each stage made of one text, as text or as JSON.
func explain(w io.Writer, cls *classifier.Classifier, f classifyFlags) error {
	e, err := cls.Explain(f.industry, f.explain)
	if err != nil {
		return err
	}
	switch f.format {
	case "jsonl":
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(e)
	case "", "table":
	default:
		return fmt.Errorf("--explain prints table or jsonl, not %s", f.format)
	}
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "1 normalise  %s\n", e.Normalized)
	fmt.Fprintf(out, "2 clauses    %s\n", strings.Join(e.Clauses, " | "))
	fmt.Fprint(out, "3 cues      ")
	for _, c := range e.Cues {
		fmt.Fprintf(out, " %s:%s", c.Kind, c.Text)
	}
	fmt.Fprint(out, "\n4 matches\n")
	for _, c := range e.Candidates {
		verdict := "counts"
		switch {
		case c.Reason == "" && c.Cue != "":
			verdict = fmt.Sprintf("counts: learned from %q", c.Cue)
		case c.Reason != "":
			verdict = fmt.Sprintf("%s by %q", c.Reason, c.Cue)
		}
		fmt.Fprintf(out, "    %-28s %-40s %q [%d,%d) %s\n", c.Category, c.Rule, c.Text, c.Start, c.End, verdict)
	}
	fmt.Fprintf(out, "5 labels     %s\n", strings.Join(e.Result.Labels, ", "))
	if e.Result.Template {
		fmt.Fprintln(out, "  template   yes")
	}
	return out.Flush()
}
