package kambi

import (
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
)

// TestMemoryUnderSiege measures the heap while servers send what is made to
// fill it: a gigabyte of zeros in some kilobytes, a frame of 4 GiB by its
// length, JSON of 100,000 levels, frames of the largest size made of the
// smallest values, answers without end in the place of the token.
//
// The source may hold one frame and what its pump may hold. Twice that is the
// bound; each of the ways takes ten times as much where its limit is missing.
func TestMemoryUnderSiege(t *testing.T) {
	const frame, pump = 4 << 20, 32 << 20
	tokens, err := kambitest.HostileTokens(files(t))
	if err != nil {
		t.Fatal(err)
	}
	feeds, err := kambitest.HostileFeeds(files(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, ends := range map[string]int64{
		"bomb": 5, "oversized": 5, "nested": 5, "nested welcome": 5, "tiny fields": 3,
		"endless head": 5, "endless line": 5, "endless body": 5,
	} {
		t.Run(name, func(t *testing.T) {
			ways, expected, cause := feeds, feedSieges[name], feedSieges[name].cause
			if expected.cause == "" {
				ways, expected, cause = tokens, tokenSieges[name], causeToken
			}
			i := slices.IndexFunc(ways, func(w kambitest.Hostile) bool { return w.Name == name })
			r := newRig(t, kambitest.Config{})
			r.config.Limits = Limits{Frame: frame, Rubbish: 20}
			r.config.Pump.MaxBytes = pump
			if expected.edit != nil {
				expected.edit(&r.config)
			}
			doorTo(t, &r.config, cause == causeToken).Hand(ways[i].Serve)
			grown := peak(func() {
				run := r.run()
				run.wait("ends by "+cause, func() bool { return run.source.Stats().Events[cause] >= ends })
				if err := run.stop(); err != nil {
					t.Fatal(err)
				}
			})
			t.Logf("%d KiB", grown>>10)
			if grown > 2*(frame+pump) {
				t.Errorf("the heap grew by %d bytes, at most %d are allowed", grown, 2*(frame+pump))
			}
		})
	}
}

// peak is by how much the heap grows at most while f runs. Garbage is collected
// early, so that it counts for little.
func peak(f func()) int64 {
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	inUse := func() int64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapInuse)
	}
	debug.FreeOSMemory()
	before, most, stop := inUse(), make(chan int64), make(chan struct{})
	go func() {
		var max int64
		for {
			if now := inUse(); now > max {
				max = now
			}
			select {
			case <-stop:
				most <- max
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	f()
	close(stop)
	return <-most - before
}
