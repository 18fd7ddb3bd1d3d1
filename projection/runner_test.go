package projection_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/snapshots"
)

func caughtUp(n int64) func(projection.Status) bool {
	return func(s projection.Status) bool { return s.Committed >= n }
}

func TestOutputsAreNumberedWithoutGaps(t *testing.T) {
	r := newRig(t)
	r.add(30)
	r.ok(r.all(newTally()))
	r.add(11)
	r.ok(r.all(newTally())) // a restart goes on where the numbers were
	list := r.outputs()
	if len(list) != 41 {
		t.Fatalf("%d outputs, want 41", len(list))
	}
	for i, o := range list {
		if o.Seq != int64(i) || o.Lane != "" || o.Epoch != 0 {
			t.Fatalf("output %d is numbered %d in lane %q, epoch %d", i, o.Seq, o.Lane, o.Epoch)
		}
	}
}

func TestALostStoreRepeatsNoOutput(t *testing.T) {
	r := newRig(t)
	r.add(30)
	r.ok(r.all(newTally()))
	r.store = vfs.NewMem()
	r.ok(r.all(newTally())) // folds from 0 and confirms what is published
	if n := len(r.outputs()); n != 30 {
		t.Fatalf("%d output records after a fold from the beginning, want 30", n)
	}
}

func TestStandbyPublishesNothingAndATakeOverPublishesAll(t *testing.T) {
	r := newRig(t)
	r.add(20)
	c := r.config(newTally())
	c.Standby = true
	r.ok(r.run(c, caughtUp(22)))
	if n := len(r.outputs()); n != 0 {
		t.Fatalf("a standby published %d outputs", n)
	}
	r.ok(r.all(newTally()))
	if n := len(r.outputs()); n != 20 {
		t.Fatalf("%d outputs after the take-over, want 20", n)
	}
}

func TestLeavingsOfATakeOverAreDropped(t *testing.T) {
	r := newRig(t)
	r.add(5)
	r.ok(r.all(newTally()))
	again := r.outputs()[1:4]
	_, err := journal.AppendWait(context.Background(), r.journal, out, again...)
	r.ok(err)
	r.add(5)
	r.ok(r.all(newTally()))
	if n := len(r.outputs()); n != 13 {
		t.Fatalf("%d output records, want 10 and 3 leavings", n)
	}
}

func TestAnotherBuildsOutputsStopThePartition(t *testing.T) {
	r := newRig(t)
	r.add(5)
	liar := newTally()
	liar.lie = 1
	r.ok(r.all(liar))
	r.store = vfs.NewMem()
	err := r.all(newTally())
	if !journal.IsCorrupt(err) || !strings.Contains(err.Error(), "out/0:0") || !strings.Contains(err.Error(), "differs") {
		t.Fatalf("outputs of another build were taken: %v", err)
	}
}

func TestMissingOutputsStopThePartition(t *testing.T) {
	r := newRig(t)
	r.add(2)
	r.ok(r.all(newTally()))
	skip := journal.Record{Kind: schema.KindSnapshotEnd, Seq: 3, Body: codec.Body(&schema.SnapshotEnd{})}
	_, err := journal.AppendWait(context.Background(), r.journal, out, skip)
	r.ok(err)
	r.add(4)
	err = r.run(r.config(newTally()), func(projection.Status) bool { return false })
	if !journal.IsCorrupt(err) || !strings.Contains(err.Error(), "output 3 where 2 comes next") {
		t.Fatalf("a gap in the outputs was passed over: %v", err)
	}
}

// A hash asked for between two checkpoints counts keys early. They must reach
// the store all the same.
func TestAHashBetweenCheckpointsLosesNothing(t *testing.T) {
	r := newRig(t)
	r.add(40)
	c := r.config(newTally())
	c.Records, c.Interval = 1<<40, time.Hour
	defer c.Store.Close()
	ctx, cancel := context.WithCancel(context.Background())
	runner, err := projection.NewRunner(ctx, c)
	r.ok(err)
	done := make(chan error, 1)
	go func() { done <- runner.Run(ctx) }()
	_, err = runner.Lane(ctx, 42, "feed")
	r.ok(err)
	var want projection.Digest
	r.ok(runner.Do(ctx, func(v *projection.View) { want = v.Hash() }))
	r.ok(runner.Do(ctx, func(v *projection.View) {
		if v.Hash() != want {
			t.Error("asked twice, the hash differs")
		}
	}))
	cancel()
	r.ok(<-done)
	checkpoint, err := projection.LoadCheckpoint(c.Store)
	r.ok(err)
	if checkpoint.Hash != want || checkpoint.Next != 42 {
		t.Fatalf("the store is at %d with %s, the view said %s at 42", checkpoint.Next, checkpoint.Hash, want)
	}
	fold := projection.NewFold(c.Source, newTally(), nil)
	r.ok(fold.Restore(checkpoint, func(f func(key, value []byte) error) error { return c.Store.Each(snapshots.State, f) }))
}

