package local_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/journaltest"
	"github.com/deadheat-io/deadheat/journal/local"
)

const dir = "data/journal"

// ledger is what the world outside knows: what was appended, and how much of
// it was acknowledged.
type ledger struct {
	mu       sync.Mutex
	id       string
	topics   map[string]int32
	appended map[journal.Partition][]journal.Record
	acked    map[journal.Partition]int64
	failed   error // an append that was answered with an error
}

func newLedger() *ledger {
	return &ledger{topics: map[string]int32{}, appended: map[journal.Partition][]journal.Record{}, acked: map[journal.Partition]int64{}}
}

// mark is a copy of what was acknowledged at a time.
type mark struct {
	id     string
	topics map[string]int32
	acked  map[journal.Partition]int64
}

func (l *ledger) mark() mark {
	l.mu.Lock()
	defer l.mu.Unlock()
	return mark{id: l.id, topics: maps.Clone(l.topics), acked: maps.Clone(l.acked)}
}

// append queues records and notes when they are acknowledged.
func (l *ledger) append(j journal.Journal, p journal.Partition, records ...journal.Record) error {
	l.mu.Lock()
	l.appended[p] = append(l.appended[p], records...)
	l.mu.Unlock()
	return j.Append(context.Background(), p, records, func(first int64, err error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if err != nil {
			l.failed = err
		} else {
			l.acked[p] = max(l.acked[p], first+int64(len(records)))
		}
	})
}

func (l *ledger) create(j journal.Journal, name string, partitions int32) error {
	err := j.Create(context.Background(), name, partitions)
	if err == nil {
		l.mu.Lock()
		l.topics[name] = partitions
		l.mu.Unlock()
	}
	return err
}

func (l *ledger) open(fs vfs.FS) (*local.Journal, error) {
	j, err := local.Open(dir, local.Options{FS: fs, SegmentBytes: 6000})
	if err == nil {
		l.mu.Lock()
		l.id = j.ID()
		l.mu.Unlock()
	}
	return j, err
}

// script opens, creates topics, appends small and large records, rolls
// segments, and opens again. It stops at the first error.
func (l *ledger) script(fs vfs.FS, rounds int) (err error) {
	rng := rand.New(rand.NewPCG(7, 7))
	a, b := journal.Partition{Topic: "feed.demo"}, journal.Partition{Topic: "orders", Index: 1}
	for round := range rounds {
		j, err := l.open(fs)
		if err != nil {
			return err
		}
		err = errors.Join(l.create(j, "feed.demo", 1), l.create(j, "orders", 2))
		for step := 0; step < 7 && err == nil; step++ {
			p := a
			if step%3 == 2 {
				p = b
			}
			records := make([]journal.Record, 1+rng.IntN(3))
			for i := range records {
				body := make([]byte, rng.IntN(1<<rng.IntN(14)))
				if rng.IntN(3) > 0 { // the others stay all zeros
					for k := range body {
						body[k] = byte(rng.Uint32())
					}
				}
				records[i] = journaltest.Record(int64(round*100+step*10+i), "")
				records[i].Body = journaltest.Body(body)
			}
			err = l.append(j, p, records...)
			if step%2 == 0 && err == nil { // the others are committed together, or not
				_, err = journal.AppendWait(context.Background(), j, p)
			}
		}
		// What comes after an append whose fate is unknown is not in the ledger's
		// order any more: a program would read the journal first.
		if err := errors.Join(err, j.Close(), l.failed); err != nil {
			return err
		}
	}
	return nil
}

// image is what a disk may hold after a crash.
type image struct {
	name string
	fs   *vfs.MemFS
	mark mark
}

// crashes collects images at every operation that writes.
type crashes struct {
	mu     sync.Mutex
	fs     *vfs.MemFS
	mark   func() mark
	seeds  uint64
	images []image
	ops    int
}

func (c *crashes) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() != errorfs.OpIsWrite {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ops++
	m := c.mark() // before the image: it may know of less, never of more
	take := func(percent int, seed uint64) {
		cfg := vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rand.New(rand.NewPCG(seed, uint64(c.ops)))}
		name := fmt.Sprintf("op %d (kind %d of %s), %d%% of seed %d", c.ops, op.Kind, op.Path, percent, seed)
		c.images = append(c.images, image{name, c.fs.CrashClone(cfg), m})
	}
	take(0, 0)
	take(100, 0)
	for seed := range c.seeds {
		take(50, seed)
	}
	return nil
}

func (c *crashes) String() string { return "crashes" }

