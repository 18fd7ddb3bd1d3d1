package journaltest

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/deadheat-io/deadheat/journal"
)

func testCancelAppend(s *suite) {
	s.create(1)
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	s.fails(s.j.Append(ctx, p0, Records(1), func(int64, error) { s.Error("done was called after an error") }), context.Canceled)
	s.bounds(p0, 0, 0)
	if first := s.append(p0, Records(1)...); first != 0 {
		s.Fatalf("the first record got offset %d", first)
	}
}

// testCancelNext gives up waiting, and goes on later where it was.
func testCancelNext(s *suite) {
	s.create(1)
	records := Records(4)
	s.append(p0, records[:2]...)
	r := s.reader(p0, 0)
	defer r.Close()
	s.same(s.take(r, 2), records[:2], 0)
	for range 3 {
		ctx, cancel := context.WithTimeout(s.ctx, 20*time.Millisecond)
		got, err := r.Next(ctx)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || len(got) != 0 {
			s.Fatalf("got %d records and error %v, want to run out of time", len(got), err)
		}
	}
	s.append(p0, records[2:]...)
	s.same(s.take(r, 2), records[2:], 2)
}

func testCloseReader(s *suite) {
	s.create(1)
	r, other := s.reader(p0, 0), s.reader(p0, 0)
	defer other.Close()
	ended := make(chan error, 1)
	go func() {
		_, err := r.Next(s.ctx)
		ended <- err
	}()
	time.Sleep(20 * time.Millisecond) // most likely it waits by now
	s.ok(r.Close())
	s.fails(<-ended, journal.ErrClosed)
	_, err := r.Next(s.ctx)
	s.fails(err, journal.ErrClosed)
	s.append(p0, Records(1)...)
	s.same(s.take(other, 1), Records(1), 0)
}

func testCloseJournal(s *suite) {
	s.create(1)
	s.append(p0, Records(3)...)
	waiting, idle := s.reader(p0, 3), s.reader(p0, 0)
	ended := make(chan error, 1)
	go func() {
		_, err := waiting.Next(s.ctx)
		ended <- err
	}()
	time.Sleep(20 * time.Millisecond)
	s.ok(s.j.Close())
	s.fails(<-ended, journal.ErrClosed)
	_, err := idle.Next(s.ctx)
	s.fails(err, journal.ErrClosed)
	s.ok(waiting.Close())
	s.ok(idle.Close())
	s.fails(s.j.Append(s.ctx, p0, Records(1), func(int64, error) { s.Error("done was called after an error") }), journal.ErrClosed)
	_, err = s.j.Read(s.ctx, p0, 0)
	s.fails(err, journal.ErrClosed)
	_, err = s.j.Topics(s.ctx)
	s.fails(err, journal.ErrClosed)
	_, _, err = s.j.Bounds(s.ctx, p0)
	s.fails(err, journal.ErrClosed)
	_, err = s.j.OffsetAt(s.ctx, p0, 0)
	s.fails(err, journal.ErrClosed)
	s.fails(s.j.Create(s.ctx, "another", 1), journal.ErrClosed)
	s.ok(s.j.Close()) // again
	s.reopen()
	s.bounds(p0, 0, 3)
}

// testCloseFinishesAppends closes with a full queue: every append is answered
// before Close returns, and what was answered without an error is there.
func testCloseFinishesAppends(s *suite) {
	s.create(1)
	const n = 500
	var good, bad atomic.Int64
	for i := range n {
		s.ok(s.j.Append(s.ctx, p0, []journal.Record{Record(int64(i), "x")}, func(_ int64, err error) {
			if err == nil {
				good.Add(1)
			} else {
				bad.Add(1)
			}
		}))
	}
	s.ok(s.j.Close())
	if good.Load() != n {
		s.Fatalf("%d appends were answered well and %d with an error before Close returned, want all %d well", good.Load(), bad.Load(), n)
	}
	s.reopen()
	s.bounds(p0, 0, n)
}
