package matcher

// execute matches an order that is in no list, as far as tick if it has a limit,
// and lets the rest of it rest if it may.
func (e *Engine) execute(b *book, slot uint32, tick int64) {
	o := &e.orders[slot]
	side := o.side.index()
	key := uint64(0) // where it may rest; it may trade as far as the complement
	if o.typ == LimitOrder {
		key = restKey(side, tick)
	}
	best := b.resting[1-side].best
	switch {
	case best != 0 && e.levels[best].key <= ^key:
		e.cross(b, o, slot, side, key)
	case o.typ == LimitOrder && o.tif.rests():
		e.rest(b, o, slot, side, key)
	default:
		e.lapse(o, slot)
	}
}

// cross matches an order that meets others.
func (e *Engine) cross(b *book, o *order, slot uint32, side int, key uint64) {
	switch {
	case o.tif == FOK && !e.fillable(b, o, ^key):
		e.lapse(o, slot)
	case !e.match(b, o, slot, ^key) || o.left == 0:
		e.release(o, slot)
	case o.typ == LimitOrder && o.tif.rests():
		e.rest(b, o, slot, side, key)
	default:
		e.lapse(o, slot)
	}
}

// lapse ends an order that may not rest.
func (e *Engine) lapse(o *order, slot uint32) {
	why := Unfilled
	if o.tif == FOK {
		why = Killed
	}
	e.cut(o, why)
	e.release(o, slot)
}

// match trades an order with the other side. It is false when self-trade
// prevention ended the order.
func (e *Engine) match(b *book, o *order, slot uint32, limit uint64) bool {
	t := &b.resting[1-o.side.index()]
	due := o.left // what is left when the next orders are to be fetched
	for o.left > 0 && t.best != 0 {
		l := &e.levels[t.best]
		if l.key > limit {
			return true
		}
		if e.resting > e.cold && o.left <= due && o.left > l.total {
			due = o.left - e.fetch(t, limit, o.left)
		}
		maker := l.head
		m := &e.orders[maker]
		if o.stp != AllowSelfTrade && m.account == o.account {
			if !e.prevent(b, slot, maker) {
				return false
			}
			continue
		}
		if e.trade(b, l, o, maker); m.left == 0 {
			e.unlink(m, l, 0)
			if l.count == 0 {
				e.drop(t, t.best)
			}
			e.release(m, maker)
		}
	}
	return true
}

// trade is one trade of an incoming order with the first of a level, which is to
// go if nothing of it is left.
func (e *Engine) trade(b *book, l *level, o *order, maker uint32) {
	m := &e.orders[maker]
	side := m.side.index()
	b.last = toTick(side, l.key)
	if b.waits() {
		e.reach[bid] = max(e.reach[bid], ^restKey(bid, b.last))
		e.reach[offer] = max(e.reach[offer], ^restKey(offer, b.last))
	}
	shown, salt := e.shown(m), e.salt(m, l.price)
	q := min(o.left, shown)
	b.sum -= term(salt, m.left, shown, m.seq)
	b.open[side] -= q
	l.total -= q
	l.shown -= q
	o.left -= q
	m.left -= q
	r := e.say()
	r.Kind, r.Code, r.Reason, r.Side, r.MakerSide = Traded, 0, 0, o.side, m.side
	r.Market, r.Account, r.MakerAccount = m.market, o.account, m.account
	r.ID, r.Maker = ID(o.id), ID(m.id)
	r.Price, r.Qty, r.Left, r.MakerLeft = l.price, q, o.left, m.left
	if m.left == 0 {
		return
	}
	if shown -= q; m.extra != 0 {
		shown = e.slice(b, l, m, maker, shown)
	}
	b.sum += term(salt, m.left, shown, m.seq)
}

// slice notes how much of an order is left to be seen. When that is nothing, the
// next slice of the iceberg joins the back of its level.
func (e *Engine) slice(b *book, l *level, m *order, maker uint32, shown int64) int64 {
	x := &e.extras[m.extra]
	if shown == 0 {
		e.unlink(m, l, 0)
		shown = min(m.left, x.display)
		e.link(m, l, maker, shown)
		b.seq++
		m.seq = b.seq
	}
	x.shown = shown
	return shown
}

// fillable tells whether an order can fill whole. Its own account's orders, and
// where they end the matching also what comes after them, do not count.
func (e *Engine) fillable(b *book, o *order, limit uint64) bool {
	need := o.left
	t := &b.resting[1-o.side.index()]
	for s := t.best; s != 0 && e.levels[s].key <= limit; s = e.after(t, s) {
		total := e.levels[s].total
		if o.stp != AllowSelfTrade {
			var ended bool
			if total, ended = e.foreign(s, o); ended {
				return total >= need
			}
		}
		if total >= need {
			return true
		}
		need -= total
	}
	return false
}

// foreign counts the lots of a level that an order with self-trade prevention
// could trade with. ended: matching ends at this level, and before any iceberg
// shows its next slice.
func (e *Engine) foreign(s uint32, o *order) (total int64, ended bool) {
	var shown int64
	for at := e.levels[s].head; at != 0; at = e.orders[at].next {
		switch m := &e.orders[at]; {
		case m.account != o.account:
			total += m.left
			shown += e.shown(m)
		case o.stp != CancelOldest:
			return shown, true
		}
	}
	return total, false
}
