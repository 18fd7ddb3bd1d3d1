package kafka_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// laneFold reads a partition as far as it is asked to and knows what took
// effect, by lane.
type laneFold struct {
	j journal.Journal
	p journal.Partition

	mu      sync.Mutex
	next    int64
	lanes   journal.Lanes
	applied map[string][]uint64 // what the records that took effect say
	stale   int
}

func (f *laneFold) Lane(ctx context.Context, offset int64, name string) (journal.LaneState, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.read(ctx, offset); err != nil {
		return journal.LaneState{}, err
	}
	return f.lanes.State(name), nil
}

func (f *laneFold) read(ctx context.Context, to int64) error {
	return journal.ReadRange(ctx, f.j, f.p, f.next, to, func(r *journal.Record) error {
		f.next = r.Offset + 1
		if r.Kind == schema.KindClaim {
			body, err := codec.DecodeBody(r.Kind, r.Body)
			if err != nil {
				return err
			}
			f.lanes.Claim(r, body.(*schema.Claim).Nonce)
			return nil
		}
		fate, err := f.lanes.Admit(f.p, r)
		if err != nil {
			return err
		}
		if fate != journal.Applies {
			f.stale++
			return nil
		}
		if f.applied == nil {
			f.applied = map[string][]uint64{}
		}
		f.applied[r.Lane] = append(f.applied[r.Lane], binary.BigEndian.Uint64(r.Key))
		return nil
	})
}

// all reads to the end.
func (f *laneFold) all(t testing.TB) {
	t.Helper()
	_, end, err := f.j.Bounds(t.Context(), f.p)
	if err == nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		err = f.read(t.Context(), end)
	}
	if err != nil {
		t.Fatalf("the log cannot be folded: %v", err)
	}
}

// laneWriter appends numbered entries to a lane, several appends at a time, and
// opens the lane again whenever it was lost. A number is used once.
type laneWriter struct {
	name   string
	fold   *laneFold
	number uint64
	acked  map[uint64]bool
	losses int
}

func (w *laneWriter) run(ctx context.Context, n int) error {
	w.acked = map[uint64]bool{}
	for len(w.acked) < n {
		lane, err := journal.OpenLane(ctx, journal.LaneConfig{
			Journal: w.fold.j, Partition: w.fold.p, Name: w.name, Fold: w.fold, Encode: codec.Body, Who: "test",
		})
		if ctx.Err() != nil {
			return fmt.Errorf("%d of %d entries of lane %q are acknowledged: %w", len(w.acked), n, w.name, ctx.Err())
		}
		if err == nil {
			err = w.fill(ctx, lane, n)
		}
		if err != nil {
			w.losses++
		}
	}
	return nil
}

func entry(number uint64) journal.Entry {
	return journal.Entry{Kind: schema.KindFeedUp, Time: 1e18, Key: binary.BigEndian.AppendUint64(nil, number), Body: codec.Body(&schema.FeedUp{Source: "x"})}
}

// fill appends until enough is acknowledged or the lane is lost.
func (w *laneWriter) fill(ctx context.Context, lane *journal.Lane, n int) error {
	var mu sync.Mutex
	var failed error
	var waiting sync.WaitGroup
	for more := n - len(w.acked); more > 0; more-- {
		entries := make([]journal.Entry, 1+w.number%5)
		numbers := make([]uint64, len(entries))
		for i := range entries {
			w.number++
			numbers[i] = w.number
			entries[i] = entry(w.number)
		}
		waiting.Add(1)
		err := lane.Append(ctx, entries, func(_ int64, err error) {
			mu.Lock()
			defer mu.Unlock()
			defer waiting.Done()
			if err != nil {
				failed = err
				return
			}
			for _, number := range numbers {
				w.acked[number] = true
			}
		})
		if err != nil {
			waiting.Done()
			mu.Lock()
			failed = err
			mu.Unlock()
			break
		}
	}
	waiting.Wait()
	return failed
}

// check proves that everything acknowledged took effect, once and in order.
func (w *laneWriter) check(t testing.TB) {
	t.Helper()
	seen := map[uint64]bool{}
	last := uint64(0)
	for _, number := range w.fold.applied[w.name] {
		if number <= last {
			t.Fatalf("lane %q: entry %d took effect after entry %d", w.name, number, last)
		}
		seen[number], last = true, number
	}
	for number := range w.acked {
		if !seen[number] {
			t.Fatalf("lane %q: entry %d was acknowledged and did not take effect", w.name, number)
		}
	}
}
