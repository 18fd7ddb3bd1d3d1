package replay_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/local"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/offering"
	"github.com/deadheat-io/deadheat/replay"
	"github.com/deadheat-io/deadheat/snapshots"
)

var feed = journal.Partition{Topic: "feed.test"}

// newJournal holds the sayings of one event's status.
func newJournal(t testing.TB, statuses ...string) journal.Journal {
	t.Helper()
	j, err := local.Open(t.TempDir(), local.Options{})
	must(t, err)
	t.Cleanup(func() { j.Close() })
	ctx := context.Background()
	must(t, projection.Genesis(ctx, j, feed.Topic, 1, time.Unix(1, 0)))
	records := []journal.Record{{Kind: schema.KindClaim, Lane: "feed", Epoch: 1, Body: codec.Body(&schema.Claim{Nonce: "n"})}}
	for i, status := range statuses {
		m := &schema.Message{Kind: schema.KindEventUpdated, Flow: schema.FlowRealtime, Offset: int64(i) + 1, ID: 7,
			Event: &schema.Event{ID: 7, Status: schema.Some(status)}}
		records = append(records, journal.Record{Kind: m.Kind, Lane: "feed", Epoch: 1, Seq: int64(i) + 1, Time: int64(i), Key: []byte("7"), Body: codec.Body(m)})
	}
	_, err = journal.AppendWait(ctx, j, feed, records...)
	must(t, err)
	return j
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func fresh() projection.Projection { return offering.New() }

func config(t testing.TB, j journal.Journal, to int64) replay.Config {
	t.Helper()
	source, err := projection.FindSource(context.Background(), j, feed)
	must(t, err)
	return replay.Config{Journal: j, Source: source, Projection: fresh(), To: to}
}

func TestAStateIsThatOfItsPosition(t *testing.T) {
	j := newJournal(t, "NOT_STARTED", "STARTED", "FINISHED")
	for to, want := range map[int64]string{3: "NOT_STARTED", 4: "STARTED", 5: "FINISHED"} {
		c := config(t, j, to)
		report, err := replay.Run(context.Background(), c)
		must(t, err)
		e, err := c.Projection.(*offering.Offering).Event(7)
		must(t, err)
		if report.Next != to || e.Status.V != want {
			t.Errorf("folded to %d: %s at %d, want %s", to, e.Status.V, report.Next, want)
		}
	}
}

func TestReplayIntoAStoreGoesOnWhereItWas(t *testing.T) {
	j := newJournal(t, "A", "B", "C", "D")
	whole, err := replay.Run(context.Background(), config(t, j, 6))
	must(t, err)
	dir := filepath.Join(t.TempDir(), "store")
	for _, to := range []int64{3, 6} {
		c := config(t, j, to)
		c.Store, err = snapshots.Open(dir, replay.Identity(c.Source, c.Projection), snapshots.Options{})
		must(t, err)
		report, err := replay.Run(context.Background(), c)
		must(t, err)
		must(t, c.Store.Close())
		if to == 6 && (report.StateHash != whole.StateHash || report.Chain != whole.Chain) {
			t.Errorf("in two parts: %+v, whole: %+v", report, whole)
		}
	}
	c := config(t, j, 4)
	c.Store, err = snapshots.Open(dir, replay.Identity(c.Source, c.Projection), snapshots.Options{})
	must(t, err)
	defer c.Store.Close()
	if _, err := replay.Run(context.Background(), c); !errors.Is(err, journal.ErrOutOfRange) {
		t.Errorf("a store that is past the target: %v", err)
	}
}

// stored folds a journal into a store and loads it as commands do.
func stored(t *testing.T, j journal.Journal) *replay.Loaded {
	t.Helper()
	c := config(t, j, 5)
	id, dir := replay.Identity(c.Source, c.Projection), filepath.Join(t.TempDir(), "store")
	var err error
	c.Store, err = snapshots.Open(dir, id, snapshots.Options{})
	must(t, err)
	_, err = replay.Run(context.Background(), c)
	must(t, err)
	must(t, c.Store.Close())
	l, err := replay.Load(dir, id, c.Source, fresh)
	must(t, err)
	return l
}

func TestVerifyComparesAtTheCheckpointsOwnPosition(t *testing.T) {
	j := newJournal(t, "A", "B", "C", "D", "E") // longer than what is stored
	l := stored(t, j)
	report, err := replay.Verify(context.Background(), config(t, j, 0), l.Checkpoint)
	must(t, err)
	if report.Next != 5 || report.StateHash != l.Checkpoint.Hash.String() {
		t.Errorf("verified %+v", report)
	}
}

func TestVerifyFindsEveryDifference(t *testing.T) {
	j := newJournal(t, "A", "B", "C")
	for what, spoil := range map[string]func(*projection.Checkpoint){
		"state hash": func(c *projection.Checkpoint) { c.Hash[0]++ },
		"chain":      func(c *projection.Checkpoint) { c.Chain[5]++ },
		"outputs":    func(c *projection.Checkpoint) { c.Outputs++ },
	} {
		l := stored(t, j)
		spoil(l.Checkpoint)
		_, err := replay.Verify(context.Background(), config(t, j, 0), l.Checkpoint)
		var d *replay.DivergenceError
		if !errors.As(err, &d) || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), "feed.test/0:5") {
			t.Errorf("a wrong %s: %v", what, err)
		}
	}
	l := stored(t, j)
	l.Checkpoint.Last[0]++
	if _, err := replay.Verify(context.Background(), config(t, j, 0), l.Checkpoint); !journal.IsCorrupt(err) {
		t.Errorf("another last record: %v", err)
	}
}

