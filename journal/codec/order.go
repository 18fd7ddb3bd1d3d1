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
	w.optInt(o.Price)
	w.optInt(o.StopPrice)
	w.optInt(o.DisplayQty)
	w.optTime(o.ExpiresAt)
	w.Bool(o.PostOnly)
	writeEnum(w, o.STP)
	w.optTime(o.SentAt)
}

func (r *Reader) orderNew() *schema.OrderNew {
	r.Tuple(13)
	return &schema.OrderNew{
		Account: r.Str(), ID: r.Str(),
		Side: readEnum[schema.Side](r, "side"), Type: readEnum[schema.OrderType](r, "type"), TIF: readEnum[schema.TIF](r, "tif"),
		Qty: r.Int(), Price: r.optInt(), StopPrice: r.optInt(), DisplayQty: r.optInt(), ExpiresAt: r.optTime(),
		PostOnly: r.Bool(), STP: readEnum[schema.STP](r, "stp"), SentAt: r.optTime(),
	}
}

func (w *Writer) orderReplace(o *schema.OrderReplace) {
	w.Array(9)
	w.Str(o.Account)
	w.Str(o.ID)
	w.optStr(o.Cmd)
	w.optInt(o.Price)
	w.optInt(o.Qty)
	w.optInt(o.DisplayQty)
	w.optInt(o.StopPrice)
	w.optTime(o.ExpiresAt)
	w.optTime(o.SentAt)
}

func (r *Reader) orderReplace() *schema.OrderReplace {
	r.Tuple(9)
	return &schema.OrderReplace{
		Account: r.Str(), ID: r.Str(), Cmd: r.optStr(), Price: r.optInt(), Qty: r.optInt(),
		DisplayQty: r.optInt(), StopPrice: r.optInt(), ExpiresAt: r.optTime(), SentAt: r.optTime(),
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

func (w *Writer) optTime(t schema.Opt[schema.Time]) {
	w.optInt(schema.Opt[int64]{V: int64(t.V), OK: t.OK})
}

func (r *Reader) optTime() schema.Opt[schema.Time] {
	t := r.optInt()
	return schema.Opt[schema.Time]{V: schema.Time(t.V), OK: t.OK}
}
