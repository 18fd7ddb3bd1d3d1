// Command bench runs other order books beside the matcher on the same orders, and
// checks that all of them trade the same.
package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/deadheat-io/deadheat/matcher/matchertest"
)

// rounds is how often each engine runs a workload. They take turns, and the time
// in the middle counts.
const rounds = 5

// engine is an order book that runs the orders of a workload.
type engine interface {
	run(ops []matchertest.Op) matchertest.Totals
}

// engines by name; ours is the first.
var engines = []struct {
	name string
	make func(w *matchertest.Workload) engine
}{
	{"deadheat", newOurs},
	{"B-tree", newTextbook(newBTree)},
	{"skip list", newTextbook(newSkipList)},
	{"red-black tree", newTextbook(newRedBlack)},
}

func main() {
	for _, w := range []*matchertest.Workload{matchertest.Mixed(matchertest.Million), matchertest.Betting(matchertest.Million)} {
		if err := compare(w); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
	}
}

// result is what one engine needed.
type result struct {
	times  []time.Duration
	allocs uint64
	totals matchertest.Totals
}

// compare runs all engines on one workload and prints a table.
func compare(w *matchertest.Workload) error {
	results := make([]result, len(engines))
	for range rounds {
		for i, e := range engines {
			if err := results[i].round(w, e.make(w)); err != nil {
				return fmt.Errorf("%s: %w", e.name, err)
			}
		}
	}
	n := float64(len(w.Ops))
	fmt.Printf("%-20s %9s %10s %9s %11s %19s %7s\n", w.Name, "ns/op", "allocs/op", "trades", "lots", "price*lots", "ratio")
	ours := middle(results[0].times)
	for i, e := range engines {
		r := &results[i]
		t := middle(r.times)
		fmt.Printf("%-20s %9.1f %10.3f %9d %11d %19d %7.2f\n", e.name, float64(t)/n, float64(r.allocs)/n,
			r.totals.Trades, r.totals.Qty, r.totals.Notional, float64(t)/float64(ours))
	}
	return nil
}

// round runs an engine that holds what rests already.
func (r *result) round(w *matchertest.Workload, e engine) error {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	r.totals = e.run(w.Ops)
	r.times = append(r.times, time.Since(start))
	runtime.ReadMemStats(&after)
	r.allocs = after.Mallocs - before.Mallocs
	return w.Check(r.totals)
}

func middle(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
