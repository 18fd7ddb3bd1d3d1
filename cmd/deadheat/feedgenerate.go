package main

import (
	"bufio"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
)

func newFeedGenerate() *cobra.Command {
	var seed int64
	var count int
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Print a generated feed, one message a line",
		Long: `Print a generated feed, one message a line, good as --input of "feed serve".
The same seed gives the same messages.`,
		Example: "  deadheat feed generate --seed 7 --count 100000 | gzip > feed.ndjson.gz",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if count < 0 {
				return usagef("--count %d: want 0 or more", count)
			}
			w := bufio.NewWriterSize(cmd.OutOrStdout(), 64<<10)
			if err := kambitest.WriteNDJSON(w, kambitest.GenConfig{Seed: seed}, count); err != nil {
				return fmt.Errorf("generate: %w", err)
			}
			return flushed(w)
		},
	}
	cmd.Flags().Int64Var(&seed, "seed", 1, "seed `N`")
	cmd.Flags().IntVar(&count, "count", 10_000, "print `N` messages")
	return cmd
}
