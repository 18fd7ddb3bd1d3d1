package book

import (
	"slices"
	"strings"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/matcher"
	"github.com/deadheat-io/deadheat/projection"
)

// maxItems is how many executions a record has at most. With ids of at most 64
// bytes none takes 500 bytes, so that they always fit.
const maxItems = 1000

// record turns the engine's reports into executions. cmd is the command that
// did it, kept what a replaced order did with its place.
func (b *Book) record(cmd schema.Opt[string], kept bool) {
	reports := b.engine.Drain()
	for i := range reports {
		r := &reports[i]
		m := b.byNumber[r.Market]
		o := m.open[r.ID]
		x := schema.Execution{Qty: r.Qty}
		switch r.Kind {
		case matcher.Traded:
			b.traded(m, o, r)
			continue
		case matcher.Accepted:
			x.Type = schema.ExecAccepted
		case matcher.Triggered:
			x.Type = schema.ExecTriggered
		case matcher.Replaced:
			x.Type, x.Kept, x.Cmd = schema.ExecReplaced, kept, cmd
		case matcher.Cancelled:
			x.Type, x.Reason, x.Cmd = schema.ExecCancelled, schema.EndReason(r.Reason), cmd
		case matcher.Expired:
			x.Type, x.Reason = schema.ExecExpired, schema.EndReason(r.Reason)
			b.stats.Ended++
		}
		if o.priced {
			x.Price = schema.Some(m.decimal(r.Price))
		}
		o.left = r.Left
		x.Order = o.state()
		b.tell(m, x)
		if o.left == 0 {
			b.end(o)
		}
	}
}

// traded tells a trade and counts it in both orders.
func (b *Book) traded(m *market, taker *order, r *matcher.Report) {
	maker := m.open[r.Maker]
	taker.left, maker.left = r.Left, r.MakerLeft
	taker.filled += r.Qty
	maker.filled += r.Qty
	b.tell(m, schema.Execution{
		Type: schema.ExecTrade, Price: schema.Some(m.decimal(r.Price)), Qty: r.Qty, Order: taker.state(), Maker: maker.state(),
	})
	b.stats.Trades++
	for _, o := range [...]*order{maker, taker} {
		if o.left == 0 {
			b.end(o)
		}
	}
}

// state is the order as executions tell it.
func (o *order) state() schema.OrderState {
	return schema.OrderState{
		Account: o.account.name, ID: o.id, Number: o.number, Side: o.side, Remaining: o.left, Filled: o.filled,
	}
}

// reject refuses a command: it is told, and answered.
func (b *Book) reject(c *command, code schema.RejectCode) {
	b.stats.Rejected++
	m := b.markets[c.market]
	if m == nil {
		m = newMarket(cut(c.market))
	}
	cmd := c.cmd
	cmd.V = cut(cmd.V)
	b.tell(m, schema.Execution{
		Type: schema.ExecRejected, Code: code, Command: c.body.RecordKind(), Cmd: cmd,
		Order: schema.OrderState{Account: cut(c.account), ID: cut(c.id)},
	})
	b.answer(c, &entry{offset: b.offset, time: b.stamp, did: b.did, verdict: verdict{code: code}})
}

// cut makes a name that is too long to be one fit into an output.
func cut(name string) string {
	if len(name) > maxID {
		name = strings.ToValidUTF8(name[:maxID], "")
	}
	return name
}

// tell adds an execution to what the record does in a market. Executions in a
// market that exists are numbered.
func (b *Book) tell(m *market, x schema.Execution) {
	if len(m.items) == 0 {
		b.touched = append(b.touched, m)
	}
	if m.there {
		m.seq++
		x.Seq = m.seq
		b.touch(m)
	}
	m.items = append(m.items, x)
	b.did++
}

// flush emits what the record did.
func (b *Book) flush(emit projection.Emit) {
	first := int64(0)
	for _, m := range b.touched {
		for items := range slices.Chunk(m.items, maxItems) {
			emit(m.key, &schema.Executions{Cause: b.offset, First: first, Items: items})
			first += int64(len(items))
		}
		clear(m.items)
		if m.items = m.items[:0]; cap(m.items) > maxItems {
			m.items = nil // of something rare
		}
	}
	b.touched, b.did = b.touched[:0], 0
}
