package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/book"
)

// errDeskClosed says that the fold of a partition does not go on.
var errDeskClosed = errors.New("the projection of the orders has stopped")

// deskSize is how many of the last answers a desk keeps: more than there may be
// commands on their way.
const deskSize = 1 << 17

// desk hands what the fold of one partition of orders answers to those who wait
// for it. Answers come from the fold alone.
type desk struct {
	book    *book.Book
	runner  *projection.Runner
	journal journal.Journal
	outputs journal.Partition

	mu      sync.Mutex
	answers []book.Answer // a ring by offset
	folded  int64         // everything below is
	latest  time.Time     // when the last command was folded
	clock   clock         // as of folded
	stats   book.Stats    // too
	wait    []deskWait
}

// deskWait is somebody who waits until everything below an offset is folded.
type deskWait struct {
	to   int64
	done chan struct{}
}

// newDesk listens to a book through the hooks of its runner.
func newDesk(b *book.Book, hooks *projection.Hooks) *desk {
	d := &desk{book: b, answers: make([]book.Answer, deskSize)}
	b.Notify(d.put)
	applied := hooks.Applied
	hooks.Applied = func(n int, took time.Duration) {
		d.passed()
		applied(n, took)
	}
	return d
}

// attach gives the desk the runner that its hooks are of.
func (d *desk) attach(j journal.Journal, r *projection.Runner, outputs string) {
	d.journal, d.runner = j, r
	s := r.Status()
	d.outputs = journal.Partition{Topic: outputs, Index: s.Source.Partition.Index}
	d.folded, d.clock = s.Next, d.readClock()
}

// put takes an answer of the fold.
func (d *desk) put(a *book.Answer) {
	d.mu.Lock()
	d.answers[a.Offset%deskSize] = *a
	d.latest = time.Now()
	d.mu.Unlock()
}

// clock is what a fold knows of time.
type clock struct {
	time, ticked schema.Time
	timed        int // orders that end at a time
}

// readClock is for the fold's own goroutine.
func (d *desk) readClock() clock { return clock{d.book.Time(), d.book.Ticked(), d.book.Timed()} }

// now is the clock as of the last batch of records.
func (d *desk) now() clock {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.clock
}

// counts are the book's counters.
func (d *desk) counts() book.Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.stats
}

// passed wakes those whose offsets are folded.
func (d *desk) passed() {
	next, now, stats := d.runner.Status().Next, d.readClock(), d.book.Stats()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.folded, d.clock, d.stats = next, now, stats
	still := d.wait[:0]
	for _, w := range d.wait {
		if w.to > next {
			still = append(still, w)
			continue
		}
		close(w.done)
	}
	clear(d.wait[len(still):])
	d.wait = still
}

// Lane implements [journal.Fold].
func (d *desk) Lane(ctx context.Context, offset int64, name string) (journal.LaneState, error) {
	return d.runner.Lane(ctx, offset, name)
}

// reach waits until everything below an offset is folded.
func (d *desk) reach(ctx context.Context, to int64) error {
	d.mu.Lock()
	if d.folded >= to {
		d.mu.Unlock()
		return nil
	}
	w := deskWait{to, make(chan struct{})}
	d.wait = append(d.wait, w)
	d.mu.Unlock()
	select {
	case <-w.done:
		return nil
	case <-d.runner.Stopped():
		return errDeskClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}