func TestLoadRefusesAStateThatCannotBeRead(t *testing.T) {
	j := newJournal(t, "A")
	c := config(t, j, 3)
	id, dir := replay.Identity(c.Source, c.Projection), filepath.Join(t.TempDir(), "store")
	store, err := snapshots.Open(dir, id, snapshots.Options{})
	must(t, err)
	c.Store = store
	_, err = replay.Run(context.Background(), c)
	must(t, err)
	checkpoint, err := store.Checkpoint()
	must(t, err)
	batch := store.Batch()
	must(t, batch.Put(snapshots.State, []byte("m"), []byte{0x91, 1}))
	must(t, store.Commit(batch, checkpoint))
	must(t, store.Close())
	if _, err := replay.Load(dir, id, c.Source, fresh); !journal.IsCorrupt(err) || !strings.Contains(err.Error(), "another build") {
		t.Fatalf("have %v", err)
	}
}

func TestLoadRefusesAStateThatDoesNotHashToItsCheckpoint(t *testing.T) {
	j := newJournal(t, "A", "B", "C")
	c := config(t, j, 5)
	id, dir := replay.Identity(c.Source, c.Projection), filepath.Join(t.TempDir(), "store")
	store, err := snapshots.Open(dir, id, snapshots.Options{})
	must(t, err)
	c.Store = store
	_, err = replay.Run(context.Background(), c)
	must(t, err)
	checkpoint, err := store.Checkpoint()
	must(t, err)
	batch := store.Batch()
	must(t, store.Each(snapshots.State, func(key, value []byte) error {
		if key[0] == 'e' {
			return batch.Delete(snapshots.State, key)
		}
		return nil
	}))
	must(t, store.Commit(batch, checkpoint))
	must(t, store.Close())
	if _, err := replay.Load(dir, id, c.Source, fresh); !journal.IsCorrupt(err) {
		t.Fatalf("a store that lost a key was loaded: %v", err)
	}
}

func TestTheStoreOfARunIsRefused(t *testing.T) {
	j := newJournal(t, "A")
	c := config(t, j, 3)
	store, err := snapshots.Open(t.TempDir(), projection.Identity(c.Source, c.Projection), snapshots.Options{})
	must(t, err)
	defer store.Close()
	c.Store = store
	if _, err := replay.Run(context.Background(), c); err == nil || !strings.Contains(err.Error(), "publishes outputs") {
		t.Fatalf("have %v", err)
	}
}
