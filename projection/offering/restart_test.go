package offering

import (
	"bytes"
	"maps"
	"math/rand"
	"slices"
	"testing"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
)

// restart loads what a store holds into a new projection.
func (f *testFold) restart(t *testing.T, store map[string][]byte) *testFold {
	t.Helper()
	next := &testFold{p: New(), at: f.at, out: f.out}
	for _, key := range slices.Sorted(maps.Keys(store)) {
		var one projection.StateHash
		var cell projection.Cell
		one.Put([]byte(key), store[key], &cell)
		next.hash.Put([]byte(key), store[key], new(projection.Cell))
		if err := next.p.Load([]byte(key), bytes.Clone(store[key]), one.Sum()); err != nil {
			t.Fatal(err)
		}
	}
	return next
}

// commit writes what changed into a store.
func (f *testFold) commit(store map[string][]byte) projection.Digest {
	f.p.Dirty(func(key, value []byte, cell *projection.Cell) {
		f.hash.Put(key, value, cell)
		if value == nil {
			delete(store, string(key))
		} else {
			store[string(key)] = bytes.Clone(value)
		}
	})
	return f.hash.Sum()
}

// stream is a journal with snapshots, some not completed, changes of the window,
// unknown kinds and sessions that arrive in any order.
func stream(rng *rand.Rand) (bodies []schema.Body) {
	offset := int64(0)
	shifted := func(m *schema.Message) *schema.Message {
		c := *m
		c.Offset, c.Flow = c.Offset+offset, schema.FlowRealtime
		return &c
	}
	windows := []int64{1, 2, 7, 100, 333, 1000}
	for range 1 + rng.Intn(4) {
		window := windows[rng.Intn(len(windows))]
		scale := max(1, window/5)
		bodies = append(bodies, &schema.OfferingConfig{Window: window, Criteria: []int64{}, Jurisdictions: []string{}})
		if rng.Intn(2) == 0 {
			bodies = append(bodies, &schema.SnapshotBegin{})
			for _, m := range arrival(rng, history(rng, rng.Intn(6), scale), 1000) {
				bodies = append(bodies, shifted(m))
			}
			if rng.Intn(3) > 0 {
				bodies = append(bodies, &schema.SnapshotEnd{Offset: offset + int64(rng.Intn(12))*scale})
			}
		}
		list := history(rng, 3+rng.Intn(8), scale)
		for _, m := range arrival(rng, list, window) {
			bodies = append(bodies, shifted(m))
			if rng.Intn(10) == 0 {
				ahead := offset + int64(rng.Intn(40))*scale
				bodies = append(bodies, &schema.FeedUnknown{Flow: schema.FlowRealtime, Offset: schema.Some(ahead), Message: "{}"})
			}
		}
		offset += list[len(list)-1].Offset
	}
	return bodies
}

// A restart from a checkpoint at any record, also in the middle of a snapshot,
// changes neither state nor outputs.
func TestRestartAnywhere(t *testing.T) {
	for seed := range histories(t) / 5 {
		rng := rand.New(rand.NewSource(int64(seed)))
		bodies := stream(rng)
		calm, hurt, store := newTestFold(100_000), newTestFold(100_000), map[string][]byte{}
		for i, body := range bodies {
			calm.apply(t, body)
			hurt.apply(t, body)
			if rng.Intn(3) == 0 {
				hurt.commit(store)
				hurt = hurt.restart(t, store)
				if hurt.hash.Sum() != calm.sum() || hurt.p.Resync() != calm.p.Resync() || hurt.p.Floor() != calm.p.Floor() {
					t.Fatalf("seed %d: after a restart at %d the state is another\n%s", seed, i, show(bodies[:i+1]))
				}
			}
		}
		if hurt.commit(store) != calm.sum() {
			t.Fatalf("seed %d: the states differ in the end\n%s", seed, show(bodies))
		}
		a, b := codec.Body(&schema.Surfaced{Items: calm.out}), codec.Body(&schema.Surfaced{Items: hurt.out})
		if !bytes.Equal(a, b) {
			t.Fatalf("seed %d: the outputs differ\n%s", seed, show(bodies))
		}
	}
}

// Outcomes that no full message lists have an order of their own, whatever their
// ids are.
func TestOutcomesFarApartHaveOneOrder(t *testing.T) {
	ids := []int64{6e18, 0, -6e18}
	var want projection.Digest
	for i, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		f := newTestFold(1000)
		for _, k := range order {
			f.apply(t, &schema.Message{Kind: schema.KindOutcomeStatus, Flow: schema.FlowRealtime, Offset: int64(10 + k), ID: 1, Outcome: ids[k], Status: "x"})
		}
		if got := f.sum(); i == 0 {
			want = got
		} else if got != want {
			t.Errorf("in order %v the state hash is %s, it must be %s", order, got, want)
		}
	}
}

// What was said of outcomes that no full message lists goes with the floor: a
// feed cannot make an offer grow for ever.
func TestUnlistedOutcomesGoWithTheFloor(t *testing.T) {
	f := newTestFold(100)
	f.apply(t, &schema.Message{Kind: schema.KindBetOfferAdded, Flow: schema.FlowRealtime, Offset: 1, ID: 1, Offer: &schema.BetOffer{ID: 1, Outcomes: []schema.Outcome{{ID: 2}}}})
	for n := range int64(2000) {
		f.apply(t, &schema.Message{Kind: schema.KindOutcomeStatus, Flow: schema.FlowRealtime, Offset: 2 + 10*n, ID: 1, Outcome: 5 + n, Status: "x"})
		if have := len(f.p.live.offers[1].outcomes); have > 13 {
			t.Fatalf("%d outcomes are kept, with the floor at %d", have, f.p.Floor())
		}
	}
}

// One offset is one message: what comes again under it changes nothing, whatever
// it says.
func TestTheSameOffsetChangesNothing(t *testing.T) {
	f := newTestFold(1000)
	status := func(s string) *schema.Message {
		return &schema.Message{Kind: schema.KindBetOfferStatus, Flow: schema.FlowRealtime, Offset: 7, ID: 1, Status: s}
	}
	f.apply(t, status("OPEN"))
	want := f.sum()
	f.apply(t, status("CLOSED"))
	if f.sum() != want {
		t.Error("a second message at the same offset changed the state")
	}
}
