package matcher

// Kind is the kind of a report.
type Kind uint8

// The kinds of report. Numbers are frozen.
const (
	Accepted  Kind = 1 // a new order was taken: Qty is its total
	Rejected  Kind = 2 // a command was refused: Code says why, nothing has changed
	Traded    Kind = 3 // ID (incoming) and Maker (resting) traded Qty at Price
	Cancelled Kind = 4 // Qty was taken from the order, Left stays; Reason says why
	Replaced  Kind = 5 // an order changed: Qty is its new total, which counts what is filled
	Expired   Kind = 6 // as Cancelled, by Expire or EndDay
	Triggered Kind = 7 // a stop became a MarketOrder or LimitOrder
)

// Report is one thing that happened. Every command appends its reports in the
// order in which things happened; a trade names both sides, the one that came
// in first and the one that rested as the maker.
type Report struct {
	Kind         Kind
	Code         Code   // Rejected
	Reason       Reason // Cancelled, Expired
	Side         Side   // of ID; 0 when a refused command named no order
	MakerSide    Side   // Traded
	Market       Market
	Account      Account // of ID
	MakerAccount Account // Traded
	ID           ID
	Maker        ID    // Traded
	Price        int64 // Traded: of the trade; else the limit price of ID, 0 if it has none
	Qty          int64
	Left         int64 // what is left of ID, hidden part included
	MakerLeft    int64 // Traded: what is left of Maker
}

// Code says why a command was refused. The zero value says that it was not.
type Code uint8

// The codes. Numbers are frozen; new ones are added at the end.
const (
	OK            Code = 0
	UnknownMarket Code = 1  // there is no such market
	MarketExists  Code = 2  // the market was created before
	MarketHalted  Code = 3  // new orders and replaces wait for Resume
	MarketClosed  Code = 4  // nothing is taken any more
	DuplicateID   Code = 5  // an order with this id rests
	UnknownOrder  Code = 6  // no order with this id rests
	BadSide       Code = 7  // no side of this market
	BadType       Code = 8  // no type of order
	BadTIF        Code = 9  // no time in force
	BadSTP        Code = 10 // no mode of self-trade prevention
	BadQty        Code = 11 // not positive
	BadPrice      Code = 12 // not positive, or given where none belongs
	OffLadder     Code = 13 // the price is not on the ladder
	OutsideBand   Code = 14 // the limit price is outside the price band
	BadStop       Code = 15 // stop price not positive, or given where none belongs
	BadDisplay    Code = 16 // negative, above the total, too many slices, or on an order that cannot rest
	BadExpire     Code = 17 // a deadline without GTD, or GTD without one
	TooLate       Code = 18 // the deadline has passed
	BadPostOnly   Code = 19 // post-only on an order that cannot rest at once
	WouldCross    Code = 20 // a post-only order would trade
	Overflow      Code = 21 // the quantity open on this side would not fit
	BadConfig     Code = 22 // market number too large, or bounds that contradict each other
	Full          Code = 23 // the engine holds MaxOrders orders
)

var codeNames = [...]string{
	"ok", "unknown_market", "market_exists", "market_halted", "market_closed", "duplicate_id", "unknown_order",
	"bad_side", "bad_type", "bad_tif", "bad_stp", "bad_qty", "bad_price", "off_ladder", "outside_band", "bad_stop",
	"bad_display", "bad_expire", "too_late", "bad_post_only", "would_cross", "overflow", "bad_config", "full",
}

// Reason says why an order, or a part of it, was cancelled or expired.
type Reason uint8

// The reasons. Numbers are frozen; new ones are added at the end.
const (
	Requested     Reason = 1 // by Cancel
	ByAccount     Reason = 2 // by CancelAccount
	ByMarket      Reason = 3 // by CancelMarket
	ByClose       Reason = 4 // the market was closed
	Unfilled      Reason = 5 // nothing left to trade with, and it may not rest
	Killed        Reason = 6 // FOK that could not fill whole
	SelfTrade     Reason = 7 // by self-trade prevention
	AlreadyFilled Reason = 8 // the new total of a replace was filled already
	Deadline      Reason = 9 // GTD, by Expire
	EndOfDay      Reason = 10
)

var (
	kindNames   = [...]string{"", "accepted", "rejected", "traded", "cancelled", "replaced", "expired", "triggered"}
	reasonNames = [...]string{"", "requested", "account", "market", "close", "unfilled", "killed", "self_trade", "already_filled", "deadline", "end_of_day"}
	sideNames   = [...]string{"", "buy", "sell", "sell_short", "back", "lay"}
	typeNames   = [...]string{"", "limit", "market", "stop", "stop_limit"}
	tifNames    = [...]string{"", "gtc", "ioc", "fok", "gtd", "day"}
	stpNames    = [...]string{"none", "cancel_newest", "cancel_oldest", "cancel_both", "decrement_and_cancel"}
	stateNames  = [...]string{"", "open", "halted", "closed"}
)

// name is the text of a small number; what has none is "?".
func name[T ~uint8](names []string, n T) string {
	if int(n) < len(names) {
		return names[n]
	}
	return "?"
}

func (k Kind) String() string   { return name(kindNames[:], k) }
func (c Code) String() string   { return name(codeNames[:], c) }
func (r Reason) String() string { return name(reasonNames[:], r) }
func (s Side) String() string   { return name(sideNames[:], s) }
func (t Type) String() string   { return name(typeNames[:], t) }
func (t TIF) String() string    { return name(tifNames[:], t) }
func (s STP) String() string    { return name(stpNames[:], s) }
func (s State) String() string  { return name(stateNames[:], s) }
