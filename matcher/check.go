package matcher

import "math"

// check looks for a reason to refuse an order, and finds the ticks of its limit
// and stop prices.
func (e *Engine) check(b *book, o *Order) (tick, stop int64, code Code) {
	if e.taken(o.Market, o.ID) {
		return 0, 0, DuplicateID
	}
	if !o.plain(b.betting) {
		if code = o.fault(b.betting, e.clock); code != OK {
			return 0, 0, code
		}
	}
	switch {
	case o.Type != LimitOrder || o.Stop != 0:
		tick, stop, code = e.ticks(b, o)
	case b.ladder == 0 && o.Price >= max(b.low, 1) && (b.high == 0 || o.Price <= b.high):
		tick = o.Price
	default:
		tick, code = e.limitTick(b, LimitOrder, o.Price)
	}
	if code != OK {
		return 0, 0, code
	}
	side, mayRest := o.Side.index(), o.Type.waits() || o.Type == LimitOrder && o.TIF.rests()
	switch {
	case o.PostOnly && e.crosses(b, side, tick):
		return 0, 0, WouldCross
	case mayRest && o.Qty > math.MaxInt64-b.open[side]:
		return 0, 0, Overflow
	case mayRest && e.resting >= e.limit:
		return 0, 0, Full
	}
	return tick, stop, OK
}

// plain tells whether an order is of the common kind, in which only id, price
// and quantity could be at fault together with the market. fault would tell the
// same, later.
func (o *Order) plain(betting bool) bool {
	return o.Type == LimitOrder && o.Qty > 0 && o.Display|o.Expire == 0 && !o.PostOnly && o.TIF.valid() && o.TIF != GTD &&
		o.STP.valid() && o.Side.valid() && o.Side.betting() == betting
}

// fault looks for a reason to refuse an order that prices and other orders have
// no part in.
func (o *Order) fault(betting bool, clock int64) Code {
	switch {
	case !o.Side.valid() || o.Side.betting() != betting:
		return BadSide
	case !o.Type.valid():
		return BadType
	case !o.TIF.valid():
		return BadTIF
	case !o.STP.valid():
		return BadSTP
	case o.Qty <= 0:
		return BadQty
	case o.Display != 0 && !(o.Type.priced() && o.TIF.rests() && displayable(o.Display, o.Qty)):
		return BadDisplay
	case (o.TIF == GTD) != (o.Expire != 0):
		return BadExpire
	case o.TIF == GTD && o.Expire <= clock:
		return TooLate
	case o.PostOnly && (o.Type != LimitOrder || !o.TIF.rests()):
		return BadPostOnly
	}
	return OK
}

// ticks finds the ticks of the limit and stop prices of an order.
func (e *Engine) ticks(b *book, o *Order) (tick, stop int64, code Code) {
	if tick, code = e.limitTick(b, o.Type, o.Price); code == OK {
		stop, code = e.stopTick(b, o.Type, o.Stop)
	}
	return tick, stop, code
}

// displayable tells whether an order may show display lots at a time.
func displayable(display, qty int64) bool {
	return display > 0 && display <= qty && (qty-1)/display < MaxSlices
}

// limitTick finds the tick of a limit price.
func (e *Engine) limitTick(b *book, t Type, price int64) (int64, Code) {
	if !t.priced() {
		if price != 0 {
			return 0, BadPrice
		}
		return 0, OK
	}
	if price <= 0 {
		return 0, BadPrice
	}
	tick := e.ladders[b.ladder].Tick(price)
	switch {
	case tick == 0:
		return 0, OffLadder
	case price < b.low || b.high != 0 && price > b.high:
		return 0, OutsideBand
	}
	return tick, OK
}

// stopTick finds the tick of a stop price. Price bands do not bind it.
func (e *Engine) stopTick(b *book, t Type, stop int64) (int64, Code) {
	switch {
	case !t.waits() && stop == 0:
		return 0, OK
	case !t.waits() || stop <= 0:
		return 0, BadStop
	}
	if tick := e.ladders[b.ladder].Tick(stop); tick != 0 {
		return tick, OK
	}
	return 0, OffLadder
}

// crosses tells whether an order with a limit would trade.
func (e *Engine) crosses(b *book, side int, tick int64) bool {
	best := b.resting[1-side].best
	return best != 0 && e.levels[best].key <= ^restKey(side, tick)
}
