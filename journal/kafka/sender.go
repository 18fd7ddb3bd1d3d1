package kafka

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/crash"
)

// sender is a partition's client. After an error it is closed for good: what it
// had in flight may land while it dies, and nothing else. The next burst has a
// client, and a producer id, of its own.
type sender struct {
	w      *writer
	client *kgo.Client
}

// burst sends as many records of the calls, in order, as go together, and waits
// until the broker has answered for all of them. It returns the calls that are
// done, and those that are not, the first of which may be sent in part.
//
// The client sends nothing of a burst before all of it is buffered. If one of
// its batches fails, it fails those behind it too, and the broker, which counts
// them, takes none of those that are on their way. So the log has no hole.
func (s *sender) burst(calls []*call) (ended, left []*call, err error) {
	if s.client == nil {
		if s.client, err = kgo.NewClient(s.w.j.producer()...); err != nil {
			return nil, calls, fmt.Errorf("kafka client: %w", err)
		}
	}
	var first atomic.Pointer[error] // the client tells about records in order
	told := func(_ *kgo.Record, err error) {
		if err != nil {
			first.CompareAndSwap(nil, &err)
		}
	}
	n, bytes := 0, 0
	for _, c := range calls {
		for ; c.sent < len(c.records) && n < burstRecords && bytes < burstBytes; c.sent++ {
			r := &c.records[c.sent]
			s.client.Produce(context.Background(), r, told)
			n++
			bytes += len(r.Key) + len(r.Value)
		}
		if c.sent < len(c.records) {
			break
		}
		ended = append(ended, c)
	}
	left = calls[len(ended):]
	var failed error
	if n > 0 {
		failed = s.flush()
	}
	if told := first.Load(); failed == nil && told != nil {
		failed = *told
	}
	if failed == nil {
		failed = s.place(ended)
	}
	if failed != nil {
		s.w.j.counts.lost.Add(1)
		s.close()
		return ended, left, s.w.j.failed(failed)
	}
	crash.At(crash.AfterProduce)
	return ended, left, nil
}

// flush waits until the client has told about every record. The client itself
// never gives up while a broker is away; the end of the journal ends that.
func (s *sender) flush() error {
	ctx, cancel := context.WithCancelCause(context.Background())
	flushed := make(chan struct{})
	go func() {
		select {
		case <-s.w.late:
			cancel(fmt.Errorf("%w while the broker had not answered", journal.ErrClosed))
		case <-flushed:
			cancel(nil)
		}
	}()
	err := s.client.Flush(ctx)
	close(flushed)
	if err != nil {
		return context.Cause(ctx)
	}
	return nil
}

// place finds the offset of each call.
func (s *sender) place(calls []*call) (err error) {
	end := int64(-1)
	for _, c := range calls {
		switch {
		case len(c.records) > 0:
			c.first = c.records[0].Offset
			end = c.records[len(c.records)-1].Offset + 1
		case end >= 0:
			c.first = end
		default:
			if c.first, err = s.w.j.offset(context.Background(), s.w.p, latest); err != nil {
				return err
			}
		}
		c.records = nil
	}
	return nil
}

func (s *sender) close() {
	if s.client != nil {
		s.client.Close()
		s.client = nil
	}
}
