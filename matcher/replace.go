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
		if slot = e.find(r.Market, r.ID); slot == 0 {
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
	d := &o.detail
	c = change{price: d.price, stop: d.stop, qty: d.qty, display: d.display}
	if r.Qty.OK {
		c.qty = r.Qty.V
	}
	if r.Display.OK {
		c.display = r.Display.V
	}
	switch {
	case c.qty <= 0:
		return c, BadQty
	case c.display != d.display && c.display != 0 && !(o.typ.priced() && o.tif.rests() && displayable(c.display, c.qty)):
		return c, BadDisplay
	case c.display != 0 && (c.qty-1)/c.display >= MaxSlices:
		return c, BadDisplay
	}
	if r.Price.OK && r.Price.V != d.price {
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
	if c.qty > d.qty && c.qty-d.qty > math.MaxInt64-b.open[o.side.index()] {
		return c, Overflow
	}
	return c, OK
}

// apply carries out a replace.
func (e *Engine) apply(b *book, slot uint32, c *change) {
	o := &e.orders[slot]
	d := &o.detail
	filled := d.qty - o.left
	switch {
	case c.qty <= filled:
		e.kill(b, slot, Cancelled, AlreadyFilled)
	case c.qty <= d.qty && c.price == d.price && c.stop == d.stop && c.display == d.display:
		if c.qty < d.qty {
			e.shrink(b, slot, d.qty-c.qty)
		}
		e.report(Replaced, slot, 0, c.qty)
	default:
		e.dequeue(b, slot)
		d.price, d.stop, d.qty, d.display = c.price, c.stop, c.qty, c.display
		o.left = c.qty - filled
		e.report(Replaced, slot, 0, c.qty)
		if o.typ.waits() {
			e.wait(b, slot, c.stopTick)
			e.reached(b)
		} else {
			e.execute(b, slot, c.tick)
		}
		e.cascade(b)
	}
}
