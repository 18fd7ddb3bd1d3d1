package matcher

import (
	"cmp"
	"math"
	"math/big"
	"slices"
)

// The naive exchange: sorted slices, prices instead of ticks, sums anew each
// time, and whether an order can fill whole is found by trying it on a copy. It
// is slow and should be obviously right. What it must share with the engine are
// the rules of doc.go, the types, and the terms of the hash.

type naiveOrder struct {
	Order
	left, shown int64
	seq, born   uint64
	known       bool // entered the book once
}

type naiveBook struct {
	Config
	state   State
	prices  []int64 // nil: every price there is
	last    int64
	seq     uint64
	resting [2][]*naiveOrder // best first, by time at one price
	waiting [2][]*naiveOrder // next to trigger first
	prints  []int64          // prices of this command's trades
}

type naive struct {
	books   map[Market]*naiveBook
	clock   int64
	limit   int
	reports []Report
}

func newNaive() *naive { return &naive{books: make(map[Market]*naiveBook), limit: MaxOrders} }

func (n *naive) create(m Market, c Config) Code {
	if c.Low < 0 || c.High < 0 || (c.High > 0 && c.High < c.Low) || m >= MaxMarkets {
		return BadConfig
	}
	if n.books[m] != nil {
		return MarketExists
	}
	b := &naiveBook{Config: c, state: Open}
	for _, s := range c.Ladder.Steps() {
		for p := s.From; p <= s.To; p += s.By {
			b.prices = append(b.prices, p)
		}
	}
	n.books[m] = b
	return OK
}

func (n *naive) living(m Market) (*naiveBook, Code) {
	b := n.books[m]
	if b == nil {
		return nil, UnknownMarket
	}
	if b.state == Closed {
		return nil, MarketClosed
	}
	return b, OK
}

func (b *naiveBook) onLadder(price int64) bool {
	return b.prices == nil || slices.Contains(b.prices, price)
}

// all are the orders of a book, in book order.
func (b *naiveBook) all() []*naiveOrder {
	return slices.Concat(b.resting[0], b.resting[1], b.waiting[0], b.waiting[1])
}

func (b *naiveBook) find(id ID) *naiveOrder {
	for _, o := range b.all() {
		if o.ID == id {
			return o
		}
	}
	return nil
}

func (n *naive) len() (total int) {
	for _, b := range n.books {
		total += len(b.all())
	}
	return total
}

// room tells whether a quantity more fits one side of a book.
func (b *naiveBook) room(side int, qty int64) bool {
	sum := big.NewInt(qty)
	for _, o := range slices.Concat(b.resting[side], b.waiting[side]) {
		sum.Add(sum, big.NewInt(o.left))
	}
	return sum.IsInt64()
}

func naiveSide(s Side) int {
	return map[Side]int{Buy: 0, Lay: 0, Sell: 1, SellShort: 1, Back: 1}[s]
}

// insert puts an order where it belongs among those before it in time.
func (b *naiveBook) insert(o *naiveOrder) {
	b.seq++
	o.seq = b.seq
	if !o.known {
		o.known, o.born = true, b.seq
	}
	side := naiveSide(o.Side)
	list, price, upwards := &b.resting[side], func(o *naiveOrder) int64 { return o.Price }, side == 1
	if o.Type.waits() {
		list, price, upwards = &b.waiting[side], func(o *naiveOrder) int64 { return o.Stop }, side == 0
	}
	*list = append(*list, o)
	slices.SortStableFunc(*list, func(x, y *naiveOrder) int {
		if price(x) == price(y) {
			return cmp.Compare(x.seq, y.seq)
		}
		if (price(x) < price(y)) == upwards {
			return -1
		}
		return 1
	})
}

func (b *naiveBook) remove(o *naiveOrder) {
	for _, list := range []*[]*naiveOrder{&b.resting[0], &b.resting[1], &b.waiting[0], &b.waiting[1]} {
		*list = slices.DeleteFunc(*list, func(x *naiveOrder) bool { return x == o })
	}
}

func (n *naive) report(k Kind, o *naiveOrder, why Reason, qty int64) {
	n.reports = append(n.reports, Report{Kind: k, Reason: why, Side: o.Side, Market: o.Market, Account: o.Account,
		ID: o.ID, Price: o.Price, Qty: qty, Left: o.left})
}

// take removes an order for good.
func (n *naive) take(b *naiveBook, o *naiveOrder, k Kind, why Reason) {
	b.remove(o)
	qty := o.left
	o.left = 0
	n.report(k, o, why, qty)
}

