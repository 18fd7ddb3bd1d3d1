package bridge

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/projection/offering"
)

// Bridge makes the markets of one feed. Use New.
type Bridge struct {
	c Config
	m *mapping

	wake chan struct{} // something is dirty

	mu      sync.Mutex
	dirty   map[int64]struct{} // offers to look at
	sweep   bool               // all that are followed are
	session session
	resting bool // there was nothing to look at
	ended   bool // Run has
	stats   Stats

	// Of Run's goroutine:
	lanes   []lane              // by partition of the orders
	offers  map[int64]*followed // offers that exist
	owner   map[string]int64    // which offer's a market is
	orphans map[string]struct{} // markets of offers that do not exist, to look at
	later   map[string]int64    // markets to look at again when it is due, with their offers
	due     time.Time
	notices int
}

// followed is what is remembered of an offer that exists.
type followed struct {
	markets  []string
	skipped  bool // told already
	reopened bool
	refused  bool
}

const (
	batch     = 512                   // offers at a time, and commands in an append
	pause     = 50 * time.Millisecond // until what waits is looked at again
	mostRetry = 50                    // times the first wait
)

// New makes a bridge. It does nothing before Run.
func New(c Config) (*Bridge, error) {
	m, err := c.check()
	if err != nil {
		return nil, err
	}
	return &Bridge{c: c, m: m, wake: make(chan struct{}, 1), lanes: make([]lane, c.Partitions), dirty: make(map[int64]struct{})}, nil
}

// Run bridges until the context ends, and returns nil then. Folds of the feed and
// the orders must run meanwhile. An append that fails is no error: it is tried
// again. A lane that was claimed by another is none either: then Run does nothing
// more.
func (b *Bridge) Run(ctx context.Context) error {
	defer b.end()
	wait := b.c.Retry
	for {
		before := b.Stats()
		err := b.run(ctx)
		switch after := b.Stats(); {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, errOvertaken):
			b.standBy(ctx, err)
			return nil
		case !transient(err):
			return err
		case after.Created+after.Halted+after.Resumed+after.Closed > before.Created+before.Halted+before.Resumed+before.Closed:
			wait = b.c.Retry
		}
		b.count(func(s *Stats) { s.Failed++ })
		b.c.Logger.Error("the journal does not take market commands, opening the lane again", "feed", b.c.Name, "in", wait, "error", err)
		_ = sleep(ctx, wait) // the context is looked at above
		wait = min(2*wait, mostRetry*b.c.Retry)
	}
}

func (b *Bridge) end() {
	b.mu.Lock()
	b.ended = true
	clear(b.dirty)
	b.mu.Unlock()
}

// run opens the lanes, compares everything, and follows what changes.
func (b *Bridge) run(ctx context.Context) error {
	if err := b.catchUp(ctx); err != nil {
		return err
	}
	for p := range b.lanes {
		if err := b.openLane(ctx, int32(p)); err != nil {
			return err
		}
	}
	if err := b.reconcile(ctx); err != nil {
		return err
	}
	for {
		offers, orphans := b.take()
		if len(offers)+len(orphans) == 0 {
			if err := b.idle(ctx); err != nil {
				return err
			}
			continue
		}
		if err := b.step(ctx, offers, orphans); err != nil {
			return err
		}
	}
}

// standBy leaves the field to the bridge that has the lane.
func (b *Bridge) standBy(ctx context.Context, err error) {
	b.count(func(s *Stats) { s.Standby = true })
	b.c.Logger.Warn("another bridge has claimed the lane, standing by until this process restarts", "feed", b.c.Name, "reason", err)
	_ = b.offering(ctx, func(p *offering.Offering, _ int64) { p.Watch(nil) }) // it fails only if nothing is folded any more
	<-ctx.Done()
}

// reconcile begins anew with what there is: every offer that exists is to be
// looked at, and every market of this feed whose offer does not exist.
func (b *Bridge) reconcile(ctx context.Context) error {
	before := b.offers
	b.offers, b.owner = make(map[int64]*followed), make(map[string]int64)
	b.orphans, b.later = make(map[string]struct{}), make(map[string]int64)
	lane, err := b.c.Feed.Lane(ctx, 0, journal.LaneFeed) // before the visit: see lookBack
	if err != nil {
		return err
	}
	var next int64
	var shown []offering.Shown
	err = b.offering(ctx, func(p *offering.Offering, at int64) {
		next = at
		p.Watch(b.changed)
		for s := range p.Offers() {
			shown = append(shown, s)
		}
	})
	if err != nil {
		return err
	}
	for i := range shown {
		b.own(&shown[i], before[shown[i].ID])
	}
	b.mu.Lock()
	for id := range b.offers {
		b.dirty[id] = struct{}{}
	}
	searched := b.session
	b.mu.Unlock()
	if searched == unknown {
		if searched, err = b.lookBack(ctx, next, lane.Epoch); err != nil {
			return err
		}
		b.mu.Lock()
		if b.session == unknown { // else the fold has gone on
			b.session = searched
		}
		b.mu.Unlock()
	}
	return b.findOrphans(ctx)
}

// findOrphans lists the markets of this feed that belong to no offer any more.
func (b *Bridge) findOrphans(ctx context.Context) error {
	for p := range b.c.Partitions {
		markets, err := b.c.Books.Open(ctx, p, b.c.Source)
		if err != nil {
			return err
		}
		for _, market := range markets {
			if _, ok := b.owner[market]; !ok {
				b.orphans[market] = struct{}{}
			}
		}
	}
	return nil
}

// take takes up to a batch of what is to be looked at.
func (b *Bridge) take() (offers []int64, orphans []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requeue()
	b.stats.Offers = len(b.offers)
	if b.sweep {
		b.sweep = false
		for id := range b.offers {
			b.dirty[id] = struct{}{}
		}
	}
	for id := range b.dirty {
		if len(offers) == batch {
			break
		}
		delete(b.dirty, id)
		offers = append(offers, id)
	}
	for market := range b.orphans {
		if len(orphans) == batch {
			break
		}
		delete(b.orphans, market)
		orphans = append(orphans, market)
	}
	return offers, orphans
}

// idle waits until there is something to look at.
func (b *Bridge) idle(ctx context.Context) error {
	b.rest(true)
	defer b.rest(false)
	var due <-chan time.Time
	if len(b.later) > 0 {
		t := time.NewTimer(time.Until(b.due))
		defer t.Stop()
		due = t.C
	}
	select {
	case <-b.wake:
	case <-due:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

func (b *Bridge) rest(resting bool) {
	b.mu.Lock()
	b.resting, b.stats.Waiting = resting, len(b.later)
	b.mu.Unlock()
}

// postpone lets a market be looked at again after a while.
func (b *Bridge) postpone(market string, offer int64) {
	if len(b.later) == 0 {
		b.due = time.Now().Add(pause)
	}
	b.later[market] = offer
}

// requeue marks what was postponed, and is due. It is called with mu held.
func (b *Bridge) requeue() {
	if len(b.later) == 0 || time.Now().Before(b.due) {
		return
	}
	for market, offer := range b.later {
		if b.offers[offer] != nil {
			b.dirty[offer] = struct{}{}
		} else {
			b.orphans[market] = struct{}{}
		}
	}
	clear(b.later)
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
