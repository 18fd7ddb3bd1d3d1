package matcher

import (
	"bytes"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/deadheat-io/deadheat/journal/schema"
)

const most = math.MaxInt64

func limit(id ID, side Side, price, qty int64) *Order {
	return &Order{ID: id, Account: Account(id), Side: side, Type: LimitOrder, TIF: GTC, Price: price, Qty: qty}
}

func opened(t *testing.T) *Engine {
	t.Helper()
	e := New()
	if code := e.Create(0, Config{}); code != OK {
		t.Fatal(code)
	}
	return e
}

// TestOverflow holds each side of a market to what an int64 can count, stops and
// hidden lots included.
func TestOverflow(t *testing.T) {
	e := opened(t)
	expect := func(got, want Code) {
		t.Helper()
		if got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
	expect(e.Submit(limit(1, Buy, 100, most-10)), OK)
	expect(e.Submit(limit(2, Buy, 99, 11)), Overflow)
	expect(e.Submit(limit(2, Buy, 99, 9)), OK)
	expect(e.Submit(&Order{ID: 3, Side: Buy, Type: StopOrder, TIF: IOC, Stop: 200, Qty: 2}), Overflow)
	expect(e.Submit(&Order{ID: 3, Side: Buy, Type: StopOrder, TIF: IOC, Stop: 200, Qty: 1}), OK)
	expect(e.Replace(&Replace{ID: 2, Qty: schema.Some[int64](10)}), Overflow)
	expect(e.Replace(&Replace{ID: 2, Qty: schema.Some[int64](most)}), Overflow)
	expect(e.Replace(&Replace{ID: 2, Qty: schema.Some[int64](8)}), OK)
	expect(e.Replace(&Replace{ID: 3, Qty: schema.Some[int64](2)}), OK)
	// The other side counts for itself, and what cannot rest needs no room.
	expect(e.Submit(limit(4, Sell, most, most)), OK)
	expect(e.Submit(limit(5, Sell, most, 1)), Overflow)
	e.Drain()
	expect(e.Submit(&Order{ID: 6, Side: Sell, Type: MarketOrder, TIF: GTC, Qty: most}), OK)
	reports := e.Drain()
	if last := reports[len(reports)-1]; last.Reason != Unfilled || last.Qty != 2 {
		t.Fatalf("%+v", last)
	}
	expect(e.Submit(&Order{ID: 7, Side: Buy, Type: LimitOrder, TIF: FOK, Price: most, Qty: most}), OK)
	if reports = e.Drain(); reports[len(reports)-1].Kind != Traded && e.Len() != 0 {
		t.Fatalf("%+v", reports)
	}
}

// TestPriceEdges trades at the lowest and the highest price there is.
func TestPriceEdges(t *testing.T) {
	e := opened(t)
	for i, p := range []int64{1, 2, most - 1, most} {
		e.Submit(limit(ID(i+1), Sell, p, 1))
	}
	if l := e.Depth(nil, 0, false, -1); len(l) != 4 || l[0].Price != 1 || l[3].Price != most {
		t.Fatal(l)
	}
	e.Submit(limit(9, Buy, most, 5))
	if l := e.Depth(nil, 0, true, -1); len(l) != 1 || l[0] != (Level{most, 1, 1, 1}) {
		t.Fatal(l)
	}
	for _, p := range []int64{0, -1, math.MinInt64} {
		if code := e.Submit(limit(10, Buy, p, 1)); code != BadPrice {
			t.Error(p, code)
		}
	}
}

// TestMarkets shows that markets do not see each other, even with equal ids and
// accounts.
func TestMarkets(t *testing.T) {
	alone, beside := New(), New()
	alone.Create(3, Config{})
	for m := range Market(5) {
		beside.Create(m, Config{})
	}
	g := generator(5)
	for id := range ID(2000) {
		for m := range Market(5) {
			o := limit(id%300, Buy+Side(g.pick(2)), int64(95+g.pick(10)), int64(1+g.pick(9)))
			o.Market, o.Account = m, Account(g.pick(3))
			beside.Submit(o)
			if m == 3 {
				alone.Submit(o)
			}
		}
		var seen []Report
		for _, r := range beside.Drain() {
			if r.Market == 3 {
				seen = append(seen, r)
			}
		}
		if !slices.Equal(seen, alone.Drain()) {
			t.Fatal("a market's reports depend on its neighbours")
		}
	}
	if alone.BookHash(3) != beside.BookHash(3) || !bytes.Equal(alone.AppendMarket(nil, 3), beside.AppendMarket(nil, 3)) {
		t.Error("a market's state depends on its neighbours")
	}
	if beside.BookHash(3) == beside.BookHash(2) || alone.Hash() == beside.Hash() {
		t.Error("different states have one hash")
	}
	if New().BookHash(0) != 0 || New().Create(MaxMarkets, Config{}) != BadConfig {
		t.Error("no such market")
	}
}

// TestHashSeesOrder compares two books that differ only in who came first.
func TestHashSeesOrder(t *testing.T) {
	var hashes []uint64
	for _, ids := range [][2]ID{{1, 2}, {2, 1}} {
		e := opened(t)
		for _, id := range ids {
			e.Submit(limit(id, Buy, 100, 5))
		}
		hashes = append(hashes, e.BookHash(0), e.Hash())
	}
	if hashes[0] == hashes[2] || hashes[1] == hashes[3] {
		t.Error("the order of two orders does not change the hash")
	}
}

func generatorOf(seed int) func(int) int {
	g := generator(seed)
	return g.pick
}

// TestNoAllocationAnyCommand uses stops, icebergs, replaces, expiry and self-trade
// prevention on a warm engine.
func TestNoAllocationAnyCommand(t *testing.T) {
	e := opened(t)
	round := func() {
		for id := range ID(40) {
			o := limit(id, Sell, int64(100+id%5), 50)
			o.Account, o.Display, o.TIF, o.Expire = Account(id%3), 10, GTD, int64(1<<60+id)
			e.Submit(o)
		}
		for id := ID(40); id < 60; id++ {
			e.Submit(&Order{ID: id, Side: Buy, Type: StopOrder, TIF: Day, Stop: int64(100 + id%5), Qty: 3})
		}
		e.Replace(&Replace{ID: 3, Price: schema.Some[int64](108), Qty: schema.Some[int64](70)})
		buy := limit(70, Buy, 104, 1200)
		buy.STP, buy.Account = CancelOldest, 1
		e.Submit(buy)
		e.CancelAccount(0, 2)
		e.EndDay(0)
		e.CancelMarket(0)
		e.Hash()
		e.Drain()
	}
	round()
	if n := testing.AllocsPerRun(50, round); n != 0 || e.Len() != 0 {
		t.Errorf("%v allocations, %d orders left", n, e.Len())
	}
}

// TestSizes holds an order to one cache line, and the slabs to no pointers.
func TestSizes(t *testing.T) {
	if size := reflect.TypeFor[order]().Size(); size != 64 {
		t.Errorf("an order has %d bytes", size)
	}
	for _, slab := range []reflect.Type{reflect.TypeFor[order](), reflect.TypeFor[extra](), reflect.TypeFor[level](), reflect.TypeFor[node](),
		reflect.TypeFor[links](), reflect.TypeFor[book](), reflect.TypeFor[cell](), reflect.TypeFor[expiry]()} {
		flat(t, slab)
	}
}

func flat(t *testing.T, x reflect.Type) {
	switch x.Kind() {
	case reflect.Struct:
		for i := range x.NumField() {
			flat(t, x.Field(i).Type)
		}
	case reflect.Array:
		flat(t, x.Elem())
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.String, reflect.Interface, reflect.Func, reflect.Chan:
		t.Errorf("%s points to something", x)
	}
}