func (n *naive) submit(o *Order) Code {
	b, code := n.living(o.Market)
	if code == OK {
		code = n.check(b, o)
	}
	if code != OK {
		n.reports = append(n.reports, Report{Kind: Rejected, Code: code, Market: o.Market, ID: o.ID, Account: o.Account, Side: o.Side})
		return code
	}
	x := &naiveOrder{Order: *o, left: o.Qty}
	n.report(Accepted, x, 0, o.Qty)
	n.run(b, x)
	return OK
}

func (n *naive) check(b *naiveBook, o *Order) Code {
	limited := o.Type == LimitOrder || o.Type == StopLimitOrder
	stop := o.Type == StopOrder || o.Type == StopLimitOrder
	lasting := o.TIF == GTC || o.TIF == GTD || o.TIF == Day
	rests := stop || o.Type == LimitOrder && lasting
	betting := o.Side == Back || o.Side == Lay
	exchange := o.Side == Buy || o.Side == Sell || o.Side == SellShort
	switch {
	case b.state == Halted:
		return MarketHalted
	case b.find(o.ID) != nil:
		return DuplicateID
	case b.Betting && !betting, !b.Betting && !exchange:
		return BadSide
	case o.Type < LimitOrder || o.Type > StopLimitOrder:
		return BadType
	case o.TIF < GTC || o.TIF > Day:
		return BadTIF
	case o.STP > DecrementAndCancel:
		return BadSTP
	case o.Qty <= 0:
		return BadQty
	case o.Display < 0 || o.Display > o.Qty || o.Display > 0 && (!limited || !lasting):
		return BadDisplay
	case o.Display > 0 && o.Qty/o.Display+min(o.Qty%o.Display, 1) > MaxSlices:
		return BadDisplay
	case o.TIF == GTD && o.Expire == 0 || o.TIF != GTD && o.Expire != 0:
		return BadExpire
	case o.TIF == GTD && o.Expire <= n.clock:
		return TooLate
	case o.PostOnly && !(o.Type == LimitOrder && lasting):
		return BadPostOnly
	case limited && o.Price <= 0, !limited && o.Price != 0:
		return BadPrice
	case limited && !b.onLadder(o.Price):
		return OffLadder
	case limited && (o.Price < b.Low || b.High > 0 && o.Price > b.High):
		return OutsideBand
	case stop && o.Stop <= 0, !stop && o.Stop != 0:
		return BadStop
	case stop && !b.onLadder(o.Stop):
		return OffLadder
	case o.PostOnly && b.counterpart(&naiveOrder{Order: *o}) != nil:
		return WouldCross
	case rests && !b.room(naiveSide(o.Side), o.Qty):
		return Overflow
	case rests && n.len() >= n.limit:
		return Full
	}
	return OK
}

// counterpart is the order that one would meet next, nil if there is none.
func (b *naiveBook) counterpart(o *naiveOrder) *naiveOrder {
	side := naiveSide(o.Side)
	if len(b.resting[1-side]) == 0 {
		return nil
	}
	m := b.resting[1-side][0]
	if o.Type == LimitOrder && (side == 0 && m.Price > o.Price || side == 1 && m.Price < o.Price) {
		return nil
	}
	return m
}

// run starts or waits, then triggers stops until none is reached.
func (n *naive) run(b *naiveBook, o *naiveOrder) {
	if o.Type.waits() {
		b.insert(o)
		if b.last != 0 {
			b.prints = append(b.prints, b.last)
		}
	} else {
		n.execute(b, o)
	}
	for {
		o := b.triggered()
		if o == nil {
			break
		}
		b.remove(o)
		o.Stop = 0
		o.Type = map[Type]Type{StopOrder: MarketOrder, StopLimitOrder: LimitOrder}[o.Type]
		n.report(Triggered, o, 0, o.left)
		n.execute(b, o)
	}
	b.prints = nil
}

func (b *naiveBook) triggered() *naiveOrder {
	if w := b.waiting[0]; len(w) > 0 && len(b.prints) > 0 && slices.Max(b.prints) >= w[0].Stop {
		return w[0]
	}
	if w := b.waiting[1]; len(w) > 0 && len(b.prints) > 0 && slices.Min(b.prints) <= w[0].Stop {
		return w[0]
	}
	return nil
}

func (n *naive) execute(b *naiveBook, o *naiveOrder) {
	cut := func(why Reason) {
		qty := o.left
		o.left = 0
		n.report(Cancelled, o, why, qty)
	}
	if o.TIF == FOK {
		trial, x := b.clone(), *o
		before := o.left
		var dry naive
		dry.match(trial, &x)
		for _, r := range dry.reports {
			if r.Kind == Traded {
				before -= r.Qty
			}
		}
		if before != 0 {
			cut(Killed)
			return
		}
	}
	n.match(b, o)
	if o.left > 0 && o.Type == LimitOrder && o.TIF != IOC && o.TIF != FOK {
		o.shown = o.left
		if o.Display > 0 {
			o.shown = min(o.left, o.Display)
		}
		b.insert(o)
	} else if o.left > 0 {
		cut(Unfilled)
	}
}

