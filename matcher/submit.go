package matcher

import "math"

// Submit takes a new order: it trades, rests, waits as a stop or is cancelled.
// The order is not kept. Reports: Accepted and what follows from it, or
// Rejected with the code that Submit returns. Of several faults it is always the
// same that is told.
func (e *Engine) Submit(o *Order) Code {
	b, code := e.trading(o.Market)
	var tick, stop int64
	if code == OK {
		tick, stop, code = e.check(b, o)
	}
	if code != OK {
		e.refuse(code, o.Market, o.ID, o.Account, o.Side)
		return code
	}
	e.touch(o.Market, b)
	slot := e.admit(o)
	if o.Type.waits() {
		e.wait(b, slot, stop)
		e.reached(b)
	} else {
		e.execute(b, slot, tick)
	}
	if b.waits() {
		e.cascade(b)
	}
	return OK
}

// trading is a market that takes orders.
func (e *Engine) trading(m Market) (*book, Code) {
	b, code := e.living(m)
	if code == OK && b.state == Halted {
		code = MarketHalted
	}
	return b, code
}

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

// admit puts a new order into a slot, outside of any list, and reports it. Fields are set one by
// one here and in reports: a literal would be built aside and copied.
func (e *Engine) admit(in *Order) uint32 {
	slot := e.takeSlot()
	e.resting++
	o := &e.orders[slot]
	o.id, o.left, o.qty = uint64(in.ID), in.Qty, in.Qty
	o.level, o.extra, o.known = 0, 0, false
	o.market, o.account = in.Market, in.Account
	o.side, o.typ, o.tif, o.stp = in.Side, in.Type, in.TIF, in.STP
	e.aside = in.Price
	if in.Display|in.Stop|in.Expire != 0 {
		x := e.extend(o)
		x.display, x.stop, x.expire = in.Display, in.Stop, in.Expire
		if in.Type.waits() {
			x.price = in.Price
		}
	}
	e.report(Accepted, o, 0, in.Price, in.Qty)
	return slot
}

// say appends a report, for the caller to set every field of.
func (e *Engine) say() *Report {
	n := len(e.reports)
	if n == cap(e.reports) {
		e.reports = append(e.reports, Report{})
	} else {
		e.reports = e.reports[:n+1]
	}
	return &e.reports[n]
}

// report appends a report of an order with a limit price, and a quantity.
func (e *Engine) report(k Kind, o *order, why Reason, price, qty int64) {
	r := e.say()
	r.Kind, r.Code, r.Reason, r.Side, r.MakerSide = k, 0, why, o.side, 0
	r.Market, r.Account, r.MakerAccount = o.market, o.account, 0
	r.ID, r.Maker = ID(o.id), 0
	r.Price, r.Qty, r.Left, r.MakerLeft = price, qty, o.left, 0
}

// refuse reports a refusal.
func (e *Engine) refuse(code Code, m Market, id ID, a Account, s Side) {
	*e.say() = Report{Kind: Rejected, Code: code, Market: m, ID: id, Account: a, Side: s}
}
