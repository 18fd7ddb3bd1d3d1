package offering

import (
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
)

// testFold folds bodies and keeps the state hash as a runner would.
type testFold struct {
	p    *Offering
	hash projection.StateHash
	at   int64
	out  []schema.SurfacedItem
}

func newTestFold(window int64) *testFold {
	f := &testFold{p: New()}
	f.p.config.Window = window
	return f
}

func (f *testFold) apply(t testing.TB, body schema.Body) {
	t.Helper()
	r := journal.Record{Offset: f.at, Kind: body.RecordKind(), Time: f.at, Body: codec.Body(body)}
	f.at++
	err := f.p.Apply(&r, func(_ []byte, b schema.Body) { f.out = append(f.out, b.(*schema.Surfaced).Items...) })
	if err != nil {
		t.Fatalf("apply %+v: %v", body, err)
	}
}

func (f *testFold) sum() projection.Digest {
	f.p.Dirty(func(key, value []byte, cell *projection.Cell) { f.hash.Put(key, value, cell) })
	return f.hash.Sum()
}

// history is a random sequence of messages in logical order about two events
// and two offers with two outcomes each.
func history(rng *rand.Rand, n int, scale int64) []*schema.Message {
	offset := int64(rng.Intn(3) + 1)
	list := make([]*schema.Message, 0, n)
	for range n {
		list = append(list, randomMessage(rng, offset))
		offset += scale * int64(1+rng.Intn(3))
	}
	return list
}

func randomMessage(rng *rand.Rand, offset int64) *schema.Message {
	m := &schema.Message{Flow: schema.FlowReplay, Offset: offset, ID: int64(1 + rng.Intn(2))}
	word := func() string { return strconv.Itoa(rng.Intn(3)) }
	opt := func() schema.Opt[string] {
		if rng.Intn(3) == 0 {
			return schema.Opt[string]{}
		}
		return schema.Some(word())
	}
	prices := func() []schema.Price {
		return []schema.Price{{Offerings: []string{"a"}, Decimal: schema.Some(schema.Odds(1000 + rng.Intn(3)))}}
	}
	kinds := []schema.Kind{
		schema.KindEventAdded, schema.KindEventDeleted, schema.KindEventStatus, schema.KindEventScore, schema.KindMatchClock,
		schema.KindEventAdded, schema.KindBetOfferUpdated, schema.KindBetOfferDeleted, schema.KindBetOfferStatus,
		schema.KindBetOfferLineTypes, schema.KindOutcomeOdds, schema.KindOutcomeStatus, schema.KindBetOfferAdded, schema.KindEventParticipants,
	}
	m.Kind = kinds[rng.Intn(len(kinds))]
	switch m.Kind {
	case schema.KindEventAdded, schema.KindEventUpdated:
		m.Event = &schema.Event{ID: m.ID, Status: opt(), Tags: []string{word()}}
		if rng.Intn(4) == 0 {
			m.Event.Score = schema.JSON(`{"home":"` + word() + `"}`)
		}
	case schema.KindEventScore, schema.KindMatchClock:
		m.Doc = schema.JSON(`{"score":{"home":"` + word() + `"}}`)
	case schema.KindEventParticipants:
		m.Participants = []schema.Participant{{ID: schema.Some(int64(rng.Intn(3)))}}
	case schema.KindBetOfferAdded, schema.KindBetOfferUpdated:
		m.Offer = &schema.BetOffer{ID: m.ID, EventID: schema.Some(int64(1 + rng.Intn(2))), Status: opt()}
		for id := int64(10); id < 12; id++ {
			if rng.Intn(3) > 0 {
				m.Offer.Outcomes = append(m.Offer.Outcomes, schema.Outcome{ID: id, Status: opt(), Odds: prices()})
			}
		}
	case schema.KindBetOfferLineTypes:
		m.Words = []string{word()}
	case schema.KindOutcomeOdds:
		m.Outcome, m.Odds = int64(10+rng.Intn(2)), prices()
	case schema.KindOutcomeStatus:
		m.Outcome, m.Status = int64(10+rng.Intn(2)), word()
	case schema.KindEventStatus, schema.KindBetOfferStatus:
		m.Status = word()
	}
	return m
}

// arrival is a random order in which no message is more than window offsets
// later than the highest one before it, with some messages twice.
func arrival(rng *rand.Rand, list []*schema.Message, window int64) []*schema.Message {
	left := slices.Clone(list)
	var order []*schema.Message
	var top int64
	for len(left) > 0 {
		// Whatever comes next may raise the top: nothing that is left may fall
		// out of the window by it.
		var can []int
		for i, m := range left {
			newTop := max(top, m.Offset)
			if newTop-left[0].Offset <= window || i == 0 {
				can = append(can, i)
			}
		}
		i := can[rng.Intn(len(can))]
		m := left[i]
		top = max(top, m.Offset)
		order = append(order, m)
		left = slices.Delete(left, i, i+1)
		if rng.Intn(6) == 0 {
			again := order[rng.Intn(len(order))]
			order = append(order, again)
		}
	}
	return order
}

