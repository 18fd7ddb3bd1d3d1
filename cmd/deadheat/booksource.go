package main

import (
	"context"
	"fmt"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/book"
	"github.com/deadheat-io/deadheat/replay"
)

// bookTopic holds the commands that books are folded from.
const bookTopic = "orders"

// bookSources are the partitions of a journal that the projection book folds.
func bookSources(ctx context.Context, j journal.Journal) ([]projection.Source, error) {
	topics, err := j.Topics(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range topics {
		if t.Name != bookTopic {
			continue
		}
		sources := make([]projection.Source, t.Partitions)
		for i := range sources {
			sources[i] = projection.Source{JournalID: j.ID(), Topic: t, Partition: journal.Partition{Topic: t.Name, Index: int32(i)}}
		}
		return sources, nil
	}
	return nil, fmt.Errorf("topic %q: %w; no order was ever taken, or --journal names another journal", bookTopic, journal.ErrNoTopic)
}

// loadMarket finds a market in the stores, as of their last checkpoints. They are
// read beside the process that may be writing them.
func (o *options) loadMarket(ctx context.Context, c *Config, market string) (*bookView, error) {
	if err := c.needData(); err != nil {
		return nil, err
	}
	j, err := openJournal(ctx, c, true)
	if err != nil {
		return nil, err
	}
	defer j.Close()
	sources, err := bookSources(ctx, j)
	if err != nil {
		return nil, err
	}
	fresh := func() projection.Projection { return book.New() }
	var read []loaded
	for _, s := range sources {
		p := fresh()
		dir := storeDir(c.Data, p, s)
		l, err := replay.Load(dir, projection.Identity(s, p), s, fresh)
		if err == nil && l.Checkpoint == nil {
			err = &notFoundError{fmt.Errorf("store %s has no checkpoint yet", dir)}
		}
		if err != nil {
			return nil, err
		}
		b := l.Projection.(*book.Book)
		if _, ok := b.Market(market); ok {
			return viewOf(b, market, s.Partition.At(l.Checkpoint.Next).String()), nil
		}
		read = append(read, loaded{l, s, dir})
	}
	return nil, &notFoundError{fmt.Errorf("market %q does not exist as of %s", market, positions(read))}
}
