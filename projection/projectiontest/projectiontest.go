// Package projectiontest is a harness that any projection must pass: whatever
// happens while it is folded, the same records end in one state, with the same
// outputs under the same numbers.
//
// It tries cadences of checkpoints, stops and restarts, numbers of processors,
// and a crash at every write of the store's file system, with none, half and all
// of what was not synced surviving.
package projectiontest

import (
	"context"
	"fmt"
	"math/rand"
	randv2 "math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/local"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/snapshots"
)

// Case is a projection and a history for it.
type Case struct {
	New    func() projection.Projection // fresh, each time
	Bodies []schema.Body                // what is journalled, in order
	// Crashes bounds how many crash images are tried; 0 is all of them.
	Crashes int
}

const (
	sourceTopic = "feed.test"
	outputTopic = "surfaced.test"
)

// Run runs all trials.
func Run(t *testing.T, c Case) {
	want := reference(t, c)
	t.Run("cadence", func(t *testing.T) {
		for _, every := range []int64{1, 7, 1000, 1e9} {
			j := newJournal(t, c)
			check(t, fmt.Sprintf("a checkpoint every %d records", every), want, foldAll(t, j, c, newStore(t, j, c, vfs.NewMem()), every))
		}
	})
	t.Run("processors", func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		j := newJournal(t, c)
		check(t, "one processor", want, foldAll(t, j, c, newStore(t, j, c, vfs.NewMem()), 100))
	})
	t.Run("restarts", func(t *testing.T) { restarts(t, c, want) })
	t.Run("crashes", func(t *testing.T) { crashes(t, c, want) })
}

// result is where a fold ends and what it surfaced.
type result struct {
	next    int64
	hash    projection.Digest
	outputs []string
}

func check(t *testing.T, how string, want, got result) {
	t.Helper()
	if got.next != want.next || got.hash != want.hash {
		t.Errorf("%s: the fold ends at %d in state %s; undisturbed it ends at %d in %s", how, got.next, got.hash, want.next, want.hash)
	}
	if !slices.Equal(got.outputs, want.outputs) {
		t.Errorf("%s: %d outputs, undisturbed there are %d, or they differ", how, len(got.outputs), len(want.outputs))
	}
}

