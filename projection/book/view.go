package book

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/matcher"
)

// MarketInfo describes a market.
type MarketInfo struct {
	ID             string                     `json:"id"`
	Kind           schema.MarketKind          `json:"kind"`
	State          string                     `json:"state"` // open, halted or closed
	Tick           schema.Decimal             `json:"tick"`  // its places are those of every price
	Lot            int64                      `json:"lot"`
	Low            schema.Opt[schema.Decimal] `json:"low,omitzero"`
	High           schema.Opt[schema.Decimal] `json:"high,omitzero"`
	Last           schema.Opt[schema.Decimal] `json:"last,omitzero"` // price of the last trade
	Seq            int64                      `json:"seq"`           // executions so far
	Orders         int64                      `json:"orders"`        // numbers given to orders so far
	Open           int64                      `json:"open"`          // orders that rest or wait
	Limits         *schema.BookLimits         `json:"limits,omitempty"`
	Killed         bool                       `json:"killed,omitzero"` // the market's kill switch is on
	KilledAccounts []string                   `json:"killed_accounts,omitempty"`
	Causes         []Taken                    `json:"causes,omitempty"`
	Hash           string                     `json:"book_hash"` // of what rests and waits, and its order
}

// OrderInfo is an order that rests or waits.
type OrderInfo struct {
	Number    int64                      `json:"order"`
	Account   string                     `json:"account"`
	ID        string                     `json:"id"`
	Side      schema.Side                `json:"side"`
	Type      schema.OrderType           `json:"type"` // a stop that was triggered is what it became
	TIF       schema.TIF                 `json:"tif"`
	Price     schema.Opt[schema.Decimal] `json:"price,omitzero"`
	StopPrice schema.Opt[schema.Decimal] `json:"stop_price,omitzero"` // while it waits
	Qty       int64                      `json:"qty"`
	Remaining int64                      `json:"remaining"`
	Filled    int64                      `json:"filled"`
	Shown     int64                      `json:"shown"` // what others see of it
	Display   schema.Opt[int64]          `json:"display_qty,omitzero"`
	ExpireAt  schema.Opt[schema.Time]    `json:"expire_at,omitzero"`
	STP       schema.STP                 `json:"stp,omitzero"`
}

// Markets lists the ids of all markets, sorted.
func (b *Book) Markets() []string { return slices.Sorted(maps.Keys(b.markets)) }

// Created lists the ids of all markets in the order in which they were created.
func (b *Book) Created() []string {
	ids := make([]string, len(b.byNumber))
	for i, m := range b.byNumber {
		ids[i] = m.id
	}
	return ids
}

// Hash covers the books of all markets, and time, as [matcher.Engine.Hash] does.
// The hash of the whole state is the runner's.
func (b *Book) Hash() uint64 { return b.engine.Hash() }

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
		ID: id, Kind: schema.SharesMarket, State: s.State.String(),
		Tick: m.tick, Lot: m.lot, Low: m.some(s.Low), High: m.some(s.High), Last: m.some(s.Last),
		Killed: m.kills.all, KilledAccounts: slices.Clone(m.kills.accounts), Hash: fmt.Sprintf("%016x", b.engine.BookHash(m.number)),
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
func (b *Book) Depth(id string, n int) (bids, offers []Level) {
	if m := b.markets[id]; m != nil {
		bids = m.levels(b.engine.Depth(nil, m.number, true, n))
		offers = m.levels(b.engine.Depth(nil, m.number, false, n))
	}
	return bids, offers
}

// Level is one price of a book.
type Level struct {
	Price  schema.Decimal `json:"price"`
	Shown  int64          `json:"shown"` // what others see
	Total  int64          `json:"total"` // with what icebergs hide
	Orders int            `json:"orders"`
}

func (m *market) levels(from []matcher.Level) []Level {
	levels := make([]Level, len(from))
	for i, l := range from {
		levels[i] = Level{m.decimal(l.Price), l.Shown, l.Total, l.Orders}
	}
	return levels
}

// some writes one of the engine's numbers, which is 0 where there is none.
func (m *market) some(price int64) schema.Opt[schema.Decimal] {
	if price == 0 {
		return schema.Opt[schema.Decimal]{}
	}
	return schema.Some(m.decimal(price))
}

// Killed are the kill switches of the partition that are on: that of everything,
// and those of accounts.
func (b *Book) Killed() (all bool, accounts []string) {
	return b.kills.all, slices.Clone(b.kills.accounts)
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
		Price: o.market.some(r.Price), StopPrice: o.market.some(r.Stop), Qty: r.Qty, Remaining: r.Left, Filled: r.Qty - r.Left, Shown: r.Shown,
		Display: some(r.Display), ExpireAt: schema.Opt[schema.Time]{V: schema.Time(r.Expire), OK: r.Expire != 0},
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