// histories is how many random histories the law is tried on.
func histories(t *testing.T) int {
	n := 5_000
	if s := os.Getenv("DEADHEAT_HISTORIES"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// Law 7: within a session any order of arrival within the window ends in the
// same state, whatever the window is.
func TestEveryOrderOfArrivalEndsInOneState(t *testing.T) {
	n := histories(t)
	for seed := range n {
		rng := rand.New(rand.NewSource(int64(seed)))
		// Windows of 100 offsets and more move the floor in steps of several.
		window := int64([]int{2, 3, 5, 9, 150, 900}[rng.Intn(6)])
		scale := max(1, window/5)
		snapshot := history(rng, rng.Intn(5), scale)
		list := history(rng, 3+rng.Intn(10), scale)
		end := int64(0)
		if rng.Intn(2) == 0 && len(snapshot) > 0 {
			end = snapshot[len(snapshot)-1].Offset
			shift := end - int64(rng.Intn(3)) // some of the tail may be in the snapshot already
			for _, m := range list {
				m.Offset += shift
			}
			list = slices.DeleteFunc(list, func(m *schema.Message) bool { return m.Offset <= 0 })
		} else {
			snapshot = nil
		}
		var want projection.Digest
		var first []schema.Body
		for try := range 4 {
			bodies := session(rng, snapshot, list, end, window, try)
			f := newTestFold(window)
			cadence := []int{1, 2, 1000}[rng.Intn(3)]
			for i, b := range bodies {
				f.apply(t, b)
				if i%cadence == 0 {
					f.sum()
				}
			}
			got := f.sum()
			if full := rehash(t, f); full != got {
				t.Fatalf("seed %d: the running hash is %s, the state hashes to %s", seed, got, full)
			}
			if try == 0 {
				want, first = got, bodies
			} else if got != want {
				t.Fatalf("seed %d, window %d: two orders of arrival, two states\n%s\n%s\none order:\n%s\nother order:\n%s",
					seed, window, want, got, show(first), show(bodies))
			}
		}
	}
	t.Logf("%d histories in 4 orders each", n)
}

// session is what is journalled of one session; try 0 is in logical order.
func session(rng *rand.Rand, snapshot, list []*schema.Message, end, window int64, try int) []schema.Body {
	var bodies []schema.Body
	add := func(messages []*schema.Message) {
		for _, m := range messages {
			bodies = append(bodies, m)
		}
	}
	if snapshot != nil {
		if try == 2 { // a snapshot that was not completed
			bodies = append(bodies, &schema.SnapshotBegin{})
			add(snapshot[:rng.Intn(len(snapshot))])
		}
		bodies = append(bodies, &schema.SnapshotBegin{})
		if try == 0 {
			add(snapshot)
		} else {
			add(arrival(rng, snapshot, 1000))
		}
		bodies = append(bodies, &schema.SnapshotEnd{Offset: end})
	}
	if try == 0 {
		add(list)
	} else {
		add(arrival(rng, list, window))
	}
	return bodies
}

// rehash loads the state into a new projection, as a restart does, and hashes
// it from nothing.
func rehash(t *testing.T, f *testFold) projection.Digest {
	var h projection.StateHash
	fresh := New()
	for _, w := range []*world{f.p.live, f.p.shadow} {
		if w == nil {
			continue
		}
		for _, id := range w.eventIDs() {
			w.events[id].state.dirty = true
			f.p.dirtyEvents = append(f.p.dirtyEvents, w.events[id])
		}
		for _, id := range w.offerIDs() {
			w.offers[id].state.dirty = true
			f.p.dirtyOffers = append(f.p.dirtyOffers, w.offers[id])
		}
	}
	f.p.metaDirty = f.p.metaDirty || f.p.metaCell.Live()
	f.p.Dirty(func(key, value []byte, cell *projection.Cell) {
		f.hash.Put(key, value, cell)
		var c projection.Cell
		h.Put(key, value, &c)
		if err := fresh.Load(key, bytes.Clone(value), projection.Digest{}); err != nil {
			t.Fatal(err)
		}
	})
	return h.Sum()
}

func show(bodies []schema.Body) (s string) {
	for _, b := range bodies {
		if m, ok := b.(*schema.Message); ok {
			s += fmt.Sprintf("  %d %s id %d outcome %d %s\n", m.Offset, m.Kind, m.ID, m.Outcome, m.Status)
		} else {
			s += fmt.Sprintf("  %s %+v\n", b.RecordKind(), b)
		}
	}
	return s
}
