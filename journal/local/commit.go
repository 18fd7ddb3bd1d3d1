package local

import (
	"fmt"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/crash"
)

// start begins the partition's two goroutines: one commits, one calls done.
func (p *partition) start() {
	p.work.L = &p.mu
	p.done.Add(2)
	go func() { defer p.done.Done(); p.commitAll() }()
	go func() { defer p.done.Done(); p.answers.Run() }()
}

// beginClose makes Append fail and the committer stop once its queue is empty.
func (p *partition) beginClose() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closing = true
	if p.work.L != nil {
		p.work.Signal()
	}
}

// finishClose waits for that.
func (p *partition) finishClose() error {
	p.done.Wait()
	return p.closeFile()
}

func (p *partition) commitAll() {
	defer p.answers.Close()
	for {
		pieces, size := p.take()
		if len(pieces) == 0 {
			return
		}
		if err := p.commit(pieces); err != nil {
			p.fail(pieces, err)
			continue
		}
		p.release(size)
		for i := range pieces {
			if pieces[i].last {
				pieces[i].call.answer(&p.answers)
			}
		}
	}
}

// take waits for work and takes what goes into one batch. It returns nothing
// when the journal is closing and everything is done.
func (p *partition) take() (pieces []piece, size int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.queue) == 0 && !p.closing {
		p.work.Wait()
	}
	n := 0
	for n < len(p.queue) && (n == 0 || size < batchBytes) {
		size += int64(len(p.queue[n].frames.Bytes))
		n++
	}
	pieces = p.queue[:n:n]
	p.queue = p.queue[n:]
	if len(p.queue) == 0 {
		p.queue = nil // the array goes with the batch
	}
	return pieces, size
}

// release gives the space of a batch back to the queue.
func (p *partition) release(size int64) {
	p.mu.Lock()
	p.queued -= size
	space := p.space
	p.space = nil
	p.mu.Unlock()
	if space != nil {
		close(space)
	}
}

// commit writes one batch, syncs it and shows it to readers.
func (p *partition) commit(pieces []piece) error {
	v := p.view // only this goroutine changes it
	p.batch.Reset()
	for i := range pieces {
		if i == 0 || pieces[i].call != pieces[i-1].call {
			p.begin(pieces[i].call, v.end+int64(p.batch.Count()))
		}
		if err := p.batch.Add(&pieces[i].frames); err != nil {
			return err
		}
	}
	if p.batch.Count() == 0 {
		return nil
	}
	first := p.header(v.last()).Size()
	if v.size > first && v.size+p.batch.Size() > p.j.opts.SegmentBytes {
		var err error
		if v, err = p.roll(v); err != nil {
			return err
		}
	}
	b := p.batch.Seal(v.end, v.size)
	written := int64(len(b))
	crash.At(crash.BeforeProduce)
	if _, err := p.active.WriteAt(b, v.size); err != nil {
		return fmt.Errorf("write %d bytes at byte %d of %s: %w", written, v.size, p.file(v.last()), bare(err))
	}
	crash.At(crash.Written)
	if err := p.active.Sync(); err != nil {
		return fmt.Errorf("fsync %s: %w", p.file(v.last()), bare(err))
	}
	crash.At(crash.AfterProduce)
	v.end += int64(p.batch.Count())
	v.size += written
	p.publish(v)
	return nil
}

// begin notes where a call's records begin, with its first piece.
func (p *partition) begin(c *call, first int64) {
	if !c.begun {
		c.begun, c.first = true, first
	}
}

// roll begins a new segment. Everything before is synced already.
func (p *partition) roll(v view) (view, error) {
	if err := makeSegment(p.j.fs, p.dir, p.header(v.end)); err != nil {
		return v, fmt.Errorf("begin a new segment: %w", err)
	}
	f, err := p.j.fs.OpenReadWrite(p.file(v.end), category)
	if err != nil {
		return v, fmt.Errorf("begin a new segment: %w", err)
	}
	old := p.active
	p.active = f
	bases := append(v.bases[:len(v.bases):len(v.bases)], v.end) // readers hold the old array
	v = view{bases: bases, end: v.end, size: p.header(v.end).Size()}
	p.publish(v)
	if err := old.Close(); err != nil {
		return v, fmt.Errorf("close segment: %w", err)
	}
	crash.At(crash.SegmentRolled)
	return v, nil
}

// fail stops the partition for good: after a failed write or fsync nobody
// knows what the disk holds, and only opening the journal again finds out.
func (p *partition) fail(pieces []piece, cause error) {
	p.mu.Lock()
	stopped := fmt.Errorf("the partition has stopped at offset %d after a failed write; make sure that the disk is sound and has space, then open the journal again: %w: %w", p.view.end, journal.ErrFailed, cause)
	p.failed = stopped
	queue := p.queue
	p.queue, p.queued = nil, 0
	space := p.space
	p.space = nil
	p.mu.Unlock()
	if space != nil {
		close(space)
	}
	for _, pc := range append(pieces, queue...) {
		if pc.last {
			pc.call.err = &journal.UnknownError{Partition: p.name, Err: stopped}
			pc.call.answer(&p.answers)
		}
	}
}
