package kambi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/schema"
)

func TestSnapshotThenRealtime(t *testing.T) {
	for _, style := range []kambitest.Style{kambitest.Member, kambitest.Stream} {
		for _, split := range []int64{0, 11} {
			for _, tail := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s/split=%d/tail=%t", style, split, tail), func(t *testing.T) {
					t.Parallel()
					feed := sequence(t, 500)
					r := newRig(t, kambitest.Config{Feed: feed, Style: style, SplitSeed: split, NoTail: !tail, TailMessages: 20})
					if !tail {
						r.config.Limits.Tail = 100 * time.Millisecond
					}
					run := r.run()
					run.complete(feed)
					run.wait("real time", func() bool { return run.source.Status().Live() })
					if err := run.stop(); err != nil {
						t.Fatal(err)
					}
					want := []string{"FEED_UP", "SNAPSHOT_BEGIN", "snapshot", "SNAPSHOT_END", "replay", "REPLAY_END", "realtime", "FEED_DOWN stopped"}
					if !tail {
						// Messages that come at once cannot be told from a tail.
						want = slices.DeleteFunc(want, func(s string) bool { return s == "REPLAY_END" || s == "realtime" })
					}
					got := r.story()
					if !tail {
						got = slices.DeleteFunc(got, func(s string) bool { return s == "realtime" })
					}
					if !slices.Equal(got, want) {
						t.Errorf("story\n%q, want\n%q", got, want)
					}
					checkRecords(t, r)
				})
			}
		}
	}
}

// checkRecords checks keys and times.
func checkRecords(t *testing.T, r *rig) {
	t.Helper()
	last := int64(0)
	for _, rec := range r.inEffect() {
		if rec.Lane != journal.LaneFeed || rec.Kind == schema.KindClaim {
			continue
		}
		if m, ok := r.decode(rec).(*schema.Message); ok {
			if string(rec.Key) != fmt.Sprint(m.ID) {
				t.Fatalf("offset %d: key %q of entity %d", rec.Offset, rec.Key, m.ID)
			}
		} else if string(rec.Key) != "test" {
			t.Fatalf("offset %d: key %q of %s", rec.Offset, rec.Key, rec.Kind)
		}
		if rec.Time < last {
			t.Fatalf("offset %d: time goes back by %d ns", rec.Offset, last-rec.Time)
		}
		last = rec.Time
	}
}

func TestFirstPingAfterSnapshotIsRealtime(t *testing.T) {
	r := newRig(t, kambitest.Config{NoTail: true, PingEvery: 50 * time.Millisecond, Faults: kambitest.Faults{}, Rate: 20})
	r.config.Limits.Tail = time.Hour
	run := r.run()
	run.wait("real time", func() bool { return run.source.Status().Live() })
	run.wait("a message in real time", func() bool { return slices.Contains(r.story(), "realtime") })
	if r.server.Stats().Pongs == 0 {
		t.Error("no ping was answered")
	}
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
}

// What was missed and is below the floor would be dropped when it is replayed.
func TestAReplayBelowTheFloorBecomesASnapshot(t *testing.T) {
	feed := sequence(t, 1000)
	r := newRig(t, kambitest.Config{Feed: feed, Faults: kambitest.Faults{CutEvery: 400}})
	r.config.Floor = func(context.Context) (int64, error) { return 1 << 60, nil }
	run := r.run()
	run.complete(feed)
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
	if s := r.server.Stats(); s.Replays != 0 || s.Snapshots < 3 {
		t.Errorf("server: %+v", s)
	}
}

func TestCutsLoseNothing(t *testing.T) {
	for _, style := range []kambitest.Style{kambitest.Member, kambitest.Stream} {
		t.Run(style.String(), func(t *testing.T) {
			t.Parallel()
			feed := sequence(t, 2000).Shuffle(3, 40).Duplicate(0.1, 4)
			r := newRig(t, kambitest.Config{Feed: feed, Style: style, SplitSeed: 5, TailMessages: 10,
				Faults: kambitest.Faults{CutEvery: 300, CutSnapshots: 1, CutReplays: 2}})
			run := r.run()
			run.complete(feed)
			if err := run.stop(); err != nil {
				t.Fatal(err)
			}
			stats := r.server.Stats()
			if stats.Cuts < 5 || stats.Snapshots != 2 || stats.Violations != 0 {
				t.Errorf("server: %+v", stats)
			}
			if story := strings.Join(r.story(), ", "); strings.Count(story, "FEED_UP") != strings.Count(story, "FEED_DOWN") {
				t.Errorf("ups and downs differ: %s", story)
			}
		})
	}
}

