package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

const (
	// tickEvery is how often time is journalled while anything depends on it.
	tickEvery = time.Second
	// tickAfter is how long time goes on behind the last command.
	tickAfter = 10 * time.Second
	// tickStale is how old the last tick is when whoever made it is thought gone.
	tickStale = 3 * time.Second
)

// ticker journals the time for one partition of orders, in a lane of its own.
// One process at a time does; another takes over when it falls silent. Ticks of
// two are harmless.
type ticker struct {
	desk    *desk
	journal journal.Journal
	part    journal.Partition
	who     string

	mu    sync.Mutex // one tick at a time
	lane  *journal.Lane
	asked time.Time // when the last tick was appended here
}

// run ticks until the context ends.
func (t *ticker) run(ctx context.Context) error {
	every := time.NewTicker(tickEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.desk.runner.Stopped():
			return nil // and says why itself
		case <-every.C:
		}
		c := t.desk.now()
		if c.timed == 0 && !t.desk.busy() {
			continue
		}
		if err := t.tick(ctx, c); errors.Is(err, journal.ErrFailed) {
			return err
		}
	}
}

// busy tells whether a command was folded a moment ago.
func (d *desk) busy() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Since(d.latest) < tickAfter
}

// fresh makes sure that fold time is not far behind before a command is
// journalled: after a quiet time nothing has moved it.
func (t *ticker) fresh(ctx context.Context) error {
	t.mu.Lock()
	recent := time.Since(t.asked) < tickEvery
	t.mu.Unlock()
	if recent {
		return nil
	}
	return t.tick(ctx, t.desk.now())
}

// tick appends one tick, unless another process makes them.
func (t *ticker) tick(ctx context.Context, c clock) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if t.lane == nil {
		if age := now.Sub(time.Unix(0, int64(c.ticked))); age < tickStale && age > -tickStale {
			t.asked = now // the other one does
			return nil
		}
		lane, err := journal.OpenLane(ctx, journal.LaneConfig{
			Journal: t.journal, Partition: t.part, Name: journal.LaneTick, Fold: t.desk, Encode: codec.Body, Who: t.who,
		})
		if err != nil {
			return err
		}
		t.lane = lane
	}
	state, err := t.desk.Lane(ctx, 0, journal.LaneTick)
	if err != nil {
		return err
	}
	if state.Epoch > t.lane.Epoch() { // taken over; stand by
		t.lane, t.asked = nil, now
		return nil
	}
	tick := &schema.Tick{}
	if err := t.lane.Append(ctx, []journal.Entry{{Kind: tick.RecordKind(), Time: now.UnixNano(), Body: codec.Body(tick)}}, nil); err != nil {
		t.lane = nil
		return err
	}
	t.asked = now
	return nil
}
