package book

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/matcher"
)

// MarketInfo describes a market.
type MarketInfo struct {
	ID     string             `json:"id"`
	Kind   schema.MarketKind  `json:"kind"`
	State  string             `json:"state"` // open, halted or closed
	Low    int64              `json:"low,omitzero"`
	High   int64              `json:"high,omitzero"`
	Last   int64              `json:"last,omitzero"` // price of the last trade
	Seq    int64              `json:"seq"`           // executions so far
	Orders int64              `json:"orders"`        // numbers given to orders so far
	Open   int64              `json:"open"`          // orders that rest or wait
	Limits *schema.BookLimits `json:"limits,omitempty"`
	Causes []schema.Cause     `json:"causes,omitempty"`
}

// OrderInfo is an order that rests or waits.
type OrderInfo struct {
	Number    int64                   `json:"order"`
	Account   string                  `json:"account"`
	ID        string                  `json:"id"`
	Side      schema.Side             `json:"side"`
	Type      schema.OrderType        `json:"type"` // a stop that was triggered is what it became
	TIF       schema.TIF              `json:"tif"`
	Price     schema.Opt[int64]       `json:"price,omitzero"`
	StopPrice schema.Opt[int64]       `json:"stop_price,omitzero"` // while it waits
	Qty       int64                   `json:"qty"`
	Remaining int64                   `json:"remaining"`
	Filled    int64                   `json:"filled"`
	Shown     int64                   `json:"shown"` // what others see of it
	Display   schema.Opt[int64]       `json:"display_qty,omitzero"`
	ExpiresAt schema.Opt[schema.Time] `json:"expires_at,omitzero"`
	STP       schema.STP              `json:"stp,omitzero"`
}

// Markets lists the ids of all markets, sorted.
func (b *Book) Markets() []string { return slices.Sorted(maps.Keys(b.markets)) }

// Limits are those of the partition.
func (b *Book) Limits() schema.BookLimits { return b.limits }

// Market describes a market. It is false if there is no such market.
func (b *Book) Market(id string) (MarketInfo, bool) {
	m := b.markets[id]
	if m == nil {
		return MarketInfo{}, false
	}
	s, _ := b.engine.Status(m.number)
	info := MarketInfo{
		ID: id, Kind: schema.StockMarket, State: s.State.String(), Low: s.Low, High: s.High, Last: s.Last,
		Seq: m.seq, Orders: m.numbers, Open: int64(len(m.open)), Causes: slices.Clone(m.causes),
	}
	if s.Betting {
		info.Kind = schema.OddsMarket
	}
	if m.limits != (schema.BookLimits{}) {
		limits := m.limits
		info.Limits = &limits
	}
	return info, true
}

// Depth lists at most n levels of each side, best first; n < 0 means all. The
// first level of each is the top of the book.
func (b *Book) Depth(id string, n int) (bids, offers []matcher.Level) {
	if m := b.markets[id]; m != nil {
		bids = b.engine.Depth(nil, m.number, true, n)
		offers = b.engine.Depth(nil, m.number, false, n)
	}
	return bids, offers
}

// Ladder is the list of prices that a market knows.
func (b *Book) Ladder(id string) (matcher.Ladder, bool) {
	m := b.markets[id]
	if m == nil {
		return matcher.Ladder{}, false
	}
	s, ok := b.engine.Status(m.number)
	return s.Ladder, ok
}

// Order finds an open order by its client's names.
func (b *Book) Order(market, account, id string) (OrderInfo, bool) {
	o := b.orders[b.orderKey(market, account, id)]
	if o == nil {
		return OrderInfo{}, false
	}
	r, ok := b.engine.Lookup(o.market.number, matcher.ID(o.number))
	return o.info(&r), ok
}

// Orders goes through the open orders of a market: bids best to worst, by time
// priority at one price, then offers, then stops as they would trigger. Nothing
// must be folded meanwhile.
func (b *Book) Orders(id string) iter.Seq[OrderInfo] {
	return func(yield func(OrderInfo) bool) {
		m := b.markets[id]
		if m == nil {
			return
		}
		for r := range b.engine.Orders(m.number) {
			if !yield(m.open[r.ID].info(&r)) {
				return
			}
		}
	}
}

func (o *order) info(r *matcher.Resting) OrderInfo {
	some := func(n int64) schema.Opt[int64] { return schema.Opt[int64]{V: n, OK: n != 0} }
	return OrderInfo{
		Number: o.number, Account: o.account.name, ID: o.id,
		Side: o.side, Type: schema.OrderType(r.Type), TIF: schema.TIF(r.TIF), STP: schema.STP(r.STP),
		Price: some(r.Price), StopPrice: some(r.Stop), Qty: r.Qty, Remaining: r.Left, Filled: r.Qty - r.Left, Shown: r.Shown,
		Display: some(r.Display), ExpiresAt: schema.Opt[schema.Time]{V: schema.Time(r.Expire), OK: r.Expire != 0},
	}
}

// AccountOrders lists an account's open orders in a market by number.
func (b *Book) AccountOrders(id, account string) []OrderInfo {
	var list []OrderInfo
	for o := range b.Orders(id) {
		if o.Account == account {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(x, y OrderInfo) int { return cmp.Compare(x.Number, y.Number) })
	return list
}