// newJournal makes a journal that holds the history.
func newJournal(t *testing.T, c Case) *local.Journal {
	t.Helper()
	j, err := local.Open("journal", local.Options{FS: vfs.NewMem()})
	must(t, err)
	t.Cleanup(func() { must(t, j.Close()) })
	ctx := context.Background()
	must(t, projection.Genesis(ctx, j, sourceTopic, 1, time.Unix(1, 0)))
	must(t, j.Create(ctx, outputTopic, 1))
	records := []journal.Record{{
		Kind: schema.KindClaim, Lane: journal.LaneFeed, Epoch: 1, Time: 1,
		Body: codec.Body(&schema.Claim{Nonce: "n"}),
	}}
	for i, body := range c.Bodies {
		records = append(records, journal.Record{
			Kind: body.RecordKind(), Lane: journal.LaneFeed, Epoch: 1, Seq: int64(i) + 1,
			Time: int64(i) + 2, Key: fmt.Append(nil, i%7), Body: codec.Body(body),
		})
	}
	for batch := range slices.Chunk(records, 100) {
		_, err := journal.AppendWait(ctx, j, journal.Partition{Topic: sourceTopic}, batch...)
		must(t, err)
	}
	return j
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func source(t *testing.T, j journal.Journal) projection.Source {
	s, err := projection.FindSource(context.Background(), j, journal.Partition{Topic: sourceTopic})
	must(t, err)
	return s
}

func identity(t *testing.T, j journal.Journal, c Case) snapshots.Identity {
	return projection.Identity(source(t, j), c.New())
}

func newStore(t *testing.T, j journal.Journal, c Case, fs vfs.FS) *snapshots.Store {
	t.Helper()
	s, err := snapshots.Open("store", identity(t, j, c), snapshots.Options{FS: fs})
	must(t, err)
	return s
}

// reference folds in memory, with nothing around it. The journal's id is
// random, so it takes one of its own: neither hash nor outputs may depend on it.
func reference(t *testing.T, c Case) result {
	t.Helper()
	j := newJournal(t, c)
	var r result
	f := projection.NewFold(source(t, j), c.New(), func(o projection.Output) {
		r.outputs = append(r.outputs, string(o.Key)+"="+string(o.Value))
	})
	_, end, err := j.Bounds(context.Background(), journal.Partition{Topic: sourceTopic})
	must(t, err)
	must(t, journal.ReadRange(context.Background(), j, journal.Partition{Topic: sourceTopic}, 0, end, f.Apply))
	r.next, r.hash = f.Next(), f.Hash(nil)
	return r
}

// foldAll runs a runner until everything is folded, committed and published,
// closes the store and says where that ended.
func foldAll(t *testing.T, j journal.Journal, c Case, store *snapshots.Store, every int64) result {
	t.Helper()
	_, end, err := j.Bounds(context.Background(), journal.Partition{Topic: sourceTopic})
	must(t, err)
	foldUntil(t, j, c, store, every, func(s projection.Status) bool { return s.Next == end && s.Settled })
	return outcome(t, j, c, store)
}

// foldUntil runs a runner until the condition holds.
func foldUntil(t *testing.T, j journal.Journal, c Case, store *snapshots.Store, every int64, until func(projection.Status) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := projection.NewRunner(ctx, projection.Config{
		Journal: j, Source: source(t, j), Projection: c.New(), Store: store,
		Output: outputTopic, Records: every, Interval: 5 * time.Millisecond,
	})
	must(t, err)
	done := make(chan error, 1)
	run, stop := context.WithCancel(ctx)
	go func() { done <- r.Run(run) }()
	for !until(r.Status()) {
		select {
		case err := <-done:
			t.Fatalf("the runner ended: %v", err)
		case <-ctx.Done():
			t.Fatalf("the runner is stuck at %+v", r.Status())
		case <-time.After(200 * time.Microsecond):
		}
	}
	stop()
	must(t, <-done)
}

// outcome reads what is in the store, which it closes, and in the output topic.
func outcome(t *testing.T, j journal.Journal, c Case, store *snapshots.Store) (r result) {
	t.Helper()
	checkpoint, err := projection.LoadCheckpoint(store)
	must(t, err)
	f := projection.NewFold(source(t, j), c.New(), nil)
	must(t, f.Restore(checkpoint, func(each func(key, value []byte) error) error {
		return store.Each(snapshots.State, each)
	}))
	must(t, store.Close())
	r.next, r.hash = checkpoint.Next, checkpoint.Hash
	p := journal.Partition{Topic: outputTopic}
	_, end, err := j.Bounds(context.Background(), p)
	must(t, err)
	var next int64
	must(t, journal.ReadRange(context.Background(), j, p, 0, end, func(rec *journal.Record) error {
		if rec.Seq > next {
			return fmt.Errorf("output %d where %d comes next", rec.Seq, next)
		}
		if rec.Seq == next { // lower numbers are leavings of a restart
			r.outputs = append(r.outputs, string(rec.Key)+"="+string(rec.Value))
			next++
		}
		return nil
	}))
	return r
}

// restarts stops the runner again and again on the way.
func restarts(t *testing.T, c Case, want result) {
	rng := rand.New(rand.NewSource(1))
	j, fs := newJournal(t, c), vfs.NewMem()
	for at := int64(1); at < want.next; at += 1 + rng.Int63n(want.next/5+1) {
		store := newStore(t, j, c, fs)
		foldUntil(t, j, c, store, 1+rng.Int63n(20), func(s projection.Status) bool { return s.Next >= at })
		must(t, store.Close())
	}
	check(t, "stopped on the way", want, foldAll(t, j, c, newStore(t, j, c, fs), 10))
}

// crashes takes an image of the store's file system at every write, and goes on
// from each.
func crashes(t *testing.T, c Case, want result) {
	var images []vfs.FS
	mem := vfs.NewCrashableMem()
	rng := rand.New(rand.NewSource(2))
	count := 0
	clone := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			for _, survives := range []int{0, 50, 100} {
				if count++; c.Crashes == 0 || rng.Intn(count) < c.Crashes {
					images = keep(images, c.Crashes, rng, mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: survives, RNG: randv2.New(randv2.NewPCG(uint64(count), 0))}))
				}
			}
		}
		return nil
	})
	j := newJournal(t, c)
	check(t, "with images taken", want, foldAll(t, j, c, newStore(t, j, c, errorfs.Wrap(mem, clone)), want.next/8+1))
	for i, fs := range images {
		check(t, fmt.Sprintf("crash image %d", i), want, foldAll(t, j, c, newStore(t, j, c, fs), 1000))
	}
	t.Logf("%d of %d crash images tried", len(images), count)
}

// keep adds an image, in the place of a random one when there are enough.
func keep(images []vfs.FS, most int, rng *rand.Rand, fs vfs.FS) []vfs.FS {
	if most > 0 && len(images) == most {
		images[rng.Intn(most)] = fs
		return images
	}
	return append(images, fs)
}
