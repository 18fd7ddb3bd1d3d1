package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/book"
	"github.com/deadheat-io/deadheat/projection/offering"
	"github.com/deadheat-io/deadheat/replay"
)

// Names of topics: a source writes feed.NAME, what it surfaces goes to
// surfaced.NAME.
const (
	feedPrefix     = "feed."
	surfacedPrefix = "surfaced."
)

// Topics of orders and of what became of them.
const (
	ordersTopic     = "orders"
	executionsTopic = "executions"
)

// state is a projection that people can look at.
type state interface {
	projection.Projection
	Keys() []string
	Get(key string) ([]byte, error)
	Export(w io.Writer) error
}

// kind is what this build can fold: of which topics, and where the outputs go.
type kind struct {
	name   string
	fresh  func() state
	topics string // what it folds, for people
	covers func(topic string) bool
	output func(topic string) string
	every  int64 // records between checkpoints at most; the usual number if 0
}

// kinds are all of them, in the order in which they are listed.
var kinds = []kind{
	{
		name: offering.Name, topics: feedPrefix + "NAME", fresh: func() state { return offering.New() },
		covers: func(topic string) bool { return strings.HasPrefix(topic, feedPrefix) },
		output: surfacedTopic,
	},
	{
		name: book.Name, topics: ordersTopic, fresh: func() state { return book.New() },
		covers: func(topic string) bool { return topic == ordersTopic },
		output: func(string) string { return executionsTopic },
		every:  100_000, // a checkpoint writes every market that changed whole
	},
}

// findKinds looks a projection up by its name; "" is all of them.
func findKinds(name string) ([]kind, error) {
	if name == "" {
		return kinds, nil
	}
	var names []string
	for i := range kinds {
		if kinds[i].name == name {
			return kinds[i : i+1], nil
		}
		names = append(names, kinds[i].name)
	}
	return nil, usagef("unknown projection %q, there are: %s", name, strings.Join(names, ", "))
}

// sources are the partitions of a journal that a projection folds: those of all
// its topics, or of one.
func (k *kind) sources(ctx context.Context, j journal.Journal, topic string) ([]projection.Source, error) {
	topics, err := j.Topics(ctx)
	if err != nil {
		return nil, err
	}
	var sources []projection.Source
	for _, t := range topics {
		if !k.covers(t.Name) || topic != "" && t.Name != topic && t.Name != feedPrefix+topic {
			continue
		}
		for i := range t.Partitions {
			sources = append(sources, projection.Source{JournalID: j.ID(), Topic: t, Partition: journal.Partition{Topic: t.Name, Index: i}})
		}
	}
	return sources, nil
}

// target is a partition and what folds it.
type target struct {
	kind   *kind
	source projection.Source
}

// targets are the partitions that projections fold. None is an error.
func targets(ctx context.Context, j journal.Journal, kinds []kind, topic string) ([]target, error) {
	var list []target
	for i := range kinds {
		sources, err := kinds[i].sources(ctx, j, topic)
		if err != nil {
			return nil, err
		}
		for _, s := range sources {
			list = append(list, target{&kinds[i], s})
		}
	}
	switch {
	case len(list) > 0:
		return list, nil
	case topic != "":
		return nil, fmt.Errorf("topic %q: %w that is folded; \"deadheat journal stat\" lists what there is", topic, journal.ErrNoTopic)
	}
	var names []string
	for i := range kinds {
		names = append(names, kinds[i].topics)
	}
	return nil, fmt.Errorf("no topic %s yet: %w", strings.Join(names, " or "), journal.ErrNoTopic)
}

// storeDir is where the store of a projection of a partition is.
func storeDir(data string, p projection.Projection, s projection.Source) string {
	name := p.Name() + "-" + strconv.FormatInt(p.Rules(), 10)
	return filepath.Join(data, name, s.Partition.Topic, strconv.Itoa(int(s.Partition.Index)))
}

// loaded is the state of one partition, read from its store.
type loaded struct {
	*replay.Loaded
	target
	state state
	dir   string
}

// loadStores reads the stores of projections beside the process that may be
// writing them. There must be one for every partition.
func loadStores(ctx context.Context, j journal.Journal, data, topic string, kinds []kind) ([]loaded, error) {
	list, err := targets(ctx, j, kinds, topic)
	if err != nil {
		return nil, err
	}
	var stores []loaded
	for _, t := range list {
		fresh := func() projection.Projection { return t.kind.fresh() }
		p := fresh()
		dir := storeDir(data, p, t.source)
		l, err := replay.Load(dir, projection.Identity(t.source, p), t.source, fresh)
		if err == nil && l.Checkpoint == nil {
			err = &notFoundError{fmt.Errorf("store %s has no checkpoint yet", dir)}
		}
		if err != nil {
			return nil, err
		}
		stores = append(stores, loaded{l, t, l.Projection.(state), dir})
	}
	return stores, nil
}
