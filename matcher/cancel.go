package matcher

// Cancel takes an order out of the book. Reports: Cancelled, or Rejected with
// the code that Cancel returns.
func (e *Engine) Cancel(m Market, id ID) Code {
	b, code := e.living(m)
	if code == OK {
		if slot, at := e.find(m, id); slot != 0 {
			e.touch(m, b)
			e.ids.clear(at)
			e.withdraw(b, slot, Cancelled, Requested)
			return OK
		}
		code = UnknownOrder
	}
	e.deny(code, m, id, 0)
	return code
}

// deny reports the refusal of a command about an order, which may be unknown.
func (e *Engine) deny(code Code, m Market, id ID, slot uint32) {
	var a Account
	var s Side
	if slot != 0 {
		a, s = e.orders[slot].account, e.orders[slot].side
	}
	e.refuse(code, m, id, a, s)
}

// CancelAccount cancels all orders that an account has in a market, in order of
// arrival, and returns their number. It reports nothing else, not even that
// there is no such market.
func (e *Engine) CancelAccount(m Market, a Account) int {
	b, code := e.living(m)
	if code != OK {
		return 0
	}
	h := e.holder(m, a)
	if h == 0 {
		return 0
	}
	e.touch(m, b)
	n := 0
	for slot := e.rings[h].next; slot != h; n++ {
		next := e.rings[slot].next // the slot of the ring goes with its last order
		e.kill(b, slot, Cancelled, ByAccount)
		slot = next
	}
	return n
}

// CancelMarket cancels all orders of a market in book order, and returns their
// number.
func (e *Engine) CancelMarket(m Market) int {
	b, code := e.living(m)
	if code != OK {
		return 0
	}
	return e.clear(m, b, ByMarket)
}

func (e *Engine) clear(m Market, b *book, why Reason) int {
	return e.sweep(m, b, func(slot uint32) bool {
		e.kill(b, slot, Cancelled, why)
		return true
	})
}

// EndDay ends the day of a market: it cancels the orders with [Day], in book
// order, and returns their number.
func (e *Engine) EndDay(m Market) int {
	b, code := e.living(m)
	if code != OK {
		return 0
	}
	return e.sweep(m, b, func(slot uint32) bool {
		if e.orders[slot].tif != Day {
			return false
		}
		e.kill(b, slot, Expired, EndOfDay)
		return true
	})
}

// sweep shows all orders of a book, in book order, to a function that may take
// them out, and counts what it took.
func (e *Engine) sweep(m Market, b *book, take func(slot uint32) bool) (n int) {
	e.touch(m, b)
	for _, t := range b.trees() {
		for s := t.best; s != 0; {
			following := e.after(t, s)
			for slot := e.levels[s].head; slot != 0; {
				next := e.orders[slot].next
				if take(slot) {
					n++
				}
				slot = next
			}
			s = following
		}
	}
	return n
}

// trees are the ladders of a book in book order.
func (b *book) trees() [4]*tree {
	return [4]*tree{&b.resting[bid], &b.resting[offer], &b.waiting[bid], &b.waiting[offer]}
}

// Expire cancels the GTD orders of all markets whose deadline is now or earlier,
// by deadline, then market, then order of arrival, and returns their number. now
// is in nanoseconds since 1970. Time does not go back: a now that is not later
// than an earlier one does nothing.
func (e *Engine) Expire(now int64) int {
	e.clock = max(e.clock, now)
	n := 0
	for ; len(e.expiry) > 0 && e.expiry[0].deadline <= e.clock; n++ {
		x := e.expiry[0]
		b := &e.books[x.market]
		e.touch(x.market, b)
		e.kill(b, x.slot, Expired, Deadline)
	}
	return n
}
