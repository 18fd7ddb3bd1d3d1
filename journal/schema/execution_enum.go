package schema

// RejectCode says why a command was refused. Codes below 64 are of matching,
// those from 64 on of the book around it.
type RejectCode uint8

const (
	RejectUnknownMarket RejectCode = 1
	RejectMarketExists  RejectCode = 2
	RejectMarketHalted  RejectCode = 3
	RejectMarketClosed  RejectCode = 4
	RejectDuplicateID   RejectCode = 5 // an order of that id rests
	RejectUnknownOrder  RejectCode = 6 // there is no such order, or no more
	RejectBadSide       RejectCode = 7 // of another kind of market
	RejectBadType       RejectCode = 8
	RejectBadTIF        RejectCode = 9
	RejectBadSTP        RejectCode = 10
	RejectBadQty        RejectCode = 11
	RejectBadPrice      RejectCode = 12 // not positive, missing, or where none belongs
	RejectOffLadder     RejectCode = 13 // no price of the market
	RejectOutsideBand   RejectCode = 14 // outside the market's band
	RejectBadStop       RejectCode = 15
	RejectBadDisplay    RejectCode = 16
	RejectBadExpire     RejectCode = 17
	RejectTooLate       RejectCode = 18 // it had expired when it came
	RejectBadPostOnly   RejectCode = 19
	RejectWouldCross    RejectCode = 20 // a post-only order would trade
	RejectOverflow      RejectCode = 21 // sums would not fit 64 bits
	RejectBadConfig     RejectCode = 22 // of a market
	RejectFull          RejectCode = 23 // too many orders in all

	RejectInvalid       RejectCode = 64 // nonsense for another reason
	RejectIDReused      RejectCode = 65 // the id belongs to a command with another body
	RejectMarketState   RejectCode = 66 // the action does not fit the market's state
	RejectStaleCause    RejectCode = 67 // of a bridge that has said later things already
	RejectPriceLimit    RejectCode = 68 // outside what limits allow
	RejectQtyLimit      RejectCode = 69
	RejectAccountOrders RejectCode = 70 // the account has too many open orders
	RejectMarketOrders  RejectCode = 71 // the market has
	RejectMarkets       RejectCode = 72 // the partition has too many markets
	RejectOffTick       RejectCode = 73 // no whole number of ticks, or not written with the tick's places
	RejectOffLot        RejectCode = 74 // no whole number of lots
	RejectKilled        RejectCode = 75 // a kill switch is on
	RejectKills         RejectCode = 76 // too many kill switches are on
	RejectTooOld        RejectCode = 77 // it may be a repetition of a command that is forgotten
)

var rejectCodes = words{"code", []string{
	1: "unknown_market", 2: "market_exists", 3: "market_halted", 4: "market_closed", 5: "duplicate_id", 6: "unknown_order",
	7: "bad_side", 8: "bad_type", 9: "bad_tif", 10: "bad_stp", 11: "bad_qty", 12: "bad_price", 13: "off_ladder",
	14: "outside_band", 15: "bad_stop", 16: "bad_display", 17: "bad_expire", 18: "too_late", 19: "bad_post_only",
	20: "would_cross", 21: "overflow", 22: "bad_config", 23: "full",
	64: "invalid", 65: "id_reused", 66: "market_state", 67: "stale_cause", 68: "price_limit", 69: "qty_limit",
	70: "account_orders", 71: "market_orders", 72: "markets",
	73: "off_tick", 74: "off_lot", 75: "killed", 76: "kills", 77: "too_old",
}}

// EndReason says why an order, or a part of it, left the book untraded.
type EndReason uint8

const (
	EndRequested     EndReason = 1
	EndAccount       EndReason = 2 // with all of its account
	EndMarket        EndReason = 3 // with all of the market
	EndClose         EndReason = 4 // the market was closed
	EndUnfilled      EndReason = 5 // nothing left to trade with, and it may not rest
	EndKilled        EndReason = 6 // a fok order that cannot trade whole
	EndSelfTrade     EndReason = 7
	EndAlreadyFilled EndReason = 8 // replaced by no more than was traded
	EndDeadline      EndReason = 9 // of a gtd order
	EndOfDay         EndReason = 10
)

var endReasons = words{"reason", []string{
	1: "requested", 2: "account", 3: "market", 4: "close", 5: "unfilled", 6: "killed", 7: "self_trade",
	8: "already_filled", 9: "deadline", 10: "end_of_day",
}}

func (c RejectCode) Known() bool                      { return rejectCodes.known(uint8(c)) }
func (c RejectCode) String() string                   { return rejectCodes.text(uint8(c)) }
func (c RejectCode) MarshalText() ([]byte, error)     { return []byte(c.String()), nil }
func (c *RejectCode) UnmarshalText(text []byte) error { return rejectCodes.read(text, (*uint8)(c)) }

func (r EndReason) Known() bool                      { return endReasons.known(uint8(r)) }
func (r EndReason) String() string                   { return endReasons.text(uint8(r)) }
func (r EndReason) MarshalText() ([]byte, error)     { return []byte(r.String()), nil }
func (r *EndReason) UnmarshalText(text []byte) error { return endReasons.read(text, (*uint8)(r)) }
