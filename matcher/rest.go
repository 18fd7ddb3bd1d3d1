package matcher

// rest puts an order into the book with new time priority.
func (e *Engine) rest(b *book, o *order, slot uint32, side int, key uint64) {
	shown, price := o.left, e.aside
	b.seq++
	if o.known || o.extra != 0 {
		shown = e.show(o, b.seq)
	}
	o.seq = b.seq
	o.level = e.level(&b.resting[side], key, price)
	e.enqueue(b, o, slot, side, price, shown)
	if !o.known {
		e.join(o, slot)
	}
}

// show tells how much of an order will be seen once it has a time priority, which
// is that of its arrival if the order is new.
func (e *Engine) show(o *order, seq uint64) int64 {
	x := e.extend(o)
	if !o.known {
		x.born = seq
	}
	if x.shown = o.left; x.display != 0 {
		x.shown = min(o.left, x.display)
	}
	return x.shown
}

// wait puts a stop with a tick into the book with new time priority.
func (e *Engine) wait(b *book, slot uint32, tick int64) {
	o := &e.orders[slot]
	side := o.side.index()
	b.seq++
	e.show(o, b.seq)
	o.seq = b.seq
	x := &e.extras[o.extra]
	x.shown = 0
	o.level = e.level(&b.waiting[side], ^restKey(side, tick), x.stop)
	e.enqueue(b, o, slot, side, x.price, 0)
	if !o.known {
		e.join(o, slot)
	}
}

// join puts a new order into the lists that its place in the book does not
// matter for. It may move all orders.
func (e *Engine) join(o *order, slot uint32) {
	o.known = true
	e.ids.add(tag(o.market, o.id), slot)
	if o.tif == GTD {
		e.schedule(o, slot)
	}
	e.own(o.market, o.account, slot)
}

// find is the slot of an order that rests or waits, 0 if there is none, and its
// place in the index.
func (e *Engine) find(m Market, id ID) (slot, at uint32) {
	t, cells := tag(m, uint64(id)), e.ids.cells
	at = e.ids.home(t)
	for mask := uint32(len(cells) - 1); ; at++ {
		at &= mask
		c := &cells[at]
		if c.slot == 0 {
			return 0, at
		}
		if c.tag == t {
			if o := &e.orders[c.slot]; o.id == uint64(id) && o.market == m {
				return c.slot, at
			}
		}
	}
}

// release frees the slot of an order that is in no level, and takes it out of
// all other lists if it was there.
func (e *Engine) release(o *order, slot uint32) {
	if o.known {
		e.ids.remove(tag(o.market, o.id), slot)
		e.disown(slot)
	}
	e.forget(o, slot)
}

// forget frees the slot of an order, and what only some orders have.
func (e *Engine) forget(o *order, slot uint32) {
	if o.extra != 0 {
		if o.known && o.tif == GTD {
			e.unschedule(o)
		}
		e.freeExtra(o.extra)
	}
	e.resting--
	e.freeSlot(o, slot)
}

// enqueue puts an order with a limit price, of which shown is to be seen, at the
// back of its level and counts it.
func (e *Engine) enqueue(b *book, o *order, slot uint32, side int, price, shown int64) {
	left := o.left
	b.open[side] += left
	b.sum += term(e.salt(o, price), left, shown, o.seq)
	e.link(o, &e.levels[o.level], slot, shown)
}

// dequeue takes an order out of its level, and the level out of the book if it
// was the last. It returns the limit price.
func (e *Engine) dequeue(b *book, o *order) (price int64) {
	l := &e.levels[o.level]
	side := o.side.index()
	t := &b.resting[side]
	price, shown := l.price, o.left
	if o.extra != 0 {
		x := &e.extras[o.extra]
		shown = x.shown
		if o.typ.waits() {
			t, price = &b.waiting[side], x.price
		}
	}
	b.open[side] -= o.left
	b.sum -= term(e.salt(o, price), o.left, shown, o.seq)
	e.unlink(o, l, shown)
	if l.count == 0 {
		e.drop(t, o.level)
	}
	o.level = 0
	return price
}

// cut cancels what is left of the order that is in no level, and reports it.
func (e *Engine) cut(o *order, why Reason) {
	q := o.left
	o.left = 0
	e.report(Cancelled, o, why, e.aside, q)
}

// kill takes an order out of the book for good, and reports it.
func (e *Engine) kill(b *book, slot uint32, k Kind, why Reason) {
	o := &e.orders[slot]
	e.ids.remove(tag(o.market, o.id), slot)
	e.withdraw(b, slot, k, why)
}

// withdraw is kill for an order that is not in the index any more.
func (e *Engine) withdraw(b *book, slot uint32, k Kind, why Reason) {
	o := &e.orders[slot]
	q := o.left
	price := e.dequeue(b, o)
	o.left = 0
	e.report(k, o, why, price, q)
	e.disown(slot)
	e.forget(o, slot)
}

// taken tells whether an id is in use.
func (e *Engine) taken(m Market, id ID) bool {
	slot, _ := e.find(m, id)
	return slot != 0
}
