package matcher

import (
	"bytes"
	"math"
	"slices"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// command is one call of the engine or of the naive exchange.
type command struct {
	op        string
	order     Order
	replace   Replace
	market    Market
	id        ID
	account   Account
	config    Config
	low, high int64
	now       int64
}

func (c *command) toEngine(e *Engine) int {
	switch c.op {
	case "create":
		return int(e.Create(c.market, c.config))
	case "submit":
		return int(e.Submit(&c.order))
	case "replace":
		return int(e.Replace(&c.replace))
	case "cancel":
		return int(e.Cancel(c.market, c.id))
	case "cancel_account":
		return e.CancelAccount(c.market, c.account)
	case "cancel_market":
		return e.CancelMarket(c.market)
	case "halt":
		return int(e.Halt(c.market))
	case "resume":
		return int(e.Resume(c.market))
	case "close":
		return int(e.Close(c.market))
	case "band":
		return int(e.SetBand(c.market, c.low, c.high))
	case "expire":
		return e.Expire(c.now)
	case "end_day":
		return e.EndDay(c.market)
	}
	panic(c.op)
}

func (c *command) toNaive(n *naive) int {
	switch c.op {
	case "create":
		return int(n.create(c.market, c.config))
	case "submit":
		return int(n.submit(&c.order))
	case "replace":
		return int(n.replace(&c.replace))
	case "cancel":
		return int(n.cancel(c.market, c.id))
	case "cancel_account":
		return n.cancelAccount(c.market, c.account)
	case "cancel_market":
		return n.cancelMarket(c.market, ByMarket)
	case "halt":
		return int(n.turn(c.market, Halted))
	case "resume":
		return int(n.turn(c.market, Open))
	case "close":
		return int(n.close(c.market))
	case "band":
		return int(n.setBand(c.market, c.low, c.high))
	case "expire":
		return n.expire(c.now)
	case "end_day":
		return n.endDay(c.market)
	}
	panic(c.op)
}

// failer is a test, or a check of rapid.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// history drives an engine, the naive exchange and now and then a twin that was
// loaded from a snapshot, and compares them after every command.
type history struct {
	t       failer
	pick    func(n int) int // 0 to n-1
	engine  *Engine
	twin    *Engine // nil, or loaded from a snapshot of engine
	until   int     // the twin takes over at this step
	naive   *naive
	markets []Market // that are in use: unit ladder, betting, custom
	made    Market
	filled  map[[2]uint64]int64 // by market and id, from the trades
	step    int
	reports int
	kinds   map[Kind]int
	codes   map[Code]int
	reasons map[Reason]int
}

var custom = func() Ladder {
	l, err := NewLadder(Steps{80, 95, 1}, Steps{97, 103, 2}, Steps{110, 1010, 5})
	if err != nil {
		panic(err)
	}
	return l
}()

func newHistory(t failer, pick func(n int) int) *history {
	h := &history{t: t, pick: pick, engine: New(), naive: newNaive(), filled: make(map[[2]uint64]int64),
		kinds: make(map[Kind]int), codes: make(map[Code]int), reasons: make(map[Reason]int)}
	h.engine.limit, h.naive.limit = 60, 60
	h.engine.cold = 30 * pick(2) // sweeps look ahead from the first order on, or now and then
	for kind := range 3 {
		h.markets = append(h.markets, 0)
		h.open(kind)
	}
	return h
}

func (h *history) open(kind int) {
	c := Config{Betting: kind == 1, Ladder: []Ladder{{}, BettingLadder(), custom}[kind]}
	h.markets[kind] = h.made
	h.do(&command{op: "create", market: h.made, config: c})
	h.made += Market(1 + h.pick(2))
}

// one makes and does one random command.
func (h *history) one() {
	c := h.random()
	h.do(c)
	if c.op == "close" && c.market < h.made {
		if kind := slices.Index(h.markets, c.market); kind >= 0 {
			h.open(kind)
		}
	}
}

func (h *history) random() *command {
	kind := h.pick(3)
	c := &command{market: h.markets[kind]}
	switch n := h.pick(1000); {
	case n < 620:
		c.op = "submit"
		c.order = h.order(kind)
	case n < 700:
		c.op, c.id = "cancel", h.live(kind)
	case n < 920:
		c.op = "replace"
		c.replace = h.replacement(kind)
	case n < 930:
		c.op, c.account = "cancel_account", h.account()
	case n < 931:
		c.op = "cancel_market"
	case n < 935:
		c.op = "halt"
	case n < 960:
		c.op = "resume"
	case n < 961 && h.made < 500:
		c.op = "close"
	case n < 970:
		c.op, c.low, c.high = "band", h.price(kind)-8, h.price(kind)+8
		if h.pick(2) == 0 {
			c.low, c.high = 0, 0
		}
	case n < 992:
		c.op, c.now = "expire", int64(h.step+h.pick(20)-10)
	case n < 996:
		c.op = "end_day"
	case n < 998: // a market that is closed or unknown
		c.op, c.market, c.id = []string{"cancel", "halt", "close", "cancel_market", "end_day", "band", "cancel_account"}[h.pick(7)], Market(h.pick(int(h.made)+2)), h.id()
		if slices.Contains(h.markets, c.market) {
			c.op = "resume"
		}
	default:
		c.op, c.market = "create", Market(h.pick(int(h.made)))
		if h.engine.book(c.market) == nil {
			c.config.Low = -1
		}
	}
	return c
}

func (h *history) id() ID { return ID(1 + h.pick(70)) }

// live is mostly the id of an order that rests or waits.
func (h *history) live(kind int) ID {
	if all := h.naive.books[h.markets[kind]].all(); len(all) > 0 && h.pick(8) != 0 {
		return all[h.pick(len(all))].ID
	}
	return h.id()
}

func (h *history) account() Account { return Account(h.pick(4)) }

func (h *history) side(kind int) Side {
	if h.pick(200) == 0 {
		return Side(h.pick(8))
	}
	if kind == 1 {
		return Back + Side(h.pick(2))
	}
	return Buy + Side(h.pick(3))
}

func (h *history) qty() int64 {
	switch h.pick(60) {
	case 0:
		return math.MaxInt64 - int64(h.pick(30))
	case 1:
		return math.MaxInt64/2 + int64(h.pick(3))
	case 2:
		return int64(h.pick(3)) - 1
	}
	return 1 + int64(h.pick(20))
}

func (h *history) price(kind int) int64 {
	if h.pick(100) == 0 {
		return []int64{0, -5, 1, math.MaxInt64, math.MaxInt64 - 70, 1 << 40, 1011, 96}[h.pick(8)]
	}
	if kind == 1 {
		return betting.Price(int64(95 + h.pick(14)))
	}
	return int64(88 + h.pick(14))
}

func (h *history) display(qty int64) int64 {
	if h.pick(5) != 0 {
		return 0
	}
	return min(qty, int64(h.pick(7))) - int64(h.pick(30)/29)
}

func (h *history) order(kind int) Order {
	o := Order{Market: h.markets[kind], ID: h.id(), Account: h.account(), Side: h.side(kind), Type: LimitOrder, TIF: GTC, Qty: h.qty()}
	if h.pick(3) == 0 {
		o.Type = Type(1 + h.pick(4))
	}
	if h.pick(3) == 0 {
		o.TIF = TIF(1 + h.pick(5))
	}
	if h.pick(3) == 0 {
		o.STP = STP(h.pick(5))
	}
	if o.Type.priced() {
		o.Price = h.price(kind)
	}
	if o.Type.waits() {
		o.Stop = h.price(kind)
	}
	if o.Type.priced() && o.TIF.rests() {
		o.Display = h.display(o.Qty)
		o.PostOnly = o.Type == LimitOrder && h.pick(8) == 0
	}
	if o.TIF == GTD {
		o.Expire = int64(h.step - 3 + h.pick(100))
	}
	switch h.pick(400) {
	case 0:
		o.Type = Type(h.pick(7))
	case 1:
		o.TIF = TIF(h.pick(8))
	case 2:
		o.STP = STP(h.pick(7))
	case 3:
		o.PostOnly = true
	case 4:
		o.Expire = 77
	case 5:
		o.Stop = 90
	case 6:
		o.Price = 90
	case 7:
		o.Display = 2
	case 8:
		o.Market = Market(h.pick(int(h.made) + 2))
	}
	return o
}

func (h *history) replacement(kind int) Replace {
	r := Replace{Market: h.markets[kind], ID: h.live(kind)}
	if h.pick(2) == 0 {
		r.Price = schema.Some(h.price(kind))
	}
	if h.pick(2) == 0 {
		r.Qty = schema.Some(h.qty())
	}
	if h.pick(6) == 0 {
		r.Stop = schema.Some(h.price(kind))
	}
	if h.pick(6) == 0 {
		r.Display = schema.Some(h.display(20))
	}
	return r
}

// do carries out a command everywhere and compares.
func (h *history) do(c *command) {
	h.t.Helper()
	h.step++
	want := c.toNaive(h.naive)
	got := c.toEngine(h.engine)
	reports := h.engine.Drain()
	if got != want || !slices.Equal(reports, h.naive.reports) {
		h.t.Fatalf("step %d: %+v\n gives %d %+v\nwant %d %+v", h.step, *c, got, reports, want, h.naive.reports)
	}
	h.count(reports)
	h.naive.reports = h.naive.reports[:0]
	if c.op == "expire" || h.step%64 == 0 {
		for m := range h.naive.books {
			h.compare(c, m)
		}
		if h.engine.Len() != h.naive.len() {
			h.t.Fatalf("step %d: %d orders, want %d", h.step, h.engine.Len(), h.naive.len())
		}
	} else {
		m := c.market
		if c.op == "submit" {
			m = c.order.Market
		}
		h.compare(c, m)
	}
	if h.twin != nil {
		h.follow(c, got, reports)
	}
}

func (h *history) count(reports []Report) {
	for i := range reports {
		r := &reports[i]
		h.kinds[r.Kind]++
		h.codes[r.Code]++
		h.reasons[r.Reason]++
		switch key := [2]uint64{uint64(r.Market), uint64(r.ID)}; r.Kind {
		case Accepted:
			delete(h.filled, key)
		case Traded:
			h.filled[key] += r.Qty
			h.filled[[2]uint64{uint64(r.Market), uint64(r.Maker)}] += r.Qty
			if r.Qty <= 0 || r.Side.Bid() == r.MakerSide.Bid() {
				h.t.Fatalf("step %d: no trade: %+v", h.step, r)
			}
		}
	}
	h.reports += len(reports)
}

// compare looks at everything one market shows.
func (h *history) compare(c *command, m Market) {
	h.t.Helper()
	b := h.naive.books[m]
	if b == nil {
		return
	}
	fail := func(what string, got, want any) {
		h.t.Helper()
		h.t.Fatalf("step %d: %+v\n%s of market %d is %+v\nwant %+v", h.step, *c, what, m, got, want)
	}
	if got, want := h.engine.BookHash(m), b.hash(); got != want {
		fail("hash", got, want)
	}
	var depth [2][]Level
	for side := range depth {
		depth[side] = h.engine.Depth(nil, m, side == bid, -1)
		if want := b.depth(side); !slices.Equal(depth[side], want) {
			fail("depth", depth[side], want)
		}
	}
	if b, o := depth[bid], depth[offer]; len(b) > 0 && len(o) > 0 && b[0].Price >= o[0].Price {
		fail("book", "crossed", "not")
	}
	want := b.all()
	i := 0
	for got := range h.engine.Orders(m) {
		if i >= len(want) || got != want[i].view() {
			fail("order", got, want[min(i, len(want)-1)].view())
		}
		if filled := h.filled[[2]uint64{uint64(m), uint64(got.ID)}]; filled != got.Qty-got.Left {
			fail("filled", got.Qty-got.Left, filled)
		}
		i++
	}
	if i != len(want) {
		fail("orders", i, len(want))
	}
	if st, ok := h.engine.Status(m); !ok || st.State != b.state || st.Last != b.last || st.Seq != b.seq {
		fail("status", st, b)
	}
}

// snapshot loads a twin from the engine's bytes; it gets the same commands from
// here on.
func (h *history) snapshot() {
	h.t.Helper()
	snap := h.engine.Copy(nil).AppendSnapshot(nil)
	twin, err := Load(snap)
	if err != nil {
		h.t.Fatalf("step %d: %v", h.step, err)
	}
	if twin.Hash() != h.engine.Hash() {
		h.t.Fatalf("step %d: the hash differs after loading", h.step)
	}
	if again := twin.AppendSnapshot(nil); !bytes.Equal(snap, again) {
		h.t.Fatalf("step %d: the bytes differ after loading", h.step)
	}
	twin.limit, twin.cold = h.engine.limit, h.engine.cold
	h.twin, h.until = twin, h.step+100
}

// follow gives a command to the twin, which takes over after a while.
func (h *history) follow(c *command, got int, reports []Report) {
	h.t.Helper()
	if twin := c.toEngine(h.twin); twin != got || !slices.Equal(h.twin.Drain(), reports) {
		h.t.Fatalf("step %d: %+v: an engine from a snapshot differs", h.step, *c)
	}
	if h.step < h.until {
		return
	}
	if h.twin.Hash() != h.engine.Hash() || !bytes.Equal(h.twin.AppendSnapshot(nil), h.engine.AppendSnapshot(nil)) {
		h.t.Fatalf("step %d: an engine from a snapshot ends in another state", h.step)
	}
	h.engine, h.twin = h.twin, nil
}
