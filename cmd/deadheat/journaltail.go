package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/journal"
)

func newJournalTail(o *options) *cobra.Command {
	var c catFlags
	var follow, noFollow bool
	cmd := &cobra.Command{
		Use:   "tail [TOPIC[/PARTITION]]",
		Short: "Print the last records and follow",
		Long: `Print the last records, and then those that come, until a signal ends it (exit
code 130).

` + topicHelp,
		Example: `  deadheat journal tail --journal local:data/journal
  deadheat journal tail surfaced --config deadheat.yaml -n 3 --no-follow`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if c.count < 0 {
				return usagef("-n %d: want 0 or more", c.count)
			}
			filter, err := newRecordFilter(c.kinds, c.keys)
			if err != nil {
				return err
			}
			return o.withJournal(cmd, func(ctx context.Context, j journal.Journal) error {
				p, err := onePartition(ctx, j, args)
				if err != nil {
					return err
				}
				start, end, err := j.Bounds(ctx, p)
				if err != nil {
					return err
				}
				from := max(start, end-c.count)
				c.count = 0 // it has said where to begin; the end is no count
				if noFollow || !follow {
					return c.cat(cmd, j, p, from, end, filter)
				}
				return c.follow(cmd, j, p, from, filter)
			})
		},
	}
	cmd.Flags().Int64VarP(&c.count, "count", "n", 10, "begin `N` records before the end")
	cmd.Flags().BoolVarP(&follow, "follow", "f", true, "follow the partition")
	cmd.Flags().BoolVar(&noFollow, "no-follow", false, "stop at the end as it is now")
	c.add(cmd)
	return cmd
}

// follow prints records as they come, until the context ends.
func (c *catFlags) follow(cmd *cobra.Command, j journal.Journal, p journal.Partition, from int64, filter recordFilter) error {
	reader, err := j.Read(cmd.Context(), p, from)
	if err != nil {
		return err
	}
	defer reader.Close()
	out := newRows(cmd, recordLine)
	for {
		records, err := reader.Next(cmd.Context())
		if err != nil {
			return out.close(err)
		}
		for i := range records {
			if !filter.takes(&records[i]) {
				continue
			}
			row, err := newRecordRow(p, &records[i], c.raw)
			if err == nil {
				err = out.add(row)
			}
			if err != nil {
				return out.close(err)
			}
		}
		if err := out.flush(); err != nil {
			return err
		}
	}
}
