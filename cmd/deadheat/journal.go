package main

import "github.com/spf13/cobra"

func newJournal(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "journal",
		Short:   "Look into the journal",
		Example: "  deadheat journal tail --journal local:data/journal",
	}
	return cmd
}
