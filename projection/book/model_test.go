package book

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// TestModel compares the book with one that knows no matching: lists that are
// searched from the front decide what is a repetition, too old, switched off, no
// price of its market or over a limit, and what time it is; who trades with whom is read off the executions, which
// must add up.
func TestModel(tt *testing.T) {
	rapid.Check(tt, func(t *rapid.T) {
		seed, n := rapid.Int64().Draw(t, "seed"), rapid.IntRange(5, 400).Draw(t, "steps")
		f, m := newTestFold(), newModel()
		for i, s := range randomSteps(rand.New(rand.NewSource(seed)), n) {
			if err := m.apply(s, f.apply(tt, s), f); err != nil {
				t.Fatalf("record %d, %s in %q: %v", i, s.body.RecordKind(), s.market, err)
			}
		}
		if err := m.total(f.b); err != nil {
			t.Fatal(err)
		}
	})
}

// known is a command that the model remembers.
type known struct {
	name, content string
	at            int64
	answer        Answer
}

// placed is an order that the model saw accepted.
type placed struct {
	known           known // what a repetition of it is answered
	market          string
	n               *schema.OrderNew
	left, filled    int64
	number          int64
	account, client string
}

type model struct {
	time, ticked, floor int64
	window              int
	list                []known
	open                []*placed
	limits              map[string]schema.BookLimits
	markets             map[string]bool // true: not closed
	killed              map[string]bool // by market and account
	seq                 map[string]int64
	current             string // the name of the command that is followed
}

func newModel() *model {
	return &model{
		window: 1_000_000, limits: map[string]schema.BookLimits{"": DefaultLimits()}, markets: map[string]bool{}, killed: map[string]bool{}, seq: map[string]int64{},
	}
}

// nameOf is what a command is known by, "" for nothing.
func nameOf(s step) string {
	cmd := func(account string, cmd schema.Opt[string]) string {
		if !cmd.OK {
			return ""
		}
		return fmt.Sprintf("cmd %q %q %q", s.market, account, cmd.V)
	}
	switch b := s.body.(type) {
	case *schema.OrderNew:
		return fmt.Sprintf("new %q %q %q", s.market, b.Account, b.ID)
	case *schema.OrderCancel:
		return cmd(b.Account, b.Cmd)
	case *schema.OrderReplace:
		return cmd(b.Account, b.Cmd)
	case *schema.MassCancel:
		return cmd(b.Account.V, b.Cmd)
	case *schema.Kill:
		return cmd(b.Account.V, b.Cmd)
	case *schema.Market:
		return cmd("", b.Cmd)
	case *schema.BookLimits:
		return cmd("", b.Cmd)
	}
	return ""
}

// contentOf is what a command says but for sent_at, and when it was sent.
func contentOf(s step) (string, schema.Opt[schema.Time]) {
	b, _ := json.Marshal(s.body)
	var all map[string]any
	_ = json.Unmarshal(b, &all)
	delete(all, "sent_at")
	b, _ = json.Marshal(all)
	var sent struct {
		SentAt schema.Opt[schema.Time] `json:"sent_at"`
	}
	raw, _ := json.Marshal(s.body)
	_ = json.Unmarshal(raw, &sent)
	return s.body.RecordKind().String() + string(b), sent.SentAt
}

// advance moves the model's clock, and tells which midnight was crossed, if any.
func (m *model) advance(s step) (midnight int64) {
	was, first, now := m.time, m.ticked == 0, s.time
	if _, tick := s.body.(*schema.Tick); tick {
		m.ticked = max(m.ticked, now)
	} else {
		now = min(now, m.ticked+2*second)
	}
	m.time = max(m.time, now)
	if was/day != m.time/day && !first {
		midnight = (was/day + 1) * day
	}
	return midnight
}

func (m *model) find(name string) *known {
	for i := range m.list {
		if m.list[i].name == name {
			return &m.list[i]
		}
	}
	for _, o := range m.open {
		if o.known.name == name {
			return &o.known
		}
	}
	return nil
}

func (m *model) order(market, account, id string) *placed {
	for _, o := range m.open {
		if o.market == market && o.account == account && o.client == id {
			return o
		}
	}
	return nil
}

func (m *model) remember(k known) {
	m.list = append(m.list, k)
	for len(m.list) > m.window {
		m.floor = max(m.floor, m.list[0].at)
		m.list = slices.Delete(m.list, 0, 1)
	}
}

