package matcher

import "math"

// change is what a replace asks for: all values of the order as they will be.
type change struct {
	price, stop, qty, display int64
	tick, stopTick            int64
}

// Replace changes an order that rests or waits. The request is not kept.
// Reports: Replaced and what follows from it; only Cancelled if the new total is
// filled already; or Rejected with the code that Replace returns.
func (e *Engine) Replace(r *Replace) Code {
	b, code := e.trading(r.Market)
	var slot uint32
	if code == OK {
		if slot, _ = e.find(r.Market, r.ID); slot == 0 {
			code = UnknownOrder
		}
	}
	var c change
	if code == OK {
		c, code = e.wanted(b, slot, r)
	}
	if code != OK {
		e.deny(code, r.Market, r.ID, slot)
		return code
	}
	e.touch(r.Market, b)
	e.apply(b, slot, &c)
	return OK
}

// wanted merges a request with what the order has, and looks for a reason to
// refuse it.
func (e *Engine) wanted(b *book, slot uint32, r *Replace) (c change, code Code) {
	o := &e.orders[slot]
	x := e.more(o)
	price := e.price(o)
	c = change{price: price, stop: x.stop, qty: o.qty, display: x.display}
	if r.Qty.OK {
		c.qty = r.Qty.V
	}
	if r.Display.OK {
		c.display = r.Display.V
	}
	switch {
	case c.qty <= 0:
		return c, BadQty
	case c.display != x.display && c.display != 0 && !(o.typ.priced() && o.tif.rests() && displayable(c.display, c.qty)):
		return c, BadDisplay
	case c.display != 0 && (c.qty-1)/c.display >= MaxSlices:
		return c, BadDisplay
	}
	if r.Price.OK && r.Price.V != price {
		c.price = r.Price.V
		if c.tick, code = e.limitTick(b, o.typ, c.price); code != OK {
			return c, code
		}
	} else if c.price != 0 {
		c.tick = e.ladders[b.ladder].Tick(c.price)
	}
	if r.Stop.OK {
		c.stop = r.Stop.V
	}
	if c.stopTick, code = e.stopTick(b, o.typ, c.stop); code != OK {
		return c, code
	}
	if c.qty > o.qty && c.qty-o.qty > math.MaxInt64-b.open[o.side.index()] {
		return c, Overflow
	}
	return c, OK
}

// apply carries out a replace.
func (e *Engine) apply(b *book, slot uint32, c *change) {
	o := &e.orders[slot]
	x := e.more(o)
	filled := o.qty - o.left
	switch {
	case c.qty <= filled:
		e.kill(b, slot, Cancelled, AlreadyFilled)
	case c.qty <= o.qty && c.price == e.price(o) && c.stop == x.stop && c.display == x.display:
		if c.qty < o.qty {
			e.shrink(b, o, o.qty-c.qty)
		}
		e.report(Replaced, o, 0, c.price, c.qty)
	default:
		e.dequeue(b, o)
		e.renew(o, c)
		o.left = c.qty - filled
		e.report(Replaced, o, 0, c.price, c.qty)
		if o.typ.waits() {
			e.wait(b, slot, c.stopTick)
			e.reached(b)
		} else {
			e.execute(b, slot, c.tick)
		}
		if b.waits() {
			e.cascade(b)
		}
	}
}

// renew gives an order that is in no level its new values.
func (e *Engine) renew(o *order, c *change) {
	e.aside = c.price
	x := e.extend(o)
	x.stop, x.display = c.stop, c.display
	if o.typ.waits() {
		x.price = c.price
	}
	o.qty = c.qty
}
