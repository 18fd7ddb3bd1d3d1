package schema

// Side is what an order wants. Buy and the sells are of shares markets, back and
// lay of odds markets.
type Side uint8

const (
	SideBuy       Side = 1
	SideSell      Side = 2
	SideSellShort Side = 3 // sells what the account does not have
	SideBack      Side = 4 // bets that the outcome happens
	SideLay       Side = 5 // bets that it does not
)

var sides = words{"side", []string{1: "buy", 2: "sell", 3: "sell_short", 4: "back", 5: "lay"}}

// OrderType says when an order is live and whether a price bounds it.
type OrderType uint8

const (
	OrderLimit     OrderType = 1
	OrderMarket    OrderType = 2
	OrderStop      OrderType = 3 // a market order once a trade reaches its stop price
	OrderStopLimit OrderType = 4 // a limit order from then on
)

var orderTypes = words{"type", []string{1: "limit", 2: "market", 3: "stop", 4: "stop_limit"}}

// TIF is an order's time in force.
type TIF uint8

const (
	GTC TIF = 1 // until it is cancelled
	IOC TIF = 2 // what does not trade at once is cancelled
	FOK TIF = 3 // all at once, or nothing
	GTD TIF = 4 // until a given time
	Day TIF = 5 // until the market's day ends
)

var tifs = words{"tif", []string{1: "gtc", 2: "ioc", 3: "fok", 4: "gtd", 5: "day"}}

// STP says what becomes of an order that would trade with one of the same account.
type STP uint8

const (
	STPOff          STP = 0 // they trade
	STPCancelNewest STP = 1
	STPCancelOldest STP = 2
	STPCancelBoth   STP = 3
	STPDecrement    STP = 4 // both lose the smaller one's quantity
)

var stps = words{"stp", []string{"off", "cancel_newest", "cancel_oldest", "cancel_both", "decrement"}}

func (s Side) Known() bool                      { return sides.known(uint8(s)) }
func (s Side) String() string                   { return sides.text(uint8(s)) }
func (s Side) MarshalText() ([]byte, error)     { return []byte(s.String()), nil }
func (s *Side) UnmarshalText(text []byte) error { return sides.read(text, (*uint8)(s)) }

func (t OrderType) Known() bool                      { return orderTypes.known(uint8(t)) }
func (t OrderType) String() string                   { return orderTypes.text(uint8(t)) }
func (t OrderType) MarshalText() ([]byte, error)     { return []byte(t.String()), nil }
func (t *OrderType) UnmarshalText(text []byte) error { return orderTypes.read(text, (*uint8)(t)) }

func (t TIF) Known() bool                      { return tifs.known(uint8(t)) }
func (t TIF) String() string                   { return tifs.text(uint8(t)) }
func (t TIF) MarshalText() ([]byte, error)     { return []byte(t.String()), nil }
func (t *TIF) UnmarshalText(text []byte) error { return tifs.read(text, (*uint8)(t)) }

func (s STP) Known() bool                      { return stps.known(uint8(s)) }
func (s STP) String() string                   { return stps.text(uint8(s)) }
func (s STP) MarshalText() ([]byte, error)     { return []byte(s.String()), nil }
func (s *STP) UnmarshalText(text []byte) error { return stps.read(text, (*uint8)(s)) }
