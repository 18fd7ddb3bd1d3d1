package book

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
)

// step is a record to be.
type step struct {
	market string
	time   int64
	body   schema.Body
}

// testFold folds steps and keeps the state hash as a runner would.
type testFold struct {
	b    *Book
	hash projection.StateHash
	at   int64
	out  []string // encoded
	last []output
}

// output is one record of executions.
type output struct {
	market string
	*schema.Executions
}

func newTestFold() *testFold { return &testFold{b: New()} }

func (f *testFold) apply(t testing.TB, s step) Answer {
	t.Helper()
	r := journal.Record{Offset: f.at, Kind: s.body.RecordKind(), Time: s.time, Key: []byte(s.market), Body: codec.Body(s.body)}
	f.at++
	f.last = nil
	err := f.b.Apply(&r, func(key []byte, out schema.Body) {
		raw := codec.Body(out)
		f.out = append(f.out, string(key)+"="+string(raw))
		body, err := codec.DecodeBody(schema.KindExecutions, raw)
		if err != nil {
			t.Fatalf("the output cannot be read: %v", err)
		}
		f.last = append(f.last, output{string(key), body.(*schema.Executions)})
	})
	if err != nil {
		t.Fatalf("apply %+v: %v", s, err)
	}
	a, _ := f.b.Answer(r.Offset)
	return a
}

func (f *testFold) sum() projection.Digest {
	f.b.Dirty(func(key, value []byte, cell *projection.Cell) { f.hash.Put(key, value, cell) })
	return f.hash.Sum()
}

// commit writes what changed into a store.
func (f *testFold) commit(t testing.TB, store map[string][]byte) {
	last := ""
	f.b.Dirty(func(key, value []byte, cell *projection.Cell) {
		if string(key) <= last {
			t.Fatalf("key %q comes after %q", key, last)
		}
		last = string(key)
		f.hash.Put(key, value, cell)
		if value == nil {
			delete(store, string(key))
		} else {
			store[string(key)] = bytes.Clone(value)
		}
	})
}

// restart loads what a store holds into a new book.
func (f *testFold) restart(t testing.TB, store map[string][]byte) *testFold {
	t.Helper()
	next := &testFold{b: New(), at: f.at, out: f.out}
	for _, key := range slices.Sorted(maps.Keys(store)) {
		var one projection.StateHash
		one.Put([]byte(key), store[key], new(projection.Cell))
		next.hash.Put([]byte(key), store[key], new(projection.Cell))
		if err := next.b.Load([]byte(key), bytes.Clone(store[key]), one.Sum()); err != nil {
			t.Fatal(err)
		}
	}
	return next
}

// histories is how many random histories a test tries.
func histories(t testing.TB, short int) int {
	if n, err := strconv.Atoi(os.Getenv("DEADHEAT_HISTORIES")); err == nil {
		return max(1, n/1000*short/100)
	}
	return short
}

const second = 1_000_000_000

// randomSteps is a journal of all commands for a few markets, with repetitions,
// ids used again, and ticks that now and then jump over midnight.
func randomSteps(rng *rand.Rand, n int) []step {
	now := int64(20_000) * day
	steps := []step{{"", now, &schema.Tick{}}}
	for _, m := range []string{"a", "b", "odds"} {
		kind := schema.SharesMarket
		if m == "odds" {
			kind = schema.OddsMarket
		}
		steps = append(steps, step{m, now, &schema.Market{Action: schema.MarketCreate, Kind: schema.Some(kind)}})
	}
	window := int64(1 + rng.Intn(40))
	steps = append(steps, step{"", now, &schema.BookLimits{Window: schema.Some(window), MarketOrders: schema.Some[int64](20), AccountOrders: schema.Some[int64](8)}})
	for len(steps) < n {
		now += rng.Int63n(second)
		switch rng.Intn(25) {
		case 0, 1:
			if rng.Intn(10) == 0 {
				now += rng.Int63n(2 * day)
			}
			steps = append(steps, step{"", now, &schema.Tick{}})
		case 2, 3: // again, as it was
			s := steps[rng.Intn(len(steps))]
			s.time = now
			steps = append(steps, s)
		default:
			m := []string{"a", "a", "b", "odds", "none"}[rng.Intn(5)]
			steps = append(steps, step{m, now + rng.Int63n(10*second) - 3*second, randomBody(rng, m, now)})
		}
	}
	return steps
}

// randomBody is what a record holds of a random body: what is absent is zero.
func randomBody(rng *rand.Rand, m string, now int64) schema.Body {
	body := draw(rng, m, now)
	read, err := codec.DecodeBody(body.RecordKind(), codec.Body(body))
	if err != nil {
		panic(err)
	}
	return read
}

