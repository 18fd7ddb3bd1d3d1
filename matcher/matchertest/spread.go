package matchertest

import "github.com/deadheat-io/deadheat/matcher"

// Spread is a book of 500,000 bids of 100 lots: 100,000 prices drawn from
// 1,000,000, five times each. It is too large for caches.
func Spread() []Op {
	r := random(11)
	prices := make([]int64, 100_000)
	for i := range prices {
		prices[i] = int64(1 + r.pick(1_000_000))
	}
	ops := make([]Op, 0, 5*len(prices))
	for range 5 {
		for _, p := range prices {
			ops = append(ops, Op{
				ID: uint32(len(ops) + 1), Account: uint16(r.pick(1000)), Side: matcher.Buy, TIF: matcher.GTC, Price: p, Qty: SpreadQty,
			})
		}
	}
	return ops
}

// SpreadQty is the quantity of each order of [Spread].
const SpreadQty = 100

// Sweep is an order that trades with n orders of [Spread].
func Sweep(id uint32, n int) Op {
	return Op{ID: id, Side: matcher.Sell, TIF: matcher.IOC, Price: 1, Qty: int64(n) * SpreadQty}
}
