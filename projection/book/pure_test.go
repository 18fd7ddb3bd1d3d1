package book

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/matcher"
)

// pureCommand draws a command of every kind about one of two markets.
func pureCommand(rng *rand.Rand, now schema.Time, id string) (string, schema.Body) {
	market, sides, price := "shares", []schema.Side{schema.SideBuy, schema.SideSell, schema.SideSellShort}, func() schema.Opt[schema.Decimal] {
		return schema.Some(schema.Decimal{Units: 10_000 + 25*rng.Int63n(12), Places: 2})
	}
	if rng.Intn(2) == 0 {
		market, sides = "odds", []schema.Side{schema.SideBack, schema.SideLay}
		price = func() schema.Opt[schema.Decimal] {
			return schema.Some(schema.Decimal{Units: 190 + rng.Int63n(10), Places: 2})
		}
	}
	account := string(rune('a' + rng.Intn(5)))
	switch roll := rng.Intn(100); {
	case roll < 15:
		return market, &schema.OrderCancel{Account: account, ID: fmt.Sprint(rng.Intn(300))}
	case roll < 28:
		r := &schema.OrderReplace{Account: account, ID: fmt.Sprint(rng.Intn(300)), Qty: schema.Some(1 + rng.Int63n(20))}
		if rng.Intn(2) == 0 {
			r.Price = price()
		}
		return market, r
	case roll < 30:
		if rng.Intn(20) == 0 {
			return market, &schema.MassCancel{}
		}
		return market, &schema.MassCancel{Account: schema.Some(account)}
	case roll < 33:
		return market, &schema.Kill{Account: schema.Some(account), Release: rng.Intn(8) > 0}
	case roll < 37:
		action := []schema.MarketAction{schema.MarketHalt, schema.MarketEndDay, schema.MarketResume}[min(2, rng.Intn(16))]
		m := &schema.Market{Action: action}
		if action == schema.MarketResume && rng.Intn(8) == 0 {
			m.Low = price()
		}
		return market, m
	}
	o := &schema.OrderNew{
		Account: account, ID: id, Side: sides[rng.Intn(len(sides))], Type: schema.OrderType(1 + rng.Intn(4)), TIF: schema.TIF(1 + rng.Intn(5)),
		Qty: 1 + rng.Int63n(20), STP: schema.STP(rng.Intn(5)), PostOnly: rng.Intn(12) == 0,
	}
	if o.Type == schema.OrderLimit || o.Type == schema.OrderStopLimit {
		o.Price = price()
		if rng.Intn(6) == 0 {
			o.DisplayQty = schema.Some(1 + rng.Int63n(5))
		}
	}
	if o.Type == schema.OrderStop || o.Type == schema.OrderStopLimit {
		o.StopPrice = price()
	}
	if o.TIF == schema.GTD {
		o.ExpireAt = schema.Some(now + schema.Time(1e10+rng.Int63n(1e12)))
	}
	return market, o
}

func pureMarkets() map[string]schema.Body {
	return map[string]schema.Body{
		"shares": &schema.Market{Action: schema.MarketCreate, Kind: schema.Some(schema.SharesMarket), Tick: schema.Some(schema.Decimal{Units: 25, Places: 2})},
		"odds":   &schema.Market{Action: schema.MarketCreate, Kind: schema.Some(schema.OddsMarket)},
	}
}

