package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeLane keeps what is appended and answers when it is told to, in order.
type fakeLane struct {
	mu      sync.Mutex
	entries []journal.Entry
	batches []int
	waiting []func(error)
	refuse  error  // Append fails with it
	ready   func() // called when an answer waits
}

func (l *fakeLane) Append(ctx context.Context, entries []journal.Entry, done func(int64, error)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refuse != nil {
		return l.refuse
	}
	first := int64(len(l.entries))
	for _, e := range entries {
		e.Body = append([]byte(nil), e.Body...)
		l.entries = append(l.entries, e)
	}
	l.batches = append(l.batches, len(entries))
	l.waiting = append(l.waiting, func(err error) { done(first, err) })
	if l.ready != nil {
		go l.ready()
	}
	return nil
}

// answer answers the first n batches that wait; all if n is 0.
func (l *fakeLane) answer(n int, err error) {
	l.mu.Lock()
	if n == 0 {
		n = len(l.waiting)
	}
	now := l.waiting[:min(n, len(l.waiting))]
	l.waiting = l.waiting[len(now):]
	l.mu.Unlock()
	for _, f := range now {
		f(err)
	}
}

func (l *fakeLane) appended() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries)
}

func item(n int) Item {
	m := &schema.Message{Kind: schema.KindEventStatus, Flow: schema.FlowRealtime, Offset: int64(n), ID: int64(n), Status: "OPEN"}
	return Item{Body: m, Key: fmt.Append(nil, n), Time: int64(n), Size: 100}
}

func put(t *testing.T, p *Pump, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		if err := p.Put(t.Context(), item(n)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPumpKeepsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lane := &fakeLane{}
		var answering sync.Mutex
		lane.ready = func() { answering.Lock(); defer answering.Unlock(); lane.answer(1, nil) }
		var durable []int64
		p := NewPump(PumpConfig{Lane: lane, BatchItems: 7, Durable: func(first int64, items []Item) {
			if first != int64(len(durable)) {
				t.Errorf("batch at %d behind %d items", first, len(durable))
			}
			for _, i := range items {
				durable = append(durable, i.Body.(*schema.Message).Offset)
			}
		}})
		put(t, p, 0, 1000)
		if err := p.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.Close(t.Context())
		if len(durable) != 1000 || lane.appended() != 1000 {
			t.Fatalf("%d durable, %d appended", len(durable), lane.appended())
		}
		for n, e := range lane.entries {
			m := &schema.Message{Kind: e.Kind}
			if err := codec.DecodeMessage(e.Body, m); err != nil || m.Offset != int64(n) || durable[n] != int64(n) ||
				string(e.Key) != fmt.Sprint(n) || e.Time != int64(n) {
				t.Fatalf("entry %d: %+v, durable %d, %v", n, e, durable[n], err)
			}
		}
		for _, size := range lane.batches {
			if size > 7 {
				t.Errorf("batch of %d", size)
			}
		}
	})
}

func TestPumpIsBounded(t *testing.T) {
	cases := map[string]PumpConfig{
		"items": {MaxItems: 10, BatchItems: 3, MaxBatches: 2},
		"bytes": {MaxBytes: 1000, BatchItems: 3, MaxBatches: 2},
		"air":   {MaxItems: 10, BatchItems: 3, MaxBatches: 100, MaxFlying: 3 * 14 * 2},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lane := &fakeLane{}
				c.Lane = lane
				p := NewPump(c)
				blocked := 0
				for n := 0; blocked == 0; n++ {
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					if err := p.Put(ctx, item(n)); errors.Is(err, context.DeadlineExceeded) {
						blocked = n
					} else if err != nil || n > 100 {
						t.Fatalf("item %d: %v", n, err)
					}
					cancel()
					synctest.Wait()
				}
				if blocked < 10 || blocked > 20 {
					t.Errorf("full after %d items", blocked)
				}
				// An answer makes room.
				lane.answer(1, nil)
				put(t, p, blocked, blocked+1)
				p.fail(errors.New("over"))
				lane.answer(0, nil)
				p.Close(t.Context())
			})
		})
	}
}

func TestPumpTakesOneLargeItem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lane := &fakeLane{}
		lane.ready = func() { lane.answer(0, nil) }
		p := NewPump(PumpConfig{Lane: lane, MaxBytes: 50})
		put(t, p, 0, 3)
		if err := p.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.Close(t.Context())
	})
}

func TestPumpFlushWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lane := &fakeLane{}
		p := NewPump(PumpConfig{Lane: lane})
		put(t, p, 0, 5)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := p.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("flush: %v", err)
		}
		lane.answer(0, nil)
		if err := p.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.Close(t.Context())
		if err := p.Put(t.Context(), item(0)); !errors.Is(err, ErrPumpClosed) {
			t.Errorf("put on a closed pump: %v", err)
		}
	})
}

