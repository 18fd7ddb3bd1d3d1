package main

import (
	"context"
	"fmt"

	"github.com/deadheat-io/deadheat/projection/book"
)

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
	kinds, err := findKinds(book.Name)
	if err != nil {
		return nil, err
	}
	stores, err := loadStores(ctx, j, c.Data, "", kinds)
	if err != nil {
		return nil, err
	}
	for _, l := range stores {
		b := l.state.(*book.Book)
		if _, ok := b.Market(market); ok {
			return viewOf(b, market, l.source.Partition.At(l.Checkpoint.Next).String()), nil
		}
	}
	return nil, &notFoundError{fmt.Errorf("market %q does not exist as of %s", market, positions(stores))}
}