// TestTape gives what a book's engine was given to another one, in pieces.
func TestTape(t *testing.T) {
	rng := rand.New(rand.NewSource(3))
	b, tape, again := NewPure(), &Tape{}, matcher.New()
	b.Record(tape)
	steps, offset, now := 0, int64(0), schema.Time(1e18)
	give := func(market string, body schema.Body) {
		b.Command(offset, schema.Opt[schema.Time]{V: now, OK: rng.Intn(3) == 0}, market, body, func([]byte, schema.Body) {})
		offset++
		now += schema.Time(rng.Int63n(2e11))
	}
	for _, market := range []string{"shares", "odds"} {
		give(market, pureMarkets()[market])
	}
	for i := range 30_000 {
		give(pureCommand(rng, now, fmt.Sprint(rng.Intn(300))))
		if i%1000 == 999 {
			steps += len(tape.Steps)
			for k := range tape.Steps {
				again.Do(&tape.Steps[k])
				again.Drain()
			}
			tape.Steps = tape.Steps[:0]
			if again.Hash() != b.Hash() {
				t.Fatalf("after %d commands the second engine has another hash", i+1)
			}
		}
	}
	stats := b.Stats()
	if stats.Trades < 1000 || stats.Ended < 100 || steps < 20_000 {
		t.Errorf("only %d trades, %d expired, %d steps", stats.Trades, stats.Ended, steps)
	}
}

// TestPureAsOther gives commands whose ids never come again to a pure book as
// they are, and to one that remembers ids as records of a journal.
func TestPureAsOther(t *testing.T) {
	rng := rand.New(rand.NewSource(4))
	pure, other := NewPure(), New()
	offset, now := int64(0), schema.Time(1e18)
	give := func(market string, body schema.Body) {
		var got, want []string
		note := func(list *[]string) func([]byte, schema.Body) {
			return func(key []byte, body schema.Body) {
				for _, x := range body.(*schema.Executions).Items {
					*list = append(*list, fmt.Sprintf("%s %+v", key, x))
				}
			}
		}
		pure.Command(offset, schema.Some(now), market, body, note(&got))
		records := []journal.Record{
			{Offset: offset, Kind: schema.KindTick, Time: int64(now), Body: codec.Body(&schema.Tick{})},
			{Offset: offset, Kind: body.RecordKind(), Key: []byte(market), Time: int64(now), Body: codec.Body(body)},
		}
		for i := range records {
			if err := other.Apply(&records[i], note(&want)); err != nil {
				t.Fatal(err)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("command %d %T:\n%v, from the journal\n%v", offset, body, got, want)
		}
		offset++
		now += schema.Time(rng.Int63n(2e10))
	}
	for _, market := range []string{"shares", "odds"} {
		give(market, pureMarkets()[market])
	}
	for i := range 10_000 {
		give(pureCommand(rng, now, fmt.Sprint(i)))
	}
	if pure.Hash() != other.Hash() {
		t.Error("the hashes differ")
	}
}

// TestPureIDs uses an id again: while its order is open, and then.
func TestPureIDs(t *testing.T) {
	b := NewPure()
	one := schema.Some(schema.Whole(1))
	order := &schema.OrderNew{Account: "a", ID: "1", Side: schema.SideBuy, Type: schema.OrderLimit, TIF: schema.GTC, Qty: 5, Price: one}
	cancel := &schema.OrderCancel{Account: "a", ID: "1", Cmd: schema.Some("c")}
	old := *order
	old.SentAt = schema.Some(schema.Time(1))
	for i, c := range []struct {
		body schema.Body
		code schema.RejectCode
	}{
		{order, schema.RejectUnknownMarket},
		{&schema.Market{Action: schema.MarketCreate, Kind: schema.Some(schema.SharesMarket)}, 0},
		{order, 0},
		{order, schema.RejectDuplicateID},
		{cancel, 0},
		{cancel, schema.RejectUnknownOrder},
		{&old, 0}, // again, and long ago
		{cancel, 0},
	} {
		b.Command(int64(i), schema.Opt[schema.Time]{}, "m", c.body, func([]byte, schema.Body) {})
		if a, ok := b.Answer(int64(i)); !ok || a.Code != c.code || a.Repeated() {
			t.Errorf("command %d: %+v, want %s", i, a, c.code)
		}
	}
	if n := b.window.len(); n != 0 {
		t.Errorf("%d ids are remembered", n)
	}
}
