package main

import (
	"container/list"

	"github.com/deadheat-io/deadheat/matcher"
	"github.com/deadheat-io/deadheat/matcher/matchertest"
)

// order is one that rests.
type order struct {
	id    uint32
	bid   bool
	price int64
	left  int64
}

// levels are the prices of one side. The best one has the lowest key: bids have
// their prices with a minus.
type levels interface {
	find(key int64) *list.List // makes it where there is none
	best() (key int64, level *list.List)
	remove(key int64)
}

// textbook is the order book that most write: a tree of prices, a list of orders
// at each, and a map from ids to places in these lists. It does less than the
// matcher: nothing is checked, nobody owns an order, nothing is reported but the
// sums.
type textbook struct {
	sides  [2]levels // bids, offers
	orders map[uint32]*list.Element
	totals matchertest.Totals
}

func newTextbook(side func() levels) func(*matchertest.Workload) engine {
	return func(w *matchertest.Workload) engine {
		b := &textbook{sides: [2]levels{side(), side()}, orders: make(map[uint32]*list.Element)}
		b.run(w.Preload)
		return b
	}
}

func (b *textbook) run(ops []matchertest.Op) matchertest.Totals {
	b.totals = matchertest.Totals{}
	for i := range ops {
		if op := &ops[i]; op.Side == 0 {
			b.cancel(op.ID)
		} else {
			b.add(op)
		}
	}
	return b.totals
}

// side is where an order rests, and its key there.
func (b *textbook) side(bid bool, price int64) (levels, int64) {
	if bid {
		return b.sides[0], -price
	}
	return b.sides[1], price
}

func (b *textbook) cancel(id uint32) {
	at, ok := b.orders[id]
	if !ok {
		return
	}
	o := at.Value.(*order)
	side, key := b.side(o.bid, o.price)
	level := side.find(key)
	level.Remove(at)
	if level.Len() == 0 {
		side.remove(key)
	}
	delete(b.orders, id)
}

func (b *textbook) add(op *matchertest.Op) {
	o := &order{op.ID, op.Side.Bid(), op.Price, op.Qty}
	b.match(o)
	if o.left > 0 && op.TIF == matcher.GTC {
		side, key := b.side(o.bid, o.price)
		b.orders[o.id] = side.find(key).PushBack(o)
	}
}

func (b *textbook) match(o *order) {
	other, limit := b.side(!o.bid, o.price)
	for o.left > 0 {
		key, level := other.best()
		if level == nil || key > limit {
			return
		}
		for o.left > 0 && level.Len() > 0 {
			first := level.Front()
			maker := first.Value.(*order)
			q := min(o.left, maker.left)
			o.left -= q
			maker.left -= q
			b.totals.Trades++
			b.totals.Qty += q
			b.totals.Notional += q * maker.price
			if maker.left == 0 {
				level.Remove(first)
				delete(b.orders, maker.id)
			}
		}
		if level.Len() == 0 {
			other.remove(key)
		}
	}
}
