package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"chaping/index"
	"chaping/internal/dataset"
)

func checkCommand() *cobra.Command {
	var data string
	c := &cobra.Command{
		Use:   "check --data DIR",
		Short: "Look for damage in a dataset",
		Long: `Check reads every file of a dataset and compares it with the checksum it was written with. It exits with 1 where a
file changed, and says which and what mends it: reviews come from a backup or from their exports, the search index
from the reviews, the shipped base from a backup or the order exports.`,
		Example: `  chaping check --data shop`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			d, err := dataset.Open(data, dataset.Read)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
			bad := 0
			for _, err := range append(d.Verify(), index.Verify(d)) {
				if err != nil {
					bad++
					fmt.Fprintln(cmd.OutOrStdout(), err)
				}
			}
			if bad > 0 {
				return fmt.Errorf("%w: %d of the dataset's files or its index", errCheck, bad)
			}
			orders := ""
			if d.Orders().Name != "" {
				orders = ", the shipped orders"
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d reviews in %d segments%s and their search index are sound\n", d.Rows(), len(d.Segments()), orders)
			return nil
		},
	}
	registerData(c, &data)
	return c
}
