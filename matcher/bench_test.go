package matcher_test

import (
	"fmt"
	"syscall"
	"testing"

	"github.com/deadheat-io/deadheat/matcher"
	"github.com/deadheat-io/deadheat/matcher/matchertest"
)

// cpu is the processor time of the process in nanoseconds: on a machine that is
// busy with other things it says more than the clock on the wall.
func cpu() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func bench(b *testing.B, w *matchertest.Workload) {
	prepared := w.Prepare()
	e := prepared.Copy(nil)
	if err := w.Check(matchertest.Run(e, w.Ops)); err != nil { // warms, too
		b.Fatal(err)
	}
	levels := len(e.Depth(nil, 0, true, -1)) + len(e.Depth(nil, 0, false, -1))
	b.ReportAllocs()
	b.ResetTimer()
	start := cpu()
	for done := 0; done < b.N; done += len(w.Ops) {
		b.StopTimer()
		prepared.Copy(e)
		b.StartTimer()
		matchertest.Run(e, w.Ops[:min(len(w.Ops), b.N-done)])
	}
	b.ReportMetric(float64(cpu()-start)/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(w.Want.Trades)/float64(len(w.Ops)), "trades/op")
	b.ReportMetric(float64(levels), "levels")
}

func BenchmarkMixed(b *testing.B)   { bench(b, matchertest.Mixed(matchertest.Million)) }
func BenchmarkBetting(b *testing.B) { bench(b, matchertest.Betting(matchertest.Million)) }

func BenchmarkInsert(b *testing.B) {
	ops := matchertest.Spread()
	empty := (&matchertest.Workload{}).Prepare()
	e := empty.Copy(nil)
	b.ResetTimer()
	for done := 0; done < b.N; done += len(ops) {
		b.StopTimer()
		empty.Copy(e)
		b.StartTimer()
		matchertest.Run(e, ops[:min(len(ops), b.N-done)])
	}
}

func BenchmarkSweep(b *testing.B) {
	full := (&matchertest.Workload{Preload: matchertest.Spread()}).Prepare()
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			e := full.Copy(nil)
			sweep := []matchertest.Op{matchertest.Sweep(1<<30, n)}
			b.ReportAllocs()
			for b.Loop() {
				if e.Len() < n {
					b.StopTimer()
					full.Copy(e)
					b.StartTimer()
				}
				matchertest.Run(e, sweep)
			}
		})
	}
}

func BenchmarkSnapshot(b *testing.B) {
	w := matchertest.Mixed(100_000)
	e := w.Prepare()
	matchertest.Run(e, w.Ops)
	b.Run("copy", func(b *testing.B) {
		b.ReportAllocs()
		var c *matcher.Engine
		for b.Loop() {
			c = e.Copy(c)
		}
	})
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		var dst []byte
		for b.Loop() {
			dst = e.AppendSnapshot(dst[:0])
		}
		b.ReportMetric(float64(len(dst))/float64(e.Len()), "bytes/order")
	})
	b.Run("load", func(b *testing.B) {
		snap := e.AppendSnapshot(nil)
		for b.Loop() {
			if _, err := matcher.Load(snap); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("hash", func(b *testing.B) {
		for b.Loop() {
			e.BookHash(0)
		}
	})
}

// TestNoAllocation runs a mixed flow on a warm engine.
func TestNoAllocation(t *testing.T) {
	w := matchertest.Mixed(20_000)
	prepared := w.Prepare()
	e := prepared.Copy(nil)
	matchertest.Run(e, w.Ops)
	round := func() {
		prepared.Copy(e)
		matchertest.Run(e, w.Ops)
		e.Hash()
	}
	if n := testing.AllocsPerRun(3, round); n != 0 {
		t.Errorf("%v allocations in %d commands", n, len(w.Ops))
	}
	var snap []byte
	snap = e.AppendSnapshot(snap)
	if n := testing.AllocsPerRun(3, func() { snap = e.AppendSnapshot(snap[:0]) }); n != 0 {
		t.Errorf("%v allocations in a snapshot", n)
	}
}
