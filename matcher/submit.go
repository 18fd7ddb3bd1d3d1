package matcher

// Submit takes a new order: it trades, rests, waits as a stop or is cancelled.
// The order is not kept. Reports: Accepted and what follows from it, or
// Rejected with the code that Submit returns. Of several faults it is always the
// same that is told.
func (e *Engine) Submit(o *Order) Code {
	b, code := e.trading(o.Market)
	var tick, stop int64
	if code == OK {
		tick, stop, code = e.check(b, o)
	}
	if code != OK {
		e.refuse(code, o.Market, o.ID, o.Account, o.Side)
		return code
	}
	e.touch(o.Market, b)
	slot := e.admit(o)
	if o.Type.waits() {
		e.wait(b, slot, stop)
		e.reached(b)
	} else {
		e.execute(b, slot, tick)
	}
	if b.waits() {
		e.cascade(b)
	}
	return OK
}

// trading is a market that takes orders.
func (e *Engine) trading(m Market) (*book, Code) {
	b, code := e.living(m)
	if code == OK && b.state == Halted {
		code = MarketHalted
	}
	return b, code
}

// admit puts a new order into a slot, outside of any list, and reports it. Fields are set one by
// one here and in reports: a literal would be built aside and copied.
func (e *Engine) admit(in *Order) uint32 {
	slot := e.takeSlot()
	e.resting++
	o := &e.orders[slot]
	o.id, o.left, o.qty = uint64(in.ID), in.Qty, in.Qty
	o.level, o.extra, o.known = 0, 0, false
	o.market, o.account = in.Market, in.Account
	o.side, o.typ, o.tif, o.stp = in.Side, in.Type, in.TIF, in.STP
	e.aside = in.Price
	if in.Display|in.Stop|in.Expire != 0 {
		x := e.extend(o)
		x.display, x.stop, x.expire = in.Display, in.Stop, in.Expire
		if in.Type.waits() {
			x.price = in.Price
		}
	}
	e.report(Accepted, o, 0, in.Price, in.Qty)
	return slot
}

// say appends a report, for the caller to set every field of.
func (e *Engine) say() *Report {
	n := len(e.reports)
	if n == cap(e.reports) {
		e.reports = append(e.reports, Report{})
	} else {
		e.reports = e.reports[:n+1]
	}
	return &e.reports[n]
}

// report appends a report of an order with a limit price, and a quantity.
func (e *Engine) report(k Kind, o *order, why Reason, price, qty int64) {
	r := e.say()
	r.Kind, r.Code, r.Reason, r.Side, r.MakerSide = k, 0, why, o.side, 0
	r.Market, r.Account, r.MakerAccount = o.market, o.account, 0
	r.ID, r.Maker = ID(o.id), 0
	r.Price, r.Qty, r.Left, r.MakerLeft = price, qty, o.left, 0
}

// refuse reports a refusal.
func (e *Engine) refuse(code Code, m Market, id ID, a Account, s Side) {
	*e.say() = Report{Kind: Rejected, Code: code, Market: m, ID: id, Account: a, Side: s}
}
