package main

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// takeOrders runs what orders need until the context ends: the time of every
// partition, and the intake.
func (e *engine) takeOrders(ctx context.Context, group *errgroup.Group) {
	if !e.c.takesOrders() {
		return
	}
	for _, u := range e.units {
		if u.desk != nil {
			u.ticker = &ticker{desk: u.desk, journal: e.journal, part: u.part.Partition, who: who()}
			group.Go(func() error { return u.ticker.run(ctx) })
		}
	}
}
