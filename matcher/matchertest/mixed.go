package matchertest

import "github.com/deadheat-io/deadheat/matcher"

// Million is a length of mixed flows for which the totals stand here: shorter ones
// take the word of the engine that drew them.
const Million = 1_000_000

var known = map[string]Totals{
	"mixed":   {395_578, 15_029_939, 1_503_450_591_311},
	"betting": {395_468, 15_029_939, 115_308_155_410},
}

// resting is how many orders a mixed flow begins with, and about how many it keeps.
const resting = 10_000

// Mixed is a flow on the unit ladder: 10,000 orders that rest, then 60 % passive
// orders around a moving middle, 30 % cancels of an order that rests, 10 % orders
// that trade.
func Mixed(n int) *Workload {
	return draw(&Workload{Name: "mixed"}, 100_000, 1000, n)
}

// Betting is such a flow on the ladder of betting exchanges.
func Betting(n int) *Workload {
	return draw(&Workload{Name: "betting", Config: matcher.Config{Betting: true, Ladder: matcher.BettingLadder()}}, 175, 100, n)
}

// random is a small source of numbers.
type random uint64

func (r *random) pick(n int) int {
	*r += 0x9E3779B97F4A7C15
	x := uint64(*r)
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return int((x ^ x>>31) >> 1 % uint64(n))
}

// drawer draws the orders of a workload; an engine tells it which ids rest.
type drawer struct {
	random
	config matcher.Config
	engine *matcher.Engine
	ids    []uint32 // that rest
	place  []int32  // by id: 1 + place in ids
	middle int64    // ticks
	spread int
	last   uint32
	totals Totals
}

func draw(w *Workload, middle int64, spread, n int) *Workload {
	d := &drawer{random: 7, config: w.Config, engine: matcher.New(), middle: middle, spread: spread, place: make([]int32, n+2*resting)}
	d.engine.Create(0, w.Config)
	for len(d.ids) < resting {
		w.Preload = append(w.Preload, d.passive())
	}
	d.totals = Totals{}
	low, high := int64(spread)+1, min(w.Config.Ladder.Len(), 1<<40)-int64(spread)-1
	for len(w.Ops) < n {
		w.Ops = append(w.Ops, d.next())
		if d.pick(20) == 0 {
			d.middle = min(max(d.middle+int64(d.pick(3)-1), low), high)
		}
	}
	if w.Want = d.totals; n == Million {
		w.Want = known[w.Name]
	}
	return w
}

func (d *drawer) next() Op {
	switch p := d.pick(10); {
	case p < 6:
		return d.passive()
	case p < 9 && len(d.ids) > 0:
		op := Op{ID: d.ids[d.pick(len(d.ids))]}
		d.do(&op)
		return op
	}
	op := d.order(d.pick(2) == 0, 300)
	op.TIF = matcher.IOC
	tick := int64(1)
	if op.Side.Bid() {
		tick = min(d.config.Ladder.Len(), 1<<40)
	}
	op.Price = d.config.Ladder.Price(tick)
	d.do(&op)
	return op
}

// passive is an order that does not trade. What would goes behind the best price
// of the other side instead.
func (d *drawer) passive() Op {
	op := d.order(d.pick(2) == 0, 100)
	away := int64(1 + min(d.pick(d.spread), d.pick(d.spread)))
	best, found := d.engine.Best(0, !op.Side.Bid())
	tick, limit := d.middle+away, d.config.Ladder.Tick(best.Price)
	if op.Side.Bid() {
		tick = d.middle - away
	}
	switch {
	case found && op.Side.Bid():
		tick = min(tick, limit-1)
	case found:
		tick = max(tick, limit+1)
	}
	op.Price = d.config.Ladder.Price(tick)
	d.do(&op)
	return op
}

func (d *drawer) order(bid bool, most int) Op {
	d.last++
	sides := map[bool]matcher.Side{true: matcher.Buy, false: matcher.Sell}
	if d.config.Betting {
		sides = map[bool]matcher.Side{true: matcher.Lay, false: matcher.Back}
	}
	return Op{ID: d.last, Account: uint16(d.pick(1000)), Side: sides[bid], TIF: matcher.GTC, Qty: int64(1 + d.pick(most))}
}

// do gives a step to the engine and follows which ids rest.
func (d *drawer) do(op *Op) {
	op.give(d.engine, &matcher.Order{Type: matcher.LimitOrder})
	reports := d.engine.Drain()
	d.totals.Add(reports)
	for i := range reports {
		r := &reports[i]
		switch {
		case r.Kind == matcher.Accepted:
			d.ids = append(d.ids, uint32(r.ID))
			d.place[r.ID] = int32(len(d.ids))
		case r.Kind == matcher.Traded && r.MakerLeft == 0:
			d.forget(uint32(r.Maker))
		}
		if r.Left == 0 {
			d.forget(uint32(r.ID))
		}
	}
}

func (d *drawer) forget(id uint32) {
	if i := d.place[id]; i != 0 {
		last := d.ids[len(d.ids)-1]
		d.ids[i-1], d.place[last] = last, i
		d.ids, d.place[id] = d.ids[:len(d.ids)-1], 0
	}
}
