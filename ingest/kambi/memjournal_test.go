package kambi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

var feedPartition = journal.Partition{Topic: "feed.test"}

// memJournal is a journal of one partition in memory. Appends are answered by
// a goroutine of its own, and can be made to wait or to fail.
type memJournal struct {
	mu      sync.Mutex
	changed chan struct{} // closed and made anew with every record
	records []journal.Record
	closed  bool
	failing error         // appends are answered with it, their records are not kept
	gate    chan struct{} // not nil: appends wait until it is closed

	queue chan func()
	done  sync.WaitGroup
	read  atomic.Int64 // records handed out
}

func newMemJournal(t testing.TB) *memJournal {
	j := &memJournal{changed: make(chan struct{}), queue: make(chan func(), 64)}
	j.done.Go(func() {
		for f := range j.queue {
			f()
		}
	})
	t.Cleanup(func() { j.Close() })
	mustAppend(t, j, journal.Record{Kind: schema.KindGenesis, Body: codec.Body(&schema.Genesis{
		Journal: j.ID(), Topic: feedPartition.Topic, Partitions: 1,
	})})
	return j
}

func mustAppend(t testing.TB, j journal.Journal, records ...journal.Record) {
	t.Helper()
	if _, err := journal.AppendWait(context.Background(), j, feedPartition, records...); err != nil {
		t.Fatal(err)
	}
}

func (j *memJournal) ID() string { return "0123456789abcdef0123456789abcdef" }

func (j *memJournal) Topics(context.Context) ([]journal.Topic, error) { return nil, nil }

func (j *memJournal) Create(context.Context, string, int32) error { return nil }

func (j *memJournal) Bounds(_ context.Context, p journal.Partition) (int64, int64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return 0, 0, journal.ErrClosed
	}
	if p != feedPartition {
		return 0, 0, journal.ErrNoTopic
	}
	return 0, int64(len(j.records)), nil
}

func (j *memJournal) OffsetAt(context.Context, journal.Partition, int64) (int64, error) {
	return 0, errors.ErrUnsupported
}

func (j *memJournal) Append(_ context.Context, _ journal.Partition, records []journal.Record, done func(int64, error)) error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return journal.ErrClosed
	}
	defer j.mu.Unlock()
	j.queue <- func() {
		first, err := j.store(records)
		done(first, err)
	}
	return nil
}

func (j *memJournal) store(records []journal.Record) (int64, error) {
	j.mu.Lock()
	gate := j.gate
	j.mu.Unlock()
	if gate != nil {
		<-gate
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failing != nil {
		return 0, j.failing
	}
	first := int64(len(j.records))
	for i, r := range records {
		r.Offset, r.Key, r.Body = first+int64(i), bytes.Clone(r.Key), bytes.Clone(r.Body)
		j.records = append(j.records, r)
	}
	close(j.changed)
	j.changed = make(chan struct{})
	return first, nil
}

func (j *memJournal) Read(_ context.Context, _ journal.Partition, from int64) (journal.Reader, error) {
	return &memReader{j, from}, nil
}

func (j *memJournal) Close() error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return nil
	}
	j.closed = true
	close(j.queue)
	j.mu.Unlock()
	j.done.Wait()
	return nil
}

// fail makes appends fail from now on, or work again.
func (j *memJournal) fail(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.failing = err
}

// all returns the records so far.
func (j *memJournal) all() []journal.Record {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.records[:len(j.records):len(j.records)]
}

type memReader struct {
	j    *memJournal
	next int64
}

func (r *memReader) Next(ctx context.Context) ([]journal.Record, error) {
	for {
		r.j.mu.Lock()
		records, changed := r.j.records[min(r.next, int64(len(r.j.records))):], r.j.changed
		r.j.mu.Unlock()
		if len(records) > 0 {
			records = records[:min(len(records), 100)]
			r.next += int64(len(records))
			r.j.read.Add(int64(len(records)))
			return records, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (r *memReader) Close() error { return nil }

// laneFold answers for lanes by folding the whole journal.
type laneFold struct{ j *memJournal }

func (f laneFold) Lane(_ context.Context, offset int64, name string) (journal.LaneState, error) {
	records := f.j.all()
	if int64(len(records)) < offset {
		return journal.LaneState{}, fmt.Errorf("offset %d is not there", offset)
	}
	lanes, _, err := effective(records)
	if err != nil {
		return journal.LaneState{}, err
	}
	return lanes.State(name), nil
}

// effective returns the records that take effect.
func effective(records []journal.Record) (lanes journal.Lanes, out []journal.Record, err error) {
	for i := range records {
		r := &records[i]
		fate := journal.Applies
		switch r.Kind {
		case schema.KindGenesis:
		case schema.KindClaim:
			body, err := codec.DecodeBody(r.Kind, r.Body)
			if err != nil {
				return lanes, nil, err
			}
			fate = lanes.Claim(r, body.(*schema.Claim).Nonce)
		default:
			if fate, err = lanes.Admit(feedPartition, r); err != nil {
				return lanes, nil, err
			}
		}
		if fate == journal.Applies {
			out = append(out, *r)
		}
	}
	return lanes, out, nil
}
