package matcher

// prevent keeps an order from trading with one of its own account. It is false
// when that ends the order.
func (e *Engine) prevent(b *book, slot, maker uint32) bool {
	o := &e.orders[slot]
	switch o.stp {
	case CancelOldest:
		e.kill(b, maker, Cancelled, SelfTrade)
		return true
	case CancelBoth:
		e.kill(b, maker, Cancelled, SelfTrade)
	case DecrementAndCancel:
		q := min(o.left, e.orders[maker].left)
		e.decrement(b, maker, q)
		o.left -= q
		o.qty -= q
		e.report(Cancelled, o, SelfTrade, e.aside, q)
		return o.left > 0
	}
	e.cut(o, SelfTrade)
	return false
}

// decrement takes a quantity from an order that rests, hidden lots first. What
// is left keeps its place.
func (e *Engine) decrement(b *book, slot uint32, q int64) {
	o := &e.orders[slot]
	if o.left == q {
		e.kill(b, slot, Cancelled, SelfTrade)
		return
	}
	e.shrink(b, o, q)
	e.report(Cancelled, o, SelfTrade, e.price(o), q)
}

// shrink makes an order smaller in its place, by less than what is left.
func (e *Engine) shrink(b *book, o *order, q int64) {
	l := &e.levels[o.level]
	price, shown := e.price(o), e.shown(o)
	b.sum -= term(e.salt(o, price), o.left, shown, o.seq)
	b.open[o.side.index()] -= q
	l.total -= q
	l.shown -= shown
	o.left -= q
	o.qty -= q
	shown = min(shown, o.left)
	l.shown += shown
	if o.extra != 0 {
		e.extras[o.extra].shown = shown
	}
	b.sum += term(e.salt(o, price), o.left, shown, o.seq)
}
