package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/journal"
)

// spanHelp explains --span.
const spanHelp = `SPAN: :end, 100:200, 100: (from), :200 (up to), +5 (after the beginning),
-10 (before the end), @-48h:-24h, @2026-02-14:1h, @2026-02-14T10:00:00Z:end.`

// catFlags are the flags of cat and tail.
type catFlags struct {
	span        string
	count       int64
	raw         bool
	kinds, keys []string
}

func (c *catFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&c.kinds, "kind", nil, "only records of this `KIND` (may be repeated)")
	f.StringSliceVar(&c.keys, "key", nil, "only records with this `KEY` (may be repeated)")
	f.BoolVar(&c.raw, "raw", false, "print the stored value, hex or base64, not the body")
	addListOutput[recordRow](cmd)
}

func newJournalCat(o *options) *cobra.Command {
	var c catFlags
	cmd := &cobra.Command{
		Use:   "cat [TOPIC[/PARTITION]]",
		Short: "Print the records of a span",
		Long:  "Print the records of a span, up to the end as it is now.\n\n" + topicHelp + "\n\n" + spanHelp,
		Example: `  deadheat journal cat --journal local:data/journal --span 100:200
  deadheat journal cat feed.demo --config deadheat.yaml --span @-1h -o jsonl`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			span, err := journal.ParseSpan(c.span, time.Now())
			if err != nil {
				return err
			}
			if c.count < 0 {
				return usagef("-n %d: want 0 (all) or more", c.count)
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
				from, to, err := span.Resolve(ctx, j, p)
				if err != nil {
					return err
				}
				return c.cat(cmd, j, p, from, to, filter)
			})
		},
	}
	cmd.Flags().StringVar(&c.span, "span", ":end", "which records: `SPAN`")
	cmd.Flags().Int64VarP(&c.count, "count", "n", 0, "stop after `N` records (0: all)")
	c.add(cmd)
	return cmd
}

// errEnough ends a read that has found what it was to find.
var errEnough = errors.New("enough")

// cat prints the records of [from, to). Records before an error are printed.
func (c *catFlags) cat(cmd *cobra.Command, j journal.Journal, p journal.Partition, from, to int64, filter recordFilter) error {
	out := newRows(cmd, recordLine)
	err := journal.ReadRange(cmd.Context(), j, p, from, to, func(r *journal.Record) error {
		if !filter.takes(r) {
			return nil
		}
		row, err := newRecordRow(p, r, c.raw)
		if err != nil {
			return err
		}
		if err := out.add(row); err != nil {
			return err
		}
		if c.count > 0 && int64(out.count) >= c.count {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return out.close(err)
}
