package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/ingest/kambi"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/offering"
	"github.com/deadheat-io/deadheat/snapshots"
)

// engine joins what a configuration names: one journal, a projection for every
// feed topic, and a source for every feed that is configured.
type engine struct {
	c       *Config
	log     *slog.Logger
	journal journal.Journal
	units   []*unit
	metrics *metrics
}

// unit is one feed topic: its projection, and its source if there is one.
type unit struct {
	source   *kambi.Source // nil for a topic that only is folded
	part     projection.Source
	state    *offering.Offering
	runner   *projection.Runner
	store    *snapshots.Store
	resynced time.Time // when a new snapshot was last asked for
	stopped  error     // why the source ended, when trying again cannot help
}

// newEngine opens everything; nothing runs before run.
func newEngine(ctx context.Context, c *Config, log *slog.Logger) (e *engine, err error) {
	e = &engine{c: c, log: log, metrics: newMetrics()}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.close())
		}
	}()
	if err := checkSources(c); err != nil {
		return e, err
	}
	if e.journal, err = openJournal(ctx, c, false); err != nil {
		return e, err
	}
	if err := e.checkStores(ctx); err != nil {
		return e, err
	}
	for _, s := range c.Sources.Kambi {
		if err := projection.Genesis(ctx, e.journal, s.Topic(), 1, time.Now()); err != nil {
			return e, err
		}
	}
	parts, err := feedSources(ctx, e.journal, "")
	if err != nil {
		return e, err
	}
	for _, part := range parts {
		// One that another process made and did not come to begin.
		if err := projection.Genesis(ctx, e.journal, part.Topic.Name, part.Topic.Partitions, time.Now()); err != nil {
			return e, err
		}
		if err := e.open(ctx, part); err != nil {
			return e, err
		}
	}
	e.metrics.watch(e)
	return e, nil
}

// checkSources finds what is wrong with the sources' files before anything is
// written.
func checkSources(c *Config) error {
	var faults []fault
	for i, s := range c.Sources.Kambi {
		if err := (kambi.TLS{CA: s.TLS.CA, Cert: s.TLS.Cert, Key: s.TLS.Key}).Check(); err != nil {
			faults = append(faults, fault{key: fmt.Sprintf("sources.kambi[%d].tls", i), what: err.Error()})
		}
	}
	if len(faults) > 0 {
		return &configError{faults: faults}
	}
	return nil
}

// checkStores refuses a data directory with a store of a topic that the journal
// does not have. To make the topic anew would hide that it was lost.
func (e *engine) checkStores(ctx context.Context) error {
	parts, err := feedSources(ctx, e.journal, "")
	if err != nil {
		return err
	}
	dir := filepath.Dir(filepath.Dir(storeDir(e.c.Data, offering.New(), projection.Source{Partition: journal.Partition{Topic: "x"}})))
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read the data directory: %w", err)
	}
	for _, entry := range entries {
		if !slices.ContainsFunc(parts, func(s projection.Source) bool { return s.Topic.Name == entry.Name() }) {
			return &notFoundError{fmt.Errorf(
				"there is a store of topic %q in %s, and no such topic in the journal: bring the topic back, or remove the store", entry.Name(), dir)}
		}
	}
	return nil
}

// open makes the unit of one feed partition.
func (e *engine) open(ctx context.Context, part projection.Source) error {
	u := &unit{part: part, state: offering.New()}
	e.units = append(e.units, u)
	outputs := surfacedTopic(part.Topic.Name)
	if err := e.journal.Create(ctx, outputs, part.Topic.Partitions); err != nil {
		return err
	}
	dir := storeDir(e.c.Data, u.state, part)
	start := time.Now()
	var err error
	if u.store, err = snapshots.Open(dir, projection.Identity(part, u.state), snapshots.Options{Logger: e.log}); err != nil {
		return err
	}
	u.runner, err = projection.NewRunner(ctx, projection.Config{
		Journal: e.journal, Source: part, Projection: u.state, Store: u.store,
		Output: outputs, Logger: e.log, Hooks: e.metrics.hooks(part.Partition),
	})
	if err != nil {
		return err
	}
	e.log.Info("state loaded", "partition", part.Partition.String(), "next", u.runner.Status().Next, "took", time.Since(start).Round(time.Millisecond))
	i := slices.IndexFunc(e.c.Sources.Kambi, func(s KambiSource) bool { return s.Topic() == part.Topic.Name })
	if i < 0 {
		return nil
	}
	u.source, err = kambi.New(e.sourceConfig(e.c.Sources.Kambi[i], u))
	return err
}

