package kafka

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/crash"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// call is one Append.
type call struct {
	records []kgo.Record
	lanes   []lane // of its records that follow others; mostly one
	size    int64  // of keys and values
	sent    int    // records handed to the client
	first   int64  // offset of the first record
	done    func(first int64, err error)
}

// lane is a lane in one of its epochs.
type lane struct {
	name  string
	epoch int64
}

// Append encodes the records and queues them.
func (j *Journal) Append(ctx context.Context, p journal.Partition, records []journal.Record, done func(first int64, err error)) error {
	if j.opts.ReadOnly {
		return fmt.Errorf("append to %s: %w", p, journal.ErrReadOnly)
	}
	err := j.partition(ctx, p)
	if err == nil {
		var c *call
		if c, err = j.encode(p, records, done); err == nil {
			err = j.enqueue(ctx, p, c)
		}
	}
	if err != nil {
		return fmt.Errorf("append to %s: %w", p, err)
	}
	return nil
}

// encode makes Kafka's records, in the goroutine of the caller, so that several
// callers encode at the same time.
func (j *Journal) encode(p journal.Partition, records []journal.Record, done func(int64, error)) (*call, error) {
	c := &call{records: make([]kgo.Record, len(records)), done: done}
	topic := j.full(p.Topic)
	size := 0
	for i := range records {
		size += codec.RecordSize(&records[i])
	}
	values := make([]byte, 0, min(size, burstBytes))
	for i := range records {
		r := &records[i]
		if n := len(r.Key) + len(r.Body); n > journal.MaxRecord { // before it takes memory
			return nil, tooLarge(i, n)
		}
		if cap(values)-len(values) < codec.RecordSize(r) {
			values = make([]byte, 0, max(codec.RecordSize(r), min(size, burstBytes)))
		}
		at := len(values)
		values = codec.AppendRecord(values, r)
		value := values[at:len(values):len(values)]
		if n := len(r.Key) + len(value); n > journal.MaxRecord {
			return nil, tooLarge(i, n)
		}
		size -= codec.RecordSize(r)
		c.size += int64(len(r.Key) + len(value))
		c.records[i] = kgo.Record{Topic: topic, Partition: p.Index, Key: r.Key, Value: value, Timestamp: time.Unix(0, r.Time)}
		if r.Kind != schema.KindClaim { // nothing comes before a claim that could be missing
			c.in(lane{r.Lane, r.Epoch})
		}
	}
	return c, nil
}

// in remembers that the call has records of a lane.
func (c *call) in(l lane) {
	for i := len(c.lanes) - 1; i >= 0; i-- {
		if c.lanes[i] == l {
			return
		}
	}
	c.lanes = append(c.lanes, l)
}

func tooLarge(i, size int) error {
	return fmt.Errorf("record %d of the append: %w: key and value of at least %d bytes, %d are allowed", i, journal.ErrTooLarge, size, journal.MaxRecord)
}

// enqueue puts a call into the partition's queue, and waits while it is full.
func (j *Journal) enqueue(ctx context.Context, p journal.Partition, c *call) error {
	w, err := j.writer(p)
	if err != nil {
		return err
	}
	select {
	case w.turn <- struct{}{}: // so that those who wait go in order
	case <-ctx.Done():
		return ctx.Err()
	case <-j.stop:
		return journal.ErrClosed
	}
	defer func() { <-w.turn }()
	crash.At(crash.BeforeProduce)
	for {
		space, err := w.put(c)
		if err != nil || space == nil {
			return err
		}
		select {
		case <-space:
		case <-ctx.Done():
			return ctx.Err()
		case <-j.stop:
			return journal.ErrClosed
		}
	}
}

// writer returns the partition's writer and starts it if need be.
func (j *Journal) writer(p journal.Partition) (*writer, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, journal.ErrClosed
	}
	w, ok := j.writers[p]
	if !ok {
		w = newWriter(j, p)
		j.writers[p] = w
		j.closing.Go(w.run)
	}
	return w, nil
}
