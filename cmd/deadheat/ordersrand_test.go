package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// orderVenue is a market of random commands: its prices are from, from+by, … in
// units of its places.
type orderVenue struct {
	id       string
	create   schema.Market
	from, by int64
	places   uint8
	lot      int64
}

// orderVenues are there before clients come.
var orderVenues = []orderVenue{
	{"a", schema.Market{Kind: schema.Some(schema.SharesMarket)}, 90, 1, 0, 1},
	{"b", schema.Market{Kind: schema.Some(schema.SharesMarket), Tick: schema.Some(schema.Decimal{Units: 5, Places: 2}), Lot: schema.Some[int64](2)}, 100, 5, 2, 2},
	{"odds", schema.Market{Kind: schema.Some(schema.OddsMarket)}, 150, 1, 2, 1},
}

// opening creates the venue.
func (v *orderVenue) opening() *schema.Market {
	m := v.create
	m.Action, m.Cmd = schema.MarketCreate, schema.Some("open")
	return &m
}

// price draws a price, of which a few are off the tick.
func (v *orderVenue) price(rng *rand.Rand) schema.Decimal {
	d := schema.Decimal{Units: v.from + v.by*rng.Int64N(12), Places: v.places}
	if rng.IntN(50) == 0 {
		d.Units, d.Places = d.Units*10+1, d.Places+1
	}
	return d
}

func (v *orderVenue) qty(rng *rand.Rand) int64 { return v.lot * (1 + rng.Int64N(20)) }

// orderDraw draws commands of one client. Its ids are its own.
type orderDraw struct {
	rng    *rand.Rand
	client int
	n      int
}

// id is one that was never used.
func (d *orderDraw) id() string { d.n++; return fmt.Sprintf("%d-%d", d.client, d.n) }

func (d *orderDraw) cmd() schema.Opt[string] { return schema.Some("x" + d.id()) }

func (d *orderDraw) account() string { return string(rune('p' + d.rng.IntN(8))) }

// command draws a command of any kind; target is an order that may be open.
func (d *orderDraw) command(target *ask) (market string, body schema.Command) {
	v := &orderVenues[d.rng.IntN(len(orderVenues))]
	account := schema.Opt[string]{V: d.account(), OK: d.rng.IntN(6) > 0}
	switch n := d.rng.IntN(100); {
	case n < 30 && target != nil:
		for i := range orderVenues {
			if orderVenues[i].id == target.market {
				v = &orderVenues[i]
			}
		}
		return target.market, d.change(v, target.body.(*schema.OrderNew))
	case n < 32:
		if d.rng.IntN(4) == 0 {
			return "", &schema.MassCancel{Account: schema.Some(account.V), Cmd: d.cmd()}
		}
		return v.id, &schema.MassCancel{Account: account, Cmd: d.cmd()}
	case n < 33:
		return v.id, &schema.Kill{Account: schema.Some("p"), Cmd: d.cmd()} // of one account, so that a release is likely
	case n < 37:
		return v.id, &schema.Kill{Account: schema.Some("p"), Release: true, Cmd: d.cmd()}
	case n < 38:
		return v.id, &schema.Market{Action: schema.MarketHalt, Cmd: d.cmd()}
	case n < 42:
		return v.id, &schema.Market{Action: schema.MarketResume, Cmd: d.cmd()}
	case n < 43:
		return v.id, &schema.Market{Action: schema.MarketEndDay, Cmd: d.cmd()}
	case n < 46: // markets that come and go
		m := &schema.Market{Action: schema.MarketCreate, Kind: schema.Some(schema.SharesMarket), Cmd: d.cmd()}
		if d.rng.IntN(3) == 0 {
			m.Action, m.Kind = schema.MarketClose, schema.Opt[schema.MarketKind]{}
		}
		return d.brief(), m
	case n < 47:
		return v.id, &schema.BookLimits{MaxQty: schema.Some(15 + d.rng.Int64N(30)), Cmd: d.cmd()}
	case n < 50:
		brief := orderVenue{from: 90, by: 1, lot: 1}
		return d.brief(), d.order(&brief)
	}
	return v.id, d.order(v)
}

func (d *orderDraw) brief() string { return fmt.Sprint("brief", d.rng.IntN(12)) }

// change draws a cancel or a replace of an order, a few of them without a name.
func (d *orderDraw) change(v *orderVenue, o *schema.OrderNew) schema.Command {
	if d.rng.IntN(2) == 0 {
		c := &schema.OrderCancel{Account: o.Account, ID: o.ID, Cmd: d.cmd()}
		if d.rng.IntN(8) == 0 {
			c.Cmd = schema.Opt[string]{}
		}
		return c
	}
	r := &schema.OrderReplace{Account: o.Account, ID: o.ID, Cmd: d.cmd(), Qty: schema.Some(v.qty(d.rng))}
	if o.Price.OK && d.rng.IntN(2) == 0 {
		r.Price = schema.Some(v.price(d.rng))
	}
	return r
}

// order draws one of any type.
func (d *orderDraw) order(v *orderVenue) *schema.OrderNew {
	rng := d.rng
	o := &schema.OrderNew{
		Account: d.account(), ID: d.id(), Side: schema.Side(1 + rng.IntN(3)), Type: schema.OrderLimit, TIF: schema.GTC,
		Qty: v.qty(rng), STP: schema.STP(rng.IntN(5)),
	}
	if v.create.Kind.V == schema.OddsMarket {
		o.Side = schema.Side(4 + rng.IntN(2))
	}
	switch rng.IntN(8) {
	case 0:
		o.Type = schema.OrderMarket
	case 1:
		o.Type, o.StopPrice = schema.OrderStop, schema.Some(v.price(rng))
	case 2:
		o.Type, o.StopPrice, o.Price = schema.OrderStopLimit, schema.Some(v.price(rng)), schema.Some(v.price(rng))
	default:
		o.Price = schema.Some(v.price(rng))
	}
	switch rng.IntN(8) {
	case 0:
		o.TIF = schema.IOC
	case 1:
		o.TIF = schema.FOK
	case 2:
		o.TIF, o.ExpireAt = schema.GTD, schema.Some(schema.Time(time.Now().Add(rand.N(4*time.Second)).UnixNano()))
	case 3:
		o.TIF = schema.Day
	}
	rests := o.TIF != schema.IOC && o.TIF != schema.FOK
	if o.Price.OK && rests && rng.IntN(4) == 0 {
		o.DisplayQty = schema.Some(min(o.Qty, v.lot*(1+rng.Int64N(3))))
	}
	o.PostOnly = o.Type == schema.OrderLimit && rests && rng.IntN(10) == 0
	if rng.IntN(4) == 0 {
		o.SentAt = schema.Some(schema.Time(time.Now().UnixNano()))
	}
	return o
}

// other is another command of the same name.
func (d *orderDraw) other(body schema.Command) schema.Command {
	switch b := body.(type) {
	case *schema.OrderNew:
		o := *b
		o.Qty += 2 * (1 + d.rng.Int64N(5))
		return &o
	case *schema.OrderCancel:
		return &schema.OrderReplace{Account: b.Account, ID: b.ID, Qty: schema.Some(2 * (1 + d.rng.Int64N(9))), Cmd: b.Cmd}
	case *schema.OrderReplace:
		return &schema.OrderCancel{Account: b.Account, ID: b.ID, Cmd: b.Cmd}
	}
	return body
}
