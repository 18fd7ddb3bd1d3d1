package matcher

import (
	"fmt"
	"syscall"
	"testing"
)

// cpu is the processor time of the process in nanoseconds: on a machine that is
// busy with other things it says more than the clock on the wall.
func cpu() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// op is one step of a workload: a new order, or the cancel of one that rests. It
// is small, so that reading the workload costs little beside the work.
type op struct {
	id      uint32
	account uint16
	side    Side // 0: cancel
	tif     TIF
	price   int64
	qty     int64
}

// workload is a mixed flow, prepared before the clock: 10,000 orders that rest,
// then 60 % passive orders around a moving middle, 30 % cancels of an order
// that rests, 10 % orders that trade.
type workload struct {
	config  Config
	preload []op
	mixed   []op
}

// maker draws the orders of a workload; the engine tells which ids rest.
type maker struct {
	generator
	engine *Engine
	ids    []ID
	place  []int32 // by id: 1 + place in ids
	mid    int64
	spread int
	top    int64
	last   ID
}

func newWorkload(config Config, mid int64, spread, n int) *workload {
	m := &maker{generator: 7, engine: New(), mid: mid, spread: spread, top: config.Ladder.Len(), place: make([]int32, n+20_000)}
	m.engine.Create(0, config)
	w := &workload{config: config}
	for len(m.ids) < 10_000 {
		w.preload = append(w.preload, m.passive())
	}
	for len(w.mixed) < n {
		switch p := m.pick(10); {
		case p < 6:
			w.mixed = append(w.mixed, m.passive())
		case p < 9 && len(m.ids) > 0:
			id := m.ids[m.pick(len(m.ids))]
			m.engine.Cancel(0, id)
			m.settle()
			w.mixed = append(w.mixed, op{id: uint32(id)})
		default:
			w.mixed = append(w.mixed, m.marketable())
		}
		if m.pick(20) == 0 {
			m.mid = min(max(m.mid+int64(m.pick(3)-1), int64(spread)+1), m.top-int64(spread)-1)
		}
	}
	return w
}

func (m *maker) passive() op {
	side, away := Buy, -int64(1+min(m.pick(m.spread), m.pick(m.spread)))
	if m.pick(2) == 0 {
		side, away = Sell, -away
	}
	o := Order{PostOnly: true, Side: side, Qty: int64(1 + m.pick(100))}
	return m.submit(o, m.mid+away)
}

func (m *maker) marketable() op {
	side, tick := Buy, m.top
	if m.pick(2) == 0 {
		side, tick = Sell, 1
	}
	return m.submit(Order{Side: side, TIF: IOC, Qty: int64(1 + m.pick(300))}, min(tick, 1<<40))
}

func (m *maker) submit(o Order, tick int64) op {
	b := &m.engine.books[0]
	m.last++
	o.ID, o.Account, o.Type = m.last, Account(m.pick(1000)), LimitOrder
	if o.TIF == 0 {
		o.TIF = GTC
	}
	if b.betting {
		o.Side = map[Side]Side{Buy: Lay, Sell: Back}[o.Side]
	}
	// What would cross goes behind the best price instead.
	if o.PostOnly && m.engine.crosses(b, o.Side.index(), tick) {
		best := b.resting[1-o.Side.index()].best
		tick = toTick(1-o.Side.index(), m.engine.levels[best].key) + map[bool]int64{true: -1, false: 1}[o.Side.Bid()]
	}
	o.PostOnly = false
	o.Price = m.engine.ladders[b.ladder].Price(tick)
	m.engine.Submit(&o)
	m.settle()
	return op{uint32(o.ID), uint16(o.Account), o.Side, o.TIF, o.Price, o.Qty}
}

// settle follows the reports: which ids rest now.
func (m *maker) settle() {
	for _, r := range m.engine.Drain() {
		switch {
		case r.Kind == Accepted:
			m.ids = append(m.ids, r.ID)
			m.place[r.ID] = int32(len(m.ids))
		case r.Kind == Traded && r.MakerLeft == 0:
			m.forget(r.Maker)
		}
		if r.Left == 0 {
			m.forget(r.ID)
		}
	}
}

func (m *maker) forget(id ID) {
	if i := m.place[id]; i != 0 {
		last := m.ids[len(m.ids)-1]
		m.ids[i-1], m.place[last] = last, i
		m.ids, m.place[id] = m.ids[:len(m.ids)-1], 0
	}
}

