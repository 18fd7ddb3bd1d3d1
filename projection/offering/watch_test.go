package offering

import (
	"math/rand"
	"slices"
	"testing"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// Who keeps what a watcher was told knows at every record what there is, also
// through snapshots, deletions and floors; and nobody who watches changes
// anything.
func TestTheWatcherMissesNothing(t *testing.T) {
	told := 0
	for seed := range histories(t) / 5 {
		rng := rand.New(rand.NewSource(int64(seed)))
		bodies := stream(rng)
		blind, seen := newTestFold(100_000), newTestFold(100_000)
		known := map[int64]Shown{}
		seen.p.Watch(func(c *Change) {
			told++
			if c.Session != 0 {
				return
			}
			id := c.After.ID
			was, there := known[id]
			if !there {
				was = Shown{ID: id}
			}
			if c.Offset != seen.at-1 || c.Before.ID != id || !was.same(&c.Before) || was.same(&c.After) {
				t.Fatalf("seed %d, record %d: told %+v, known was %+v", seed, seen.at-1, *c, was)
			}
			if known[id] = c.After; c.After.Status == OfferGone {
				delete(known, id)
			}
		})
		for i, body := range bodies {
			blind.apply(t, body)
			seen.apply(t, body)
			ids := seen.p.OfferIDs()
			var listed []int64
			for s := range seen.p.Offers() {
				listed = append(listed, s.ID)
				k, look := known[s.ID], seen.p.Show(s.ID)
				if !s.same(&k) || !s.same(&look) {
					t.Fatalf("seed %d: after record %d offer %d is %+v, told was %+v\n%s", seed, i, s.ID, s, k, show(bodies[:i+1]))
				}
				o, err := seen.p.Offer(s.ID)
				if err != nil || s.Event != o.EventID || s.Criterion != o.Terms.Criterion.V.ID ||
					!slices.EqualFunc(s.Outcomes, o.Outcomes, func(id int64, o schema.Outcome) bool { return id == o.ID }) {
					t.Fatalf("seed %d: offer %+v is shown as %+v: %v", seed, o, s, err)
				}
			}
			if !slices.Equal(ids, listed) || len(known) != len(ids) {
				t.Fatalf("seed %d: after record %d there are %v, listed are %v, told were %v\n%s", seed, i, ids, listed, known, show(bodies[:i+1]))
			}
		}
		if blind.sum() != seen.sum() || string(codec.Body(&schema.Surfaced{Items: blind.out})) != string(codec.Body(&schema.Surfaced{Items: seen.out})) {
			t.Fatalf("seed %d: watching changed the fold", seed)
		}
	}
	if told < 1000 {
		t.Errorf("only %d changes were told", told)
	}
}

func TestTheWatcherIsToldOfStatusesAndSessions(t *testing.T) {
	f := newTestFold(1000)
	var told []Change
	f.p.Watch(func(c *Change) { told = append(told, *c) })
	offer := func(at int64, status string) *schema.Message {
		return &schema.Message{Kind: schema.KindBetOfferUpdated, Flow: schema.FlowRealtime, Offset: at, ID: 7, Offer: &schema.BetOffer{
			ID: 7, EventID: schema.Some[int64](3), Status: schema.Some(status),
			Terms:    schema.OfferTerms{Criterion: schema.Some(schema.Criterion{ID: schema.Some[int64](5)})},
			Outcomes: []schema.Outcome{{ID: 12}, {ID: 11}},
		}}
	}
	status := func(at int64, status string) *schema.Message {
		return &schema.Message{Kind: schema.KindBetOfferStatus, Flow: schema.FlowRealtime, Offset: at, ID: 7, Status: status}
	}
	for _, body := range []schema.Body{
		&schema.FeedUp{}, offer(1, "OPEN"), offer(2, "OPEN"), status(3, "SUSPENDED"), status(4, "CLOSED"), status(5, "STRANGE"),
		&schema.Message{Kind: schema.KindBetOfferDeleted, Flow: schema.FlowRealtime, Offset: 6, ID: 7}, status(3, "OPEN"),
		&schema.FeedDown{}, &schema.SnapshotBegin{}, offer(8, "OPEN"), &schema.SnapshotEnd{Offset: 9}, &schema.ReplayEnd{},
		&schema.SnapshotBegin{}, &schema.SnapshotEnd{Offset: 10},
	} {
		f.apply(t, body)
	}
	shown := func(s Status) Shown {
		return Shown{ID: 7, Status: s, Event: schema.Some[int64](3), Criterion: schema.Some[int64](5), Outcomes: []int64{12, 11}}
	}
	gone := Shown{ID: 7}
	want := []Change{
		{Offset: 0, Session: schema.KindFeedUp},
		{Offset: 1, Before: gone, After: shown(OfferOpen)},
		{Offset: 3, Before: shown(OfferOpen), After: shown(OfferSuspended)},
		{Offset: 4, Before: shown(OfferSuspended), After: shown(OfferClosed)},
		{Offset: 5, Before: shown(OfferClosed), After: shown(OfferSuspended)},
		{Offset: 6, Before: shown(OfferSuspended), After: gone},
		{Offset: 8, Session: schema.KindFeedDown},
		{Offset: 11, Before: gone, After: shown(OfferOpen)},
		{Offset: 11, Session: schema.KindSnapshotEnd},
		{Offset: 12, Session: schema.KindReplayEnd},
		{Offset: 14, Before: shown(OfferOpen), After: gone},
		{Offset: 14, Session: schema.KindSnapshotEnd},
	}
	same := func(a, b Change) bool {
		return a.Offset == b.Offset && a.Session == b.Session && a.Before.ID == b.Before.ID && a.Before.same(&b.Before) && a.After.same(&b.After)
	}
	if !slices.EqualFunc(told, want, same) {
		t.Errorf("told were\n%+v, want\n%+v", told, want)
	}
	f.p.Watch(nil)
	if f.apply(t, offer(20, "OPEN")); len(told) != len(want) {
		t.Error("told after the watch ended")
	}
}