func draw(rng *rand.Rand, m string, now int64) schema.Body {
	account := func() string { return string(rune('p' + rng.Intn(4))) }
	id := func() string { return fmt.Sprint(rng.Intn(60)) }
	maybe := func(one, of int, n int64) schema.Opt[int64] { return schema.Opt[int64]{V: n, OK: rng.Intn(of) < one} }
	priced := func(one, of int, d schema.Decimal) schema.Opt[schema.Decimal] {
		return schema.Opt[schema.Decimal]{V: d, OK: rng.Intn(of) < one}
	}
	cmd := schema.Opt[string]{V: "c" + fmt.Sprint(rng.Intn(40)), OK: rng.Intn(3) == 0}
	sent := schema.Opt[schema.Time]{V: schema.Time(now - rng.Int63n(20*second)), OK: rng.Intn(4) == 0}
	price := func() schema.Decimal { return schema.Whole(1 + rng.Int63n(12)) }
	if m == "odds" {
		price = func() schema.Decimal { return schema.Decimal{Units: 150 + rng.Int63n(12), Places: 2} }
	}
	switch rng.Intn(20) {
	case 0:
		return &schema.MassCancel{Account: schema.Opt[string]{V: account(), OK: rng.Intn(4) > 0}, Cmd: cmd, SentAt: sent}
	case 1:
		return randomMarket(rng, cmd)
	case 2:
		l := &schema.BookLimits{Cmd: cmd, MaxQty: maybe(1, 2, 15+rng.Int63n(30)), MaxPrice: priced(1, 4, schema.Whole(10+rng.Int63n(3000)))}
		return l
	case 3, 4, 5:
		return &schema.OrderCancel{Account: account(), ID: id(), Cmd: cmd, SentAt: sent}
	case 6, 7, 8:
		return &schema.OrderReplace{
			Account: account(), ID: id(), Cmd: cmd, SentAt: sent, Price: priced(1, 2, price()), Qty: maybe(1, 2, 1+rng.Int63n(20)),
			DisplayQty: maybe(1, 8, rng.Int63n(4)), StopPrice: priced(1, 10, price()),
		}
	}
	return randomOrder(rng, m, account(), id(), price, now, sent)
}

func randomMarket(rng *rand.Rand, cmd schema.Opt[string]) *schema.Market {
	actions := []schema.MarketAction{
		schema.MarketHalt, schema.MarketResume, schema.MarketResume, schema.MarketResume, schema.MarketEndDay, schema.MarketCreate,
	}
	c := &schema.Market{Action: actions[rng.Intn(len(actions))], Cmd: cmd}
	if rng.Intn(200) == 0 {
		c.Action = schema.MarketClose
	}
	if c.Action == schema.MarketCreate {
		c.Kind = schema.Some(schema.SharesMarket)
	}
	if rng.Intn(2) == 0 {
		c.Cause = schema.Some(schema.Cause{Topic: "feed.x", Partition: int32(rng.Intn(2)), Offset: rng.Int63n(50), Part: rng.Int63n(2)})
	}
	return c
}

func randomOrder(rng *rand.Rand, m, account, id string, price func() schema.Decimal, now int64, sent schema.Opt[schema.Time]) *schema.OrderNew {
	o := &schema.OrderNew{
		Account: account, ID: id, Side: schema.Side(1 + rng.Intn(3)), Type: schema.OrderLimit, TIF: schema.GTC,
		Qty: 1 + rng.Int63n(20), STP: schema.STP(rng.Intn(5)), SentAt: sent,
	}
	if m == "odds" {
		o.Side = schema.Side(4 + rng.Intn(2))
	}
	switch rng.Intn(8) {
	case 0:
		o.Type, o.TIF = schema.OrderMarket, schema.IOC
	case 1:
		o.Type, o.StopPrice = schema.OrderStop, schema.Some(price())
	case 2:
		o.Type, o.StopPrice, o.Price = schema.OrderStopLimit, schema.Some(price()), schema.Some(price())
	default:
		o.Price = schema.Some(price())
	}
	switch rng.Intn(8) {
	case 0:
		o.TIF = schema.IOC
	case 1:
		o.TIF = schema.FOK
	case 2, 3:
		o.TIF, o.ExpireAt = schema.GTD, schema.Some(schema.Time(now+rng.Int63n(30*second)-second))
	case 4:
		o.TIF = schema.Day
	}
	if rng.Intn(5) == 0 {
		o.DisplayQty = schema.Some(1 + rng.Int63n(3))
	}
	o.PostOnly = rng.Intn(10) == 0
	return o
}