// do runs steps and counts the trades.
func do(e *Engine, ops []op) (trades int) {
	var o Order
	o.Type = LimitOrder
	for i := range ops {
		if x := &ops[i]; x.side == 0 {
			e.Cancel(0, ID(x.id))
		} else {
			o.ID, o.Account, o.Side, o.TIF, o.Price, o.Qty = ID(x.id), Account(x.account), x.side, x.tif, x.price, x.qty
			e.Submit(&o)
		}
		reports := e.Drain()
		for i := range reports {
			if reports[i].Kind == Traded {
				trades++
			}
		}
	}
	return trades
}

func (w *workload) bench(b *testing.B) {
	prepared := New()
	prepared.Create(0, w.config)
	do(prepared, w.preload)
	e := prepared.Copy(nil)
	trades := do(e, w.mixed) // warm
	levels := len(e.Depth(nil, 0, true, -1)) + len(e.Depth(nil, 0, false, -1))
	b.ReportAllocs()
	b.ResetTimer()
	start := cpu()
	for done := 0; done < b.N; done += len(w.mixed) {
		b.StopTimer()
		prepared.Copy(e)
		b.StartTimer()
		do(e, w.mixed[:min(len(w.mixed), b.N-done)])
	}
	b.ReportMetric(float64(cpu()-start)/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(trades)/float64(len(w.mixed)), "trades/op")
	b.ReportMetric(float64(levels), "levels")
	b.ReportMetric(float64(e.Len()), "resting")
}

func BenchmarkMixed(b *testing.B) {
	newWorkload(Config{}, 100_000, 1000, 1_000_000).bench(b)
}

func BenchmarkBetting(b *testing.B) {
	newWorkload(Config{Betting: true, Ladder: BettingLadder()}, 175, 100, 1_000_000).bench(b)
}

// spread is a book of 500,000 bids at 100,000 prices.
func spread() []Order {
	g := generator(11)
	orders := make([]Order, 0, 500_000)
	prices := make([]int64, 100_000)
	for i := range prices {
		prices[i] = int64(1 + g.pick(1_000_000))
	}
	for range 5 {
		for _, p := range prices {
			orders = append(orders, Order{ID: ID(len(orders) + 1), Account: Account(g.pick(1000)), Side: Buy, Type: LimitOrder, TIF: GTC, Price: p, Qty: 100})
		}
	}
	return orders
}

func BenchmarkInsert(b *testing.B) {
	orders := spread()
	empty := New()
	empty.Create(0, Config{})
	e := empty.Copy(nil)
	for i := 0; b.Loop(); i++ {
		if i%len(orders) == 0 {
			b.StopTimer()
			empty.Copy(e)
			e.freed, e.resting = slots{}, 0
			b.StartTimer()
		}
		e.Submit(&orders[i%len(orders)])
		e.Drain()
	}
}

func BenchmarkMatch(b *testing.B) {
	full := New()
	full.Create(0, Config{})
	for _, o := range spread() {
		full.Submit(&o)
		full.Drain()
	}
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			e := full.Copy(nil)
			sell := Order{ID: 1 << 40, Side: Sell, Type: LimitOrder, TIF: IOC, Price: 1, Qty: int64(n) * 100}
			b.ReportAllocs()
			for b.Loop() {
				if e.Len() < n {
					b.StopTimer()
					full.Copy(e)
					b.StartTimer()
				}
				e.Submit(&sell)
				e.Drain()
			}
		})
	}
}

func BenchmarkSnapshot(b *testing.B) {
	w := newWorkload(Config{}, 100_000, 1000, 100_000)
	e := New()
	e.Create(0, w.config)
	do(e, w.preload)
	do(e, w.mixed)
	b.Run("copy", func(b *testing.B) {
		b.ReportAllocs()
		var c *Engine
		for b.Loop() {
			c = e.Copy(c)
		}
	})
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		var dst []byte
		for b.Loop() {
			dst = e.AppendSnapshot(dst[:0])
		}
		b.ReportMetric(float64(len(dst))/float64(e.Len()), "bytes/order")
	})
	b.Run("load", func(b *testing.B) {
		snap := e.AppendSnapshot(nil)
		for b.Loop() {
			if _, err := Load(snap); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("hash", func(b *testing.B) {
		for b.Loop() {
			e.BookHash(0)
		}
	})
}
