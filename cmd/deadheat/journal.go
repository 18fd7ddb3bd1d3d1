package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/journal"
)

func newJournal(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "journal",
		Short:   "Look into the journal (read-only)",
		Long:    "Look into the journal. These commands only read: they may be used while a\nnode runs, and they change nothing.",
		Example: "  deadheat journal tail --journal local:data/journal",
	}
	cmd.AddCommand(newJournalCat(o), newJournalTail(o), newJournalStat(o), newJournalGaps(o))
	return cmd
}

// topicHelp explains the argument that all of them take.
const topicHelp = `TOPIC/PARTITION is such as feed.demo/0. The partition may be left out where the
topic has one, the name may be cut where that is clear, and both may be left
out where the journal has one topic of a source.`

// withJournal opens the journal for reading and calls f.
func (o *options) withJournal(cmd *cobra.Command, f func(ctx context.Context, j journal.Journal) error) error {
	cfg, err := o.load(cmd)
	if err != nil {
		return err
	}
	j, err := openJournal(cmd.Context(), cfg, true)
	if err != nil {
		return err
	}
	err = f(cmd.Context(), j)
	if closeErr := j.Close(); err == nil {
		err = closeErr
	}
	return err
}

// onePartition finds the partition that an argument means; there may be none.
func onePartition(ctx context.Context, j journal.Journal, args []string) (journal.Partition, error) {
	var p journal.Partition
	topics, err := j.Topics(ctx)
	if err != nil {
		return p, err
	}
	name, index := "", ""
	if len(args) > 0 {
		name, index, _ = strings.Cut(args[0], "/")
	}
	t, err := oneTopic(topics, name)
	if err != nil {
		return p, err
	}
	switch {
	case index != "":
		if p, err = journal.ParsePartition(t.Name + "/" + index); err != nil {
			return p, &usageError{err}
		}
	case t.Partitions > 1:
		return p, usagef("%s has %d partitions: name one, such as %s/0", t.Name, t.Partitions, t.Name)
	default:
		p = journal.Partition{Topic: t.Name}
	}
	if p.Index >= t.Partitions {
		return p, fmt.Errorf("%s: %w; %s has partitions 0 to %d", p, journal.ErrNoTopic, t.Name, t.Partitions-1)
	}
	return p, nil
}

// oneTopic finds a topic by its name or by a beginning that only one has. The
// empty name means the one topic of a source.
func oneTopic(topics []journal.Topic, name string) (journal.Topic, error) {
	var names []string
	var found []journal.Topic
	for _, t := range topics {
		names = append(names, t.Name)
		switch {
		case t.Name == name:
			return t, nil
		case name == "" && !isOutput(t.Name), name != "" && strings.HasPrefix(t.Name, name):
			found = append(found, t)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(topics) == 0:
		return journal.Topic{}, fmt.Errorf("the journal has no topics yet: %w", journal.ErrNoTopic)
	case len(found) > 1:
		return journal.Topic{}, usagef("topic %q is not clear, name one of: %s", name, strings.Join(topicNames(found), ", "))
	case name == "":
		return journal.Topic{}, usagef("no topic of a source, name one of: %s", strings.Join(names, ", "))
	}
	return journal.Topic{}, fmt.Errorf("topic %q: %w; there are: %s", name, journal.ErrNoTopic, strings.Join(names, ", "))
}

func topicNames(topics []journal.Topic) []string {
	names := make([]string, len(topics))
	for i, t := range topics {
		names[i] = t.Name
	}
	return names
}

// outputTopics are topics, and beginnings of their names, that projections
// write. All others are sources.
var outputTopics = []string{surfacedPrefix, "executions", "verdicts", "verify"}

func isOutput(topic string) bool {
	return slices.ContainsFunc(outputTopics, func(prefix string) bool { return strings.HasPrefix(topic, prefix) })
}

// allPartitions are the partitions of all topics, or of those that the
// arguments name.
func allPartitions(ctx context.Context, j journal.Journal, args []string) ([]journal.Partition, error) {
	if len(args) > 0 && strings.Contains(args[0], "/") {
		p, err := onePartition(ctx, j, args)
		return []journal.Partition{p}, err
	}
	topics, err := j.Topics(ctx)
	if err != nil {
		return nil, err
	}
	if len(topics) == 0 {
		return nil, fmt.Errorf("journal %s has no topics: %w; is its address right, and the prefix of its topics?", j.ID(), journal.ErrNoTopic)
	}
	if len(args) > 0 {
		t, err := oneTopic(topics, args[0])
		if err != nil {
			return nil, err
		}
		topics = []journal.Topic{t}
	}
	var all []journal.Partition
	for _, t := range topics {
		for i := range t.Partitions {
			all = append(all, journal.Partition{Topic: t.Name, Index: i})
		}
	}
	return all, nil
}
