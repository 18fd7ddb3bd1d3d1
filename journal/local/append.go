package local

import (
	"context"
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/segment"
)

// call is one Append.
type call struct {
	done  func(int64, error)
	begun bool
	first int64
	err   error
}

func (c *call) answer(a *journal.Answers) { a.Put(c.done, c.first, c.err) }

// piece is a part of a call that is committed at once; most calls have one.
type piece struct {
	frames segment.Frames
	call   *call
	last   bool // of its call
}

// writer is the state of a partition that is open to append. Its lock is the
// partition's.
type writer struct {
	turn    chan struct{} // held by the Append that waits for space, so that all go in order
	space   chan struct{} // closed when the queue shrinks; nil while nobody waits
	queue   []piece
	queued  int64 // bytes in the queue and in the batch being written
	work    sync.Cond
	failed  error
	closing bool

	active vfs.File // the last segment; of the committer alone
	batch  segment.Batch

	answers journal.Answers
	done    sync.WaitGroup
}

func (w *writer) init() { w.turn = make(chan struct{}, 1) }

// Append encodes the records and queues them.
func (j *Journal) Append(ctx context.Context, name journal.Partition, records []journal.Record, done func(int64, error)) error {
	if j.opts.ReadOnly {
		return fmt.Errorf("append to %s: %w", name, journal.ErrReadOnly)
	}
	p, err := j.partition(ctx, name)
	if err != nil {
		return fmt.Errorf("append to %s: %w", name, err)
	}
	pieces, err := encode(records, &call{done: done})
	if err == nil {
		err = p.enqueue(ctx, pieces)
	}
	if err != nil {
		return fmt.Errorf("append to %s: %w", name, err)
	}
	return nil
}

// encode makes frames of the records, in the goroutine of the caller, so that
// several callers encode at the same time.
func encode(records []journal.Record, c *call) ([]piece, error) {
	pieces := make([]piece, 1, 2)
	p := &pieces[0]
	p.frames.Bytes = make([]byte, 0, frameSizes(records))
	for i := range records {
		r := &records[i]
		if len(p.frames.Bytes) >= batchBytes {
			pieces = append(pieces, piece{})
			p = &pieces[len(pieces)-1]
			p.frames.Bytes = make([]byte, 0, frameSizes(records[i:]))
		}
		if len(r.Key)+len(r.Body) > journal.MaxRecord { // before it takes memory
			return nil, tooLarge(i, len(r.Key)+len(r.Body))
		}
		p.frames.Begin(r.Key, r.Time/1e6)
		p.frames.Bytes = codec.AppendRecord(p.frames.Bytes, r)
		if size := len(r.Key) + p.frames.End(); size > journal.MaxRecord {
			return nil, tooLarge(i, size)
		}
	}
	for i := range pieces {
		pieces[i].call = c
	}
	p.last = true
	return pieces, nil
}

// frameSizes is about how much the next piece takes.
func frameSizes(records []journal.Record) int {
	n := 0
	for i := range records {
		n += segment.FrameHeaderSize + len(records[i].Key) + codec.RecordSize(&records[i])
		if n >= batchBytes {
			return min(n, batchBytes+journal.MaxRecord)
		}
	}
	return n
}

func tooLarge(i, size int) error {
	return fmt.Errorf("record %d of the append: %w: key and value of at least %d bytes, %d are allowed", i, journal.ErrTooLarge, size, journal.MaxRecord)
}

// enqueue puts the pieces into the queue, and waits while it is full. An
// append that is larger than the queue goes in when it is empty.
func (p *partition) enqueue(ctx context.Context, pieces []piece) error {
	var size int64
	for i := range pieces {
		size += int64(len(pieces[i].frames.Bytes))
	}
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-p.j.stop:
		return journal.ErrClosed
	}
	defer func() { <-p.turn }()
	for {
		space, err := p.tryEnqueue(pieces, size)
		if err != nil || space == nil {
			return err
		}
		select {
		case <-space:
		case <-ctx.Done():
			return ctx.Err()
		case <-p.j.stop:
			return journal.ErrClosed
		}
	}
}

// tryEnqueue returns a channel to wait for when there is no space.
func (p *partition) tryEnqueue(pieces []piece, size int64) (space <-chan struct{}, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.failed != nil:
		return nil, p.failed
	case p.closing:
		return nil, journal.ErrClosed
	case p.queued > 0 && p.queued+size > p.j.opts.QueueBytes:
		if p.space == nil {
			p.space = make(chan struct{})
		}
		return p.space, nil
	}
	p.queue = append(p.queue, pieces...)
	p.queued += size
	p.work.Signal()
	return nil, nil
}