func TestLaneWaitsForTheOffset(t *testing.T) {
	r := newRig(t)
	c := r.config(newTally())
	defer c.Store.Close()
	ctx, cancel := context.WithCancel(context.Background())
	runner, err := projection.NewRunner(ctx, c)
	r.ok(err)
	done := make(chan error, 1)
	go func() { done <- runner.Run(ctx) }()
	state, err := runner.Lane(ctx, 2, "feed")
	r.ok(err)
	if state.Epoch != 1 || state.Next != 1 {
		t.Fatalf("lane is %+v", state)
	}
	short, stop := context.WithTimeout(ctx, 20*time.Millisecond)
	defer stop()
	if _, err := runner.Lane(short, 3, "feed"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("an offset that is not there was answered: %v", err)
	}
	r.add(1)
	if _, err := runner.Lane(ctx, 3, "feed"); err != nil {
		t.Fatal(err)
	}
	cancel()
	r.ok(<-done)
	if _, err := runner.Lane(context.Background(), 0, "feed"); err == nil {
		t.Fatal("a stopped runner answers")
	}
}

// A run that ends by its deadline has committed what it folded, too.
func TestADeadlineIsAnEnd(t *testing.T) {
	r := newRig(t)
	r.add(10)
	c := r.config(newTally())
	c.Records, c.Interval = 1<<40, time.Hour
	defer c.Store.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	runner, err := projection.NewRunner(ctx, c)
	r.ok(err)
	r.ok(runner.Run(ctx))
	if s := runner.Status(); s.Committed != 12 {
		t.Fatalf("committed up to %d, want 12", s.Committed)
	}
}

func TestAPanicOfAVisitorIsAnError(t *testing.T) {
	r := newRig(t)
	c := r.config(newTally())
	defer c.Store.Close()
	ctx, cancel := context.WithCancel(context.Background())
	runner, err := projection.NewRunner(ctx, c)
	r.ok(err)
	done := make(chan error, 1)
	go func() { done <- runner.Run(ctx) }()
	if err := runner.Do(ctx, func(*projection.View) { panic("visitor") }); err == nil || !strings.Contains(err.Error(), "visitor") {
		t.Errorf("have %v", err)
	}
	r.ok(runner.Do(ctx, func(*projection.View) {}))
	cancel()
	r.ok(<-done)
}

// A store that a replay wrote keeps no outputs. A process that published from it
// would leave a gap in the output topic for ever.
func TestAReplaysStoreIsNotRunOn(t *testing.T) {
	r := newRig(t)
	r.add(3)
	source, err := projection.FindSource(context.Background(), r.journal, in)
	r.ok(err)
	id := projection.Identity(source, newTally())
	id.Replay = true
	store, err := snapshots.Open("s", id, snapshots.Options{FS: r.store})
	r.ok(err)
	r.ok(store.Close())
	id.Replay = false
	if _, err := snapshots.Open("s", id, snapshots.Options{FS: r.store}); err == nil {
		t.Fatal("the store of a replay was opened to publish from")
	}
}

func TestALostTailOfTheOutputsIsFound(t *testing.T) {
	r := newRig(t)
	r.add(5)
	r.ok(r.all(newTally()))
	r.rewind(func() {
		r.add(5)
		r.ok(r.all(newTally()))
	})
	r.add(5) // the same records again: only the outputs are fewer
	err := r.all(newTally())
	if !errors.Is(err, journal.ErrOutOfRange) || !strings.Contains(err.Error(), "out/0:10") || !strings.Contains(err.Error(), "ends at 5") {
		t.Fatalf("the lost outputs were not found: %v", err)
	}
}

// A restart reads the outputs from where it was, also behind leavings.
func TestOutputsAreReadFromWhereTheyWere(t *testing.T) {
	r := newRig(t)
	r.add(5)
	r.ok(r.all(newTally()))
	_, err := journal.AppendWait(context.Background(), r.journal, out, r.outputs()[:3]...)
	r.ok(err)
	began := time.Now()
	r.ok(r.run(r.config(newTally()), func(projection.Status) bool { return time.Since(began) > 50*time.Millisecond }))
	c := r.config(newTally())
	defer c.Store.Close()
	checkpoint, err := projection.LoadCheckpoint(c.Store)
	r.ok(err)
	if checkpoint.OutputNext != 8 || checkpoint.Confirmed != 5 {
		t.Fatalf("outputs are read from %d, %d are confirmed; want 8 and 5", checkpoint.OutputNext, checkpoint.Confirmed)
	}
}
