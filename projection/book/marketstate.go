package book

import (
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/matcher"
)

// encodeMarket writes a market: its own numbers, causes, limits, kill switches,
// tick and lot, accounts by seat, open orders by number, and the engine's
// canonical bytes.
func (b *Book) encodeMarket(m *market) {
	w := b.w
	w.Array(12)
	w.Int(int64(m.number))
	w.Int(m.seq)
	w.Int(m.numbers)
	w.Array(len(m.causes))
	for _, c := range m.causes {
		w.Array(5)
		w.Str(c.Topic)
		w.Int(int64(c.Partition))
		w.Int(c.Offset)
		w.Int(c.Part)
		w.Int(int64(c.Action))
	}
	w.Raw(codec.Body(&m.limits))
	m.kills.encode(w)
	w.Bool(m.odds)
	w.Decimal(m.tick)
	w.Int(m.lot)
	w.Array(len(m.accounts))
	for _, a := range m.seats {
		if a != nil {
			w.Array(2)
			w.Int(int64(a.number))
			w.Str(a.name)
		}
	}
	w.Array(len(m.open))
	for o := m.oldest; o != nil; o = o.younger {
		w.Array(3)
		w.Int(o.number)
		w.Str(o.id)
		if o.kept == nil {
			w.Nil()
		} else {
			o.kept.encode(w)
		}
	}
	b.scratch = b.engine.AppendMarket(b.scratch[:0], m.number)
	w.Bin(b.scratch)
}

func (b *Book) decodeMarket(m *market, rd *codec.Reader) {
	rd.Tuple(12)
	number := rd.Int()
	if number < 0 || number >= matcher.MaxMarkets || int(number) < len(b.byNumber) && b.byNumber[number] != nil {
		rd.Failed("market number %d", number)
		return
	}
	m.number, m.seq, m.numbers = matcher.Market(number), rd.Int(), rd.Int()
	for n := rd.Array(); n > 0; n-- {
		rd.Tuple(5)
		t := Taken{Cause: schema.Cause{Topic: rd.Str(), Partition: int32(rd.Int()), Offset: rd.Int(), Part: rd.Int()}}
		if t.Action = schema.MarketAction(rd.Int()); rd.Err() == nil && !t.Action.Known() {
			rd.Failed("a cause of action %d", t.Action)
		}
		m.causes = append(m.causes, t)
	}
	m.limits = decodeLimits(rd)
	m.kills.decode(rd)
	m.odds, m.tick, m.lot = rd.Bool(), rd.Decimal(), rd.Int()
	if rd.Err() == nil && !m.sound() {
		rd.Failed("tick %s, lot %d", m.tick, m.lot)
	}
	b.register(m)
	m.decodeAccounts(rd)
	orders := m.decodeOrders(rd)
	before := b.engine.Len()
	if book := rd.Bin(); rd.Err() == nil && b.engine.LoadMarket(m.number, book) != nil {
		rd.Failed("the book is damaged")
	}
	if rd.Err() == nil && b.engine.Len()-before != len(orders) {
		rd.Failed("%d orders of %d in the book", len(orders), b.engine.Len()-before)
	}
	for _, o := range orders {
		if rd.Err() == nil && !b.restore(o) {
			rd.Failed("order %d is not in the book", o.number)
		}
	}
}

func (m *market) decodeAccounts(rd *codec.Reader) {
	for n := rd.Array(); n > 0; n-- {
		rd.Tuple(2)
		number, name := rd.Int(), rd.Str()
		if number < int64(len(m.seats)) || number > matcher.MaxOrders {
			rd.Failed("account number %d", number)
			return
		}
		for int64(len(m.seats)) < number {
			m.free = append(m.free, uint32(len(m.seats))) // ascending: a heap
			m.seats = append(m.seats, nil)
		}
		a := &account{name: name, number: matcher.Account(number)}
		m.seats = append(m.seats, a)
		m.accounts[name] = a
	}
}

func (m *market) decodeOrders(rd *codec.Reader) []order {
	orders := make([]order, rd.Array())
	for i := range orders {
		rd.Tuple(3)
		orders[i] = order{market: m, number: rd.Int(), id: rd.Str()}
		if !rd.Nil() {
			orders[i].kept = new(entry)
			orders[i].kept.decode(rd)
		}
	}
	return orders
}

// restore enters an order with what the engine knows of it.
func (b *Book) restore(o order) bool {
	m := o.market
	was, ok := b.engine.Lookup(m.number, matcher.ID(o.number))
	if !ok || int(was.Account) >= len(m.seats) || m.seats[was.Account] == nil {
		return false
	}
	o.account = m.seats[was.Account]
	o.key = b.orderKey(m.id, o.account.name, o.id)
	o.side, o.priced = schema.Side(was.Side), was.Price != 0
	o.timed = was.TIF == matcher.GTD || was.TIF == matcher.Day
	o.left, o.filled = was.Left, was.Qty-was.Left
	b.begin(&o)
	return true
}
