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
from the reviews, the shipped base from a backup or the order exports, what people said of labels from a backup or,
as far as it can still be read, from what is left.`,
		Example: `  chaping check --data shop`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			d, lost, err := dataset.OpenDamaged(data)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
			found := append(d.Verify(), lost)
			if lost == nil { // else the index heeds corrections that are not there
				found = append(found, index.Verify(d))
			}
			bad := 0
			for _, err := range found {
				if err != nil {
					bad++
					fmt.Fprintln(cmd.OutOrStdout(), err)
				}
			}
			if bad > 0 {
				return fmt.Errorf("%w: %d of the dataset's files or its index", errCheck, bad)
			}
			more := ""
			if d.Orders().Name != "" {
				more = ", the shipped orders"
			}
			if n := len(d.Corrections()); n > 0 {
				more += fmt.Sprintf(", %d corrections", n)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d reviews in %d segments%s and their search index are sound\n", d.Rows(), len(d.Segments()), more)
			return nil
		},
	}
	registerData(c, &data)
	return c
}