func TestOffsetTooOldAsksForSnapshot(t *testing.T) {
	r := newRig(t, kambitest.Config{TailMessages: 5})
	run := r.run()
	run.wait("real time", func() bool { return run.source.Status().Live() })
	r.server.SetOldestReplay(1 << 40)
	r.server.CutAll()
	run.wait("second snapshot", func() bool { return r.server.Stats().Snapshots == 2 && run.source.Status().Live() })
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
	story := strings.Join(r.story(), ", ")
	if !strings.Contains(story, "REPLAY_BEGIN, SNAPSHOT_BEGIN, ") || r.server.Stats().Connections != 2 {
		t.Errorf("no snapshot on the same connection: %s, %+v", story, r.server.Stats())
	}
	if run.source.Stats().Events[causeOffset] != 1 {
		t.Errorf("events %v", run.source.Stats().Events)
	}
}

func TestTokenTroubleIsRetried(t *testing.T) {
	r := newRig(t, kambitest.Config{Faults: kambitest.Faults{TokenErrors: 2, RejectTokens: 2, StallWelcomes: 1}})
	r.config.Limits.FirstMessage = 400 * time.Millisecond
	run := r.run()
	run.wait("real time", func() bool { return run.source.Status().Live() })
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
	stats := run.source.Stats()
	if stats.Events[causeToken] != 4 || stats.Events[causeSlow] < 1 || r.server.Stats().Tokens < 4 {
		t.Errorf("events %v, server %+v", stats.Events, r.server.Stats())
	}
}

func TestInvalidOfferingIsPermanent(t *testing.T) {
	r := newRig(t, kambitest.Config{Faults: kambitest.Faults{RejectAll: true}})
	run := r.run()
	err := run.result()
	var permanent *PermanentError
	if !errors.As(err, &permanent) || !strings.Contains(err.Error(), "INVALID_OFFERING") {
		t.Errorf("error %v", err)
	}
	if run.source.Status().State != ingest.Failed {
		t.Errorf("status %+v", run.source.Status())
	}
	if story := r.story(); len(story) != 0 {
		t.Errorf("journalled %q", story)
	}
}

func TestStallIsNoticed(t *testing.T) {
	feed := sequence(t, 500)
	r := newRig(t, kambitest.Config{Feed: feed, Faults: kambitest.Faults{StallAfter: 200}})
	r.config.Limits.Stale = 200 * time.Millisecond
	r.config.Limits.Tail = 50 * time.Millisecond
	run := r.run()
	run.complete(feed)
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
	if run.source.Stats().Events[causeStale] < 1 || !strings.Contains(strings.Join(r.story(), ","), "FEED_DOWN stale: ") {
		t.Errorf("events %v, story %q", run.source.Stats().Events, r.story())
	}
}

func TestPingsKeepASilentFeed(t *testing.T) {
	r := newRig(t, kambitest.Config{PingEvery: 40 * time.Millisecond})
	r.config.Limits.Stale = 800 * time.Millisecond
	run := r.run()
	run.wait("pings", func() bool { return run.source.Stats().Events["ping"] >= 25 })
	last := run.source.Status().LastMessage
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
	if stats := run.source.Stats(); stats.Sessions != 1 || time.Since(last) < 800*time.Millisecond {
		t.Errorf("%+v, last message %s ago", stats, time.Since(last))
	}
}

// TestSlowJournalIsNotAStaleFeed holds the journal back for longer than the
// feed may be silent.
func TestSlowJournalIsNotAStaleFeed(t *testing.T) {
	feed := sequence(t, 3000)
	r := newRig(t, kambitest.Config{Feed: feed, PingEvery: 50 * time.Millisecond})
	r.config.Limits.Stale = 500 * time.Millisecond
	r.config.Pump = ingest.PumpConfig{MaxItems: 50, BatchItems: 10, MaxBatches: 2}
	run := r.run()
	run.wait("messages", func() bool { return run.source.Stats().Journalled > 20 })
	gate := make(chan struct{})
	r.j.mu.Lock()
	r.j.gate = gate
	r.j.mu.Unlock()
	time.Sleep(time.Second)
	r.j.mu.Lock()
	r.j.gate = nil
	r.j.mu.Unlock()
	close(gate)
	run.complete(feed)
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
	if stats := run.source.Stats(); stats.Sessions != 1 {
		t.Errorf("%+v, story %q", stats, r.story())
	}
}

func TestResyncAsksForSnapshot(t *testing.T) {
	r := newRig(t, kambitest.Config{})
	run := r.run()
	for n := int64(1); n <= 3; n++ {
		run.wait("real time", func() bool { return run.source.Status().Live() && r.server.Stats().Snapshots == n })
		if n < 3 {
			run.source.Resync()
			run.source.Resync() // one is enough
		}
	}
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
	if stats := run.source.Stats(); stats.Events[causeResync] != 2 || r.server.Stats().Replays != 0 {
		t.Errorf("%+v %+v", stats, r.server.Stats())
	}
}

