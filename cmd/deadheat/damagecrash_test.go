package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/deadheat-io/deadheat/journal"
)

// crashSite collects what the disk may hold if the power fails before one of
// its writes.
type crashSite struct {
	mu     sync.Mutex
	mem    *vfs.MemFS
	images []crashImage
	ops    int
}

type crashImage struct {
	name string
	fs   *vfs.MemFS
}

func (c *crashSite) String() string { return "crashSite" }

func (c *crashSite) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() != errorfs.OpIsWrite {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ops++
	for _, percent := range []int{0, 50, 100} {
		clone := c.mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rand.New(rand.NewPCG(uint64(c.ops), 3))})
		c.images = append(c.images, crashImage{fmt.Sprintf("operation %d (%s), %d%% survives", c.ops, op.Path, percent), clone})
	}
	return nil
}

// crashStride is how many crash images are left out between two.
func crashStride(t *testing.T) int {
	if s := os.Getenv("DEADHEAT_CRASH_STRIDE"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			t.Fatalf("DEADHEAT_CRASH_STRIDE=%s: %v", s, err)
		}
		return n
	}
	return 5
}

// resume appends what the journal does not hold yet, and runs.
func (s *site) resume(records []journal.Record) error {
	if err := s.append(nil); err != nil { // makes what is missing
		return err
	}
	j, err := s.openJournal(true)
	if err != nil {
		return err
	}
	_, end, err := j.Bounds(context.Background(), sitePart)
	if err = errors.Join(err, j.Close()); err != nil {
		return err
	}
	if err := s.append(records[end-1:]); err != nil { // GENESIS is the first
		return err
	}
	return s.run(nil)
}

// recovers demands that a site goes on to the right end.
func (s *site) recovers(t *testing.T, name string, records []journal.Record, want siteEnd) {
	t.Helper()
	if err := s.resume(records); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	s.ended(t, name, want)
}

// TestPowerFailsAnywhere crashes an installation, journal and store on one disk,
// before every write: of making both, of appends, of a roll, of outputs and of
// checkpoints. After any of them, and after a second crash in the recovery, the
// same records go in from where the journal ends, and the end is the right one.
// A store that is ahead of its journal would be refused.
func TestPowerFailsAnywhere(t *testing.T) {
	records := siteRecords(t, 60)
	_, want := newSite(t, vfs.NewMem(), 60)
	first := &crashSite{mem: vfs.NewCrashableMem()}
	whole := &site{errorfs.Wrap(first.mem, first)}
	if err := whole.resume(records); err != nil {
		t.Fatal(err)
	}
	start, stride, looked, again := time.Now(), crashStride(t), 0, 0
	for i := 0; i < len(first.images); i += stride {
		im := first.images[i]
		if looked++; looked%10 == 0 { // crash in the recovery as well
			second := &crashSite{mem: im.fs}
			if err := (&site{errorfs.Wrap(im.fs, second)}).resume(records); err != nil {
				t.Fatalf("%s: %v", im.name, err)
			}
			for k := i % 7; k < len(second.images); k += 7 * stride {
				again++
				(&site{second.images[k].fs}).recovers(t, im.name+", then "+second.images[k].name, records, want)
			}
			continue
		}
		(&site{im.fs}).recovers(t, im.name, records, want)
	}
	t.Logf("%d images, one of %d looked at, %d of a second crash, in %v", len(first.images), stride, again, time.Since(start).Round(time.Millisecond))
}
