package matcher

// rest puts an order into the book with new time priority.
func (e *Engine) rest(b *book, slot uint32, key uint64) {
	o := &e.orders[slot]
	d := &o.detail
	o.shown = o.left
	if d.display != 0 {
		o.shown = min(o.left, d.display)
	}
	o.level = e.level(&b.resting[o.side.index()], key, d.price)
	e.enter(b, slot)
}

// wait puts a stop with a tick into the book with new time priority.
func (e *Engine) wait(b *book, slot uint32, tick int64) {
	o := &e.orders[slot]
	side := o.side.index()
	o.shown = 0
	o.level = e.level(&b.waiting[side], ^restKey(side, tick), o.stop)
	e.enter(b, slot)
}

// enter puts an order at the back of its level and, if it is new, into all
// other lists.
func (e *Engine) enter(b *book, slot uint32) {
	b.seq++
	o := &e.orders[slot]
	d := &o.detail
	o.seq = b.seq
	if d.holder == 0 {
		d.born = b.seq
		e.enlist(slot)
	}
	o.salt = salted(o)
	e.enqueue(b, slot)
}

// enlist puts a new order into the lists that its place in the book does not
// matter for.
func (e *Engine) enlist(slot uint32) {
	o := &e.orders[slot]
	e.own(slot)
	e.ids.add(tag(o.market, o.id), slot)
	if o.tif == GTD {
		e.schedule(slot)
	}
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
	d := &o.detail
	if d.holder != 0 {
		e.disown(slot)
		e.ids.remove(tag(o.market, o.id), slot)
		if d.heap != 0 {
			e.unschedule(slot)
		}
	}
	e.freeOrder(slot)
}

// enqueue puts an order at the back of its level and counts it.
func (e *Engine) enqueue(b *book, slot uint32) {
	o := &e.orders[slot]
	b.open[o.side.index()] += o.left
	b.sum += o.term()
	e.link(slot)
}

// dequeue takes an order out of its level, and the level out of the book if it
// was the last.
func (e *Engine) dequeue(b *book, slot uint32) {
	o := &e.orders[slot]
	side := o.side.index()
	b.open[side] -= o.left
	b.sum -= o.term()
	e.unlink(slot)
	if e.levels[o.level].count == 0 {
		t := &b.resting[side]
		if o.typ.waits() {
			t = &b.waiting[side]
		}
		e.drop(t, o.level)
	}
}

// cut cancels what is left of an order that is in no level, and reports it.
func (e *Engine) cut(slot uint32, why Reason) {
	o := &e.orders[slot]
	q := o.left
	o.left = 0
	e.report(Cancelled, slot, why, q)
}

// kill takes an order out of the book for good, and reports it.
func (e *Engine) kill(b *book, slot uint32, k Kind, why Reason) {
	e.dequeue(b, slot)
	o := &e.orders[slot]
	q := o.left
	o.left = 0
	e.report(k, slot, why, q)
	e.release(slot)
}
