// Package matchertest makes flows of orders to measure an engine with. They are
// the same in every process, and what they must trade is known, so that an engine
// that does less than it should cannot look fast.
package matchertest

import (
	"fmt"

	"github.com/deadheat-io/deadheat/matcher"
)

// Op is one step of a workload: a new limit order of market 0, or the cancel of
// one that rests. It is small, so that reading it costs little beside the work.
type Op struct {
	ID      uint32
	Account uint16
	Side    matcher.Side // 0: cancel
	TIF     matcher.TIF
	Price   int64
	Qty     int64
}

// Workload is a flow of orders.
type Workload struct {
	Name    string
	Config  matcher.Config // of the market
	Preload []Op           // orders that rest already
	Ops     []Op           // what is measured
	Want    Totals         // what Ops trade
}

// Totals are what was traded.
type Totals struct {
	Trades   int64
	Qty      int64
	Notional int64 // the sum of price times quantity
}

// Check compares totals with those that a workload must have.
func (w *Workload) Check(got Totals) error {
	if got != w.Want {
		return fmt.Errorf("workload %s: trades, quantity, notional are %d, want %d", w.Name, got, w.Want)
	}
	return nil
}

// Add counts the trades among reports.
func (t *Totals) Add(reports []matcher.Report) {
	for i := range reports {
		if r := &reports[i]; r.Kind == matcher.Traded {
			t.Trades++
			t.Qty += r.Qty
			t.Notional += r.Price * r.Qty
		}
	}
}

// Prepare is an engine with the orders that rest already.
func (w *Workload) Prepare() *matcher.Engine {
	e := matcher.New()
	e.Create(0, w.Config)
	Run(e, w.Preload)
	return e
}

// Run carries out steps and adds up what they trade.
func Run(e *matcher.Engine, ops []Op) (t Totals) {
	o := matcher.Order{Type: matcher.LimitOrder}
	for i := range ops {
		ops[i].give(e, &o)
		t.Add(e.Drain())
	}
	return t
}

// give carries out a step by way of an order that is a limit order already.
func (x *Op) give(e *matcher.Engine, o *matcher.Order) {
	if x.Side == 0 {
		e.Cancel(0, matcher.ID(x.ID))
		return
	}
	o.ID, o.Account, o.Side, o.TIF = matcher.ID(x.ID), matcher.Account(x.Account), x.Side, x.TIF
	o.Price, o.Qty = x.Price, x.Qty
	e.Submit(o)
}
