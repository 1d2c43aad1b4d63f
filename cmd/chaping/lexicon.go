package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"chaping/lexicon"
)

func lexiconCommand() *cobra.Command {
	c := &cobra.Command{Use: "lexicon", Short: "Look after the rules"}
	var dir string
	check := &cobra.Command{
		Use:   "check",
		Short: "Check rules: do they load, find their own examples, keep clear of known traps",
		Long: `Check loads the built-in rules, with those of --lexicon DIR laid over them, runs every rule on its own
match and no_match texts and looks for rules that are likely to do harm, such as keywords of one
character. It prints a finding a line and exits with 1 if there are any.`,
		Example: `  chaping lexicon check --lexicon my-rules`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			cls, err := newClassifier(dir)
			if err != nil {
				return err
			}
			for _, id := range cls.Lexicon().IDs() { // so that all mistakes are told, those of built-in files too
				_, err = cls.Lexicon().Read(id)
			}
			if err != nil {
				return err
			}
			seen := map[string]bool{} // a rule of common is met in every industry
			rules := map[string]bool{}
			for _, id := range cls.Lexicon().IDs() {
				ind := cls.Lexicon().Industry(id)
				for _, r := range ind.Rules {
					rules[r.ID] = true
				}
				findings, err := cls.CheckExamples(id)
				if err != nil {
					return err
				}
				for _, f := range append(findings, lexicon.Lint(ind)...) {
					if !seen[f.Error()] {
						fmt.Fprintln(cmd.OutOrStdout(), f)
					}
					seen[f.Error()] = true
				}
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "chaping: %d rules in %d industries, %d findings\n", len(rules), len(cls.Lexicon().IDs()), len(seen))
			if len(seen) > 0 {
				return errCheck
			}
			return nil
		},
	}
	check.Flags().StringVar(&dir, "lexicon", "", "`DIR` with rule files laid over the built-in ones")
	c.AddCommand(check)
	return c
}
