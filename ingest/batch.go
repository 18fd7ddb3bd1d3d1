package ingest

import (
	"cmp"
	"fmt"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/crash"
)

// maxEntry is the largest key and body that the pump hands to a lane. It
// leaves room for the rest of a record, so that a lane never has to refuse.
const maxEntry = journal.MaxRecord - 1<<10

// batch is what goes to the lane in one append. Its memory is used again.
type batch struct {
	items   []Item
	entries []journal.Entry
	ends    []int // where each body ends in buf
	buf     []byte
	size    int // of all keys and bodies
}

// run takes what is queued, encodes it and hands it to the lane.
func (p *Pump) run() {
	defer close(p.ended)
	for {
		items := p.take()
		if items == nil {
			return
		}
		for at := 0; at < len(items); {
			b := p.newBatch()
			crash.At(crash.BeforeEncode)
			n, err := b.fill(items[at:], p.c.BatchItems, p.c.BatchBytes)
			if err == nil {
				err = p.send(b)
			}
			if err != nil {
				p.fail(err)
				return
			}
			at += n
		}
		clear(items) // do not keep bodies alive
		p.mu.Lock()
		p.spare = items[:0]
		p.mu.Unlock()
	}
}

// take waits for items and takes all of them; nil when the pump has failed.
func (p *Pump) take() []Item {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.queue) == 0 && p.err == nil {
		p.changed.Wait()
	}
	if p.err != nil {
		return nil
	}
	items := p.queue
	p.queue, p.spare = p.spare, nil
	return items
}

func (p *Pump) newBatch() *batch {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		b := p.free[n-1]
		p.free = p.free[:n-1]
		return b
	}
	return new(batch)
}

// fill encodes items until the batch is full and returns how many it took.
func (b *batch) fill(items []Item, most, bytes int) (int, error) {
	b.size = 0
	for _, item := range items {
		if len(b.items) >= most || b.size >= bytes {
			break
		}
		if err := b.add(item); err != nil {
			return 0, err
		}
	}
	from := 0
	for i, item := range b.items {
		b.entries = append(b.entries, journal.Entry{
			Kind: item.Body.RecordKind(), Time: item.Time, Key: item.Key, Body: b.buf[from:b.ends[i]:b.ends[i]],
		})
		from = b.ends[i]
	}
	return len(b.items), nil
}

// add encodes one item. Bodies lie behind each other in one buffer, which may
// move while it grows; so they are cut out of it only at the end.
func (b *batch) add(item Item) error {
	start := len(b.buf)
	b.buf = codec.AppendBody(b.buf, item.Body)
	size := len(item.Key) + len(b.buf) - start
	if limit := cmp.Or(item.Limit, maxEntry); size > limit && item.TooLarge != nil {
		b.buf = b.buf[:start]
		item.Body, item.Key = item.TooLarge(size)
		b.buf = codec.AppendBody(b.buf, item.Body)
		size = len(item.Key) + len(b.buf) - start
	}
	if size > maxEntry {
		return fmt.Errorf("%s of %d bytes, at most %d: %w", item.Body.RecordKind(), size, maxEntry, journal.ErrTooLarge)
	}
	b.items = append(b.items, item)
	b.ends = append(b.ends, len(b.buf))
	b.size += size
	return nil
}

// send waits until enough of the earlier batches are answered and hands this
// one to the lane.
func (p *Pump) send(b *batch) error {
	p.mu.Lock()
	err := p.wait(p.ctx, func() bool {
		return p.batches == 0 || p.batches < p.c.MaxBatches && p.flying+b.size <= p.c.MaxFlying
	})
	if err != nil {
		p.mu.Unlock()
		return err
	}
	p.batches++
	p.flying += b.size
	p.mu.Unlock()

	// The answer may come before Append returns; b is its from here on.
	size := b.size
	err = p.c.Lane.Append(p.ctx, b.entries, func(first int64, err error) { p.answered(b, first, err) })
	if err != nil { // there will be no answer
		p.mu.Lock()
		defer p.mu.Unlock()
		p.batches--
		p.flying -= size
	}
	return err
}

// answered is the lane's answer to a batch. Answers come in order.
func (p *Pump) answered(b *batch, first int64, err error) {
	if err != nil {
		p.fail(err)
	} else {
		p.observe(first, b.items)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.batches--
	p.flying -= b.size
	if err == nil && p.err == nil {
		p.durable += int64(len(b.items))
		p.held -= len(b.items)
		for i := range b.items {
			p.bytes -= b.items[i].Size
		}
		b.reset()
		p.free = append(p.free, b)
	}
	p.changed.Broadcast()
}

// observe reports a durable batch, unless an earlier one has failed or the
// pump was closed: the order would have a hole.
func (p *Pump) observe(first int64, items []Item) {
	p.observing.Lock()
	defer p.observing.Unlock()
	if p.c.Durable != nil && p.Err() == nil {
		p.c.Durable(first, items)
	}
}

func (b *batch) reset() {
	clear(b.items)
	clear(b.entries)
	b.items, b.entries, b.ends, b.buf = b.items[:0], b.entries[:0], b.ends[:0], b.buf[:0]
}
