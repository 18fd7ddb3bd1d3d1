package main

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/deadheat-io/deadheat/matcher"
	"github.com/deadheat-io/deadheat/matcher/matchertest"
)

// matchRounds is how often each measurement of the matcher is made. The one in
// the middle counts.
const matchRounds = 5

// errIdle says that an engine did not do what was measured.
var errIdle = errors.New("the matcher did not trade what it should")

// took is what one measurement found.
type took struct {
	time   time.Duration
	allocs uint64
}

// measure makes a measurement several times, each after a preparation, and takes
// the one in the middle.
func measure(prepare func(), do func()) took {
	var all []took
	var before, after runtime.MemStats
	for range matchRounds {
		prepare()
		runtime.GC()
		runtime.ReadMemStats(&before)
		start := time.Now()
		do()
		t := time.Since(start)
		runtime.ReadMemStats(&after)
		all = append(all, took{t, after.Mallocs - before.Mallocs})
	}
	slices.SortFunc(all, func(a, b took) int { return int(a.time - b.time) })
	return all[len(all)/2]
}

// match measures the matcher alone: mixed flows, a book that no cache holds, and
// what a snapshot costs. What is traded is printed and must be right.
func (b *bencher) match() error {
	for _, w := range []*matchertest.Workload{matchertest.Mixed(matchertest.Million), matchertest.Betting(matchertest.Million)} {
		if err := b.matchFlow(w); err != nil {
			return err
		}
	}
	if err := b.matchSpread(); err != nil {
		return err
	}
	return b.matchSnapshot()
}

func (b *bencher) matchFlow(w *matchertest.Workload) error {
	prepared := w.Prepare()
	e := prepared.Copy(nil)
	if err := w.Check(matchertest.Run(e, w.Ops)); err != nil { // warms, too
		return err
	}
	var got matchertest.Totals
	t := measure(func() { prepared.Copy(e) }, func() { got = matchertest.Run(e, w.Ops) })
	n := len(w.Ops)
	b.result("Match/"+w.Name, n, t.time, float64(t.allocs)/float64(n), "allocs/op", got.Trades, "trades", got.Qty, "lots", int64(e.Len()), "resting")
	return w.Check(got)
}

// matchSpread fills a book with 500,000 orders at about 95,000 prices, and sweeps
// many of them at once.
func (b *bencher) matchSpread() error {
	ops := matchertest.Spread()
	var e *matcher.Engine
	t := measure(func() { e = (&matchertest.Workload{}).Prepare() }, func() { matchertest.Run(e, ops) })
	b.result("MatchInsertSpread", len(ops), t.time, float64(t.allocs)/float64(len(ops)), "allocs/op", int64(e.Len()), "resting")
	for _, orders := range []int{1, 100, 1000} {
		sweep := []matchertest.Op{matchertest.Sweep(1<<30, orders)}
		times := 100_000 / orders
		c := e.Copy(nil)
		var trades int64
		t := measure(func() { e.Copy(c); trades = 0 }, func() {
			for range times {
				trades += matchertest.Run(c, sweep).Trades
			}
		})
		b.result(fmt.Sprintf("MatchSweepSpread/%d_orders", orders), times, t.time, float64(t.allocs)/float64(times), "allocs/op", trades, "trades")
		if trades != int64(times*orders) {
			return errIdle
		}
	}
	return nil
}

// matchSnapshot measures how long a snapshot stops an engine, and its encoding,
// which needs not stop it.
func (b *bencher) matchSnapshot() error {
	w := matchertest.Mixed(100_000)
	e := w.Prepare()
	matchertest.Run(e, w.Ops)
	c := e.Copy(nil)
	const times = 500
	nothing := func() {}
	t := measure(nothing, func() {
		for range times {
			e.Copy(c)
		}
	})
	b.result("MatchSnapshotPause", times, t.time, float64(t.allocs)/times, "allocs/op", int64(e.Len()), "orders")
	var bytes []byte
	t = measure(nothing, func() {
		for range times {
			bytes = c.AppendSnapshot(bytes[:0])
		}
	})
	b.result("MatchSnapshotEncode", times, t.time, float64(t.allocs)/times, "allocs/op", float64(len(bytes))/float64(c.Len()), "bytes/order")
	if c.Hash() != e.Hash() {
		return errIdle
	}
	return nil
}
