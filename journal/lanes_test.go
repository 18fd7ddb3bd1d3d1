package journal_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/schema"
)

var part = journal.Partition{Topic: "feed.test", Index: 0}

// step is one record and what must become of it.
type step struct {
	lane       string
	epoch, seq int64
	claim      string // nonce, for a claim
	want       journal.Fate
	corrupt    bool
}

func run(t *testing.T, lanes *journal.Lanes, steps []step) {
	t.Helper()
	for i, s := range steps {
		r := &journal.Record{Offset: int64(i), Lane: s.lane, Epoch: s.epoch, Seq: s.seq}
		var fate journal.Fate
		var err error
		if s.claim != "" {
			fate = lanes.Claim(r, s.claim)
		} else {
			fate, err = lanes.Admit(part, r)
		}
		if s.corrupt != journal.IsCorrupt(err) || !s.corrupt && (err != nil || fate != s.want) {
			t.Errorf("step %d, %s/%d/%d %s: %s, %v, want %s, corrupt %v", i, s.lane, s.epoch, s.seq, s.claim, fate, err, s.want, s.corrupt)
		}
	}
}

func TestClaims(t *testing.T) {
	var lanes journal.Lanes
	run(t, &lanes, []step{
		{lane: "a", epoch: 1, seq: 1, want: journal.Stale},                 // never claimed
		{lane: "a", epoch: 0, claim: "zero", want: journal.LostClaim},      // epochs begin at 1
		{lane: "a", epoch: -1, claim: "negative", want: journal.LostClaim}, //
		{lane: "a", epoch: 1, claim: "one", want: journal.Applies},         //
		{lane: "a", epoch: 1, claim: "late", want: journal.LostClaim},      // the first one wins
		{lane: "a", epoch: 1, claim: "one", want: journal.Duplicate},       // sent twice
		{lane: "a", epoch: 1, seq: 0, want: journal.Duplicate},             // the claim's own seq
		{lane: "a", epoch: 1, seq: 1, want: journal.Applies},               //
		{lane: "a", epoch: 1, seq: 1, want: journal.Duplicate},             //
		{lane: "a", epoch: 1, seq: 3, corrupt: true},                       // 2 is missing
		{lane: "a", epoch: 1, seq: 2, want: journal.Applies},               // an error changes nothing
		{lane: "a", epoch: 9, seq: 1, corrupt: true},                       // its claim is missing
		{lane: "a", epoch: 7, claim: "seven", want: journal.Applies},       // epochs may have holes
		{lane: "a", epoch: 1, seq: 3, want: journal.Stale},                 // the old writer goes on
		{lane: "a", epoch: 1, seq: 99, want: journal.Stale},                // whatever it sends
		{lane: "a", epoch: 2, claim: "two", want: journal.LostClaim},       //
		{lane: "a", epoch: 1, claim: "one", want: journal.LostClaim},       //
		{lane: "a", epoch: 7, seq: 1, want: journal.Applies},               //
		{lane: "b", epoch: 7, seq: 2, want: journal.Stale},                 // lanes are apart
		{lane: "b", epoch: 1, claim: "one", want: journal.Applies},         //
		{lane: "b", epoch: 1, seq: 1, want: journal.Applies},               //
	})
	want := []journal.LaneState{{Name: "a", Epoch: 7, Nonce: "seven", Next: 2}, {Name: "b", Epoch: 1, Nonce: "one", Next: 2}}
	if got := lanes.States(); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := lanes.State("c"); got != (journal.LaneState{Name: "c"}) {
		t.Errorf("%+v", got)
	}
}

func TestRetire(t *testing.T) {
	var lanes journal.Lanes
	run(t, &lanes, []step{
		{lane: "a", epoch: 5, claim: "x", want: journal.Applies},
		{lane: "b", epoch: 1, claim: "y", want: journal.Applies},
	})
	lanes.Retire("a")
	lanes.Retire("never there")
	if got := lanes.State("a"); got != (journal.LaneState{Name: "a", Epoch: 5}) {
		t.Errorf("%+v", got)
	}
	if got := lanes.State("c").Epoch; got != 5 {
		t.Errorf("a new lane begins above epoch %d, want 5", got)
	}
	run(t, &lanes, []step{
		{lane: "a", epoch: 5, seq: 1, want: journal.Stale},
		{lane: "a", epoch: 5, claim: "x", want: journal.LostClaim}, // it came twice
		{lane: "a", epoch: 1, claim: "w", want: journal.LostClaim},
		{lane: "c", epoch: 5, claim: "w", want: journal.LostClaim},
		{lane: "", epoch: 9, claim: "w", want: journal.LostClaim},
		{lane: "", epoch: 5, seq: 0, want: journal.Stale},
		{lane: "a", epoch: 6, claim: "z", want: journal.Applies},
		{lane: "a", epoch: 5, seq: 2, want: journal.Stale},
		{lane: "a", epoch: 6, seq: 1, want: journal.Applies},
	})
}

func TestMaxLanes(t *testing.T) {
	var lanes journal.Lanes
	for i := range journal.MaxLanes {
		run(t, &lanes, []step{{lane: fmt.Sprintf("intake/%d", i), epoch: 1, claim: "n", want: journal.Applies}})
	}
	run(t, &lanes, []step{
		{lane: "one more", epoch: 1, claim: "n", want: journal.LostClaim},
		{lane: "one more", epoch: 1, seq: 1, want: journal.Stale},
		{lane: "intake/7", epoch: 2, claim: "m", want: journal.Applies}, // one that is there
	})
	lanes.Retire("intake/8")
	run(t, &lanes, []step{
		{lane: "one more", epoch: 2, claim: "n", want: journal.Applies},
		{lane: "yet one", epoch: 2, claim: "n", want: journal.LostClaim},
	})
}

