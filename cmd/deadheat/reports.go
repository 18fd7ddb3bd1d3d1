package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/replay"
)

// printReports prints what hash, replay and verify have in common.
func printReports(cmd *cobra.Command, reports []*replay.Report) error {
	return printList(cmd, reports, "PROJECTION\tPARTITION\tNEXT\tSTATE HASH\tCHAIN\tSECONDS", func(r *replay.Report) string {
		return fmt.Sprintf("%s\t%s/%d\t%d\t%s\t%s\t%.3f", r.Projection, r.Topic, r.Partition, r.Next, r.StateHash, r.Chain[:16], r.Seconds)
	})
}

// addProjectionFlags are the flags that choose what is folded.
func addProjectionFlags(cmd *cobra.Command, name, topic *string) {
	cmd.Flags().StringVar(name, "projection", "", "offering or book (all if empty)")
	cmd.Flags().StringVar(topic, "topic", "", "only this topic (all if empty)")
}
