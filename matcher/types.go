package matcher

import "github.com/deadheat-io/deadheat/journal/schema"

// Market numbers a market: 0 to [MaxMarkets]-1, densely, chosen by the caller.
type Market uint32

// ID names an order among those that rest in its market. Every value is valid.
type ID uint64

// Account owns orders. Every value is valid.
type Account uint32

// Limits of one engine.
const (
	MaxMarkets = 1 << 20 // markets, closed ones included
	MaxOrders  = 1 << 26 // orders that rest or wait as stops
	MaxSlices  = 1000    // slices of an iceberg
)

// Side says what an order wants. The zero value is no side.
type Side uint8

// The sides. Numbers are frozen.
const (
	Buy       Side = 1 // exchange: bid
	Sell      Side = 2 // exchange: offer
	SellShort Side = 3 // exchange: offer of what is borrowed
	Back      Side = 4 // betting: offer; for the outcome
	Lay       Side = 5 // betting: bid; against the outcome
)

// Bid tells whether the side bids: it wants to trade at its price or below.
func (s Side) Bid() bool { return s == Buy || s == Lay }

func (s Side) valid() bool   { return s >= Buy && s <= Lay }
func (s Side) betting() bool { return s >= Back }

// Type is the type of an order.
type Type uint8

// The types of order. Numbers are frozen.
const (
	LimitOrder     Type = 1 // trades at Price or better; the rest rests
	MarketOrder    Type = 2 // trades at any price; the rest is cancelled
	StopOrder      Type = 3 // waits for a trade at Stop, then a MarketOrder
	StopLimitOrder Type = 4 // waits for a trade at Stop, then a LimitOrder
)

func (t Type) valid() bool  { return t >= LimitOrder && t <= StopLimitOrder }
func (t Type) waits() bool  { return t >= StopOrder }
func (t Type) priced() bool { return t == LimitOrder || t == StopLimitOrder }

// TIF is the time in force.
type TIF uint8

// The times in force. Numbers are frozen.
const (
	GTC TIF = 1 // good till cancelled
	IOC TIF = 2 // immediate or cancel
	FOK TIF = 3 // fill or kill
	GTD TIF = 4 // good till its deadline, see [Engine.Expire]
	Day TIF = 5 // good till [Engine.EndDay]
)

func (t TIF) valid() bool { return t >= GTC && t <= Day }
func (t TIF) rests() bool { return t != IOC && t != FOK }

// STP is what happens when an incoming order meets one of its own account.
type STP uint8

// The modes of self-trade prevention. Numbers are frozen.
const (
	AllowSelfTrade     STP = 0 // they trade
	CancelNewest       STP = 1 // the incoming order is cancelled
	CancelOldest       STP = 2 // the resting order is cancelled, matching goes on
	CancelBoth         STP = 3 // both are cancelled
	DecrementAndCancel STP = 4 // both lose the smaller quantity; what is left of one goes on
)

func (s STP) valid() bool { return s <= DecrementAndCancel }

// State is the state of a market.
type State uint8

// The states. Numbers are frozen.
const (
	Open   State = 1 // everything is taken
	Halted State = 2 // cancels only
	Closed State = 3 // nothing, for ever
)

// Config is what a market is made of.
type Config struct {
	Betting bool   // sides are Back and Lay instead of Buy, Sell and SellShort
	Ladder  Ladder // the prices there are; the zero value is the unit ladder
	Low     int64  // least limit price taken; 0: no bound
	High    int64  // greatest limit price taken; 0: no bound
}

// Order is a new order.
type Order struct {
	Market   Market
	ID       ID
	Account  Account
	Side     Side
	Type     Type
	TIF      TIF
	STP      STP
	PostOnly bool  // LimitOrder with GTC, GTD or Day: refused if it would trade
	Price    int64 // LimitOrder and StopLimitOrder; 0 otherwise
	Stop     int64 // StopOrder and StopLimitOrder; 0 otherwise
	Qty      int64 // lots, 1 to MaxInt64
	Display  int64 // lots shown at a time, 1 to Qty; 0: all. Only with a limit price and GTC, GTD or Day
	Expire   int64 // GTD: the deadline in nanoseconds since 1970; 0 otherwise
}

// Replace changes an order that rests or waits. A field that is absent stays.
type Replace struct {
	Market  Market
	ID      ID
	Price   schema.Opt[int64] // limit price; orders that have one
	Stop    schema.Opt[int64] // stop price; stops that wait
	Qty     schema.Opt[int64] // new total, filled part included; at least 1
	Display schema.Opt[int64] // lots shown at a time; 0: all
}

// Resting is an order that rests in a book or waits as a stop.
type Resting struct {
	Market  Market
	ID      ID
	Account Account
	Side    Side
	Type    Type // StopOrder and StopLimitOrder wait; a triggered StopLimitOrder is a LimitOrder
	TIF     TIF
	STP     STP
	Price   int64 // limit price; 0 for a StopOrder
	Stop    int64 // stop price; 0 unless it waits
	Qty     int64 // total; Qty-Left is filled
	Left    int64 // what is not filled, hidden part included
	Shown   int64 // the part of Left that others see; 0 while it waits
	Display int64
	Expire  int64
}

// Level is one price of a book.
type Level struct {
	Price  int64
	Shown  int64 // lots that others see
	Total  int64 // lots with the hidden ones
	Orders int
}