func TestPumpFailsForGood(t *testing.T) {
	gone := errors.New("broker gone")
	t.Run("answer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			lane, durable := &fakeLane{}, 0
			p := NewPump(PumpConfig{Lane: lane, BatchItems: 2, Durable: func(_ int64, items []Item) { durable += len(items) }})
			put(t, p, 0, 6)
			synctest.Wait()
			lane.answer(1, nil)
			before := durable
			lane.answer(1, gone)
			lane.answer(0, nil) // later ones must not count
			<-p.Failed()
			for what, err := range map[string]error{"put": p.Put(t.Context(), item(9)), "flush": p.Flush(t.Context()), "err": p.Err()} {
				if !errors.Is(err, gone) {
					t.Errorf("%s: %v", what, err)
				}
			}
			if durable != before {
				t.Errorf("%d durable behind an error, %d before", durable, before)
			}
			p.Close(t.Context())
		})
	})
	t.Run("append", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := NewPump(PumpConfig{Lane: &fakeLane{refuse: gone}})
			put(t, p, 0, 1)
			if err := p.Flush(t.Context()); !errors.Is(err, gone) {
				t.Errorf("flush: %v", err)
			}
			p.Close(t.Context())
		})
	})
	t.Run("full", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			lane := &fakeLane{}
			p := NewPump(PumpConfig{Lane: lane, MaxItems: 1, MaxBatches: 1})
			result := make(chan error)
			go func() {
				for n := 0; ; n++ {
					if err := p.Put(t.Context(), item(n)); err != nil {
						result <- err
						return
					}
				}
			}()
			synctest.Wait()
			lane.answer(0, gone)
			if err := <-result; !errors.Is(err, gone) {
				t.Errorf("put: %v", err)
			}
			p.Close(t.Context())
		})
	})
}

func TestPumpTooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lane := &fakeLane{}
		lane.ready = func() { lane.answer(0, nil) }
		var bodies []schema.Body
		p := NewPump(PumpConfig{Lane: lane, Durable: func(_ int64, items []Item) {
			for _, i := range items {
				bodies = append(bodies, i.Body)
			}
		}})
		big := item(1)
		big.Body.(*schema.Message).Status = strings.Repeat("x", journal.MaxRecord)
		big.TooLarge = func(size int) (schema.Body, []byte) {
			return &schema.RejectedRaw{Flow: schema.FlowRealtime, Reason: "large", Size: int64(size)}, []byte("source")
		}
		put(t, p, 0, 1)
		if err := p.Put(t.Context(), big); err != nil {
			t.Fatal(err)
		}
		put(t, p, 2, 3)
		if err := p.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if lane.entries[1].Kind != schema.KindRejectedRaw || string(lane.entries[1].Key) != "source" || len(bodies) != 3 {
			t.Errorf("entry %+v, %d bodies", lane.entries[1], len(bodies))
		}
		if _, ok := bodies[1].(*schema.RejectedRaw); !ok {
			t.Errorf("durable %T", bodies[1])
		}
		big.TooLarge = nil
		if err := p.Put(t.Context(), big); err != nil {
			t.Fatal(err)
		}
		if err := p.Flush(t.Context()); !errors.Is(err, journal.ErrTooLarge) {
			t.Errorf("flush: %v", err)
		}
		p.Close(t.Context())
	})
}

// TestPumpCloseIsBounded closes a pump whose lane never answers.
func TestPumpCloseIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lane, late := &fakeLane{}, false
		p := NewPump(PumpConfig{Lane: lane, Durable: func(int64, []Item) { late = true }})
		put(t, p, 0, 5)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		p.Close(ctx)
		lane.answer(0, nil)
		if late {
			t.Error("a batch was reported after Close")
		}
	})
}

func TestPumpManyPutters(t *testing.T) {
	lane := &fakeLane{}
	var answering sync.Mutex
	lane.ready = func() { answering.Lock(); defer answering.Unlock(); lane.answer(1, nil) }
	p := NewPump(PumpConfig{Lane: lane, MaxItems: 20, BatchItems: 5})
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for n := range 500 {
				if err := p.Put(context.Background(), item(g*1000+n)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if err := p.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	p.Close(context.Background())
	last := map[int64]int64{}
	for _, e := range lane.entries {
		if n, seen := last[e.Time/1000]; seen && e.Time != n+1 {
			t.Fatalf("%d behind %d", e.Time, n)
		}
		last[e.Time/1000] = e.Time
	}
	if len(lane.entries) != 4000 {
		t.Errorf("%d entries", len(lane.entries))
	}
}

func TestBackoff(t *testing.T) {
	random := 0.0
	b := Backoff{Rand: func() float64 { return random }}
	for _, want := range []time.Duration{100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000} {
		if got := b.Next(); got != want*time.Millisecond {
			t.Errorf("retry %d: %s, want %s", b.Retries(), got, want*time.Millisecond)
		}
	}
	for range 1000 {
		if got := b.Next(); got != DefaultCap {
			t.Fatalf("retry %d: %s", b.Retries(), got)
		}
	}
	b.Reset()
	random = 0.999999
	if got := b.Next(); got < 50*time.Millisecond || got > 51*time.Millisecond {
		t.Errorf("with the largest jitter: %s", got)
	}
	b = Backoff{}
	for range 100 {
		b.Reset()
		if got := b.Next(); got > 100*time.Millisecond || got < 50*time.Millisecond {
			t.Errorf("first retry after %s", got)
		}
	}
}

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if err := Sleep(t.Context(), time.Hour); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := Sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if err := Sleep(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

func TestStateNames(t *testing.T) {
	for s, want := range map[State]string{Disconnected: "disconnected", Realtime: "realtime", Failed: "failed", 99: "state_99"} {
		if text, _ := s.MarshalText(); s.String() != want || string(text) != want {
			t.Errorf("state %d is %q", s, s)
		}
	}
}

// instantLane answers at once.
type instantLane struct{ next int64 }

func (l *instantLane) Append(_ context.Context, entries []journal.Entry, done func(int64, error)) error {
	first := l.next
	l.next += int64(len(entries))
	done(first, nil)
	return nil
}

func BenchmarkPump(b *testing.B) {
	p := NewPump(PumpConfig{Lane: &instantLane{}})
	it := item(12345)
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Put(context.Background(), it); err != nil {
			b.Fatal(err)
		}
	}
	if err := p.Flush(context.Background()); err != nil {
		b.Fatal(err)
	}
	p.Close(context.Background())
}
