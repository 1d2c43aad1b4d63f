package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"chaping/classifier"
	"chaping/index"
	"chaping/internal/dataset"
	"chaping/internal/eval"
	"chaping/internal/proposal"
	"chaping/lexicon"
)

func correctPropose() *cobra.Command {
	var f correctFlags
	var gold string
	c := &cobra.Command{
		Use:   "propose --data DIR [flags]",
		Short: "Propose changes of rules from what people said",
		Long: `Propose looks for the smallest changes of rules that put right what people said is wrong: longer words that protect
what they overlap, longer phrases, another negation policy, phrases for what was missed. Each is replayed against
everything that people said, and against the gold texts of --gold; only those that put more right than wrong are
written, with what they do, as a file for --lexicon. They come from the same corrections that they are measured
with: read them, and look with relabel --dry-run at what else they change.`,
		Example: `  chaping correct propose --data shop -o my-rules
  chaping relabel --data shop --lexicon my-rules --dry-run`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if f.format != "yaml" && f.format != "json" {
				return fmt.Errorf("--format is %q: write yaml or json", f.format)
			}
			d, err := dataset.Open(f.data, dataset.Read)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
			found, err := f.propose(cmd, d, gold)
			if err != nil {
				return err
			}
			return f.writeProposals(cmd, found)
		},
	}
	f.register(c)
	fl := c.Flags()
	fl.StringVar(&gold, "gold", "", "replay against the gold texts of `FILE` as well")
	fl.StringVarP(&f.format, "format", "f", "yaml", "output `FORMAT`: yaml, json")
	fl.StringVarP(&f.output, "output", "o", "", "write corrections-INDUSTRY.yaml into `DIR`, which is made if there is none, instead of standard output")
	return c
}

// loadOver reads the rules, those of a folder among them if it is named, with overlays laid over them.
func loadOver(folder string) func(overlays ...fs.FS) (*classifier.Classifier, error) {
	return func(overlays ...fs.FS) (*classifier.Classifier, error) {
		if folder != "" {
			overlays = slices.Insert(slices.Clone(overlays), 0, os.DirFS(folder))
		}
		lex, err := lexicon.Load(overlays...)
		if err != nil {
			return nil, err
		}
		return classifier.New(lex), nil
	}
}

// propose looks for changes.
func (f *correctFlags) propose(cmd *cobra.Command, d *dataset.Dir, gold string) (*proposal.Report, error) {
	industry := cmp.Or(f.industry, d.Industry(), "generic")
	finder := &proposal.Finder{
		Load: loadOver(f.lexicon), Split: index.Words, Reviews: d.Each, Industry: industry,
	}
	if len(d.Corrections()) > 0 {
		err := d.Each(func(r *dataset.Review) error {
			if c, ok := proposal.CaseOf(r, industry); ok {
				finder.Cases = append(finder.Cases, c)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if gold != "" {
		in, err := os.Open(gold)
		if err != nil {
			return nil, err
		}
		err = eachGold(gold, in, func(g eval.Gold) error {
			finder.Cases = append(finder.Cases, proposal.CaseOfGold(g))
			return nil
		})
		if err := errors.Join(err, in.Close()); err != nil {
			return nil, err
		}
	}
	return finder.Find(cmd.Context())
}

// writeProposals writes files for --lexicon, and says what they do.
func (f *correctFlags) writeProposals(cmd *cobra.Command, r *proposal.Report) error {
	stderr := cmd.ErrOrStderr()
	fmt.Fprintf(stderr, "chaping: %d judgements, %d of which the rules get wrong; %d changes tried, %d proposed; together they fix %d and break %d\n",
		r.Judged, r.Wrong, r.Tried, len(r.Proposals), r.Together.Fixed, r.Together.Broken)
	if g := r.TogetherGold; g != (proposal.Tally{}) {
		fmt.Fprintf(stderr, "chaping: on gold texts they fix %d and break %d\n", g.Fixed, g.Broken)
	}
	if r.Single > 0 {
		fmt.Fprintf(stderr, "chaping: %d more fit a single review and no other: left out\n", r.Single)
	}
	if r.Untried > 0 {
		fmt.Fprintf(stderr, "chaping: %d further changes were not tried: take these over first\n", r.Untried)
	}
	if f.format == "json" {
		return printJSON(cmd.OutOrStdout(), r)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Files)) {
		if f.output == "" {
			if _, err := fmt.Fprintf(cmd.OutOrStdout(), "# %s\n%s", name, r.Files[name]); err != nil {
				return err
			}
			continue
		}
		if err := os.MkdirAll(f.output, 0o755); err != nil {
			return err
		}
		out, err := createOutput(filepath.Join(f.output, name), nil)
		if err != nil {
			return err
		}
		_, err = io.WriteString(out, r.Files[name])
		if err := errors.Join(err, out.finish(err == nil)); err != nil {
			return err
		}
	}
	return nil
}
