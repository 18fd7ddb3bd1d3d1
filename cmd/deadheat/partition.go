package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/offering"
	"github.com/deadheat-io/deadheat/replay"
)

// Names of topics: a source writes feed.NAME, what it surfaces goes to
// surfaced.NAME.
const (
	feedPrefix     = "feed."
	surfacedPrefix = "surfaced."
)

// projections are what this build can fold, by name.
var projections = map[string]func() projection.Projection{
	offering.Name: func() projection.Projection { return offering.New() },
}

// findProjection looks a projection up by its name.
func findProjection(name string) (func() projection.Projection, error) {
	if fresh, ok := projections[name]; ok {
		return fresh, nil
	}
	return nil, usagef("unknown projection %q, there is: %s", name, offering.Name)
}

// feedSources are the partitions of a journal that the offering projection
// folds: those of all topics feed.NAME, or of one.
func feedSources(ctx context.Context, j journal.Journal, topic string) ([]projection.Source, error) {
	topics, err := j.Topics(ctx)
	if err != nil {
		return nil, err
	}
	var sources []projection.Source
	for _, t := range topics {
		if !strings.HasPrefix(t.Name, feedPrefix) || topic != "" && t.Name != topic && t.Name != feedPrefix+topic {
			continue
		}
		for i := range t.Partitions {
			sources = append(sources, projection.Source{JournalID: j.ID(), Topic: t, Partition: journal.Partition{Topic: t.Name, Index: i}})
		}
	}
	if len(sources) == 0 && topic != "" {
		return nil, fmt.Errorf("feed topic %q: %w; \"deadheat journal stat\" lists what there is", topic, journal.ErrNoTopic)
	}
	return sources, nil
}

// storeDir is where the store of a projection of a partition is.
func storeDir(data string, p projection.Projection, s projection.Source) string {
	name := p.Name() + "-" + strconv.FormatInt(p.Rules(), 10)
	return filepath.Join(data, name, s.Partition.Topic, strconv.Itoa(int(s.Partition.Index)))
}

// loaded is the state of one partition, read from its store.
type loaded struct {
	*replay.Loaded
	source projection.Source
	dir    string
}

// loadStores reads the stores of a projection beside the process that may be
// writing them. There must be one for every partition.
func loadStores(ctx context.Context, j journal.Journal, data, topic string, fresh func() projection.Projection) ([]loaded, error) {
	sources, err := feedSources(ctx, j, topic)
	if err != nil {
		return nil, err
	}
	if len(sources) == 0 {
		return nil, fmt.Errorf("no feed topic yet: %w", journal.ErrNoTopic)
	}
	var list []loaded
	for _, s := range sources {
		p := fresh()
		dir := storeDir(data, p, s)
		l, err := replay.Load(dir, projection.Identity(s, p), s, fresh)
		if err == nil && l.Checkpoint == nil {
			err = &notFoundError{fmt.Errorf("store %s has no checkpoint yet", dir)}
		}
		if err != nil {
			return nil, err
		}
		list = append(list, loaded{l, s, dir})
	}
	return list, nil
}
