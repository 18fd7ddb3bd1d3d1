package orderjson

import (
	"strconv"
	"time"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/go-json-experiment/json/jsontext"
)

// AppendCommand appends a command's line, without a line end. The op is that of
// the body. What no line can say, the cause of a bridge, is left out.
func AppendCommand(dst []byte, c Command) []byte {
	w := writer{append(dst, `{"op":"`...)}
	w.dst = append(append(w.dst, OpOf(c.Body.RecordKind())...), '"')
	if c.Market != "" {
		w.text(fMarket, c.Market)
	}
	switch b := c.Body.(type) {
	case *schema.OrderNew:
		w.orderNew(b)
	case *schema.OrderCancel:
		w.text(fAccount, b.Account)
		w.text(fID, b.ID)
		w.optText(fCmd, b.Cmd)
		w.optTime(fSentAt, b.SentAt)
	case *schema.OrderReplace:
		w.orderReplace(b)
	case *schema.MassCancel:
		w.aim(c.Market, b.Account)
		w.optText(fCmd, b.Cmd)
		w.optTime(fSentAt, b.SentAt)
	case *schema.Kill:
		w.aim(c.Market, b.Account)
		w.flag(fRelease, b.Release)
		w.optText(fReason, b.Reason)
		w.optText(fCmd, b.Cmd)
		w.optTime(fSentAt, b.SentAt)
	case *schema.Market:
		w.market(b)
	case *schema.BookLimits:
		w.limits(b)
	}
	w.optTime(fTime, c.Time)
	return append(w.dst, '}')
}

func (w *writer) orderNew(o *schema.OrderNew) {
	w.text(fAccount, o.Account)
	w.text(fID, o.ID)
	w.text(fSide, o.Side.String())
	w.text(fType, o.Type.String())
	w.text(fTIF, o.TIF.String())
	w.optDecimal(fPrice, o.Price)
	w.whole(fQty, o.Qty)
	w.optDecimal(fStopPrice, o.StopPrice)
	w.optWhole(fDisplayQty, o.DisplayQty)
	w.optTime(fExpireAt, o.ExpireAt)
	w.flag(fPostOnly, o.PostOnly)
	if o.STP != schema.STPOff {
		w.text(fSTP, o.STP.String())
	}
	w.optTime(fSentAt, o.SentAt)
}

func (w *writer) orderReplace(o *schema.OrderReplace) {
	w.text(fAccount, o.Account)
	w.text(fID, o.ID)
	w.optDecimal(fPrice, o.Price)
	w.optWhole(fQty, o.Qty)
	w.optDecimal(fStopPrice, o.StopPrice)
	w.optWhole(fDisplayQty, o.DisplayQty)
	w.optTime(fExpireAt, o.ExpireAt)
	w.optText(fCmd, o.Cmd)
	w.optTime(fSentAt, o.SentAt)
}

// aim says whose orders are meant.
func (w *writer) aim(market string, account schema.Opt[string]) {
	w.optText(fAccount, account)
	w.flag(fAll, market == "" && !account.OK)
}

func (w *writer) market(m *schema.Market) {
	w.text(fAction, m.Action.String())
	if m.Kind.OK {
		w.text(fKind, m.Kind.V.String())
	}
	w.optDecimal(fTick, m.Tick)
	w.optWhole(fLot, m.Lot)
	if m.Ladder != nil {
		w.name(fLadder)
		w.dst = append(w.dst, '[')
		for i, odds := range m.Ladder {
			if i > 0 {
				w.dst = append(w.dst, ',')
			}
			w.dst = append(odds.Append(append(w.dst, '"')), '"')
		}
		w.dst = append(w.dst, ']')
	}
	w.optDecimal(fLow, m.Low)
	w.optDecimal(fHigh, m.High)
	w.optText(fReason, m.Reason)
	w.optText(fCmd, m.Cmd)
}

func (w *writer) limits(l *schema.BookLimits) {
	w.optWhole(fAccountOrders, l.AccountOrders)
	w.optWhole(fMarketOrders, l.MarketOrders)
	w.optWhole(fMaxQty, l.MaxQty)
	w.optDecimal(fMinPrice, l.MinPrice)
	w.optDecimal(fMaxPrice, l.MaxPrice)
	w.optWhole(fWindow, l.Window)
	w.optWhole(fMarkets, l.Markets)
	w.optText(fCmd, l.Cmd)
}

// writer writes the members of an object behind the first one.
type writer struct{ dst []byte }

func (w *writer) name(f field) {
	w.dst = append(w.dst, ',', '"')
	w.dst = append(append(w.dst, fieldNames[f]...), '"', ':')
}

func (w *writer) text(f field, text string) {
	w.name(f)
	w.dst = quote(w.dst, text)
}

func (w *writer) optText(f field, text schema.Opt[string]) {
	if text.OK {
		w.text(f, text.V)
	}
}

func (w *writer) whole(f field, n int64) {
	w.name(f)
	w.dst = strconv.AppendInt(w.dst, n, 10)
}

func (w *writer) optWhole(f field, n schema.Opt[int64]) {
	if n.OK {
		w.whole(f, n.V)
	}
}

func (w *writer) optDecimal(f field, d schema.Opt[schema.Decimal]) {
	if d.OK {
		w.name(f)
		w.dst = append(d.V.Append(append(w.dst, '"')), '"')
	}
}

func (w *writer) optTime(f field, t schema.Opt[schema.Time]) {
	if t.OK {
		w.name(f)
		w.dst = appendTime(w.dst, int64(t.V))
	}
}

// flag writes true, and nothing in place of false.
func (w *writer) flag(f field, on bool) {
	if on {
		w.name(f)
		w.dst = append(w.dst, "true"...)
	}
}

func appendTime(dst []byte, ns int64) []byte {
	return append(time.Unix(0, ns).UTC().AppendFormat(append(dst, '"'), time.RFC3339Nano), '"')
}

// quote appends a text. What is not UTF-8 comes out as U+FFFD; no gate lets it in.
func quote(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}
