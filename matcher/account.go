package matcher

// The orders of an account in a market are a ring in order of arrival. It begins
// and ends at a slot of its own, so that an order finds its way out without asking
// where it stands. Links lie apart from the orders: going through neighbours
// that lie anywhere costs less where there is less to go through.

// links are the neighbours of a slot in the ring of its account.
type links struct{ next, prev uint32 }

// holder finds the slot that stands for an account, 0 if it has no orders.
func (e *Engine) holder(m Market, a Account) uint32 {
	t := tag(m, uint64(a))
	for at := e.owners.home(t); ; at++ {
		var h uint32
		if h, at = e.owners.next(t, at); h == 0 {
			return 0
		}
		if o := &e.orders[h]; o.account == a && o.market == m {
			return h
		}
	}
}

// own puts an order at the end of the ring of its account.
func (e *Engine) own(m Market, a Account, slot uint32) {
	h := e.holder(m, a)
	if h == 0 {
		h = e.takeHolder(m, a)
	}
	last := e.rings[h].prev
	e.rings[slot] = links{h, last}
	e.rings[last].next = slot
	e.rings[h].prev = slot
}

// disown takes an order out of the ring of its account.
func (e *Engine) disown(slot uint32) {
	r := e.rings[slot]
	e.rings[r.prev].next = r.next
	e.rings[r.next].prev = r.prev
	if r.next == r.prev { // nobody but the slot of the account
		e.freeHolder(r.next)
	}
}

func (e *Engine) takeHolder(m Market, a Account) uint32 {
	h := e.takeSlot()
	o := &e.orders[h]
	o.market, o.account = m, a
	e.rings[h] = links{h, h}
	e.owners.add(tag(m, uint64(a)), h)
	return h
}

func (e *Engine) freeHolder(h uint32) {
	o := &e.orders[h]
	e.owners.remove(tag(o.market, uint64(o.account)), h)
	e.freeSlot(o, h)
}
