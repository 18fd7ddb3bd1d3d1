package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/snapshots"
)

// checkRow is one thing that "check" looked at.
type checkRow struct {
	Verdict string `json:"verdict" doc:"ok, warn or fail"`
	Subject string `json:"subject" doc:"what was looked at"`
	What    string `json:"what" doc:"of it"`
	Have    string `json:"have" doc:"how it is"`
	Want    string `json:"want,omitempty" doc:"how it should be"`
	Why     string `json:"why,omitempty" doc:"what happens otherwise"`
}

func newCheck(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check that journal, topics and files are fit for use",
		Long: `Check that everything that the configuration names is fit for use: the journal
can be reached and read, its topics have the settings that a journal needs, the
files of the sources can be loaded. It changes nothing.

A line "warn" is about something that may cost data or time later; "deadheat
run" goes on. A line "fail" is about something that "deadheat run" refuses, and
the exit code is 1. The last lines say what an acknowledged record survives.`,
		Example: "  deadheat check --config deadheat.yaml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := o.load(cmd)
			if err != nil {
				return err
			}
			if err := checkSources(c); err != nil {
				return err
			}
			j, err := openJournal(cmd.Context(), c, true)
			if err != nil {
				return err
			}
			defer j.Close()
			findings, err := checkJournal(cmd.Context(), c, j)
			if err != nil {
				return err
			}
			rows := make([]checkRow, len(findings))
			for i, f := range findings {
				rows[i] = checkRow{verdict(f), f.Subject, f.What, f.Have, f.Want, f.Why}
			}
			if err := printList(cmd, rows, "VERDICT\tSUBJECT\tWHAT\tHAVE\tWANT\tWHY", checkLine); err != nil {
				return err
			}
			return refuseFindings(findings)
		},
	}
	addListOutput[checkRow](cmd)
	return cmd
}

func checkLine(r checkRow) string {
	if r.Verdict == "ok" {
		r.Want, r.Why = "", ""
	}
	return strings.TrimRight(strings.Join([]string{r.Verdict, r.Subject, r.What, r.Have, r.Want, r.Why}, "\t"), "\t")
}

func verdict(f journal.Finding) string {
	switch {
	case f.OK:
		return "ok"
	case f.Fatal:
		return "fail"
	}
	return "warn"
}

// checkJournal looks at every partition, at the topics that the sources want
// and at whatever the journal knows of its place.
func checkJournal(ctx context.Context, c *Config, j journal.Journal) ([]journal.Finding, error) {
	topics, err := j.Topics(ctx)
	if err != nil {
		return nil, err
	}
	findings := []journal.Finding{{Subject: "journal", What: "id", Have: j.ID(), OK: true}}
	for _, s := range c.Sources.Kambi {
		for _, name := range []string{s.Topic(), surfacedTopic(s.Topic())} {
			i := slices.IndexFunc(topics, func(t journal.Topic) bool { return t.Name == name })
			switch {
			case i < 0:
				findings = append(findings, missingTopic(c, name))
			case topics[i].Partitions != 1:
				findings = append(findings, journal.Finding{Subject: "topic " + name, What: "partitions", Have: fmt.Sprint(topics[i].Partitions), Want: "1",
					Fatal: true, Why: "a feed is one sequence: make the topic anew, with one partition"})
			}
		}
	}
	findings = append(findings, checkStoresOf(ctx, c, j)...)
	if checker, ok := j.(journal.Checker); ok {
		more, err := checker.Check(ctx)
		if err != nil {
			return nil, err
		}
		findings = append(findings, more...)
	}
	for _, t := range topics {
		for i := range t.Partitions {
			f, err := checkPartition(ctx, j, journal.Partition{Topic: t.Name, Index: i})
			if err != nil {
				return nil, err
			}
			findings = append(findings, f)
		}
	}
	slices.SortStableFunc(findings, func(a, b journal.Finding) int { return strings.Compare(rank(a), rank(b)) })
	return findings, nil
}

// rank puts what an acknowledgement means last.
func rank(f journal.Finding) string {
	if strings.HasPrefix(f.What, "an acknowledged") {
		return "2"
	}
	return "1"
}

func missingTopic(c *Config, name string) journal.Finding {
	f := journal.Finding{Subject: "topic " + name, What: "exists", Have: "no", Want: "yes"}
	if c.CreateTopics {
		f.OK, f.Have = true, "no, it will be made"
		return f
	}
	f.Fatal, f.Why = true, "create_topics is false: make it before the first run"
	return f
}

// checkStoresOf compares the stores with the journal, as the next start does.
func checkStoresOf(ctx context.Context, c *Config, j journal.Journal) []journal.Finding {
	if c.Data == "" {
		return nil
	}
	f := journal.Finding{Subject: "stores in " + c.Data, What: "belong to the journal", Have: "yes", Want: "yes", OK: true}
	err := (&engine{c: c, log: c.log, journal: j}).checkStores(ctx)
	if err == nil {
		_, err = loadStores(ctx, j, c.Data, "", kinds)
		if errors.Is(err, snapshots.ErrNoStore) || errors.Is(err, journal.ErrNoTopic) || is[*notFoundError](err) {
			return nil // nothing was folded yet
		}
	}
	if err != nil {
		f.OK, f.Fatal, f.Have, f.Why = false, true, "no", err.Error()
	}
	return []journal.Finding{f}
}

// checkPartition reads the first and the last record of a partition.
func checkPartition(ctx context.Context, j journal.Journal, p journal.Partition) (journal.Finding, error) {
	start, end, err := j.Bounds(ctx, p)
	if err != nil {
		return journal.Finding{}, err
	}
	f := journal.Finding{Subject: p.String(), What: "records", Have: fmt.Sprintf("%d to %d", start, end), OK: true}
	if start == end {
		return f, nil
	}
	for _, at := range []int64{start, end - 1} {
		if _, err := timeAt(ctx, j, p, at); err != nil {
			f.OK, f.Fatal, f.Want, f.Why = false, true, "readable", err.Error()
		}
	}
	if start > 0 && f.OK {
		f.OK, f.Want, f.Why = false, "from 0 on", "what came before is gone: state can be rebuilt from a store at or after the start only"
	}
	return f, nil
}

// refuseFindings is the error of what must not be used.
func refuseFindings(findings []journal.Finding) error {
	var errs []error
	for _, f := range findings {
		if verdict(f) == "fail" {
			errs = append(errs, fmt.Errorf("%s: %s is %s, want %s: %s", f.Subject, f.What, f.Have, f.Want, f.Why))
		}
	}
	return errors.Join(errs...)
}
