package matcher

// rest puts an order into the book with new time priority.
func (e *Engine) rest(b *book, slot uint32, key uint64) {
	o := &e.orders[slot]
	if o.seat != 0 { // what it arrived with is not its priority any more
		e.extend(o)
	}
	if o.extra != 0 {
		x := &e.extras[o.extra]
		x.shown = o.left
		if x.display != 0 {
			x.shown = min(o.left, x.display)
		}
	}
	o.level = e.level(&b.resting[o.side.index()], key, e.aside)
	e.enter(b, o, slot)
}

// wait puts a stop with a tick into the book with new time priority.
func (e *Engine) wait(b *book, slot uint32, tick int64) {
	o := &e.orders[slot]
	side := o.side.index()
	x := &e.extras[o.extra]
	x.shown = 0
	o.level = e.level(&b.waiting[side], ^restKey(side, tick), x.stop)
	e.enter(b, o, slot)
}

// enter puts an order at the back of its level and, if it is new, into all
// other lists, for which its place in the book does not matter.
func (e *Engine) enter(b *book, o *order, slot uint32) {
	b.seq++
	o.seq = b.seq
	if o.seat == 0 {
		e.own(o, slot)
		e.ids.add(tag(o.market, o.id), slot)
		if o.extra != 0 {
			e.extras[o.extra].born = o.seq
		}
		if o.tif == GTD {
			e.schedule(o, slot)
		}
	}
	e.enqueue(b, o, slot)
}

// find is the slot of an order that rests or waits, 0 if there is none.
func (e *Engine) find(m Market, id ID) uint32 {
	t := tag(m, uint64(id))
	for at := e.ids.home(t); ; at++ {
		var slot uint32
		if slot, at = e.ids.next(t, at); slot == 0 || e.orders[slot].id == uint64(id) && e.orders[slot].market == m {
			return slot
		}
	}
}

// release frees the slot of an order that is in no level, and takes it out of
// all other lists if it was there.
func (e *Engine) release(slot uint32) {
	o := &e.orders[slot]
	if o.seat != 0 {
		e.disown(o)
		e.ids.remove(tag(o.market, o.id), slot)
		if o.tif == GTD {
			e.unschedule(o)
		}
	}
	if o.extra != 0 {
		e.freeExtra(o.extra)
	}
	e.freeOrder(slot)
}

// enqueue puts an order at the back of its level and counts it.
func (e *Engine) enqueue(b *book, o *order, slot uint32) {
	shown := e.shown(o)
	b.open[o.side.index()] += o.left
	b.sum += e.term(o, e.price(o), shown)
	e.link(o, slot, shown)
}

// dequeue takes an order out of its level, and the level out of the book if it
// was the last.
func (e *Engine) dequeue(b *book, o *order) {
	side, shown := o.side.index(), e.shown(o)
	b.open[side] -= o.left
	b.sum -= e.term(o, e.price(o), shown)
	l := &e.levels[o.level]
	e.unlink(o, l, shown)
	if l.count == 0 {
		t := &b.resting[side]
		if o.typ.waits() {
			t = &b.waiting[side]
		}
		e.drop(t, o.level)
	}
	o.level = 0
}

// cut cancels what is left of the order that is in no level, and reports it.
func (e *Engine) cut(slot uint32, why Reason) {
	o := &e.orders[slot]
	q := o.left
	o.left = 0
	e.report(Cancelled, o, why, e.price(o), q)
}

// kill takes an order out of the book for good, and reports it.
func (e *Engine) kill(b *book, slot uint32, k Kind, why Reason) {
	o := &e.orders[slot]
	price, q := e.price(o), o.left
	e.dequeue(b, o)
	o.left = 0
	e.report(k, o, why, price, q)
	e.release(slot)
}
