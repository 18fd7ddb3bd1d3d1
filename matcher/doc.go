// Package matcher is a price-time priority matching engine: pure,
// deterministic and free of allocation once it is warm.
//
// An [Engine] holds the books of many markets. It belongs to one goroutine. It
// reads no clock, draws no random number and walks no map: the same commands
// give the same reports, the same hash and the same snapshot bytes in every
// process and on every architecture. Markets do not see each other: what
// happens in one, its hash and its bytes follow from its own commands and the
// times handed to [Engine.Expire] alone; only [MaxOrders] counts for all of them.
//
// # Quantities, prices, identifiers
//
// A quantity is a number of lots, 1 to MaxInt64. A price is a positive int64
// that lies on the [Ladder] of its market: any tick number on the unit ladder,
// odds in thousandths ([schema.Odds]) on [BettingLadder]. All quantity open on
// one side of a market fits an int64; an order that would break this is
// refused with [Overflow], so no sum anywhere can overflow. A product of price
// and quantity is never formed.
//
// The caller chooses every identifier. A [Market] is a small dense number. An
// [ID] is any uint64, unique among the orders that rest in its market: a new
// order is refused with [DuplicateID] only while the same id rests, so an id
// is free again after its order was filled or cancelled. Sequence numbers are
// the fastest ids. An [Account] is any uint32.
//
// # Sides
//
// On exchange markets Buy bids; Sell and SellShort offer. SellShort matches as
// Sell does and keeps its name in reports. On betting markets Lay bids and
// Back offers: a backer wants high odds, so a back at 2.50 matches lays that
// rest at 2.50 or more, highest first, and a lay at 2.50 matches backs that
// rest at 2.50 or less, lowest first.
//
// # Matching
//
//   - A trade happens at the price of the order that rests.
//   - What an IOC or a market order cannot fill is cancelled. FOK fills whole
//     or is cancelled whole ([Killed]) before anything is touched; it counts
//     hidden quantity, and under self-trade prevention it counts only what it
//     could really trade with.
//   - An iceberg shows Display lots at a time. When they are gone the next
//     slice joins the back of its price level. An incoming iceberg trades with
//     all it has. An order has at most [MaxSlices] slices.
//   - A post-only order that would trade is refused with [WouldCross], never
//     repriced. This binds its entry; a later replace may trade.
//   - Self-trade prevention applies when the incoming order asks for it and
//     meets an order of its own account; the wish of the resting one does not
//     matter. [DecrementAndCancel] takes the smaller remaining quantity from
//     both, hidden lots included, and from their totals.
//
// # Stops
//
// A buy or lay stop triggers when a trade happens at or above its stop price, a
// sell or back stop at or below; every trade of a sweep counts, not only its
// last. A stop whose price the last trade has reached already triggers at
// entry; before the first trade of a market none does. When the order that
// caused the trades is done, stops trigger one at a time: bids first, lowest
// stop price first, then offers, highest first, in order of arrival at one
// price. Each is matched at once as a market or limit order with new time
// priority, and what its own trades reach triggers too, until none is left.
// The time in force of a stop holds from its entry; IOC and FOK bind after the
// trigger.
//
// # Replace and cancel
//
// A replace gives new values; what it omits stays. Qty is the new total, the
// filled part included; a total that is filled already cancels the rest
// ([AlreadyFilled]). The same prices and display with a total that is not
// larger keep time priority, anything else loses it. A replace that crosses
// trades. Cancels of an account go in order of arrival, cancels of a whole
// market in book order: bids best to worst, offers, waiting stops in the
// order in which they would trigger.
//
// # Markets
//
// An open market takes everything. A halted one refuses new orders and
// replaces with [MarketHalted]; cancels and expiry go on. Closing cancels all
// that is left; a closed market takes nothing and never opens again. A price
// band refuses limit prices outside it ([OutsideBand]); it does not touch what
// rests.
//
// # What it does not do
//
// No auctions, no pegged or trailing orders, no credit or liability checks, no
// trade busts, and no memory of orders that are gone. Idempotency, names of
// clients and permission belong to the layer above.
package matcher