func TestOvertakenEndsTheSource(t *testing.T) {
	r := newRig(t, kambitest.Config{})
	run := r.run()
	run.wait("real time", func() bool { return run.source.Status().Live() })
	run.source.Overtaken(1) // its own
	mustAppend(t, r.j, claimRecord(2))
	run.source.Overtaken(2)
	if err := run.result(); !errors.Is(err, ErrOvertaken) || !strings.Contains(err.Error(), "epoch 2, ours is 1") {
		t.Errorf("error %v", err)
	}
}

func TestLostLaneIsOpenedAgain(t *testing.T) {
	feed := sequence(t, 1500)
	r := newRig(t, kambitest.Config{Feed: feed, Rate: 3000, TailMessages: 10})
	run := r.run()
	run.wait("messages", func() bool { return run.source.Stats().Journalled > 300 })
	r.j.fail(&journal.UnknownError{Partition: feedPartition, Err: errors.New("broker gone")})
	run.wait("the loss", func() bool { return run.source.Stats().Events["lane lost"] >= 2 })
	if status := run.source.Status(); !strings.Contains(status.Error, "broker gone") {
		t.Errorf("status %+v", status)
	}
	r.j.fail(nil)
	run.complete(feed)
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
	lanes, _, err := effective(r.j.all())
	if err != nil || lanes.State(journal.LaneFeed).Epoch != 2 {
		t.Errorf("lane %+v, %v", lanes.State(journal.LaneFeed), err)
	}
	if !slices.Contains(r.story(), "FEED_DOWN lane") || r.server.Stats().Snapshots != 1 {
		t.Errorf("story %q, %+v", r.story(), r.server.Stats())
	}
}

func TestClosedJournalEndsTheSource(t *testing.T) {
	r := newRig(t, kambitest.Config{Rate: 100})
	run := r.run()
	run.wait("real time", func() bool { return run.source.Status().Live() })
	r.j.Close()
	if err := run.result(); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("error %v", err)
	}
}

func TestEmptyPartitionIsRefused(t *testing.T) {
	r := newRig(t, kambitest.Config{})
	r.j.mu.Lock()
	r.j.records = nil
	r.j.mu.Unlock()
	if err := r.run().result(); err == nil || !strings.Contains(err.Error(), "GENESIS") {
		t.Errorf("error %v", err)
	}
}

func TestStopWithoutServer(t *testing.T) {
	r := newRig(t, kambitest.Config{})
	r.server.Close()
	run := r.run()
	run.wait("retries", func() bool { return run.source.Stats().Events[causeToken] >= 3 })
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
	if len(r.story()) != 0 {
		t.Errorf("story %q", r.story())
	}
}

// TestRestart runs one source after another on one journal.
func TestRestart(t *testing.T) {
	feed := sequence(t, 2000)
	r := newRig(t, kambitest.Config{Feed: feed, Rate: 4000, TailMessages: 10})
	for n := int64(1); n <= 3; n++ {
		run := r.run()
		run.wait("messages", func() bool { return run.source.Stats().Journalled > 300 })
		if err := run.stop(); err != nil {
			t.Fatal(err)
		}
		if lanes, _, _ := effective(r.j.all()); lanes.State(journal.LaneFeed).Epoch != n {
			t.Fatalf("run %d: lane %+v", n, lanes.State(journal.LaneFeed))
		}
	}
	run := r.run()
	run.complete(feed)
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
	if stats := r.server.Stats(); stats.Snapshots != 1 || stats.Replays != 3 {
		t.Errorf("%+v", stats)
	}
}

// TestCrashIsWrittenDown starts behind a session without an end.
func TestCrashIsWrittenDown(t *testing.T) {
	r := newRig(t, kambitest.Config{})
	lane, err := journal.OpenLane(context.Background(), journal.LaneConfig{
		Journal: r.j, Partition: feedPartition, Name: journal.LaneFeed, Fold: laneFold{r.j}, Encode: encodeBody,
	})
	if err != nil {
		t.Fatal(err)
	}
	appendBodies(t, lane, &schema.FeedUp{Source: "test"}, &schema.SnapshotBegin{Source: "test"})
	run := r.run()
	run.wait("real time", func() bool { return run.source.Status().Live() })
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
	want := []string{"FEED_UP", "SNAPSHOT_BEGIN", "FEED_DOWN restart", "FEED_UP", "SNAPSHOT_BEGIN"}
	if story := r.story(); !slices.Equal(story[:5], want) {
		t.Errorf("story %q", story)
	}
}
