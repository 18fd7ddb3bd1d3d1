package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/replay"
)

func newVerify(o *options) *cobra.Command {
	var name, topic string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Fold again to the checkpoints and compare (read-only)",
		Long: `Read each store, fold the journal again up to the position of the store's
checkpoint, and compare state hash, chain and number of outputs.

Exit code 3 says that a comparison ran and found a difference.`,
		Example: "  deadheat verify --config deadheat.yaml -o json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.withStores(cmd, name, topic, func(j journal.Journal, list []loaded) error {
				return verifyAll(cmd, j, list)
			})
		},
	}
	addProjectionFlags(cmd, &name, &topic)
	addListOutput[*replay.Report](cmd)
	return cmd
}

// verifyAll verifies every store, also behind one that differs, and returns the
// first error.
func verifyAll(cmd *cobra.Command, j journal.Journal, list []loaded) error {
	var reports []*replay.Report
	var first error
	for _, l := range list {
		report, err := replay.Verify(cmd.Context(), replay.Config{
			Journal: j, Source: l.source, Projection: l.kind.fresh(),
			Progress: progress(cmd, l.source.Partition.String()),
		}, l.Checkpoint)
		if report != nil {
			reports = append(reports, report)
		}
		if err == nil {
			fmt.Fprintf(cmd.ErrOrStderr(), "verified: %s of %s, folded again up to %d, is what the store holds\n",
				l.Projection.Name(), l.source.Partition, l.Checkpoint.Next)
		} else if first == nil {
			first = err
		}
	}
	if len(reports) > 0 {
		if err := printReports(cmd, reports); err != nil {
			return err
		}
	}
	return first
}
