package book

import (
	"fmt"
	"math/rand"
	"slices"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

const second = 1_000_000_000

// venue is a market of random steps. Its prices are from, from+by, … in units of
// its places.
type venue struct {
	id       string
	create   schema.Market
	from, by int64
	places   uint8
	lot      int64
}

// venues have ticks, places and lots of several sizes. They are in the order of
// their ids.
var venues = []venue{
	{"a", schema.Market{}, 1, 1, 0, 1},
	{"b", schema.Market{Tick: schema.Some(schema.Decimal{Units: 5, Places: 2}), Lot: schema.Some[int64](2)}, 100, 5, 2, 2},
	{"c", schema.Market{Tick: schema.Some(schema.Whole(25))}, 25, 25, 0, 1},
	{"odds", schema.Market{Kind: schema.Some(schema.OddsMarket)}, 150, 1, 2, 1},
	{"odds1", schema.Market{
		Kind: schema.Some(schema.OddsMarket), Tick: schema.Some(schema.Decimal{Units: 1, Places: 1}), Lot: schema.Some[int64](3),
		Ladder: []schema.Decimal{tenths(15), tenths(16), tenths(17), tenths(19), tenths(21), tenths(23), tenths(25), tenths(26)},
	}, 15, 1, 1, 3},
}

func tenths(n int64) schema.Decimal { return schema.Decimal{Units: n, Places: 1} }

// venueOf finds a venue; a market that does not exist is as the first.
func venueOf(id string) *venue {
	return &venues[max(0, slices.IndexFunc(venues, func(v venue) bool { return v.id == id }))]
}

// opening creates the venue.
func (v *venue) opening() *schema.Market {
	c := v.create
	c.Action = schema.MarketCreate
	if !c.Kind.OK {
		c.Kind = schema.Some(schema.SharesMarket)
	}
	return &c
}

// price draws a price; now and then one that no order may have.
func (v *venue) price(rng *rand.Rand) schema.Decimal {
	d := schema.Decimal{Units: v.from + v.by*rng.Int63n(12), Places: v.places}
	switch rng.Intn(60) {
	case 0: // the value, written in another way
		d.Units, d.Places = d.Units*10, d.Places+1
	case 1: // no multiple of the tick, where there are such
		d.Units++
	}
	return d
}

// ceiling draws the highest price of limits, which need not be one of the venue.
func (v *venue) ceiling(rng *rand.Rand) schema.Decimal {
	return schema.Decimal{Units: (v.from+v.by*(6+rng.Int63n(8)))*10 + rng.Int63n(10) - 5, Places: v.places + 1}
}

// qty draws a quantity, mostly of whole lots.
func (v *venue) qty(rng *rand.Rand, most int64) int64 {
	n := v.lot * (1 + rng.Int63n(most))
	if rng.Intn(60) == 0 {
		n++
	}
	return n
}

// Limits of random steps on open orders.
const (
	mostOfAccount = 4
	mostInMarket  = 8
)

// randomSteps is a journal of all commands for a few markets, with repetitions,
// ids used again, ticks that now and then jump over midnight, and kill switches
// of which most are released before long.
func randomSteps(rng *rand.Rand, n int) []step {
	now := int64(20_000) * day
	steps := []step{{"", now, &schema.Tick{}}}
	for i := range venues {
		steps = append(steps, step{venues[i].id, now, venues[i].opening()})
	}
	window := int64(1 + rng.Intn(40))
	steps = append(steps, step{"", now, &schema.BookLimits{Window: schema.Some(window), MarketOrders: schema.Some[int64](mostInMarket), AccountOrders: schema.Some[int64](mostOfAccount)}})
	var releases []release
	for len(steps) < n {
		now += rng.Int63n(second)
		if len(releases) > 0 && releases[0].at <= len(steps) {
			steps = append(steps, step{releases[0].market, now, releases[0].kill})
			releases = releases[1:]
			continue
		}
		switch rng.Intn(25) {
		case 0, 1:
			if rng.Intn(10) == 0 {
				now += rng.Int63n(2 * day)
			}
			steps = append(steps, step{"", now, &schema.Tick{}})
		case 2, 3: // again, as it was
			s := steps[rng.Intn(len(steps))]
			s.time = now
			steps = append(steps, s)
		default:
			m := []string{"a", "a", "a", "b", "b", "c", "odds", "odds1", "none"}[rng.Intn(9)]
			body := randomBody(rng, m, now)
			aim(rng, m, body, steps)
			if _, sweeps := body.(*schema.MassCancel); sweeps && rng.Intn(4) == 0 {
				m = ""
			}
			if k, kills := body.(*schema.Kill); kills {
				if rng.Intn(4) == 0 {
					m = ""
				}
				if !k.Release && rng.Intn(8) > 0 {
					releases = append(releases, release{len(steps) + rng.Intn(30), m, &schema.Kill{Account: k.Account, Release: true}})
				}
			}
			steps = append(steps, step{m, now + rng.Int63n(10*second) - 3*second, body})
		}
	}
	return steps
}

// release is a kill switch that is to be released.
type release struct {
	at     int
	market string
	kill   *schema.Kill
}

// aim lets most cancels and replaces be about an order that came not long ago,
// and may be open.
func aim(rng *rand.Rand, m string, body schema.Body, steps []step) {
	if rng.Intn(4) == 0 {
		return
	}
	for _, s := range steps[rng.Intn(len(steps)):] {
		n, places := s.body.(*schema.OrderNew)
		if !places || s.market != m || n.TIF == schema.IOC || n.TIF == schema.FOK {
			continue
		}
		switch b := body.(type) {
		case *schema.OrderCancel:
			b.Account, b.ID = n.Account, n.ID
		case *schema.OrderReplace:
			b.Account, b.ID = n.Account, n.ID
		}
		if rng.Intn(3) == 0 {
			return
		}
	}
}

// randomBody is what a record holds of a random body: what is absent is zero.
func randomBody(rng *rand.Rand, m string, now int64) schema.Body {
	body := draw(rng, m, now)
	read, err := codec.DecodeBody(body.RecordKind(), codec.Body(body))
	if err != nil {
		panic(err)
	}
	return read
}

func draw(rng *rand.Rand, m string, now int64) schema.Body {
	account := func() string { return string(rune('p' + rng.Intn(4))) }
	id := func() string { return fmt.Sprint(rng.Intn(25)) }
	maybe := func(one, of int, n int64) schema.Opt[int64] { return schema.Opt[int64]{V: n, OK: rng.Intn(of) < one} }
	priced := func(one, of int, d schema.Decimal) schema.Opt[schema.Decimal] {
		return schema.Opt[schema.Decimal]{V: d, OK: rng.Intn(of) < one}
	}
	cmd := schema.Opt[string]{V: "c" + fmt.Sprint(rng.Intn(40)), OK: rng.Intn(3) == 0}
	sent := schema.Opt[schema.Time]{V: schema.Time(now - rng.Int63n(20*second)), OK: rng.Intn(4) == 0}
	v := venueOf(m)
	price := func() schema.Decimal { return v.price(rng) }
	switch rng.Intn(50) {
	case 49:
		return &schema.Kill{Account: schema.Opt[string]{V: account(), OK: rng.Intn(5) > 0}, Release: rng.Intn(3) == 0, Cmd: cmd, SentAt: sent}
	case 0:
		return &schema.MassCancel{Account: schema.Opt[string]{V: account(), OK: rng.Intn(5) > 0}, Cmd: cmd, SentAt: sent}
	case 1, 2:
		return randomMarket(rng, cmd)
	case 3, 4:
		l := &schema.BookLimits{Cmd: cmd, MaxQty: maybe(1, 2, 15+rng.Int63n(30)), MaxPrice: priced(1, 4, v.ceiling(rng))}
		return l
	case 5, 6, 7, 8, 9:
		return &schema.OrderCancel{Account: account(), ID: id(), Cmd: cmd, SentAt: sent}
	case 10, 11, 12, 13, 14, 15, 16, 17, 18, 19:
		return &schema.OrderReplace{
			Account: account(), ID: id(), Cmd: cmd, SentAt: sent, Price: priced(1, 2, price()), Qty: maybe(1, 2, v.qty(rng, 20)),
			DisplayQty: maybe(1, 8, v.lot*rng.Int63n(4)), StopPrice: priced(1, 10, price()),
		}
	}
	return randomOrder(rng, v, account(), id(), now, sent)
}

func randomMarket(rng *rand.Rand, cmd schema.Opt[string]) *schema.Market {
	actions := []schema.MarketAction{
		schema.MarketHalt, schema.MarketResume, schema.MarketResume, schema.MarketResume, schema.MarketEndDay, schema.MarketCreate,
	}
	c := &schema.Market{Action: actions[rng.Intn(len(actions))], Cmd: cmd}
	if rng.Intn(200) == 0 {
		c.Action = schema.MarketClose
	}
	if c.Action == schema.MarketCreate {
		c.Kind = schema.Some(schema.SharesMarket)
	}
	if rng.Intn(2) == 0 {
		c.Cause = schema.Some(schema.Cause{Topic: "feed.x", Partition: int32(rng.Intn(2)), Offset: rng.Int63n(50), Part: rng.Int63n(2)})
	}
	return c
}

func randomOrder(rng *rand.Rand, v *venue, account, id string, now int64, sent schema.Opt[schema.Time]) *schema.OrderNew {
	o := &schema.OrderNew{
		Account: account, ID: id, Side: schema.Side(1 + rng.Intn(3)), Type: schema.OrderLimit, TIF: schema.GTC,
		Qty: v.qty(rng, 20), STP: schema.STP(rng.Intn(5)), SentAt: sent,
	}
	price := func() schema.Decimal { return v.price(rng) }
	if v.create.Kind.OK {
		o.Side = schema.Side(4 + rng.Intn(2))
	}
	switch rng.Intn(8) {
	case 0:
		o.Type = schema.OrderMarket
	case 1:
		o.Type, o.StopPrice = schema.OrderStop, schema.Some(price())
	case 2:
		o.Type, o.StopPrice, o.Price = schema.OrderStopLimit, schema.Some(price()), schema.Some(price())
	default:
		o.Price = schema.Some(price())
		if bids(o.Side) != (o.Price.V.Units < v.from+6*v.by) { // half of those that would trade stay away
			o.Price = schema.Some(price())
		}
	}
	switch rng.Intn(8) {
	case 0:
		o.TIF = schema.IOC
	case 1:
		o.TIF = schema.FOK
	case 2, 3:
		o.TIF, o.ExpireAt = schema.GTD, schema.Some(schema.Time(now+rng.Int63n(30*second)-second))
	case 4:
		o.TIF = schema.Day
	}
	if rng.Intn(5) == 0 {
		o.DisplayQty = schema.Some(v.qty(rng, 3))
	}
	o.PostOnly = rng.Intn(10) == 0
	return o
}
