package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/replay"
)

func newHash(o *options) *cobra.Command {
	var name, topic string
	cmd := &cobra.Command{
		Use:   "hash",
		Short: "Print position and state hash of every store (read-only)",
		Long: `Print position, chain and state hash of every store of a projection.

The state is read and hashed again; a store whose state does not have the hash
that its checkpoint says is an error, and so is a journal that does not hold the
record before the position any more. A running process may go on meanwhile.`,
		Example: "  deadheat hash --config deadheat.yaml -o json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			start := time.Now()
			return o.withStores(cmd, name, topic, func(j journal.Journal, list []loaded) error {
				var reports []*replay.Report
				for _, l := range list {
					if err := projection.CheckLineage(cmd.Context(), j, l.source, l.Checkpoint); err != nil {
						return err
					}
					reports = append(reports, replay.NewReport(l.Projection.Name(), l.source.Partition, l.Checkpoint, time.Since(start)))
				}
				return printReports(cmd, reports)
			})
		},
	}
	addProjectionFlags(cmd, &name, &topic)
	addListOutput[*replay.Report](cmd)
	return cmd
}

// withStores opens the journal for reading, loads the stores and calls f.
func (o *options) withStores(cmd *cobra.Command, name, topic string, f func(journal.Journal, []loaded) error) error {
	kinds, err := findKinds(name)
	if err != nil {
		return err
	}
	c, err := o.load(cmd)
	if err != nil {
		return err
	}
	if err := c.needData(); err != nil {
		return err
	}
	j, err := openJournal(cmd.Context(), c, true)
	if err != nil {
		return err
	}
	defer j.Close()
	list, err := loadStores(cmd.Context(), j, c.Data, topic, kinds)
	if err != nil {
		return err
	}
	return f(j, list)
}
