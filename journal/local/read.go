package local

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/segment"
)

// reader reads one partition in order.
type reader struct {
	p       *partition
	stop    chan struct{} // closed by Close
	stopped sync.Once

	mu   sync.Mutex // held by Next, while it waits too
	next int64      // offset of the record to return next
	file vfs.File   // nil when no segment is open
	scan *segment.Scanner
	base int64 // of the segment that is open, or was last; -1 at first
	full bool  // all of its bytes are known to the scanner: another segment follows
}

// Read begins at an offset of a partition.
func (j *Journal) Read(ctx context.Context, name journal.Partition, from int64) (journal.Reader, error) {
	p, err := j.partition(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	// Below the end, a read-only journal can be read up to whatever is wrong.
	v, _, err := p.look(ctx, max(from, 0))
	if from < 0 || from > v.end {
		if err != nil {
			return nil, err
		}
		return nil, &journal.PositionError{Position: name.At(from), Err: fmt.Errorf("%w: it holds 0 to %d", journal.ErrOutOfRange, v.end)}
	}
	if err != nil && !journal.IsCorrupt(err) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	r := &reader{p: p, next: from, base: -1, stop: make(chan struct{})}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, fmt.Errorf("read %s: journal %s: %w", name, j.dir, journal.ErrClosed)
	}
	j.readers[r] = struct{}{}
	return r, nil
}

// Close frees the reader. A Next that waits ends.
func (r *reader) Close() error {
	j := r.p.j
	j.mu.Lock()
	delete(j.readers, r)
	j.mu.Unlock()
	return r.end()
}

func (r *reader) end() error {
	r.stopped.Do(func() { close(r.stop) })
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.shut()
}

// shut closes the segment file. The reader finds its place again by its offset.
func (r *reader) shut() error {
	if r.file == nil {
		return nil
	}
	f := r.file
	r.file, r.scan = nil, nil
	return f.Close()
}

// Next waits for records. They share fresh memory, about 256 KiB of it at a
// time, or one batch.
func (r *reader) Next(ctx context.Context) ([]journal.Record, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		if err := r.alive(ctx); err != nil {
			return nil, err
		}
		v, grown, err := r.p.look(ctx, r.next)
		if r.next < v.end {
			return r.read(v)
		}
		if err != nil {
			return nil, err
		}
		if err := r.wait(ctx, grown); err != nil {
			return nil, err
		}
	}
}

func (r *reader) alive(ctx context.Context) error {
	select {
	case <-r.stop:
		return fmt.Errorf("reader of %s: %w", r.p.name, journal.ErrClosed)
	case <-r.p.j.stop:
		return fmt.Errorf("journal %s: %w", r.p.j.dir, journal.ErrClosed)
	default:
		return ctx.Err()
	}
}

// wait waits for new records, or, without a channel to wait for, for the time
// to look again.
func (r *reader) wait(ctx context.Context, grown <-chan struct{}) error {
	var poll <-chan time.Time
	if grown == nil {
		timer := time.NewTimer(r.p.j.opts.Poll)
		defer timer.Stop()
		poll = timer.C
	}
	select {
	case <-grown:
	case <-poll:
	case <-r.stop:
	case <-r.p.j.stop:
	case <-ctx.Done():
	}
	return r.alive(ctx)
}
