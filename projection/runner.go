package projection

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/crash"
	"github.com/deadheat-io/deadheat/snapshots"
)

// Config says what a runner folds and how. Cadence changes no result.
type Config struct {
	Journal    journal.Journal
	Source     Source
	Projection Projection       // fresh: nothing loaded, nothing applied
	Store      *snapshots.Store // where state and position are kept
	// Output is the topic of outputs, with as many partitions as the source's;
	// "" discards outputs.
	Output string
	// Standby keeps the outbox and publishes nothing.
	Standby bool
	// Records and Interval say how often a checkpoint is written: after so many
	// records or so long, whichever comes first. 20,000 and 500 ms if 0.
	Records  int64
	Interval time.Duration
	Logger   *slog.Logger // discarded if nil
	Hooks    Hooks
}

// Hooks are called as things happen, from the runner's own goroutines. Any may
// be nil.
type Hooks struct {
	Applied    func(n int, took time.Duration)
	Checkpoint func(keys int, took time.Duration)
}

// Runner folds one partition and keeps its store.
type Runner struct {
	c      Config
	fold   *Fold
	outbox *outbox
	output journal.Partition

	requests chan request
	waiting  []laneWait

	batch  *snapshots.Batch // changes for the next commit
	staged int
	flight *flight // the commit under way, if any

	saved     int64 // Next of the last checkpoint
	savedOut  int64 // OutputNext of it
	savedAt   time.Time
	next      atomic.Int64
	committed atomic.Int64
	settled   atomic.Bool // the last checkpoint holds an empty outbox
	stopped   chan struct{}
}

type request struct {
	do   func(*View)
	lane *laneWait
	done chan error
}

type laneWait struct {
	offset int64
	name   string
	answer chan journal.LaneState
}

