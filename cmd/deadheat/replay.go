package main

import (
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/replay"
	"github.com/deadheat-io/deadheat/snapshots"
)

func newReplay(o *options) *cobra.Command {
	var name, topic, text, into string
	var every int64
	cmd := &cobra.Command{
		Use:   "replay",
		Short: "Fold the journal again into a throw-away state",
		Long: `Fold the journal again and report where that ends. The running store is not
touched: the state is thrown away, or kept in a store of its own with --into.

The span says up to where ("100" means from 100 to the end, ":100" up to 100,
":end" everything there is now). What lies before its beginning is folded too:
a state is the fold of all records before it.`,
		Example: "  deadheat replay --projection offering --span :end --config deadheat.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			kinds, err := findKinds(name)
			if err != nil {
				return err
			}
			span, err := journal.ParseSpan(text, time.Now())
			if err != nil {
				return err
			}
			if every < 0 {
				return usagef("--every %d: want 0 or more", every)
			}
			c, err := o.load(cmd)
			if err != nil {
				return err
			}
			if into != "" && samePath(into, c.Data) {
				return usagef("--into is the data directory of the running process: choose another")
			}
			j, err := openJournal(cmd.Context(), c, true)
			if err != nil {
				return err
			}
			defer j.Close()
			list, err := targets(cmd.Context(), j, kinds, topic)
			if err != nil {
				return err
			}
			var reports []*replay.Report
			for _, t := range list {
				report, err := replayOne(cmd, j, t.source, span, t.kind.fresh(), into, every)
				if err != nil {
					return err
				}
				reports = append(reports, report)
			}
			return printReports(cmd, reports)
		},
	}
	addProjectionFlags(cmd, &name, &topic)
	cmd.Flags().StringVar(&text, "span", ":end", "what to fold, as for journal cat")
	cmd.Flags().StringVar(&into, "into", "", "keep the state in stores below this directory")
	cmd.Flags().Int64Var(&every, "every", 0, "records between checkpoints (20000 if 0); changes no result")
	addListOutput[*replay.Report](cmd)
	return cmd
}

// samePath tells whether two names are of one place.
func samePath(a, b string) bool {
	if b == "" {
		return false
	}
	absA, errA := filepath.Abs(a)
	absB, errB := filepath.Abs(b)
	return errA == nil && errB == nil && absA == absB
}

// replayOne folds one partition.
func replayOne(cmd *cobra.Command, j journal.Journal, s projection.Source, span journal.Span, p projection.Projection, into string, every int64) (*replay.Report, error) {
	_, to, err := span.Resolve(cmd.Context(), j, s.Partition)
	if err != nil {
		return nil, err
	}
	c := replay.Config{
		Journal: j, Source: s, Projection: p, To: to, Every: every,
		Progress: progress(cmd, s.Partition.String()),
	}
	if into != "" {
		store, err := snapshots.Open(storeDir(into, p, s), replay.Identity(s, p), snapshots.Options{})
		if err != nil {
			return nil, err
		}
		defer store.Close()
		c.Store = store
	}
	return replay.Run(cmd.Context(), c)
}
