package matcher

// extra is what only some orders have: stops that wait, icebergs, orders with a
// deadline, and those that lost the time priority of their arrival.
type extra struct {
	shown   int64 // the part of left that others see
	display int64
	price   int64 // limit price while it waits as a stop
	stop    int64 // stop price while it waits
	expire  int64
	born    uint64 // seq at entry: order of arrival
	heap    uint32 // 1 + place in Engine.expiry
	next    uint32 // list of free slots
}

// extend gives a plain order its extra, as if it had always had one. It returns
// that of any order.
func (e *Engine) extend(o *order) *extra {
	if o.extra == 0 {
		if o.extra = e.freed.extra; o.extra != 0 {
			e.freed.extra = e.extras[o.extra].next
		} else {
			e.extras = append(e.extras, extra{})
			o.extra = uint32(len(e.extras) - 1)
		}
		e.extras[o.extra] = extra{shown: o.left, born: o.seq}
	}
	return &e.extras[o.extra]
}

func (e *Engine) freeExtra(s uint32) {
	e.extras[s].next = e.freed.extra
	e.freed.extra = s
}

// more is the extra of an order; a plain one has what it would have.
func (e *Engine) more(o *order) extra {
	if o.extra == 0 {
		return extra{shown: o.left, born: o.seq}
	}
	return e.extras[o.extra]
}

// shown is the part of an order that others see.
func (e *Engine) shown(o *order) int64 {
	if o.extra == 0 {
		return o.left
	}
	return e.extras[o.extra].shown
}

// born is the order of arrival of an order.
func (e *Engine) born(o *order) uint64 {
	if o.extra == 0 {
		return o.seq
	}
	return e.extras[o.extra].born
}

// price is the limit price of an order, 0 if it has none.
func (e *Engine) price(o *order) int64 {
	switch {
	case o.typ.waits():
		return e.extras[o.extra].price
	case o.level != 0:
		return e.levels[o.level].price
	}
	return e.aside
}