func (e *engine) sourceConfig(s KambiSource, u *unit) kambi.Config {
	host, _ := os.Hostname()
	return kambi.Config{
		Name: s.Name, TokenURL: s.TokenURL, Addr: s.Addr, Offerings: s.Offerings,
		TLS:     kambi.TLS{CA: s.TLS.CA, Cert: s.TLS.Cert, Key: s.TLS.Key},
		Journal: e.journal, Partition: u.part.Partition, Fold: u.runner, Floor: u.floor,
		Who: fmt.Sprintf("%s pid %d", host, os.Getpid()), Logger: e.log,
	}
}

// floor is the feed offset at or below which the fold drops messages.
func (u *unit) floor(ctx context.Context) (floor int64, err error) {
	err = u.runner.Do(ctx, func(*projection.View) { floor = u.state.Floor() })
	return floor, err
}

// close closes what was opened, in the opposite order.
func (e *engine) close() error {
	var errs []error
	for _, u := range e.units {
		if u.store != nil {
			errs = append(errs, u.store.Close())
		}
	}
	if e.journal != nil {
		errs = append(errs, e.journal.Close())
	}
	return errors.Join(errs...)
}

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
	sources.Go(func() error { return e.watch(sourcesCtx, idle, stopSources) })
	err := sources.Wait()
	e.drain(foldsCtx)
	stopFolds()
	foldErr := folds.Wait()
	if errors.Is(err, context.Canceled) {
		err = nil
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
	if u.stopped = u.source.Run(ctx); u.stopped == nil {
		return nil
	}
	if errors.Is(u.stopped, journal.ErrFailed) || journal.IsCorrupt(u.stopped) {
		return u.stopped // not this source's own trouble
	}
	for _, other := range e.units {
		if other.source != nil && other.source.Status().State != ingest.Failed {
			return nil
		}
	}
	return u.stopped // the last one
}

// configure appends the offering's settings to the journal when the file has
// others than those in force: the fold must see the change where it happened.
func (e *engine) configure(ctx context.Context, u *unit) error {
	_, end, err := e.journal.Bounds(ctx, u.part.Partition)
	if err != nil {
		return err
	}
	if _, err := u.runner.Lane(ctx, end, journal.LaneOperator); err != nil {
		return err
	}
	var have schema.OfferingConfig
	if err := u.runner.Do(ctx, func(*projection.View) { have = u.state.Config() }); err != nil {
		return err
	}
	want := e.c.Projections.Offering.over(have)
	if string(codec.Body(&want)) == string(codec.Body(&have)) {
		return nil
	}
	e.log.Info("journalling new settings", "partition", u.part.Partition.String(), "offering", want)
	lane, err := journal.OpenLane(ctx, journal.LaneConfig{
		Journal: e.journal, Partition: u.part.Partition, Name: journal.LaneOperator, Fold: u.runner, Encode: codec.Body,
	})
	if err != nil {
		return err
	}
	answer := make(chan error, 1)
	entry := journal.Entry{Kind: want.RecordKind(), Time: time.Now().UnixNano(), Body: codec.Body(&want)}
	if err := lane.Append(ctx, []journal.Entry{entry}, func(_ int64, err error) { answer <- err }); err != nil {
		return err
	}
	return <-answer
}

// drainTime bounds how long the end of a run waits for folds and outputs.
const drainTime = 10 * time.Second

// drain waits until everything journalled is folded, published and committed.
func (e *engine) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	for !e.settled(ctx) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
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
	if err := u.runner.Do(ctx, func(*projection.View) { resync = u.state.Resync() }); err != nil {
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
		if s := u.source.Status(); !s.Live() || time.Since(s.LastMessage) < silent || time.Since(s.Since) < silent {
			return false
		}
	}
	return e.settled(ctx)
}
