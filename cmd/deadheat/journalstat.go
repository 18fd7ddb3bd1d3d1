package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/local"
)

// statRow is one partition as "journal stat" prints it.
type statRow struct {
	Topic     string `json:"topic" doc:"name of the topic"`
	Partition int32  `json:"partition" doc:"number of the partition"`
	Start     int64  `json:"start" doc:"first offset that can be read"`
	End       int64  `json:"end" doc:"first offset that is not there yet"`
	Records   int64  `json:"records" doc:"how many there are"`
	Segments  *int   `json:"segments,omitempty" doc:"files of an embedded journal"`
	Bytes     *int64 `json:"bytes,omitempty" doc:"their sizes together"`
	First     string `json:"first_time,omitempty" doc:"time of the first record"`
	Last      string `json:"last_time,omitempty" doc:"time of the last record"`
}

func newJournalStat(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "stat [TOPIC[/PARTITION]]",
		Short:   "Tell how large the partitions are",
		Long:    "Tell where the partitions begin and end and how large they are.\n\nThe name of the topic may be cut where that is clear.",
		Example: "  deadheat journal stat --journal local:data/journal",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.withJournal(cmd, func(ctx context.Context, j journal.Journal) error {
				partitions, err := allPartitions(ctx, j, args)
				if err != nil {
					return err
				}
				list := []statRow{}
				for _, p := range partitions {
					row, err := stat(ctx, j, p)
					if err != nil {
						return err
					}
					list = append(list, row)
				}
				return printList(cmd, list, "PARTITION\tSTART\tEND\tRECORDS\tSEGMENTS\tBYTES\tFIRST\tLAST", statLine)
			})
		},
	}
	addListOutput[statRow](cmd)
	return cmd
}

func statLine(r statRow) string {
	segments, bytes := "-", "-"
	if r.Segments != nil {
		segments, bytes = fmt.Sprint(*r.Segments), fmt.Sprint(*r.Bytes)
	}
	return fmt.Sprintf("%s/%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s", r.Topic, r.Partition, r.Start, r.End, r.Records, segments, bytes, r.First, r.Last)
}

// sizer is a journal that knows its files.
type sizer interface {
	Stat(ctx context.Context, p journal.Partition) (local.Stat, error)
}

func stat(ctx context.Context, j journal.Journal, p journal.Partition) (statRow, error) {
	start, end, err := j.Bounds(ctx, p)
	if err != nil {
		return statRow{}, err
	}
	row := statRow{Topic: p.Topic, Partition: p.Index, Start: start, End: end, Records: end - start}
	if s, ok := j.(sizer); ok {
		size, err := s.Stat(ctx, p)
		if err != nil {
			return row, err
		}
		row.Segments, row.Bytes = &size.Segments, &size.Bytes
	}
	if start == end {
		return row, nil
	}
	if row.First, err = timeAt(ctx, j, p, start); err != nil {
		return row, err
	}
	row.Last, err = timeAt(ctx, j, p, end-1)
	return row, err
}

// timeAt is the time of one record.
func timeAt(ctx context.Context, j journal.Journal, p journal.Partition, offset int64) (text string, err error) {
	err = journal.ReadRange(ctx, j, p, offset, offset+1, func(r *journal.Record) error {
		text = stampTime(r.Time)
		return nil
	})
	return text, err
}
