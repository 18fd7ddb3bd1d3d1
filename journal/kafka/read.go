package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
)

// reader reads one partition in order, with a client of its own.
type reader struct {
	j      *Journal
	p      journal.Partition
	client *kgo.Client

	mu      sync.Mutex // held by Next
	next    int64      // offset of the record to return next
	lane    string     // of the last record: the next one has the same, mostly
	fetched *kgo.FetchesRecordIter
	left    int   // records in it
	err     error // for good
	tries   int   // fetches in a row that brought an error
}

// Read begins at an offset of a partition.
func (j *Journal) Read(ctx context.Context, p journal.Partition, from int64) (journal.Reader, error) {
	start, end, err := j.Bounds(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", p, err)
	}
	if from < start || from > end {
		return nil, outOfRange(p.At(from), start, end)
	}
	client, err := kgo.NewClient(j.consumer(j.full(p.Topic), p.Index, from)...)
	if err != nil {
		return nil, fmt.Errorf("read %s: kafka client: %w", p, err)
	}
	r := &reader{j: j, p: p, client: client, next: from}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		client.Close()
		return nil, fmt.Errorf("read %s: journal %s: %w", p, j.id, journal.ErrClosed)
	}
	j.readers[r] = struct{}{}
	return r, nil
}

func outOfRange(p journal.Position, start, end int64) error {
	return &journal.PositionError{Position: p, Err: fmt.Errorf("%w: it holds %d to %d", journal.ErrOutOfRange, start, end)}
}

// Close frees the reader. A Next that waits ends.
func (r *reader) Close() error {
	r.j.mu.Lock()
	delete(r.j.readers, r)
	r.j.mu.Unlock()
	r.client.Close()
	return nil
}

// Next waits for records. While no broker answers it goes on waiting.
func (r *reader) Next(ctx context.Context) ([]journal.Record, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.err == nil {
		if r.left > 0 {
			return r.take()
		}
		// All that was fetched is taken at once, so that the client fetches on
		// while it is decoded.
		fetches := r.client.PollFetches(ctx)
		if r.left = fetches.NumRecords(); r.left > 0 {
			r.tries, r.fetched = 0, fetches.RecordIter()
		} else if err := r.judge(ctx, fetches); err != nil {
			return nil, err
		}
	}
	return nil, r.err
}

// take decodes some of what was fetched.
func (r *reader) take() ([]journal.Record, error) {
	n := min(r.left, nextRecords)
	records := make([]journal.Record, n)
	for i := range records {
		in, out := r.fetched.Next(), &records[i]
		if r.err = r.decode(in, out); r.err != nil {
			r.left = 0
			if i == 0 {
				return nil, r.err
			}
			return records[:i], nil // the error is told by the next call
		}
	}
	if r.left -= n; r.left == 0 {
		r.fetched = nil
	}
	return records, nil
}

func (r *reader) decode(in *kgo.Record, out *journal.Record) error {
	if in.Offset != r.next {
		return &journal.CorruptError{Position: r.p.At(r.next), Reason: fmt.Sprintf(
			"offset %d where %d comes: records are missing, or there are markers of transactions, which this journal does not use", in.Offset, r.next)}
	}
	out.Offset, out.Lane, out.Key = in.Offset, r.lane, in.Key[:len(in.Key):len(in.Key)]
	if err := codec.DecodeRecord(in.Value[:len(in.Value):len(in.Value)], out); err != nil {
		return &journal.PositionError{Position: r.p.At(in.Offset), Err: err}
	}
	r.lane = out.Lane
	r.next++
	return nil
}

// judge says what an empty fetch means: nil to go on.
func (r *reader) judge(ctx context.Context, fetches kgo.Fetches) error {
	var err error
	fetches.EachError(func(_ string, _ int32, e error) {
		if err == nil {
			err = e
		}
	})
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, kgo.ErrClientClosed):
		r.err = fmt.Errorf("reader of %s: %w", r.p, journal.ErrClosed)
	case errors.Is(err, kerr.OffsetOutOfRange):
		r.err = r.lost(ctx)
	case errors.Is(err, kerr.UnknownTopicOrPartition), errors.Is(err, kerr.UnknownTopicID):
		r.err = fmt.Errorf("read %s: the topic was deleted, or made again under its name: %w: %w", r.p.At(r.next), journal.ErrNoTopic, err)
	case isDataLoss(err):
		r.err = &journal.CorruptError{Position: r.p.At(r.next), Reason: fmt.Sprintf("the log was cut and written anew: %v", err)}
	default:
		return r.again(ctx, err)
	}
	return r.err
}

func isDataLoss(err error) bool {
	_, ok := errors.AsType[*kgo.ErrDataLoss](err)
	return ok
}

// lost says why the offset to read next is not there any more.
func (r *reader) lost(ctx context.Context) error {
	start, end, err := r.j.Bounds(ctx, r.p)
	if err != nil {
		return &journal.PositionError{Position: r.p.At(r.next), Err: fmt.Errorf("%w (%w)", journal.ErrOutOfRange, err)}
	}
	return outOfRange(r.p.At(r.next), start, end)
}

// again waits before a fetch that failed is tried again. The client tries at
// once, for ever, and so would the fetches of a damaged batch.
func (r *reader) again(ctx context.Context, err error) error {
	if r.tries++; r.tries > r.j.opts.FetchTries {
		if isBroker(err) && !errors.Is(err, kerr.CorruptMessage) {
			r.err = fmt.Errorf("read %s: after %d tries: %w", r.p.At(r.next), r.tries, r.j.failed(err))
		} else {
			r.err = &journal.CorruptError{Position: r.p.At(r.next), Reason: fmt.Sprintf("after %d tries the batch is still damaged: %v", r.tries, err)}
		}
		return r.err
	}
	r.j.counts.fetchErrors.Add(1)
	wait := min(100*time.Millisecond<<(r.tries-1), 5*time.Second)
	r.j.opts.Logger.Warn("a fetch brought an error, trying again", "position", r.p.At(r.next).String(), "try", r.tries, "in", wait, "error", err)
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-r.j.stop:
		return nil // the next poll says so
	}
}
