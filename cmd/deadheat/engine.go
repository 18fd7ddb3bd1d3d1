package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/deadheat-io/deadheat/ingest/kambi"
	"github.com/deadheat-io/deadheat/ingest/orders"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/book"
	"github.com/deadheat-io/deadheat/projection/offering"
	"github.com/deadheat-io/deadheat/projection/sink/bridge"
	"github.com/deadheat-io/deadheat/snapshots"
)

// engine joins what a configuration names: one journal, a projection for every
// feed topic and for the orders, and a source for every feed that is configured.
type engine struct {
	c       *Config
	log     *slog.Logger
	journal journal.Journal
	units   []*unit
	intake  *orders.Intake // nil where no orders are taken
	metrics *metrics

	stopping context.Context // ends when the run does, for those who follow it
	stop     context.CancelFunc
	streams  atomic.Int64 // clients that follow executions
}

// unit is one partition: its projection, and its source if there is one.
type unit struct {
	kind     *kind
	source   *kambi.Source // nil for a topic that only is folded
	part     projection.Source
	state    state
	offers   *offering.Offering // the state, if it is that
	desk     *desk              // of orders, if the state is a book
	bridge   *bridge.Bridge     // from the offers to the markets, if there is one
	ticker   *ticker
	runner   *projection.Runner
	store    *snapshots.Store
	resynced time.Time // when a new snapshot was last asked for
	ends     ends
}

// newEngine opens everything; nothing runs before run.
func newEngine(ctx context.Context, c *Config, log *slog.Logger) (e *engine, err error) {
	e = &engine{c: c, log: log, metrics: newMetrics()}
	e.stopping, e.stop = context.WithCancel(context.Background())
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
	log.Info("journal open", "journal", c.Journal, "id", e.journal.ID(), "version", readBuild().Version)
	if err := e.checkStores(ctx); err != nil {
		return e, err
	}
	// Nothing is made or written before what is there is found fit.
	if err := e.checkPlace(ctx); err != nil {
		return e, err
	}
	for _, s := range c.Sources.Kambi {
		if err := projection.Genesis(ctx, e.journal, s.Topic(), 1, time.Now()); err != nil {
			return e, err
		}
	}
	if err := e.beginOrders(ctx); err != nil {
		return e, err
	}
	list, err := targets(ctx, e.journal, kinds, "")
	if err != nil && !errors.Is(err, journal.ErrNoTopic) {
		return e, err
	}
	for _, t := range list {
		part := t.source
		if t.kind.name == offering.Name && !slices.ContainsFunc(c.Sources.Kambi, func(s KambiSource) bool { return s.Topic() == part.Topic.Name }) {
			log.Info("a feed that is not in the configuration is folded too", "topic", part.Topic.Name)
		}
		// One that another process made and did not come to begin.
		if err := projection.Genesis(ctx, e.journal, part.Topic.Name, part.Topic.Partitions, time.Now()); err != nil {
			return e, err
		}
		if err := e.open(ctx, t); err != nil {
			return e, err
		}
	}
	if err := errors.Join(e.openIntake(), e.openBridges()); err != nil {
		return e, err
	}
	for _, u := range e.units {
		e.look(ctx, u)
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

// checkPlace refuses a journal whose place would lose or change records, and
// warns of what may cost some later.
func (e *engine) checkPlace(ctx context.Context) error {
	checker, ok := e.journal.(journal.Checker)
	if !ok {
		return nil
	}
	findings, err := checker.Check(ctx)
	if err != nil {
		return err
	}
	for _, f := range findings {
		if verdict(f) == "warn" {
			e.log.Warn("the journal's place is not as it should be", "subject", f.Subject, "what", f.What, "have", f.Have, "want", f.Want, "why", f.Why)
		}
	}
	return refuseFindings(findings)
}

// checkStores refuses a data directory with a store of a topic that the journal
// does not have. To make the topic anew would hide that it was lost.
func (e *engine) checkStores(ctx context.Context) error {
	for i := range kinds {
		if err := e.checkStoresOf(ctx, &kinds[i]); err != nil {
			return err
		}
	}
	return nil
}

func (e *engine) checkStoresOf(ctx context.Context, k *kind) error {
	parts, err := k.sources(ctx, e.journal, "")
	if err != nil {
		return err
	}
	dir := filepath.Dir(filepath.Dir(storeDir(e.c.Data, k.fresh(), projection.Source{Partition: journal.Partition{Topic: "x"}})))
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read the data directory: %w", err)
	}
	for _, entry := range entries {
		if !slices.ContainsFunc(parts, func(s projection.Source) bool { return s.Topic.Name == entry.Name() }) {
			return &notFoundError{fmt.Errorf(
				"there is a store of topic %q in %s, and no such topic in the journal %s: are its address and prefix right? If they are, bring the topic back, or remove the store to begin anew",
				entry.Name(), dir, e.journal.ID())}
		}
	}
	return nil
}

// open makes the unit of one partition.
func (e *engine) open(ctx context.Context, t target) error {
	part := t.source
	u := &unit{kind: t.kind, part: part, state: t.kind.fresh()}
	e.units = append(e.units, u)
	outputs := t.kind.output(part.Topic.Name)
	hooks := e.metrics.hooks(t.kind.name, part.Partition)
	switch s := u.state.(type) {
	case *offering.Offering:
		u.offers = s
	case *book.Book:
		u.desk = newDesk(s, &hooks)
	}
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
		Output: outputs, Records: t.kind.every, Logger: e.log, Hooks: hooks,
	})
	if err != nil {
		return err
	}
	if u.desk != nil {
		u.desk.attach(e.journal, u.runner, outputs)
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
	return kambi.Config{
		Name: s.Name, TokenURL: s.TokenURL, Addr: s.Addr, Offerings: s.Offerings,
		TLS:     kambi.TLS{CA: s.TLS.CA, Cert: s.TLS.Cert, Key: s.TLS.Key},
		Journal: e.journal, Partition: u.part.Partition, Fold: u.runner, Floor: u.floor,
		Who: who(), Logger: e.log,
	}
}

// floor is the feed offset at or below which the fold drops messages.
func (u *unit) floor(ctx context.Context) (floor int64, err error) {
	err = u.runner.Do(ctx, func(*projection.View) { floor = u.offers.Floor() })
	return floor, err
}

// close closes what was opened, in the opposite order.
func (e *engine) close() error {
	e.stop()
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
