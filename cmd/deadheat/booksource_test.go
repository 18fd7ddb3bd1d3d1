package main

import (
	"context"
	"fmt"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/local"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/book"
	"github.com/deadheat-io/deadheat/replay"
	"github.com/deadheat-io/deadheat/snapshots"
)

// booksFixture are commands about a market of shares and one of odds.
func booksFixture() []struct {
	market string
	body   schema.Body
} {
	type command = struct {
		market string
		body   schema.Body
	}
	price := func(text string) schema.Opt[schema.Decimal] {
		d, err := schema.ParseDecimal(text)
		return schema.Opt[schema.Decimal]{V: d, OK: err == nil}
	}
	n := 0
	order := func(market string, side schema.Side, qty int64, at string) command {
		n++
		return command{market, &schema.OrderNew{
			Account: string(rune('a' + n%3)), ID: fmt.Sprint(n), Side: side, Type: schema.OrderLimit, TIF: schema.GTC, Qty: qty, Price: price(at),
		}}
	}
	iceberg := order("m1", schema.SideSell, 100, "10.50")
	iceberg.body.(*schema.OrderNew).DisplayQty = schema.Some[int64](10)
	stop := order("m1", schema.SideSell, 7, "")
	o := stop.body.(*schema.OrderNew)
	o.Type, o.Price, o.StopPrice = schema.OrderStop, schema.Opt[schema.Decimal]{}, price("9.00")
	return []command{
		{"m1", &schema.Market{Action: schema.MarketCreate, Kind: schema.Some(schema.SharesMarket), Tick: price("0.25")}},
		{"m2", &schema.Market{Action: schema.MarketCreate, Kind: schema.Some(schema.OddsMarket)}},
		{"m3", &schema.Market{Action: schema.MarketCreate, Kind: schema.Some(schema.SharesMarket), Low: price("5")}},
		order("m1", schema.SideBuy, 60, "10.00"),
		order("m1", schema.SideBuy, 20, "10.00"),
		order("m1", schema.SideBuy, 5, "9.75"),
		order("m1", schema.SideSell, 30, "10.25"),
		iceberg,
		order("m1", schema.SideBuy, 10, "10.25"),
		stop,
		order("m2", schema.SideBack, 50, "3.00"),
		order("m2", schema.SideLay, 40, "2.92"),
		order("m2", schema.SideLay, 10, "3.00"),
		order("m2", schema.SideLay, 2, "1.50"),
	}
}

// writeBooks writes a journal of orders and the store of their books.
func writeBooks(dir, data string) error {
	ctx := context.Background()
	j, err := local.Open(dir, local.Options{})
	if err != nil {
		return err
	}
	defer j.Close()
	if err := projection.Genesis(ctx, j, ordersTopic, 1, fixtureTime); err != nil {
		return err
	}
	f := &fixture{}
	f.add(1, 0, "", &schema.Claim{Nonce: "11", Who: "fixture"})
	for i, c := range booksFixture() {
		f.add(1, int64(i+1), c.market, c.body)
	}
	p := journal.Partition{Topic: ordersTopic}
	for _, r := range f.records {
		r.Lane = "intake/fixture"
		if _, err := journal.AppendWait(ctx, j, p, r); err != nil {
			return err
		}
	}
	sources, err := kinds[1].sources(ctx, j, "")
	if err != nil {
		return err
	}
	b := book.New()
	store, err := snapshots.Open(storeDir(data, b, sources[0]), replay.Identity(sources[0], b), snapshots.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	_, err = replay.Run(ctx, replay.Config{Journal: j, Source: sources[0], Projection: b, Store: store, To: int64(len(f.records) + 1)})
	return err
}

// foldBooks folds the fixture without a journal.
func foldBooks() *book.Book {
	b := book.New()
	for i, c := range booksFixture() {
		b.Command(int64(i), schema.Opt[schema.Time]{}, c.market, c.body, func([]byte, schema.Body) {})
	}
	return b
}
