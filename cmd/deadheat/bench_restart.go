package main

import (
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/offering"
	"github.com/deadheat-io/deadheat/snapshots"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// restart makes a state with many outcomes, two to an offer as in a real feed,
// and measures how long a new process needs to have it back.
func (b *bencher) restart() error { return b.restartOn("") }

func (b *bencher) restartOn(where string) error {
	x, err := b.startFold(where+"restart", projection.Hooks{}, 0, 0)
	if err != nil {
		return err
	}
	defer x.j.Close()
	if err := b.fillOutcomes(x, where); err != nil {
		return err
	}
	if err := x.stop(); err != nil {
		return err
	}
	if err := x.store.Close(); err != nil {
		return err
	}
	x.runner, x.store = nil, nil // its state would be counted
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	state := offering.New()
	store, err := snapshots.Open(filepath.Join(b.dir, where+"restart-store"), projection.Identity(x.source, state), snapshots.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	_, err = projection.NewRunner(b.ctx, projection.Config{
		Journal: x.j, Source: x.source, Projection: state, Store: store, Output: surfacedTopic(x.p.Topic),
	})
	if err != nil {
		return err
	}
	took := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	heap := float64(int64(after.HeapAlloc) - int64(before.HeapAlloc))
	b.result(where+"RestartPerOutcome", b.outcomes, took, took.Seconds(), "s_to_load",
		heap/1e6, "MB_heap", heap/float64(b.outcomes), "B/outcome")
	runtime.KeepAlive(state)
	return nil
}

// fillOutcomes journals one full message for every two outcomes.
func (b *bencher) fillOutcomes(x *bench, where string) error {
	lane, err := journal.OpenLane(b.ctx, journal.LaneConfig{
		Journal: x.j, Partition: x.p, Name: journal.LaneFeed, Fold: x.runner, Encode: codec.Body,
	})
	if err != nil {
		return err
	}
	const perOffer, perBatch = 2, 500
	start := time.Now()
	var entries []journal.Entry
	for i := int64(0); i < int64(b.outcomes)/perOffer; i++ {
		m := benchOffer(i, perOffer)
		entries = append(entries, journal.Entry{Kind: m.Kind, Time: i, Key: []byte(itoa(m.ID)), Body: codec.Body(m)})
		if len(entries) == perBatch || i == int64(b.outcomes)/perOffer-1 {
			if err := lane.Append(b.ctx, entries, nil); err != nil {
				return err
			}
			entries = nil
		}
	}
	end := int64(b.outcomes)/perOffer + 2 // GENESIS and CLAIM
	took, err := waitSettled(b.ctx, x.runner, end, start)
	if err == nil {
		b.result(where+"FillPerOutcome", b.outcomes, took)
	}
	return err
}

func benchOffer(i, outcomes int64) *schema.Message {
	text := func(s string) schema.Opt[schema.Text] {
		return schema.Some(schema.Text{Default: schema.Some(s)})
	}
	o := &schema.BetOffer{
		ID: 2_600_000_000 + i, EventID: schema.Some(1_020_000_000 + i/90), Status: schema.Some("OPEN"), CashOutStatus: schema.Some("ENABLED"),
		LineType: []string{"MAIN_LINE"},
		Terms: schema.OfferTerms{
			Type:      schema.Some(schema.Named{ID: schema.Some(int64(6)), Name: text("Over/Under")}),
			Criterion: schema.Some(schema.Criterion{ID: schema.Some(1_001_159_000 + i%500), Label: text("Total Goals"), Lifetime: schema.Some("FULL_TIME")}),
			Tags:      []string{"OFFERED_PREMATCH", "BET_BUILDER"}, ClosesAt: schema.Some("2026-07-24T00:45:00Z"),
		},
	}
	for k := range outcomes {
		o.Outcomes = append(o.Outcomes, schema.Outcome{
			ID: 4_200_000_000 + i*outcomes + k, Status: schema.Some("OPEN"), CashOutStatus: schema.Some("ENABLED"),
			Odds:  []schema.Price{{Offerings: []string{"betcitynl"}, Decimal: schema.Some(schema.Odds(1010 + i%5000))}},
			Terms: schema.OutcomeTerms{BetOfferID: schema.Some(o.ID), Label: text("Over"), Type: schema.Some("OT_OVER"), Line: schema.Some(int64(2500))},
		})
	}
	return &schema.Message{Kind: schema.KindBetOfferAdded, Flow: schema.FlowRealtime, Offset: i + 1, ID: o.ID, Offer: o}
}
