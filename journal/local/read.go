package local

import (
	"context"
	"fmt"
	"io"
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
	base int64 // of the segment that is open
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
	r := &reader{p: p, next: from, stop: make(chan struct{})}
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

// read returns records that the view holds. What goes wrong is tried once more
// with the file opened anew: a writer that started again may have replaced it.
func (r *reader) read(v view) ([]journal.Record, error) {
	for try := 0; ; try++ {
		records, err := r.collect(v)
		if err != nil {
			_ = r.shut()
		}
		if len(records) > 0 { // an error comes again with the next call
			r.next = records[len(records)-1].Offset + 1
			return records, nil
		}
		if try > 0 {
			return nil, err
		}
	}
}

// collect reads batches until it has enough, or comes to the end of a segment.
func (r *reader) collect(v view) ([]journal.Record, error) {
	if r.scan == nil {
		if err := r.openAt(v, v.find(r.next)); err != nil {
			return nil, err
		}
	}
	var out records
	for len(out.bytes) < nextBytes {
		if err := r.extend(v); err != nil {
			return out.list, err
		}
		b, err := r.scan.Next()
		if err == io.EOF {
			if len(out.list) > 0 {
				break
			}
			if err := r.nextSegment(v); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return out.list, err
		}
		if err := out.add(&b, r.next, r.scan.Left()); err != nil {
			return out.list, r.badRecord(err, b.Base)
		}
	}
	return out.list, nil
}

// extend lets the scanner read what the view holds of the open segment.
func (r *reader) extend(v view) error {
	switch {
	case r.full:
	case r.base == v.last():
		r.scan.Extend(v.size)
	default:
		info, err := r.file.Stat()
		if err != nil {
			return fmt.Errorf("%s: look at segment: %w", r.p.name.At(r.next), err)
		}
		r.scan.Extend(info.Size())
		r.full = true
	}
	return nil
}

// openAt opens a segment and goes to the batch that holds the next record.
func (r *reader) openAt(v view, i int) error {
	base := v.bases[i]
	f, _, err := r.p.openSegment(base)
	if err != nil {
		return err
	}
	_ = r.shut()
	h := r.p.header(base)
	r.file, r.base, r.full = f, base, false
	r.scan = segment.NewScanner(f, h.Size(), r.p.file(base), h)
	if err := r.extend(v); err != nil {
		return err
	}
	if err := r.scan.SeekOffset(r.next); err != nil && err != io.EOF {
		return err
	}
	return nil
}

// nextSegment goes on at the end of one.
func (r *reader) nextSegment(v view) error {
	at := r.scan.NextOffset()
	i := v.find(r.base) + 1
	if i >= len(v.bases) {
		return &journal.CorruptError{Position: r.p.name.At(at), File: r.p.file(r.base),
			Reason: fmt.Sprintf("the file ends, and records up to %d were there before", v.end-1)}
	}
	if at != v.bases[i] {
		return r.p.gap(at, v.bases[i])
	}
	return r.openAt(v, i)
}