// crashed runs a function over a file system and returns the images.
func crashed(fs *vfs.MemFS, mark func() mark, seeds uint64, f func(vfs.FS)) []image {
	c := &crashes{fs: fs, mark: mark, seeds: seeds}
	f(errorfs.Wrap(fs, c))
	return c.images
}

// TestCrashEverywhere crashes at every write of the script, and again at every
// write of the recovery from some of those crashes.
func TestCrashEverywhere(t *testing.T) {
	l := newLedger()
	var err error
	images := crashed(vfs.NewCrashableMem(), l.mark, 4, func(fs vfs.FS) { err = l.script(fs, 4) })
	if err != nil {
		t.Fatal(err)
	}
	again := 0
	for i, im := range images {
		if i%stride != 0 {
			continue
		}
		if i/stride%3 == 0 { // crash in the recovery, then recover
			second := crashed(im.fs, func() mark { return im.mark }, 1, func(fs vfs.FS) {
				j, err := local.Open(dir, local.Options{FS: fs, SegmentBytes: 6000})
				if err != nil {
					t.Fatalf("%s: %v", im.name, err)
				}
				_ = j.Close()
			})
			for _, im2 := range second {
				im2.name = im.name + ", then " + im2.name
				l.check(t, im2)
			}
			again += len(second)
			continue // its files have changed
		}
		l.check(t, im)
	}
	t.Logf("%d images, one of %d looked at, a third of them crashed in recovery again: %d more", len(images), stride, again)
}

// check opens an image, first to read only, then to write, and appends.
func (l *ledger) check(t *testing.T, im image) {
	t.Helper()
	im.mark.acked = maps.Clone(im.mark.acked) // several images share it
	r, err := local.Open(dir, local.Options{FS: im.fs, ReadOnly: true})
	switch {
	case err == nil:
		l.compare(t, im, r)
		if err := r.Close(); err != nil {
			t.Fatalf("%s: %v", im.name, err)
		}
	case im.mark.id != "" || !errors.Is(err, journal.ErrNoJournal):
		t.Fatalf("%s: open for reading: %v", im.name, err)
	}
	for range 2 { // after an append as well
		j, err := local.Open(dir, local.Options{FS: im.fs, SegmentBytes: 6000})
		if err != nil {
			t.Fatalf("%s: %v", im.name, err)
		}
		l.compare(t, im, j)
		for p := range im.mark.acked {
			_, end, err := j.Bounds(context.Background(), p)
			if err == nil && end < int64(len(l.appended[p])) { // go on where it ended
				_, err = journal.AppendWait(context.Background(), j, p, l.appended[p][end])
				im.mark.acked[p] = end + 1
			}
			if err != nil {
				t.Fatalf("%s: append to %s: %v", im.name, p, err)
			}
		}
		l.compare(t, im, j)
		if err := j.Close(); err != nil {
			t.Fatalf("%s: %v", im.name, err)
		}
	}
}

// compare demands every acknowledged record, and a prefix of what was appended.
func (l *ledger) compare(t *testing.T, im image, j *local.Journal) {
	t.Helper()
	ctx := context.Background()
	if im.mark.id != "" && j.ID() != im.mark.id {
		t.Fatalf("%s: the journal's id changed", im.name)
	}
	topics, err := j.Topics(ctx)
	if err != nil {
		t.Fatalf("%s: %v", im.name, err)
	}
	found := map[string]int32{}
	for _, topic := range topics {
		found[topic.Name] = topic.Partitions
		for i := range topic.Partitions {
			p := journal.Partition{Topic: topic.Name, Index: i}
			_, end, err := j.Bounds(ctx, p)
			if err != nil {
				t.Fatalf("%s: %v", im.name, err)
			}
			if end < im.mark.acked[p] || end > int64(len(l.appended[p])) {
				t.Fatalf("%s: %s ends at %d, %d were acknowledged and %d appended", im.name, p, end, im.mark.acked[p], len(l.appended[p]))
			}
			next := int64(0)
			err = journal.ReadRange(ctx, j, p, 0, end, func(r *journal.Record) error {
				if diff := journaltest.Diff(r, &l.appended[p][next]); r.Offset != next || diff != "" {
					return fmt.Errorf("offset %d where %d comes next: %s", r.Offset, next, diff)
				}
				next++
				return nil
			})
			if err != nil || next != end {
				t.Fatalf("%s: read %s: %d of %d records, %v", im.name, p, next, end, err)
			}
		}
	}
	for name, n := range im.mark.topics {
		if found[name] != n {
			t.Fatalf("%s: topic %s has %d partitions, want %d", im.name, name, found[name], n)
		}
	}
}
