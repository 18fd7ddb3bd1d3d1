package main

import (
	"context"
	"fmt"

	"github.com/deadheat-io/deadheat/ingest/orders"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/sink/bridge"
)

// openBridges makes what asks markets to follow the offers of feeds.
func (e *engine) openBridges() error {
	books := bridgeBooks{}
	for _, u := range e.units {
		if u.desk != nil {
			books = append(books, u.desk) // units are in the order of partitions
		}
	}
	for i := range e.c.Orders.Bridges {
		b := &e.c.Orders.Bridges[i]
		u := e.feedUnit(b.Feed)
		if u == nil {
			return &configError{[]fault{{key: fmt.Sprintf("orders.bridges[%d].feed", i), what: fmt.Sprintf("there is no feed %q", b.Feed)}}}
		}
		var err error
		u.bridge, err = bridge.New(bridge.Config{
			Journal: e.journal, Source: u.part.Partition, Feed: u.runner, Name: b.Feed,
			Orders: ordersTopic, Partitions: int32(len(books)), PartitionOf: orders.PartitionOf, Books: books,
			Mapping: b.mapping(), Lane: journal.LaneBridge + "/" + b.Feed, Who: who(), Logger: e.log,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// feedUnit is the unit of a feed.
func (e *engine) feedUnit(name string) *unit {
	for _, u := range e.units {
		if u.offers != nil && u.part.Topic.Name == feedPrefix+name {
			return u
		}
	}
	return nil
}

// bridgeBooks are the folds of all partitions of orders, as a bridge asks them.
type bridgeBooks []*desk

// Fold implements [bridge.Books].
func (b bridgeBooks) Fold(partition int32) journal.Fold { return b[partition] }

// Taken implements [bridge.Books].
func (b bridgeBooks) Taken(ctx context.Context, partition int32, source journal.Partition, markets []string) ([]bridge.Taken, error) {
	list := make([]bridge.Taken, len(markets))
	d := b[partition]
	err := d.runner.Do(ctx, func(*projection.View) {
		for i, id := range markets {
			t, known, closed := d.book.Taken(id, source.Topic, source.Index)
			list[i] = bridge.Taken{Known: known, Closed: closed, Cause: t.Cause, Action: t.Action}
		}
	})
	return list, err
}

// Open implements [bridge.Books].
func (b bridgeBooks) Open(ctx context.Context, partition int32, source journal.Partition) (ids []string, err error) {
	d := b[partition]
	err = d.runner.Do(ctx, func(*projection.View) {
		for id := range d.book.TakenFrom(source.Topic, source.Index) {
			ids = append(ids, id)
		}
	})
	return ids, err
}
