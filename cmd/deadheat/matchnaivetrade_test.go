package main

import (
	"cmp"
)

// enter gives an order new time priority.
func (m *naiveMarket) enter(o *naiveOrder) {
	m.clock++
	o.entered = m.clock
	if o.born == 0 {
		o.born = m.clock
	}
	m.orders = append(m.orders, o)
}

// wait lets a stop wait; the last trade counts for it.
func (m *naiveMarket) wait(o *naiveOrder) {
	o.shown = 0
	m.enter(o)
	if m.last != 0 {
		m.up, m.down = m.last, m.last
	}
}

// cascade triggers stops until none is left that trades have reached.
func (x *naiveExchange) cascade(m *naiveMarket) {
	for {
		var next *naiveOrder
		for _, o := range m.inOrder() {
			if next == nil && m.up != 0 && o.stop != 0 && (o.bids() && o.stop <= m.up || !o.bids() && o.stop >= m.down) {
				next = o
			}
		}
		if next == nil {
			return
		}
		m.remove(next)
		next.stop = 0
		x.happened("triggered", next, next.left, "")
		x.execute(m, next)
	}
}

// best is the order that another one would trade with first.
func (m *naiveMarket) best(o *naiveOrder) *naiveOrder {
	for _, maker := range m.inOrder() {
		switch {
		case maker.stop != 0 || maker.bids() == o.bids():
		case o.priced && (o.bids() && maker.price > o.price || !o.bids() && maker.price < o.price):
		default:
			return maker
		}
	}
	return nil
}

// execute trades what it can, and lets the rest rest or go.
func (x *naiveExchange) execute(m *naiveMarket, o *naiveOrder) {
	rests := o.priced && o.TIF != "ioc" && o.TIF != "fok"
	switch {
	case o.TIF == "fok" && !m.fillable(o):
		x.cut(o, "killed")
	case !x.match(m, o) || o.left == 0:
	case rests:
		o.shown = o.left
		if o.DisplayQty != 0 {
			o.shown = min(o.left, o.DisplayQty)
		}
		m.enter(o)
	default:
		x.cut(o, "unfilled")
	}
}

func (x *naiveExchange) cut(o *naiveOrder, why string) {
	qty := o.left
	o.left = 0
	x.happened("cancelled", o, qty, why)
}

// fillable tries on a copy.
func (m *naiveMarket) fillable(o *naiveOrder) bool {
	c, taker := *m, *o
	c.orders = nil
	for _, each := range m.orders {
		same := *each
		c.orders = append(c.orders, &same)
	}
	for taker.left > 0 {
		maker := c.best(&taker)
		switch {
		case maker == nil:
			return false
		case own(&taker, maker) && taker.STP != "cancel_oldest":
			return false
		case own(&taker, maker):
			c.remove(maker)
		default:
			c.trade(&taker, maker)
		}
	}
	return true
}

func own(taker, maker *naiveOrder) bool {
	return taker.Account == maker.Account && taker.STP != "" && taker.STP != "off"
}

// trade moves lots, and shows the next slice of an iceberg.
func (m *naiveMarket) trade(taker, maker *naiveOrder) int64 {
	qty := min(taker.left, maker.shown)
	for _, o := range []*naiveOrder{taker, maker} {
		o.left -= qty
		o.filled += qty
	}
	maker.shown -= qty
	m.last = maker.price
	m.up = max(m.up, m.last)
	if m.down == 0 || m.last < m.down {
		m.down = m.last
	}
	if maker.left == 0 {
		m.remove(maker)
	} else if maker.shown == 0 {
		m.remove(maker)
		maker.shown = min(maker.left, maker.DisplayQty)
		m.enter(maker)
	}
	return qty
}

// match is false when self-trade prevention ended the order.
func (x *naiveExchange) match(m *naiveMarket, o *naiveOrder) bool {
	for o.left > 0 {
		maker := m.best(o)
		if maker == nil {
			return true
		}
		if !own(o, maker) {
			price := maker.price
			qty := m.trade(o, maker)
			x.say(m.id, "trade %d %d maker %s/%s %d taker %s/%s %d", price, qty, maker.Account, maker.ID, maker.left, o.Account, o.ID, o.left)
			continue
		}
		switch o.STP {
		case "cancel_oldest":
			x.end(m, maker, "cancelled", "self_trade")
		case "cancel_newest":
			x.cut(o, "self_trade")
			return false
		case "cancel_both":
			x.end(m, maker, "cancelled", "self_trade")
			x.cut(o, "self_trade")
			return false
		case "decrement":
			qty := min(o.left, maker.left)
			if qty == maker.left {
				x.end(m, maker, "cancelled", "self_trade")
			} else {
				maker.left, maker.Qty = maker.left-qty, maker.Qty-qty
				maker.shown = min(maker.shown, maker.left)
				x.happened("cancelled", maker, qty, "self_trade")
			}
			o.left, o.Qty = o.left-qty, o.Qty-qty
			x.happened("cancelled", o, qty, "self_trade")
			if o.left == 0 {
				return false
			}
		}
	}
	return true
}

func (x *naiveExchange) replace(m *naiveMarket, l *naiveLine) string {
	o := m.order(l)
	if o == nil {
		return "unknown_order"
	}
	if x.killed(m, l.Account) {
		return "killed"
	}
	if wrong := m.written(l.Price, l.StopPrice); wrong != "" {
		return wrong
	}
	price, _ := hundredths(l.Price)
	stop, _ := hundredths(l.StopPrice)
	price, stop = cmp.Or(price, o.price), cmp.Or(stop, o.stop)
	qty, display := cmp.Or(l.Qty, o.Qty), o.DisplayQty
	if l.Display != nil {
		display = *l.Display
	}
	mayShow := o.priced && o.TIF != "ioc" && o.TIF != "fok" && display <= qty
	switch {
	case l.ExpireAt != "" && nanos(l.ExpireAt) != o.expire:
		return "bad_expire"
	case m.maxQty != 0 && l.Qty > m.maxQty:
		return "qty_limit"
	case display != o.DisplayQty && display != 0 && !mayShow:
		return "bad_display"
	case price != o.price && !o.priced:
		return "bad_price"
	case price != o.price && !m.step(price):
		return "off_ladder"
	case price != o.price && (price < m.low || m.high != 0 && price > m.high):
		return "outside_band"
	case stop != 0 && o.stop == 0:
		return "bad_stop"
	case stop != 0 && !m.step(stop):
		return "off_ladder"
	}
	keeps := price == o.price && stop == o.stop && display == o.DisplayQty && qty <= o.Qty
	filled := o.Qty - o.left
	switch {
	case qty <= filled:
		x.end(m, o, "cancelled", "already_filled")
		return ""
	case keeps:
		o.left -= o.Qty - qty
		o.shown, o.Qty = min(o.shown, o.left), qty
		x.happened("replaced", o, qty, "true")
		return ""
	}
	m.remove(o)
	o.price, o.stop, o.Qty, o.DisplayQty, o.left = price, stop, qty, display, qty-filled
	x.happened("replaced", o, qty, "false")
	if o.stop != 0 {
		m.wait(o)
	} else {
		x.execute(m, o)
	}
	x.cascade(m)
	return ""
}