// apply lets the model follow one record, and tells what should not have been.
func (m *model) apply(s step, got Answer, f *testFold) error {
	midnight := m.advance(s)
	if int64(f.b.Time()) != m.time {
		return fmt.Errorf("time is %d, want %d", f.b.Time(), m.time)
	}
	var did []told
	ended := map[string][]schema.Execution{}
	first := int64(0)
	for _, out := range f.last {
		if out.Cause != f.at-1 || out.First != first || len(out.Items) == 0 {
			return fmt.Errorf("first is %d of %d, want %d", out.First, out.Cause, first)
		}
		first += int64(len(out.Items))
		for _, x := range out.Items {
			if _, there := m.markets[out.market]; there {
				m.seq[out.market]++
			}
			if x.Seq != m.seq[out.market] {
				return fmt.Errorf("%q: number %d, want %d", out.market, x.Seq, m.seq[out.market])
			}
			if x.Type == schema.ExecExpired && (x.Reason == schema.EndDeadline || midnight > 0) {
				ended[out.market] = append(ended[out.market], x)
			} else {
				did = append(did, told{out.market, x})
			}
		}
	}
	if err := m.expire(midnight, ended); err != nil {
		return err
	}
	if _, tick := s.body.(*schema.Tick); tick {
		return m.nothing(did)
	}
	x := m.judge(s)
	switch {
	case x.repeated != nil:
		k := x.repeated.answer
		if got.Original != k.Offset || got.Time != k.Time || got.Code != k.Code || got.Order != k.Order || got.Orders != k.Orders {
			return fmt.Errorf("a repetition is answered %+v, first it was %+v", got, k)
		}
		return m.nothing(did)
	case got.Time != s.time:
		return fmt.Errorf("answered of %d, the record is of %d", got.Time, s.time)
	case got.Original != got.Offset:
		return fmt.Errorf("taken for a repetition of %d", got.Original)
	case (got.Code == schema.RejectMarketClosed || got.Code == schema.RejectMarketHalted) && x.code >= schema.RejectPriceLimit && x.code != schema.RejectTooOld:
		x.code = got.Code // a limit comes after
	case x.code != 0 && got.Code != x.code:
		return fmt.Errorf("answered %s, want %s", got.Code, x.code)
	case x.code == 0 && (got.Code == schema.RejectIDReused || got.Code == schema.RejectTooLate && !mayBeLate(s) || got.Code == schema.RejectTooOld || got.Code >= schema.RejectPriceLimit):
		return fmt.Errorf("answered %s without a reason", got.Code)
	case got.Code != 0 && (len(did) != 1 || did[0].Type != schema.ExecRejected || did[0].Code != got.Code):
		return fmt.Errorf("answered %s, told %+v", got.Code, did)
	}
	return m.follow(s, got, did, x)
}

// mayBeLate tells whether a command can be too late for its own deadline.
func mayBeLate(s step) bool {
	n, ok := s.body.(*schema.OrderNew)
	return ok && n.TIF == schema.GTD
}

func (m *model) nothing(did []told) error {
	if len(did) > 0 {
		return fmt.Errorf("executions %+v, want none", did)
	}
	return nil
}

// expire ends what time ends, in the order in which it does. Only the order of
// day orders inside one book is taken from the executions.
func (m *model) expire(midnight int64, told map[string][]schema.Execution) error {
	count := 0
	deadlines := func(now int64) {
		var list []*placed
		for _, o := range m.open {
			if o.n.TIF == schema.GTD && int64(o.n.ExpireAt.V) <= now {
				list = append(list, o)
			}
		}
		slices.SortStableFunc(list, func(a, b *placed) int {
			return cmp.Or(cmp.Compare(a.n.ExpireAt.V, b.n.ExpireAt.V), strings.Compare(a.market, b.market), cmp.Compare(a.number, b.number))
		})
		for _, o := range list {
			m.end(o)
			count++
		}
	}
	if midnight > 0 {
		deadlines(midnight)
		for _, market := range slices.Sorted(maps.Keys(told)) { // they were created in this order
			for _, x := range told[market] {
				if x.Reason != schema.EndOfDay {
					continue
				}
				o := m.order(market, x.Order.Account, x.Order.ID)
				if o == nil || o.n.TIF != schema.Day {
					return fmt.Errorf("%+v ended with the day", x)
				}
				m.end(o)
				count++
			}
		}
		for _, o := range m.open {
			if o.n.TIF == schema.Day {
				return fmt.Errorf("%q of %q outlives its day", o.client, o.account)
			}
		}
	}
	deadlines(m.time)
	for _, list := range told {
		count -= len(list)
	}
	if count != 0 {
		return fmt.Errorf("%d more orders should have expired", count)
	}
	return nil
}

// end forgets an open order; its id is news for the window if it had left.
func (m *model) end(o *placed) {
	m.open = slices.DeleteFunc(m.open, func(other *placed) bool { return other == o })
	if o.known.name != m.current && !slices.ContainsFunc(m.list, func(k known) bool { return k.name == o.known.name }) {
		k := o.known
		k.at = max(k.at, m.time)
		m.remember(k)
	}
}

