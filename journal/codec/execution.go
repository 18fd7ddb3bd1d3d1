package codec

import "github.com/deadheat-io/deadheat/journal/schema"

// An output record of the book is [cause, first, items]. An item is [type, seq, …]:
// of the order, or of a trade, come price, quantity and the order as it stands,
// which is account, id, number, side, remaining, filled; then what is the type's own.

// executionSize is the least an item takes: a rejection of nothing in particular.
const executionSize = 8

func (w *Writer) executions(e *schema.Executions) {
	w.Array(3)
	w.Int(e.Cause)
	w.Int(e.First)
	w.Array(len(e.Items))
	for i := range e.Items {
		w.execution(&e.Items[i])
	}
}

func (r *Reader) executions() *schema.Executions {
	r.Tuple(3)
	e := &schema.Executions{Cause: r.Int(), First: r.Int()}
	e.Items = make([]schema.Execution, r.arrayOf(executionSize))
	for i := range e.Items {
		if r.execution(&e.Items[i]); r.err != nil {
			break
		}
	}
	return e
}

// executionFields is the length of the type's array.
func executionFields(t schema.ExecutionType) int {
	switch t {
	case schema.ExecRejected:
		return 7
	case schema.ExecTrade:
		return 16
	case schema.ExecCancelled, schema.ExecReplaced:
		return 12
	case schema.ExecExpired:
		return 11
	}
	return 10
}

func (w *Writer) execution(e *schema.Execution) {
	w.Array(executionFields(e.Type))
	writeEnum(w, e.Type)
	w.Int(e.Seq)
	if e.Type == schema.ExecRejected {
		w.rejection(e)
		return
	}
	must(e.Price.OK || e.Type != schema.ExecTrade, "a price of a trade")
	w.optDecimal(e.Price)
	w.Int(e.Qty)
	w.orderState(&e.Order)
	switch e.Type {
	case schema.ExecTrade:
		w.orderState(&e.Maker)
	case schema.ExecCancelled:
		writeEnum(w, e.Reason)
		w.optStr(e.Cmd)
	case schema.ExecReplaced:
		w.Bool(e.Kept)
		w.optStr(e.Cmd)
	case schema.ExecExpired:
		writeEnum(w, e.Reason)
	}
}

func (r *Reader) execution(e *schema.Execution) {
	fields := r.Array() // judged after the type, which says how many there are
	e.Type = readEnum[schema.ExecutionType](r, "execution")
	if want := executionFields(e.Type); fields != want {
		r.fail("array of %d values where %d come", fields, want)
	}
	e.Seq = r.Int()
	if e.Type == schema.ExecRejected {
		r.rejection(e)
		return
	}
	if e.Price = r.optDecimal(); !e.Price.OK && e.Type == schema.ExecTrade {
		r.fail("a trade without a price")
	}
	e.Qty = r.Int()
	r.orderState(&e.Order)
	switch e.Type {
	case schema.ExecTrade:
		r.orderState(&e.Maker)
	case schema.ExecCancelled:
		e.Reason, e.Cmd = readEnum[schema.EndReason](r, "reason"), r.optStr()
	case schema.ExecReplaced:
		e.Kept, e.Cmd = r.Bool(), r.optStr()
	case schema.ExecExpired:
		e.Reason = readEnum[schema.EndReason](r, "reason")
	}
}

func (w *Writer) rejection(e *schema.Execution) {
	must(e.Command.Command(), "the kind of a command")
	w.Int(int64(e.Command))
	w.Str(e.Order.Account)
	w.Str(e.Order.ID)
	w.optStr(e.Cmd)
	writeEnum(w, e.Code)
}

func (r *Reader) rejection(e *schema.Execution) {
	n := r.Int()
	if r.err == nil && (n < 0 || n > 1<<16-1 || !schema.Kind(n).Command()) {
		r.fail("kind %d is no command", n)
	}
	e.Command, e.Order.Account, e.Order.ID = schema.Kind(n), r.Str(), r.Str()
	e.Cmd, e.Code = r.optStr(), readEnum[schema.RejectCode](r, "code")
}

func (w *Writer) orderState(o *schema.OrderState) {
	w.Str(o.Account)
	w.Str(o.ID)
	w.Int(o.Number)
	writeEnum(w, o.Side)
	w.Int(o.Remaining)
	w.Int(o.Filled)
}

func (r *Reader) orderState(o *schema.OrderState) {
	o.Account, o.ID, o.Number = r.Str(), r.Str(), r.Int()
	o.Side = readEnum[schema.Side](r, "side")
	o.Remaining, o.Filled = r.Int(), r.Int()
}
