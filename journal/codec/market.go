package codec

import "github.com/deadheat-io/deadheat/journal/schema"

func (w *Writer) market(m *schema.Market) {
	w.Array(10)
	writeEnum(w, m.Action)
	if m.Kind.OK {
		writeEnum(w, m.Kind.V)
	} else {
		w.Nil()
	}
	w.optDecimal(m.Tick)
	w.optInt(m.Lot)
	w.ladder(m.Ladder)
	w.optDecimal(m.Low)
	w.optDecimal(m.High)
	w.optStr(m.Cmd)
	w.optCause(m.Cause)
	w.optStr(m.Reason)
}

func (r *Reader) market() *schema.Market {
	r.Tuple(10)
	m := &schema.Market{Action: readEnum[schema.MarketAction](r, "action")}
	if !r.Nil() {
		m.Kind = schema.Some(readEnum[schema.MarketKind](r, "kind"))
	}
	m.Tick, m.Lot = r.optDecimal(), r.optInt()
	m.Ladder, m.Low, m.High = r.ladder(), r.optDecimal(), r.optDecimal()
	m.Cmd, m.Cause, m.Reason = r.optStr(), r.optCause(), r.optStr()
	return m
}

// ladder writes odds; nil is absent, which no odds are not.
func (w *Writer) ladder(odds []schema.Decimal) {
	if odds == nil {
		w.Nil()
		return
	}
	w.Array(len(odds))
	for _, n := range odds {
		w.Decimal(n)
	}
}

func (r *Reader) ladder() []schema.Decimal {
	if r.Nil() {
		return nil
	}
	return list(r, r.Array(), r.Decimal)
}

func (w *Writer) optCause(c schema.Opt[schema.Cause]) {
	if !c.OK {
		w.Nil()
		return
	}
	must(c.V.Partition >= 0, "a partition number")
	w.Array(4)
	w.Str(c.V.Topic)
	w.Int(int64(c.V.Partition))
	w.Int(c.V.Offset)
	w.Int(c.V.Part)
}

func (r *Reader) optCause() (c schema.Opt[schema.Cause]) {
	if r.Nil() {
		return c
	}
	r.Tuple(4)
	return schema.Some(schema.Cause{Topic: r.Str(), Partition: r.int32(), Offset: r.Int(), Part: r.Int()})
}

func (w *Writer) bookLimits(l *schema.BookLimits) {
	w.Array(8)
	w.optInt(l.AccountOrders)
	w.optInt(l.MarketOrders)
	w.optInt(l.MaxQty)
	w.optDecimal(l.MinPrice)
	w.optDecimal(l.MaxPrice)
	w.optInt(l.Window)
	w.optInt(l.Markets)
	w.optStr(l.Cmd)
}

func (r *Reader) bookLimits() *schema.BookLimits {
	r.Tuple(8)
	return &schema.BookLimits{
		AccountOrders: r.optInt(), MarketOrders: r.optInt(), MaxQty: r.optInt(),
		MinPrice: r.optDecimal(), MaxPrice: r.optDecimal(), Window: r.optInt(), Markets: r.optInt(), Cmd: r.optStr(),
	}
}
