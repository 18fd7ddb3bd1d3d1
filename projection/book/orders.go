package book

import (
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/matcher"
)

// The numbers of sides, types, times in force, modes, codes and reasons are the
// same in package schema and in package matcher; a test holds them together.

// place takes a new order.
func (b *Book) place(m *market, n *schema.OrderNew, e *entry) schema.RejectCode {
	if code := b.trading(m); code != 0 {
		return code
	}
	if b.pure {
		if e.key = b.orderKey(m.id, n.Account, n.ID); b.orders[e.key] != nil {
			return schema.RejectDuplicateID
		}
	}
	if b.kills.hold(n.Account) || m.kills.hold(n.Account) {
		return schema.RejectKilled
	}
	t, code := m.units(n.Price, n.StopPrice, n.Qty, n.DisplayQty.V)
	if code != 0 {
		return code
	}
	if code := b.allowed(m, n); code != 0 {
		return code
	}
	a := m.sit(n.Account)
	number := m.numbers + 1
	submitted := matcher.Order{
		Market: m.number, ID: matcher.ID(number), Account: a.number,
		Side: matcher.Side(n.Side), Type: matcher.Type(n.Type), TIF: matcher.TIF(n.TIF), STP: matcher.STP(n.STP),
		PostOnly: n.PostOnly, Price: t.price.V, Stop: t.stop.V, Qty: n.Qty, Display: n.DisplayQty.V, Expire: int64(n.ExpireAt.V),
	}
	b.noteOrder(&submitted)
	refused := b.engine.Submit(&submitted)
	if refused != matcher.OK {
		b.engine.Drain()
		m.rise(a)
		return schema.RejectCode(refused)
	}
	m.numbers = number
	o := &order{
		market: m, account: a, id: n.ID, key: e.key, number: number, side: n.Side,
		priced: n.Type == schema.OrderLimit || n.Type == schema.OrderStopLimit,
		timed:  n.TIF == schema.GTD || n.TIF == schema.Day,
	}
	b.begin(o)
	b.record(schema.Opt[string]{}, false)
	e.verdict = o.verdict()
	return 0
}

// allowed holds a new order against the limits.
func (b *Book) allowed(m *market, n *schema.OrderNew) schema.RejectCode {
	if code := b.bounded(m, n.Qty, n.Price); code != 0 {
		return code
	}
	mayRest := n.Type == schema.OrderStop || n.Type == schema.OrderStopLimit ||
		n.Type == schema.OrderLimit && n.TIF != schema.IOC && n.TIF != schema.FOK
	if !mayRest {
		return 0
	}
	if a := m.accounts[n.Account]; a != nil && a.orders >= pick(m.limits.AccountOrders, b.limits.AccountOrders) {
		return schema.RejectAccountOrders
	}
	if int64(len(m.open)) >= pick(m.limits.MarketOrders, b.limits.MarketOrders) {
		return schema.RejectMarketOrders
	}
	return 0
}

// living tells what is wrong with a market that orders are to leave.
func (b *Book) living(m *market) schema.RejectCode {
	if m == nil {
		return schema.RejectUnknownMarket
	}
	if s, _ := b.engine.Status(m.number); s.State == matcher.Closed {
		return schema.RejectMarketClosed
	}
	return 0
}

// trading tells what is wrong with a market that orders are to come to.
func (b *Book) trading(m *market) schema.RejectCode {
	if code := b.living(m); code != 0 {
		return code
	}
	if s, _ := b.engine.Status(m.number); s.State == matcher.Halted {
		return schema.RejectMarketHalted
	}
	return 0
}

// find finds an open order, nil if there is none.
func (b *Book) find(m *market, account, id string) *order {
	return b.orders[b.orderKey(m.id, account, id)]
}

// cancel takes an order out of the book.
func (b *Book) cancel(m *market, c *schema.OrderCancel, e *entry) schema.RejectCode {
	if code := b.living(m); code != 0 {
		return code
	}
	o := b.find(m, c.Account, c.ID)
	if o == nil {
		return schema.RejectUnknownOrder
	}
	b.note(matcher.OpCancel, m.number).ID = matcher.ID(o.number)
	b.engine.Cancel(m.number, matcher.ID(o.number))
	b.record(c.Cmd, false)
	e.verdict = o.verdict()
	return 0
}

// replace changes an order.
func (b *Book) replace(m *market, r *schema.OrderReplace, e *entry) schema.RejectCode {
	if code := b.trading(m); code != 0 {
		return code
	}
	o := b.find(m, r.Account, r.ID)
	if o == nil {
		return schema.RejectUnknownOrder
	}
	if b.kills.hold(r.Account) || m.kills.hold(r.Account) {
		return schema.RejectKilled
	}
	t, code := m.units(r.Price, r.StopPrice, r.Qty.V, r.DisplayQty.V)
	if code != 0 {
		return code
	}
	was, _ := b.engine.Lookup(m.number, matcher.ID(o.number))
	if r.ExpireAt.OK && int64(r.ExpireAt.V) != was.Expire {
		return schema.RejectBadExpire
	}
	if code := b.bounded(m, r.Qty.V, r.Price); code != 0 {
		return code
	}
	change := matcher.Replace{
		Market: m.number, ID: matcher.ID(o.number), Price: t.price, Stop: t.stop, Qty: r.Qty, Display: r.DisplayQty,
	}
	b.noteReplace(&change)
	refused := b.engine.Replace(&change)
	if refused != matcher.OK {
		b.engine.Drain()
		return schema.RejectCode(refused)
	}
	b.record(r.Cmd, keeps(&was, r, t))
	e.verdict = o.verdict()
	return 0
}

// keeps tells whether a replace leaves an order in its place: nothing but a
// smaller total.
func keeps(was *matcher.Resting, r *schema.OrderReplace, t inTicks) bool {
	same := func(o schema.Opt[int64], v int64) bool { return !o.OK || o.V == v }
	return same(t.price, was.Price) && same(t.stop, was.Stop) && same(r.DisplayQty, was.Display) &&
		(!r.Qty.OK || r.Qty.V <= was.Qty)
}

// massCancel takes all orders of an account, or all, out of a market, or out of
// all markets.
func (b *Book) massCancel(m *market, c *command, account schema.Opt[string], e *entry) schema.RejectCode {
	if code := b.scope(m, c.market); code != 0 {
		return code
	}
	e.orders = b.sweep(m, account, c.cmd)
	return 0
}

// scope tells what is wrong with a command about a market, or about all of them.
func (b *Book) scope(m *market, id string) schema.RejectCode {
	if id == "" {
		return 0
	}
	return b.living(m)
}

// sweep cancels what an account, or everybody, has in a market, or in all of them
// in the order in which they were created.
func (b *Book) sweep(m *market, account schema.Opt[string], cmd schema.Opt[string]) (orders int64) {
	if m == nil {
		for _, each := range b.byNumber {
			orders += b.sweep(each, account, cmd)
		}
		return orders
	}
	if !account.OK {
		b.note(matcher.OpCancelMarket, m.number)
		orders = int64(b.engine.CancelMarket(m.number))
	} else if a := m.accounts[account.V]; a != nil {
		b.note(matcher.OpCancelAccount, m.number).Account = a.number
		orders = int64(b.engine.CancelAccount(m.number, a.number))
	}
	b.record(cmd, false)
	return orders
}