func (b *naiveBook) clone() *naiveBook {
	c := *b
	for side := range c.resting {
		c.resting[side] = slices.Clone(c.resting[side])
		for i, o := range c.resting[side] {
			x := *o
			c.resting[side][i] = &x
		}
	}
	return &c
}

func (n *naive) match(b *naiveBook, o *naiveOrder) {
	for o.left > 0 {
		m := b.counterpart(o)
		if m == nil {
			return
		}
		if o.STP != AllowSelfTrade && o.Account == m.Account {
			n.prevent(b, o, m)
			continue
		}
		q := min(o.left, m.shown)
		o.left -= q
		m.left -= q
		m.shown -= q
		b.last = m.Price
		b.prints = append(b.prints, m.Price)
		n.reports = append(n.reports, Report{Kind: Traded, Side: o.Side, MakerSide: m.Side, Market: o.Market, Account: o.Account,
			MakerAccount: m.Account, ID: o.ID, Maker: m.ID, Price: m.Price, Qty: q, Left: o.left, MakerLeft: m.left})
		if m.shown == 0 {
			b.remove(m)
			if m.left > 0 {
				m.shown = min(m.left, m.Display)
				b.insert(m)
			}
		}
	}
}

func (n *naive) prevent(b *naiveBook, o, m *naiveOrder) {
	newest := func() {
		qty := o.left
		o.left = 0
		n.report(Cancelled, o, SelfTrade, qty)
	}
	switch o.STP {
	case CancelNewest:
		newest()
	case CancelOldest:
		n.take(b, m, Cancelled, SelfTrade)
	case CancelBoth:
		n.take(b, m, Cancelled, SelfTrade)
		newest()
	case DecrementAndCancel:
		q := min(o.left, m.left)
		m.left -= q
		m.Qty -= q
		m.shown = min(m.shown, m.left)
		o.left -= q
		o.Qty -= q
		if m.left == 0 {
			b.remove(m)
		}
		n.report(Cancelled, m, SelfTrade, q)
		n.report(Cancelled, o, SelfTrade, q)
	}
}

func (n *naive) replace(r *Replace) Code {
	b, code := n.living(r.Market)
	var o *naiveOrder
	if code == OK && b.state == Halted {
		code = MarketHalted
	}
	if code == OK {
		if o = b.find(r.ID); o == nil {
			code = UnknownOrder
		}
	}
	var want Order
	if code == OK {
		want, code = b.merge(o, r)
	}
	if code != OK {
		x := Report{Kind: Rejected, Code: code, Market: r.Market, ID: r.ID}
		if o != nil {
			x.Account, x.Side = o.Account, o.Side
		}
		n.reports = append(n.reports, x)
		return code
	}
	filled := o.Qty - o.left
	if want.Qty <= filled {
		n.take(b, o, Cancelled, AlreadyFilled)
		return OK
	}
	keeps := want.Price == o.Price && want.Stop == o.Stop && want.Display == o.Display && want.Qty <= o.Qty
	o.Order = want
	o.left = want.Qty - filled
	if keeps {
		o.shown = min(o.shown, o.left)
		n.report(Replaced, o, 0, want.Qty)
		return OK
	}
	b.remove(o)
	o.shown = 0
	n.report(Replaced, o, 0, want.Qty)
	n.run(b, o)
	return OK
}

func (b *naiveBook) merge(o *naiveOrder, r *Replace) (want Order, code Code) {
	want = o.Order
	limited := o.Type == LimitOrder || o.Type == StopLimitOrder
	lasting := o.TIF != IOC && o.TIF != FOK
	if r.Qty.OK {
		want.Qty = r.Qty.V
	}
	if r.Display.OK {
		want.Display = r.Display.V
	}
	if r.Price.OK {
		want.Price = r.Price.V
	}
	if r.Stop.OK {
		want.Stop = r.Stop.V
	}
	newDisplay := want.Display != o.Display
	grown := want.Qty - o.Qty
	switch {
	case want.Qty <= 0:
		return want, BadQty
	case newDisplay && (want.Display < 0 || want.Display > want.Qty || want.Display > 0 && (!limited || !lasting)):
		return want, BadDisplay
	case want.Display > 0 && want.Qty/want.Display+min(want.Qty%want.Display, 1) > MaxSlices:
		return want, BadDisplay
	case want.Price != o.Price && (!limited || want.Price <= 0):
		return want, BadPrice
	case want.Price != o.Price && !b.onLadder(want.Price):
		return want, OffLadder
	case want.Price != o.Price && (want.Price < b.Low || b.High > 0 && want.Price > b.High):
		return want, OutsideBand
	case o.Type.waits() && want.Stop <= 0, !o.Type.waits() && want.Stop != 0:
		return want, BadStop
	case want.Stop != 0 && !b.onLadder(want.Stop):
		return want, OffLadder
	case grown > 0 && !b.room(naiveSide(o.Side), grown):
		return want, Overflow
	}
	return want, OK
}

