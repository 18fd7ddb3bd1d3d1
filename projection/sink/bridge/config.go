package bridge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
)

// LaneBridge is the usual name of a bridge's lane.
const LaneBridge = journal.LaneBridge

// Config says what is bridged where.
type Config struct {
	Journal journal.Journal
	// Source is the feed's partition, Feed its fold, whose projection must be an
	// offering, and Name the feed's name in templates.
	Source journal.Partition
	Feed   Feed
	Name   string
	// Orders is the topic of commands, with so many partitions.
	Orders      string
	Partitions  int32
	PartitionOf func(market string, partitions int32) int32
	Books       Books
	Mapping     Mapping
	// Lane is [LaneBridge] if empty. Two feeds that are bridged to one topic need
	// two lanes.
	Lane   string
	Retry  time.Duration    // until a lost lane is opened again, doubled up to 50 times as long; 100 ms if 0
	Who    string           // for people who read the journal; optional
	Now    func() time.Time // stamps commands; time.Now if nil
	Logger *slog.Logger     // discarded if nil
}

// Feed is the running fold of a feed, such as a [projection.Runner].
type Feed interface {
	journal.Fold
	// Do calls f between two records.
	Do(ctx context.Context, f func(*projection.View)) error
}

// Books are the running folds of the orders' partitions.
type Books interface {
	// Fold knows the lanes of a partition.
	Fold(partition int32) journal.Fold
	// Taken tells what markets of a partition last took from a source, in the
	// order of their ids.
	Taken(ctx context.Context, partition int32, source journal.Partition, markets []string) ([]Taken, error)
	// Open lists the markets of a partition that are not closed and have taken
	// something from a source.
	Open(ctx context.Context, partition int32, source journal.Partition) ([]string, error)
}

// Taken is what a market last took from a source.
type Taken struct {
	Known  bool // it took something
	Closed bool // it is closed, by whomever
	Cause  schema.Cause
	Action schema.MarketAction // of the command with that cause
}

// check makes the mapping ready and fills in what is usual.
func (c *Config) check() (*mapping, error) {
	if c.Journal == nil || c.Feed == nil || c.Books == nil || c.PartitionOf == nil {
		return nil, errors.New("bridge: a journal, a feed, books and PartitionOf are needed")
	}
	if c.Partitions < 1 {
		return nil, fmt.Errorf("bridge: topic %q has %d partitions, want 1 or more", c.Orders, c.Partitions)
	}
	m, faults := c.Mapping.compile()
	if len(faults) > 0 {
		return nil, fmt.Errorf("bridge: mapping: %s", strings.Join(faults, "; "))
	}
	if c.Lane == "" {
		c.Lane = LaneBridge
	}
	if c.Retry <= 0 {
		c.Retry = 100 * time.Millisecond
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return m, nil
}

// partition is a partition of the orders.
func (c *Config) partition(p int32) journal.Partition {
	return journal.Partition{Topic: c.Orders, Index: p}
}