// TestStatesAreCopies holds because a checkpoint outlives the next record.
func TestStatesAreCopies(t *testing.T) {
	var lanes journal.Lanes
	run(t, &lanes, []step{{lane: "a", epoch: 1, claim: "x", want: journal.Applies}})
	states := lanes.States()
	var second journal.Lanes
	second.Restore(states)
	run(t, &second, []step{{lane: "a", epoch: 1, seq: 1, want: journal.Applies}})
	states[0].Next = 77
	if lanes.State("a").Next != 1 || second.State("a").Next != 2 {
		t.Errorf("%+v, %+v", lanes.State("a"), second.State("a"))
	}
}

func TestFate(t *testing.T) {
	for fate, want := range map[journal.Fate]string{
		journal.Applies: "applies", journal.Stale: "stale", journal.Duplicate: "duplicate", journal.LostClaim: "lost claim",
	} {
		if fate.String() != want {
			t.Errorf("%d: %s, want %s", fate, fate, want)
		}
	}
}

// writer follows the protocol: it claims an epoch above what it knows, counts
// from 0, and may land a record twice; it never continues an epoch.
type writer struct {
	lane  string
	epoch int64
	next  int64
}

// history draws an interleaving of writers.
func history(t *rapid.T) []journal.Record {
	var log []journal.Record
	writers := make([]writer, rapid.IntRange(1, 5).Draw(t, "writers"))
	for i := range writers {
		writers[i].lane = rapid.SampledFrom([]string{"feed", "tick", "intake/a"}).Draw(t, "lane")
	}
	add := func(kind schema.Kind, w *writer, seq int64, nonce string) {
		log = append(log, journal.Record{Offset: int64(len(log)), Kind: kind, Lane: w.lane, Epoch: w.epoch, Seq: seq, Body: []byte(nonce)})
	}
	for n := rapid.IntRange(1, 60).Draw(t, "steps"); n > 0; n-- {
		w := &writers[rapid.IntRange(0, len(writers)-1).Draw(t, "writer")]
		switch rapid.IntRange(0, 9).Draw(t, "what") {
		case 0, 1: // claims, with what it knows of the lane; that may be old
			var lanes journal.Lanes
			apply(&lanes, log[:rapid.IntRange(0, len(log)).Draw(t, "known")])
			w.epoch, w.next = lanes.State(w.lane).Epoch+1, 1
			add(schema.KindClaim, w, 0, fmt.Sprintf("nonce%d", len(log)))
			var now journal.Lanes
			apply(&now, log)
			if now.State(w.lane).Nonce != string(log[len(log)-1].Body) {
				w.epoch = 0 // it reads its claim back, and has lost
			}
		case 2: // lands an earlier record of the log again
			if len(log) > 0 {
				again := log[rapid.IntRange(0, len(log)-1).Draw(t, "again")]
				again.Offset = int64(len(log))
				log = append(log, again)
			}
		default:
			if w.epoch > 0 {
				add(schema.KindFeedUp, w, w.next, "")
				w.next++
			}
		}
	}
	return log
}

// apply tells the fates of records.
func apply(lanes *journal.Lanes, log []journal.Record) (fates []journal.Fate, err error) {
	for i := range log {
		fate := journal.Applies
		if log[i].Kind == schema.KindClaim {
			fate = lanes.Claim(&log[i], string(log[i].Body))
		} else if fate, err = lanes.Admit(part, &log[i]); err != nil {
			return fates, err
		}
		fates = append(fates, fate)
	}
	return fates, nil
}

// TestEveryReaderDecidesTheSame: no history of honest writers looks like lost
// data, what applies is contiguous in its epoch, and a reader that restarts
// anywhere goes on as one that did not.
func TestEveryReaderDecidesTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := history(t)
		var whole, first, second journal.Lanes
		want, err := apply(&whole, log)
		if err != nil {
			t.Fatal(err)
		}
		at := rapid.IntRange(0, len(log)).Draw(t, "restart")
		got, err := apply(&first, log[:at])
		if err != nil {
			t.Fatal(err)
		}
		second.Restore(first.States())
		rest, err := apply(&second, log[at:])
		if err != nil || !slices.Equal(append(got, rest...), want) || !slices.Equal(second.States(), whole.States()) {
			t.Fatalf("restart at %d: %v %v, %v; want %v", at, got, rest, err, want)
		}
		epochs, seqs := make(map[string]int64), make(map[string]int64)
		for i, fate := range want {
			r := &log[i]
			switch {
			case fate != journal.Applies:
			case r.Kind == schema.KindClaim:
				if r.Epoch <= epochs[r.Lane] {
					t.Fatalf("record %d: epoch %d applies after %d", i, r.Epoch, epochs[r.Lane])
				}
				epochs[r.Lane], seqs[r.Lane] = r.Epoch, 0
			default:
				if seqs[r.Lane]++; r.Epoch != epochs[r.Lane] || r.Seq != seqs[r.Lane] {
					t.Fatalf("record %d applies as %d/%d, the lane is at %d/%d", i, r.Epoch, r.Seq, epochs[r.Lane], seqs[r.Lane])
				}
			}
		}
	})
}