func (n *naive) cancel(m Market, id ID) Code {
	b, code := n.living(m)
	if code == OK {
		if o := b.find(id); o != nil {
			n.take(b, o, Cancelled, Requested)
			return OK
		}
		code = UnknownOrder
	}
	n.reports = append(n.reports, Report{Kind: Rejected, Code: code, Market: m, ID: id})
	return code
}

// cancelIf cancels the orders that match, in the order given.
func (n *naive) cancelIf(b *naiveBook, orders []*naiveOrder, k Kind, why Reason, match func(*naiveOrder) bool) (count int) {
	for _, o := range orders {
		if match(o) {
			n.take(b, o, k, why)
			count++
		}
	}
	return count
}

func (n *naive) cancelAccount(m Market, a Account) int {
	b, code := n.living(m)
	if code != OK {
		return 0
	}
	orders := b.all()
	slices.SortFunc(orders, func(x, y *naiveOrder) int { return cmp.Compare(x.born, y.born) })
	return n.cancelIf(b, orders, Cancelled, ByAccount, func(o *naiveOrder) bool { return o.Account == a })
}

func (n *naive) cancelMarket(m Market, why Reason) int {
	b, code := n.living(m)
	if code != OK {
		return 0
	}
	return n.cancelIf(b, b.all(), Cancelled, why, func(*naiveOrder) bool { return true })
}

func (n *naive) endDay(m Market) int {
	b, code := n.living(m)
	if code != OK {
		return 0
	}
	return n.cancelIf(b, b.all(), Expired, EndOfDay, func(o *naiveOrder) bool { return o.TIF == Day })
}

func (n *naive) expire(now int64) int {
	n.clock = max(n.clock, now)
	var due []*naiveOrder
	for _, b := range n.books {
		for _, o := range b.all() {
			if o.TIF == GTD && o.Expire <= n.clock {
				due = append(due, o)
			}
		}
	}
	slices.SortFunc(due, func(x, y *naiveOrder) int {
		return cmp.Or(cmp.Compare(x.Expire, y.Expire), cmp.Compare(x.Market, y.Market), cmp.Compare(x.born, y.born))
	})
	for _, o := range due {
		n.take(n.books[o.Market], o, Expired, Deadline)
	}
	return len(due)
}

func (n *naive) turn(m Market, s State) Code {
	b, code := n.living(m)
	if code == OK {
		b.state = s
	}
	return code
}

func (n *naive) close(m Market) Code {
	n.cancelMarket(m, ByClose)
	return n.turn(m, Closed)
}

func (n *naive) setBand(m Market, low, high int64) Code {
	b, code := n.living(m)
	if code != OK {
		return code
	}
	if low < 0 || high < 0 || high > 0 && high < low {
		return BadConfig
	}
	b.Low, b.High = low, high
	return OK
}

// hash adds up the terms of all orders anew.
func (b *naiveBook) hash() uint64 {
	e := New()
	e.extras = make([]extra, 2)
	sum := uint64(0)
	for _, o := range b.all() {
		e.extras[1] = extra{display: o.Display, stop: o.Stop, expire: o.Expire, born: o.born}
		x := &order{id: uint64(o.ID), account: o.Account, side: o.Side, typ: o.Type, tif: o.TIF, stp: o.STP, qty: o.Qty, extra: 1}
		sum += term(e.salt(x, o.Price), o.left, o.shown, o.seq)
	}
	last := b.last
	if b.prices != nil {
		last = int64(slices.Index(b.prices, b.last) + 1)
	}
	return e.hash(&book{sum: sum, seq: b.seq, last: last, low: b.Low, high: b.High, ladder: e.intern(b.Ladder), state: b.state, betting: b.Betting})
}

// depth adds up the orders of one side, price by price.
func (b *naiveBook) depth(side int) (levels []Level) {
	price := int64(math.MinInt64)
	for _, o := range b.resting[side] {
		if o.Price != price {
			levels = append(levels, Level{Price: o.Price})
			price = o.Price
		}
		l := &levels[len(levels)-1]
		l.Shown += o.shown
		l.Total += o.left
		l.Orders++
	}
	return levels
}

func (o *naiveOrder) view() Resting {
	return Resting{Market: o.Market, ID: o.ID, Account: o.Account, Side: o.Side, Type: o.Type, TIF: o.TIF, STP: o.STP, Price: o.Price,
		Stop: o.Stop, Qty: o.Qty, Left: o.left, Shown: o.shown, Display: o.Display, Expire: o.Expire}
}
