package main

import (
	"context"

	"github.com/deadheat-io/deadheat/ingest/orders"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/book"
)

// Await implements [orders.Answers].
func (d *desk) Await(ctx context.Context, from, to int64) ([]orders.Answer, error) {
	if err := d.reach(ctx, to); err != nil {
		return nil, err
	}
	answers := make([]orders.Answer, to-from)
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range answers {
		offset := from + int64(i)
		if a := &d.answers[offset%deskSize]; a.Offset == offset && a.Command != 0 {
			answers[i] = answerOf(a)
		}
	}
	return answers, nil
}

func answerOf(a *book.Answer) orders.Answer {
	return orders.Answer{Known: true, Offset: a.Offset, Original: a.Original, Time: a.Time, Did: a.Did, Code: a.Code, Order: a.Order, Orders: a.Orders}
}

// Find implements [orders.Answers].
func (d *desk) Find(ctx context.Context, market, account, id string) (a orders.Answer, found bool, err error) {
	err = d.runner.Do(ctx, func(*projection.View) {
		var known book.Answer
		if known, found = d.book.Known(market, account, id); !found {
			return
		}
		a = answerOf(&known)
		if o, open := d.book.Order(market, account, id); open {
			a.Open.OK, a.Open.V = true, a.Order
			a.Open.V.Number, a.Open.V.Side, a.Open.V.Remaining, a.Open.V.Filled = o.Number, o.Side, o.Remaining, o.Filled
		}
	})
	return a, found, err
}

// Executions implements [orders.Answers].
func (d *desk) Executions(ctx context.Context, offset, n int64) ([]orders.Execution, error) {
	list, err := d.executions(ctx, offset, n)
	var executions []orders.Execution
	for _, x := range list {
		for i := range x.Items {
			executions = append(executions, orders.Execution{Market: x.market, N: x.First + int64(i), Execution: x.Items[i]})
		}
	}
	return executions, err
}
