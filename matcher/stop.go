package matcher

// reached counts the last trade as if it had just happened, for a stop that has
// just come to wait.
func (e *Engine) reached(b *book) {
	if b.last != 0 {
		e.reach = [2]uint64{^restKey(bid, b.last), ^restKey(offer, b.last)}
	}
}

// waits tells whether there are stops that wait. While there are none, nobody
// follows what trades reach.
func (b *book) waits() bool { return b.waiting[bid].best|b.waiting[offer].best != 0 }

// cascade triggers the stops that trades have reached, one at a time, until none
// is left. It ends every command that may trade, if stops wait.
func (e *Engine) cascade(b *book) {
	for {
		slot := e.next(b)
		if slot == 0 {
			break
		}
		e.trigger(b, slot)
	}
	e.reach = [2]uint64{}
}

// next is the stop to trigger next, 0 if none was reached.
func (e *Engine) next(b *book) uint32 {
	for side := range b.waiting {
		if s := b.waiting[side].best; s != 0 && e.levels[s].key <= e.reach[side] {
			return e.levels[s].head
		}
	}
	return 0
}

// trigger makes a stop a market or limit order and executes it.
func (e *Engine) trigger(b *book, slot uint32) {
	o := &e.orders[slot]
	e.dequeue(b, o)
	x := &e.extras[o.extra]
	e.aside = x.price
	x.price, x.stop = 0, 0
	var tick int64
	if o.typ == StopOrder {
		o.typ = MarketOrder
	} else {
		o.typ = LimitOrder
		tick = e.ladders[b.ladder].Tick(e.aside)
	}
	e.report(Triggered, o, 0, e.aside, o.left)
	e.execute(b, slot, tick)
}
