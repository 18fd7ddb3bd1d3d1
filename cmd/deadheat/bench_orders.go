package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/book"
	"github.com/deadheat-io/deadheat/replay"
)

// orders measures the way of an order: its body encoded, appended and synced,
// read back, matched and committed, with every execution published.
func (b *bencher) orders() error { return b.ordersOn("") }

func (b *bencher) ordersOn(where string) error {
	bodies := mixedOrders(b.commands)
	x, err := b.startKind(&kinds[1], where+"orders", ordersTopic, projection.Hooks{}, 0, 0)
	if err != nil {
		return err
	}
	defer x.j.Close()
	defer x.store.Close()
	took, err := b.pumpOrders(x, bodies)
	if err != nil {
		return err
	}
	b.result(where+"OrdersJournalledMatchedPublished", len(bodies), took,
		perSecond(len(bodies), took), "orders/s", float64(x.runner.Status().Outputs)/float64(len(bodies)), "outputs/order")
	if err := x.stop(); err != nil {
		return err
	}
	return b.replayOrders(x, where)
}

// pumpOrders sends all commands and waits until they are settled.
func (b *bencher) pumpOrders(x *bench, bodies []schema.Body) (time.Duration, error) {
	lane, err := journal.OpenLane(b.ctx, journal.LaneConfig{
		Journal: x.j, Partition: x.p, Name: journal.LaneIntake + "bench", Fold: x.runner, Encode: codec.Body,
	})
	if err != nil {
		return 0, err
	}
	pump := ingest.NewPump(ingest.PumpConfig{Lane: lane})
	defer pump.Close(b.ctx)
	key := []byte("ACME")
	start := time.Now()
	for _, body := range bodies {
		if err := pump.Put(b.ctx, ingest.Item{Key: key, Body: body, Time: time.Now().UnixNano(), Size: orderSize}); err != nil {
			return 0, err
		}
	}
	return b.settle(x, pump, start)
}

// replayOrders folds the journal again, beside a loop that only reads it.
func (b *bencher) replayOrders(x *bench, where string) error {
	_, end, err := x.j.Bounds(b.ctx, x.p)
	if err != nil {
		return err
	}
	start := time.Now()
	bytes := int64(0)
	err = journal.ReadRange(b.ctx, x.j, x.p, 0, end, func(r *journal.Record) error {
		bytes += int64(len(r.Key) + len(r.Value))
		return nil
	})
	if err != nil {
		return err
	}
	read := time.Since(start)
	b.result(where+"ReadOrders", int(end), read, perSecond(int(end), read), "records/s", float64(bytes)/float64(end), "B/record")
	start = time.Now()
	if _, err := replay.Run(b.ctx, replay.Config{Journal: x.j, Source: x.source, Projection: book.New(), To: end}); err != nil {
		return err
	}
	took := time.Since(start)
	b.result(where+"ReplayOrders", int(end), took, perSecond(int(end), took), "records/s", read.Seconds()/took.Seconds(), "of_read")
	return nil
}

// orderSize is about what an order takes in the journal.
const orderSize = 100

// mixedOrders are commands of one market in which about 10,000 orders rest: of
// every ten six rest, three cancel one that does, and one trades.
func mixedOrders(n int) []schema.Body {
	rng := rand.New(rand.NewPCG(1, 2))
	bodies := []schema.Body{&schema.Market{
		Action: schema.MarketCreate, Kind: schema.Some(schema.SharesMarket), Tick: schema.Some(schema.Decimal{Units: 1, Places: 2}),
	}}
	var live []*schema.OrderNew
	for i := 1; len(bodies) < n; i++ {
		kind := rng.IntN(10)
		if len(live) < 10_000 && kind < 9 {
			kind = 0
		}
		if kind >= 6 && kind < 9 {
			at := rng.IntN(len(live))
			o := live[at]
			live[at] = live[len(live)-1]
			live = live[:len(live)-1]
			bodies = append(bodies, &schema.OrderCancel{Account: o.Account, ID: o.ID})
			continue
		}
		o := &schema.OrderNew{
			Account: fmt.Sprintf("account-%03d", rng.IntN(500)), ID: fmt.Sprintf("order-%08d", i), Side: schema.SideBuy,
			Type: schema.OrderLimit, TIF: schema.GTC, Qty: 1 + rng.Int64N(100),
			Price: schema.Some(schema.Decimal{Units: 10_000 - 1 - rng.Int64N(600), Places: 2}),
		}
		if rng.IntN(2) == 0 {
			o.Side, o.Price.V.Units = schema.SideSell, 20_000-o.Price.V.Units
		}
		if kind == 9 {
			o.TIF, o.Price.V.Units = schema.IOC, 20_000-o.Price.V.Units
		} else {
			live = append(live, o)
		}
		bodies = append(bodies, o)
	}
	return bodies
}
