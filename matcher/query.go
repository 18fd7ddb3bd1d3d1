package matcher

import "iter"

// Status is what a market is like.
type Status struct {
	Config
	State State
	Last  int64  // price of the last trade, 0 before the first
	Seq   uint64 // the last time priority given
}

// Status describes a market. It is false if there is no such market.
func (e *Engine) Status(m Market) (Status, bool) {
	b := e.book(m)
	if b == nil {
		return Status{}, false
	}
	l := e.ladders[b.ladder]
	return Status{Config{b.betting, l, b.low, b.high}, b.state, l.Price(b.last), b.seq}, true
}

// Markets is one more than the highest market number in use.
func (e *Engine) Markets() int { return len(e.books) }

// Len is the number of orders that rest or wait, in all markets.
func (e *Engine) Len() int { return e.resting }

// Clock is the highest time handed to Expire.
func (e *Engine) Clock() int64 { return e.clock }

// Depth appends to dst at most n levels of one side, best first; bids chooses
// the side. n < 0 means all.
func (e *Engine) Depth(dst []Level, m Market, bids bool, n int) []Level {
	b := e.book(m)
	if b == nil {
		return dst
	}
	t := &b.resting[offer]
	if bids {
		t = &b.resting[bid]
	}
	for s := t.best; s != 0 && n != 0; s = e.after(t, s) {
		dst = append(dst, e.levels[s].view())
		n--
	}
	return dst
}

// Best is the first level of one side. It is false if the side is empty.
func (e *Engine) Best(m Market, bids bool) (Level, bool) {
	var one [1]Level
	l := e.Depth(one[:0], m, bids, 1)
	return one[0], len(l) == 1
}

func (l *level) view() Level { return Level{l.price, l.shown, l.total, int(l.count)} }

// Lookup finds an order that rests or waits.
func (e *Engine) Lookup(m Market, id ID) (Resting, bool) {
	if slot, _ := e.find(m, id); slot != 0 {
		return e.view(slot), true
	}
	return Resting{}, false
}

// Orders goes through the orders of a market in book order: bids best to worst,
// by time priority at one price, then offers, then waiting stops in the order in
// which they would trigger. The engine must not change meanwhile.
func (e *Engine) Orders(m Market) iter.Seq[Resting] {
	return func(yield func(Resting) bool) {
		b := e.book(m)
		if b == nil {
			return
		}
		for _, t := range b.trees() {
			for s := t.best; s != 0; s = e.after(t, s) {
				for slot := e.levels[s].head; slot != 0; slot = e.orders[slot].next {
					if !yield(e.view(slot)) {
						return
					}
				}
			}
		}
	}
}

func (e *Engine) view(slot uint32) Resting {
	o := &e.orders[slot]
	x := e.more(o)
	return Resting{
		Market: o.market, ID: ID(o.id), Account: o.account, Side: o.side, Type: o.typ, TIF: o.tif, STP: o.stp, Price: e.price(o),
		Stop: x.stop, Qty: o.qty, Left: o.left, Shown: x.shown, Display: x.display, Expire: x.expire,
	}
}