// NewRunner opens the state: it loads the checkpoint, proves it with the state
// hash, and checks the journal's lineage. Nothing is folded before Run.
func NewRunner(ctx context.Context, c Config) (*Runner, error) {
	if c.Records <= 0 {
		c.Records = 20_000
	}
	if c.Interval <= 0 {
		c.Interval = 500 * time.Millisecond
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Store.Identity().Replay {
		return nil, fmt.Errorf("store %s was written by a replay and holds no outputs: it cannot be published from", c.Store.Dir())
	}
	r := &Runner{c: c, outbox: newOutbox(), requests: make(chan request), stopped: make(chan struct{})}
	r.output = journal.Partition{Topic: c.Output, Index: c.Source.Partition.Index}
	emit := r.outbox.add
	if c.Output == "" {
		emit = nil
	}
	r.fold = NewFold(c.Source, c.Projection, emit)
	checkpoint, err := LoadCheckpoint(c.Store)
	if err != nil {
		return nil, err
	}
	if err := CheckLineage(ctx, c.Journal, c.Source, checkpoint); err != nil {
		return nil, err
	}
	if checkpoint == nil {
		return r, nil
	}
	if err := r.load(checkpoint); err != nil || c.Output == "" {
		return r, err
	}
	_, err = r.checkOutputs(ctx)
	return r, err
}

// LoadCheckpoint reads a store's checkpoint; nil when there was none yet.
func LoadCheckpoint(s *snapshots.Store) (*Checkpoint, error) {
	b, err := s.Checkpoint()
	if err != nil || b == nil {
		return nil, err
	}
	c, err := decodeCheckpoint(b)
	switch {
	case errors.Is(err, errCheckpointFormat):
		return nil, fmt.Errorf("store %s: %w; use a newer build, or remove the store to fold again from the journal", s.Dir(), err)
	case err != nil:
		return nil, &snapshots.DamageError{Dir: s.Dir(), Err: err}
	}
	return c, nil
}

func (r *Runner) load(c *Checkpoint) error {
	err := r.fold.Restore(c, func(f func(key, value []byte) error) error {
		return r.c.Store.Each(snapshots.State, f)
	})
	if err != nil {
		return fmt.Errorf("load store %s: %w", r.c.Store.Dir(), err)
	}
	if r.c.Output != "" {
		err = r.outbox.load(c, func(f func(key, value []byte) error) error {
			return r.c.Store.Each(snapshots.Outbox, f)
		})
		if errors.Is(err, errOutbox) {
			err = &snapshots.DamageError{Dir: r.c.Store.Dir(), Err: err}
		}
		if err != nil {
			return err
		}
	}
	r.saved, r.savedOut = c.Next, c.OutputNext
	r.next.Store(c.Next)
	r.committed.Store(c.Next)
	r.settled.Store(r.outbox.pending() == 0)
	return nil
}

// Run folds until the context ends or its deadline passes; then it writes a last
// checkpoint and returns nil. Any error stops the partition and names the position.
func (r *Runner) Run(ctx context.Context) error {
	defer close(r.stopped)
	group, inner := errgroup.WithContext(ctx)
	batches := make(chan []journal.Record, 4)
	group.Go(func() error { return r.read(inner, batches) })
	if r.c.Output != "" {
		caughtUp := make(chan struct{})
		group.Go(func() error { return r.confirmOutputs(inner, caughtUp) })
		if !r.c.Standby {
			group.Go(func() error { return r.publishOutputs(inner, caughtUp) })
		}
	}
	var applyErr error
	group.Go(func() error {
		applyErr = r.loop(inner, batches)
		return applyErr
	})
	err := group.Wait()
	if applyErr != nil && !ended(applyErr) {
		return errors.Join(applyErr, r.land()) // no checkpoint of a fold that failed
	}
	if ctx.Err() != nil && ended(err) {
		err = nil // the caller ended the run
	}
	crash.At(crash.BeforeFlush)
	err = errors.Join(err, r.checkpoint(), r.land())
	crash.At(crash.AfterFlush)
	return err
}

// ended tells whether an error is that of a context.
func ended(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// read hands over records in batches.
func (r *Runner) read(ctx context.Context, batches chan<- []journal.Record) error {
	reader, err := r.c.Journal.Read(ctx, r.c.Source.Partition, r.fold.Next())
	if err != nil {
		return err
	}
	defer reader.Close()
	for {
		records, err := reader.Next(ctx)
		if err != nil {
			return err
		}
		select {
		case batches <- records:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// loop is the one goroutine that touches the fold.
func (r *Runner) loop(ctx context.Context, batches <-chan []journal.Record) error {
	tick := time.NewTicker(r.c.Interval)
	defer tick.Stop()
	r.savedAt = time.Now()
	for {
		in, drained := batches, (<-chan struct{})(nil)
		if r.outbox.full() {
			in, drained = nil, r.outbox.wait()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case records := <-in:
			if err := r.apply(records); err != nil {
				return err
			}
		case q := <-r.requests:
			r.serve(q)
		case <-drained:
		case err := <-r.landing():
			if err := r.landed(err); err != nil {
				return err
			}
		case <-tick.C:
			if err := r.checkpoint(); err != nil {
				return err
			}
		}
	}
}

// apply folds a batch, with a checkpoint wherever one is due.
func (r *Runner) apply(records []journal.Record) error {
	start := time.Now()
	for i := range records {
		crash.At(crash.BeforeApply)
		if err := r.fold.Apply(&records[i]); err != nil {
			return err
		}
		crash.At(crash.AfterApply)
		if r.fold.Next()-r.saved >= r.c.Records {
			if err := r.checkpoint(); err != nil {
				return err
			}
		}
	}
	r.next.Store(r.fold.Next())
	r.answerLanes()
	if h := r.c.Hooks.Applied; h != nil {
		h(len(records), time.Since(start))
	}
	if time.Since(r.savedAt) >= r.c.Interval {
		return r.checkpoint()
	}
	return nil
}

// stage returns a function that collects changed keys for the next commit.
func (r *Runner) stage(space snapshots.Space) func(key, value []byte) {
	return func(key, value []byte) {
		if r.batch == nil {
			r.batch = r.c.Store.Batch()
		}
		r.staged++
		r.batch.Stage(space, key, value)
	}
}

// flight is a commit under way. The fold goes on meanwhile: what it changes is
// for the next one.
type flight struct {
	checkpoint *Checkpoint
	keys       int
	start      time.Time
	done       chan error
}

// checkpoint begins to commit state, position and outbox as one batch, if any
// changed. It waits for the commit before: they land in order.
func (r *Runner) checkpoint() error {
	if err := r.land(); err != nil {
		return err
	}
	start := time.Now()
	r.savedAt = start
	if r.fold.Next() == r.saved && r.outbox.position() == r.savedOut {
		return nil
	}
	c, err := r.fold.Checkpoint(r.stage(snapshots.State))
	if err != nil {
		return err
	}
	r.outbox.save(c, r.stage(snapshots.Outbox))
	batch := r.batch
	if batch == nil {
		batch = r.c.Store.Batch()
	}
	r.flight = &flight{checkpoint: c, keys: r.staged, start: start, done: make(chan error, 1)}
	go func(f *flight) { f.done <- r.c.Store.Commit(batch, f.checkpoint.Encode()) }(r.flight)
	r.batch, r.staged = nil, 0
	r.saved, r.savedOut = c.Next, c.OutputNext
	return nil
}

// land waits for the commit under way, if any.
func (r *Runner) land() error {
	if r.flight == nil {
		return nil
	}
	return r.landed(<-r.flight.done)
}

// landing is where the commit under way says that it is done; nil if there is
// none.
func (r *Runner) landing() <-chan error {
	if r.flight == nil {
		return nil
	}
	return r.flight.done
}

// landed takes the end of the commit under way.
func (r *Runner) landed(err error) error {
	f := r.flight
	r.flight = nil
	if err != nil {
		return fmt.Errorf("checkpoint at %s: %w", r.c.Source.Partition.At(f.checkpoint.Next), err)
	}
	r.settled.Store(r.c.Output == "" || f.checkpoint.Confirmed == f.checkpoint.Outputs)
	r.committed.Store(f.checkpoint.Next)
	if h := r.c.Hooks.Checkpoint; h != nil {
		h(f.keys, time.Since(f.start))
	}
	return nil
}
