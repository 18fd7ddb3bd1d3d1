package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/journal"
)

// gapsRow is one lane of a partition as "journal gaps" prints it.
type gapsRow struct {
	Partition  string `json:"partition" doc:"topic/partition"`
	Lane       string `json:"lane" doc:"writer's lane; empty for what has none"`
	Records    int64  `json:"records" doc:"that take effect"`
	Epochs     int64  `json:"epochs" doc:"claims that won"`
	Duplicates int64  `json:"duplicates" doc:"records that came before"`
	Stale      int64  `json:"stale" doc:"records of a writer that was overtaken"`
	LostClaims int64  `json:"lost_claims" doc:"claims that did not win"`
	Gaps       int64  `json:"gaps" doc:"places where records are missing"`
	FirstGap   string `json:"first_gap,omitempty" doc:"position of the first one"`
}

func newJournalGaps(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "gaps [TOPIC[/PARTITION]]",
		Short: "Prove that no record is missing",
		Long: `Read every record and follow the lanes as a fold does: count what takes effect
and what does not, and prove that no sequence number is missing. A gap or damage
is an error with its position (exit code 3).

The name of the topic may be cut where that is clear.`,
		Example: "  deadheat journal gaps --journal local:data/journal",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.withJournal(cmd, func(ctx context.Context, j journal.Journal) error {
				partitions, err := allPartitions(ctx, j, args)
				if err != nil {
					return err
				}
				return printGaps(cmd, j, partitions)
			})
		},
	}
	addListOutput[gapsRow](cmd)
	return cmd
}

// printGaps walks all partitions, whatever is wrong with some, and prints what
// it has found before it fails.
func printGaps(cmd *cobra.Command, j journal.Journal, partitions []journal.Partition) error {
	list := []gapsRow{}
	var wrong []error
	for _, p := range partitions {
		w := newGapWalk(p)
		err := w.walk(cmd.Context(), j, progress(cmd, p.String()))
		if err != nil && exitCode(err) != exitDivergence {
			return err
		}
		list = append(list, w.rows()...)
		if err != nil {
			wrong = append(wrong, err)
		}
	}
	err := printList(cmd, list, "PARTITION\tLANE\tRECORDS\tEPOCHS\tDUPLICATES\tSTALE\tLOST CLAIMS\tGAPS\tFIRST GAP", func(r gapsRow) string {
		lane := r.Lane
		if lane == "" {
			lane = "-"
		}
		return fmt.Sprintf("%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s",
			r.Partition, lane, r.Records, r.Epochs, r.Duplicates, r.Stale, r.LostClaims, r.Gaps, r.FirstGap)
	})
	return errors.Join(err, errors.Join(wrong...))
}
