package matcher

// rest puts an order into the book with new time priority.
func (e *Engine) rest(b *book, slot uint32, key uint64) {
	o := &e.orders[slot]
	if o.seat != 0 { // what it arrived with is not its priority any more
		e.extend(o)
	}
	shown := o.left
	if o.extra != 0 {
		x := &e.extras[o.extra]
		if x.display != 0 {
			shown = min(shown, x.display)
		}
		x.shown = shown
	}
	price := e.aside
	o.level = e.level(&b.resting[o.side.index()], key, price)
	e.enter(b, o, slot, price, shown)
}

// wait puts a stop with a tick into the book with new time priority.
func (e *Engine) wait(b *book, slot uint32, tick int64) {
	o := &e.orders[slot]
	side := o.side.index()
	x := &e.extras[o.extra]
	x.shown = 0
	o.level = e.level(&b.waiting[side], ^restKey(side, tick), x.stop)
	e.enter(b, o, slot, x.price, 0)
}

// enter puts an order at the back of its level and, if it is new, into all
// other lists, for which its place in the book does not matter.
func (e *Engine) enter(b *book, o *order, slot uint32, price, shown int64) {
	b.seq++
	o.seq = b.seq
	if o.seat == 0 {
		e.own(o, slot)
		e.ids.add(tag(o.market, o.id), slot)
		if o.extra != 0 {
			e.extras[o.extra].born = o.seq
			if o.tif == GTD {
				e.schedule(o, slot)
			}
		}
	}
	e.enqueue(b, o, slot, price, shown)
}

// find is the slot of an order that rests or waits, 0 if there is none, and its
// place in the index.
func (e *Engine) find(m Market, id ID) (slot, at uint32) {
	t := tag(m, uint64(id))
	for at = e.ids.home(t); ; at++ {
		if slot, at = e.ids.next(t, at); slot == 0 {
			return slot, at
		}
		if o := &e.orders[slot]; o.id == uint64(id) && o.market == m {
			return slot, at
		}
	}
}

// release frees the slot of an order that is in no level, and takes it out of
// all other lists if it was there.
func (e *Engine) release(slot uint32) {
	o := &e.orders[slot]
	if o.seat != 0 {
		e.ids.remove(tag(o.market, o.id), slot)
		e.leave(o)
	}
	if o.extra != 0 {
		e.freeExtra(o.extra)
	}
	e.freeOrder(o, slot)
}

// leave takes an order out of the lists of its account and of deadlines.
func (e *Engine) leave(o *order) {
	e.disown(o)
	if o.tif == GTD {
		e.unschedule(o)
	}
}

// enqueue puts an order with a limit price, of which shown is to be seen, at the
// back of its level and counts it.
func (e *Engine) enqueue(b *book, o *order, slot uint32, price, shown int64) {
	b.open[o.side.index()] += o.left
	b.sum += term(e.salt(o, price), o.left, shown, o.seq)
	e.link(o, slot, shown)
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
func (e *Engine) cut(slot uint32, why Reason) {
	o := &e.orders[slot]
	q := o.left
	o.left = 0
	e.report(Cancelled, o, why, e.price(o), q)
}

// kill takes an order out of the book for good, and reports it.
func (e *Engine) kill(b *book, slot uint32, k Kind, why Reason) {
	o := &e.orders[slot]
	q := o.left
	price := e.dequeue(b, o)
	o.left = 0
	e.report(k, o, why, price, q)
	e.release(slot)
}

// taken tells whether an id is in use.
func (e *Engine) taken(m Market, id ID) bool {
	slot, _ := e.find(m, id)
	return slot != 0
}
