package codec

import (
	"fmt"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// What a book folds. Numbers of an enumeration that this build does not know
// are errors, as unknown kinds are; values that make no sense together are not:
// that is for gates to refuse and for folds to judge.

func (w *Writer) bookBody(body schema.Body) {
	switch b := body.(type) {
	case *schema.OrderNew:
		w.orderNew(b)
	case *schema.OrderCancel:
		w.Array(4)
		w.Str(b.Account)
		w.Str(b.ID)
		w.optStr(b.Cmd)
		w.optTime(b.SentAt)
	case *schema.OrderReplace:
		w.orderReplace(b)
	case *schema.MassCancel:
		w.Array(3)
		w.optStr(b.Account)
		w.optStr(b.Cmd)
		w.optTime(b.SentAt)
	case *schema.Kill:
		w.Array(5)
		w.optStr(b.Account)
		w.Bool(b.Release)
		w.optStr(b.Cmd)
		w.optTime(b.SentAt)
		w.optStr(b.Reason)
	case *schema.Market:
		w.market(b)
	case *schema.BookLimits:
		w.bookLimits(b)
	case *schema.Tick:
		w.Array(0)
	case *schema.Executions:
		w.executions(b)
	default:
		panic(fmt.Sprintf("codec: no encoding for %T", body))
	}
}

func (r *Reader) bookBody(kind schema.Kind) schema.Body {
	switch kind {
	case schema.KindOrderNew:
		return r.orderNew()
	case schema.KindOrderCancel:
		r.Tuple(4)
		return &schema.OrderCancel{Account: r.Str(), ID: r.Str(), Cmd: r.optStr(), SentAt: r.optTime()}
	case schema.KindOrderReplace:
		return r.orderReplace()
	case schema.KindMassCancel:
		r.Tuple(3)
		return &schema.MassCancel{Account: r.optStr(), Cmd: r.optStr(), SentAt: r.optTime()}
	case schema.KindKill:
		r.Tuple(5)
		return &schema.Kill{Account: r.optStr(), Release: r.Bool(), Cmd: r.optStr(), SentAt: r.optTime(), Reason: r.optStr()}
	case schema.KindMarket:
		return r.market()
	case schema.KindBookLimits:
		return r.bookLimits()
	case schema.KindTick:
		r.Tuple(0)
		return &schema.Tick{}
	case schema.KindExecutions:
		return r.executions()
	}
	return nil
}

func (w *Writer) orderNew(o *schema.OrderNew) {
	w.Array(13)
	w.Str(o.Account)
	w.Str(o.ID)
	writeEnum(w, o.Side)
	writeEnum(w, o.Type)
	writeEnum(w, o.TIF)
	w.Int(o.Qty)
	w.optDecimal(o.Price)
	w.optDecimal(o.StopPrice)
	w.optInt(o.DisplayQty)
	w.optTime(o.ExpireAt)
	w.Bool(o.PostOnly)
	writeEnum(w, o.STP)
	w.optTime(o.SentAt)
}

func (r *Reader) orderNew() *schema.OrderNew {
	r.Tuple(13)
	return &schema.OrderNew{
		Account: r.Str(), ID: r.Str(),
		Side: readEnum[schema.Side](r, "side"), Type: readEnum[schema.OrderType](r, "type"), TIF: readEnum[schema.TIF](r, "tif"),
		Qty: r.Int(), Price: r.optDecimal(), StopPrice: r.optDecimal(), DisplayQty: r.optInt(), ExpireAt: r.optTime(),
		PostOnly: r.Bool(), STP: readEnum[schema.STP](r, "stp"), SentAt: r.optTime(),
	}
}

func (w *Writer) orderReplace(o *schema.OrderReplace) {
	w.Array(9)
	w.Str(o.Account)
	w.Str(o.ID)
	w.optStr(o.Cmd)
	w.optDecimal(o.Price)
	w.optInt(o.Qty)
	w.optInt(o.DisplayQty)
	w.optDecimal(o.StopPrice)
	w.optTime(o.ExpireAt)
	w.optTime(o.SentAt)
}

func (r *Reader) orderReplace() *schema.OrderReplace {
	r.Tuple(9)
	return &schema.OrderReplace{
		Account: r.Str(), ID: r.Str(), Cmd: r.optStr(), Price: r.optDecimal(), Qty: r.optInt(),
		DisplayQty: r.optInt(), StopPrice: r.optDecimal(), ExpireAt: r.optTime(), SentAt: r.optTime(),
	}
}

// enumeration is a type whose values have frozen numbers.
type enumeration interface {
	~uint8
	Known() bool
}

// writeEnum writes a number that readers know.
func writeEnum[T enumeration](w *Writer, v T) {
	must(v.Known(), "known numbers only")
	w.Int(int64(v))
}

func readEnum[T enumeration](r *Reader, what string) T {
	n := r.Int()
	if r.err == nil && (n < 0 || n > 1<<8-1 || !T(n).Known()) {
		r.fail("%s %d is not known", what, n)
	}
	return T(n)
}

// A decimal is its text, which has one form for every value and number of places.

// Decimal writes a decimal.
func (w *Writer) Decimal(d schema.Decimal) {
	must(d.Units >= 0 && d.Places <= schema.MaxPlaces, "a decimal in its range")
	var buf [32]byte
	w.Str(string(d.Append(buf[:0])))
}

// Decimal reads a decimal.
func (r *Reader) Decimal() schema.Decimal {
	d, err := schema.ParseDecimal(string(r.StrBytes()))
	if err != nil && r.err == nil {
		r.fail("%v", err)
	}
	return d
}

func (w *Writer) optDecimal(d schema.Opt[schema.Decimal]) {
	if d.OK {
		w.Decimal(d.V)
	} else {
		w.Nil()
	}
}

func (r *Reader) optDecimal() (d schema.Opt[schema.Decimal]) {
	if !r.Nil() {
		d = schema.Some(r.Decimal())
	}
	return d
}

func (w *Writer) optTime(t schema.Opt[schema.Time]) {
	w.optInt(schema.Opt[int64]{V: int64(t.V), OK: t.OK})
}

func (r *Reader) optTime() schema.Opt[schema.Time] {
	t := r.optInt()
	return schema.Opt[schema.Time]{V: schema.Time(t.V), OK: t.OK}
}