// follow takes over what a command did, and checks that it adds up.
func (m *model) follow(s step, got Answer, did []told, x expectation) error {
	content, sent := contentOf(s)
	k := known{name: nameOf(s), content: content, at: max(m.time, min(int64(sent.V), m.time+2*second)), answer: got}
	m.current = k.name
	defer func() { m.current = "" }()
	swept := m.swept(s)
	for i := range did {
		if err := m.execution(s, &did[i], k); err != nil {
			return fmt.Errorf("%+v: %w", did[i], err)
		}
	}
	if got.Code == 0 {
		if err := m.gone(s, swept, got, did); err != nil {
			return err
		}
		switch b := s.body.(type) {
		case *schema.Market:
			m.markets[s.market] = b.Action != schema.MarketClose
		case *schema.Kill:
			m.killed[killName(s.market, b.Account)] = !b.Release
		case *schema.BookLimits:
			l := m.limits[s.market]
			merge(&l, b)
			m.limits[s.market] = l
			if b.Window.OK {
				m.window = int(b.Window.V)
			}
		}
	}
	isCode := got.Code != schema.RejectIDReused && x.code != schema.RejectTooOld
	if k.name != "" && isCode {
		m.remember(k)
	}
	return nil
}

// gone wants exactly the orders that a sweep covers to have been cancelled.
func (m *model) gone(s step, swept []*placed, got Answer, did []told) error {
	for _, o := range swept {
		if m.order(o.market, o.account, o.client) == o {
			return fmt.Errorf("%q of %q is open still", o.client, o.account)
		}
	}
	switch s.body.(type) {
	case *schema.MassCancel, *schema.Kill:
		if got.Orders != int64(len(swept)) || len(did) != len(swept) {
			return fmt.Errorf("%d orders and %d executions, want %d", got.Orders, len(did), len(swept))
		}
	}
	return nil
}

// told is an execution and the market that it is of.
type told struct {
	market string
	schema.Execution
}

// execution is one thing that happened to open orders.
func (m *model) execution(s step, x *told, k known) error {
	if x.Type == schema.ExecRejected {
		return nil
	}
	if x.Type == schema.ExecAccepted {
		n := s.body.(*schema.OrderNew)
		if x.Qty != n.Qty || x.Order.Remaining != n.Qty {
			return errors.New("another quantity than was ordered")
		}
		m.open = append(m.open, &placed{known: k, market: s.market, n: n, number: x.Order.Number, account: n.Account, client: n.ID, left: n.Qty})
		return nil
	}
	o := m.order(x.market, x.Order.Account, x.Order.ID)
	if o == nil {
		return errors.New("of an order that is not open")
	}
	switch x.Type {
	case schema.ExecTrade:
		maker := m.order(x.market, x.Maker.Account, x.Maker.ID)
		if maker == nil || bids(maker.n.Side) == bids(o.n.Side) {
			return errors.New("with nobody on the other side")
		}
		maker.left, maker.filled = maker.left-x.Qty, maker.filled+x.Qty
		o.left, o.filled = o.left-x.Qty, o.filled+x.Qty
		if err := m.settle(maker, &x.Maker); err != nil {
			return err
		}
	case schema.ExecReplaced:
		o.left = x.Qty - o.filled
	case schema.ExecCancelled, schema.ExecExpired:
		o.left -= x.Qty
	}
	return m.settle(o, &x.Order)
}

// settle holds an order against how it was told to stand.
func (m *model) settle(o *placed, told *schema.OrderState) error {
	if o.left < 0 || o.left != told.Remaining || o.filled != told.Filled || o.number != told.Number {
		return fmt.Errorf("%d open and %d filled, told %+v", o.left, o.filled, *told)
	}
	if o.left == 0 {
		m.end(o)
	}
	return nil
}

func bids(s schema.Side) bool { return s == schema.SideBuy || s == schema.SideLay }

// total compares what is open in the end.
func (m *model) total(b *Book) error {
	n := 0
	for _, id := range b.Markets() {
		for o := range b.Orders(id) {
			n++
			if p := m.order(id, o.Account, o.ID); p == nil || p.left != o.Remaining || p.filled != o.Filled || p.number != o.Number {
				return fmt.Errorf("%q: %+v is not what its executions add up to", id, o)
			}
		}
	}
	if n != len(m.open) || n != len(b.orders) || int64(len(m.list)) != b.window.len() || len(m.list) != len(b.window.index) {
		return fmt.Errorf("%d orders and %d ids, want %d and %d", n, b.window.len(), len(m.open), len(m.list))
	}
	return nil
}
