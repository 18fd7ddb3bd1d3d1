package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/projection"
)

// run runs everything until the context ends, or one part fails for good, or
// idle says that all is done. Sources end first, so that what they wrote last
// is folded and committed too.
func (e *engine) run(ctx context.Context, idle time.Duration) error {
	sourcesCtx, stopSources := context.WithCancel(ctx)
	defer stopSources()
	foldsCtx, stopFolds := context.WithCancel(context.WithoutCancel(ctx))
	defer stopFolds()

	folds, foldsCtx := errgroup.WithContext(foldsCtx)
	for _, u := range e.units {
		folds.Go(func() error {
			if err := u.runner.Run(foldsCtx); err != nil {
				return fmt.Errorf("projection of %s stopped: %w", u.part.Partition, err)
			}
			return nil
		})
	}
	context.AfterFunc(foldsCtx, stopSources) // a fold that failed ends the rest

	sources, sourcesCtx := errgroup.WithContext(sourcesCtx)
	for _, u := range e.units {
		sources.Go(func() error { return e.feed(sourcesCtx, u) })
	}
	e.takeOrders(sourcesCtx, sources)
	sources.Go(func() error { return e.watch(sourcesCtx, idle, stopSources) })
	sources.Go(func() error { e.followEnds(sourcesCtx); return nil })
	context.AfterFunc(ctx, func() { e.log.Info("stopping: intake ends, what is journalled is folded and committed") })
	err := sources.Wait()
	e.drain(foldsCtx)
	stopFolds()
	foldErr := folds.Wait()
	for _, u := range e.units {
		s := u.runner.Status()
		e.log.Info("stopped", "partition", u.part.Partition.String(), "next", s.Next, "committed", s.Committed, "unpublished", s.Pending)
	}
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	if foldErr != nil && errors.Is(err, journal.ErrFailed) {
		return foldErr // one full disk has stopped both
	}
	return errors.Join(foldErr, err)
}

// feed brings the journalled configuration up to date and runs one source. A
// source that is given up does not end the others.
func (e *engine) feed(ctx context.Context, u *unit) error {
	if err := e.configure(ctx, u); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("configure the projection of %s: %w", u.part.Partition, err)
	}
	if u.source == nil {
		return nil
	}
	err := u.source.Run(ctx)
	if err == nil {
		return nil
	}
	if errors.Is(err, journal.ErrFailed) || journal.IsCorrupt(err) {
		return err // not this source's own trouble
	}
	for _, other := range e.units {
		if other.source != nil && other.source.Status().State != ingest.Failed {
			return nil
		}
	}
	return err // the last one
}

// drainTime bounds how long the end of a run waits for folds and outputs.
const drainTime = 4 * time.Second

// drain waits until everything that is journalled by now is folded, published
// and committed. What others journal meanwhile is not waited for.
func (e *engine) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	for _, u := range e.units {
		_, end, err := e.journal.Bounds(ctx, u.part.Partition)
		if err != nil {
			return
		}
		outputs := int64(-1)
		for !u.drained(end, &outputs) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}
}

// drained tells whether the records below an offset are folded and committed
// and what they surfaced is published. outputs is how many there are, once that
// is known.
func (u *unit) drained(end int64, outputs *int64) bool {
	s := u.runner.Status()
	if s.Next < end {
		return false
	}
	if *outputs < 0 {
		*outputs = s.Outputs
	}
	return s.Committed >= end && s.Outputs-int64(s.Pending) >= *outputs
}

// settled tells whether everything journalled is folded, published and
// committed.
func (e *engine) settled(ctx context.Context) bool {
	for _, u := range e.units {
		_, end, err := e.journal.Bounds(ctx, u.part.Partition)
		if s := u.runner.Status(); err != nil || s.Next < end || !s.Settled {
			return false
		}
	}
	return true
}

// watch looks after what concerns several parts, until the run is idle.
func (e *engine) watch(ctx context.Context, idle time.Duration, stop func()) error {
	period := time.Second
	if idle > 0 {
		period = min(period, max(idle/10, 5*time.Millisecond))
	}
	tick := time.NewTicker(period)
	defer tick.Stop()
	start := time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for _, u := range e.units {
			if err := e.supervise(ctx, u); err != nil {
				return nil // the context ended, or the runner did and says why
			}
		}
		if idle > 0 && e.idle(ctx, start, idle) {
			stop()
			return nil
		}
	}
}

// resyncEvery is how often a new snapshot is asked for at most: a feed that is
// late again after every snapshot must not be asked for one after another.
const resyncEvery = time.Minute

// supervise tells a source what only the fold knows: that its lane was claimed
// by another writer, or that a message came too late to count.
func (e *engine) supervise(ctx context.Context, u *unit) error {
	if u.source == nil {
		return nil
	}
	lane, err := u.runner.Lane(ctx, 0, journal.LaneFeed)
	if err != nil {
		return err
	}
	u.source.Overtaken(lane.Epoch)
	var resync bool
	if err := u.runner.Do(ctx, func(*projection.View) { resync = u.offers.Resync() }); err != nil {
		return err
	}
	if resync && time.Since(u.resynced) > resyncEvery {
		u.resynced = time.Now()
		e.log.Warn("a message came below the floor, asking for a new snapshot", "partition", u.part.Partition.String())
		u.source.Resync()
	}
	return nil
}

// idle tells whether every source is live and has been silent that long, and
// nothing is left to do.
func (e *engine) idle(ctx context.Context, start time.Time, silent time.Duration) bool {
	if time.Since(start) < silent {
		return false
	}
	for _, u := range e.units {
		if u.source == nil {
			continue
		}
		if u.bridge != nil && !u.bridge.Stats().Idle {
			return false
		}
		if s := u.source.Status(); !s.Live() || time.Since(s.LastMessage) < silent || time.Since(s.Since) < silent {
			return false
		}
	}
	return e.settled(ctx)
}
