package book_test

import (
	"fmt"
	"log"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection/book"
)

// A client that sends an order again, since it heard nothing, gets the one
// true answer; the order is not placed twice.
func Example() {
	p := book.New()
	order := &schema.OrderNew{
		Account: "ann", ID: "1", Side: schema.SideBack, Type: schema.OrderLimit, TIF: schema.GTC,
		Qty: 20, Price: schema.Some(schema.Decimal{Units: 250, Places: 2}),
	}
	for i, body := range []schema.Body{
		&schema.Market{Action: schema.MarketCreate, Kind: schema.Some(schema.OddsMarket)}, order, order,
	} {
		record := journal.Record{Offset: int64(i), Key: []byte("final"), Kind: body.RecordKind(), Body: codec.Body(body)}
		err := p.Apply(&record, func(market []byte, out schema.Body) {
			fmt.Printf("%s: %s\n", market, out.(*schema.Executions).Items[0].Type)
		})
		if err != nil {
			log.Fatal(err)
		}
		if a, ok := p.Answer(record.Offset); ok {
			fmt.Printf("%d: accepted %t, repeated %t, order %d\n", a.Offset, a.Accepted(), a.Repeated(), a.Order.Number)
		}
	}
	_, offers := p.Depth("final", 1)
	fmt.Println("best back:", offers[0].Price, "for", offers[0].Shown)
	// Output:
	// 0: accepted true, repeated false, order 0
	// final: accepted
	// 1: accepted true, repeated false, order 1
	// 2: accepted true, repeated true, order 1
	// best back: 2.50 for 20
}
