package matcher

import (
	"bytes"
	"os"
	"testing"
)

// grown is an engine with a history.
func grown(t failer, seed, commands int) *Engine {
	h := newHistory(t, generatorOf(seed))
	for range commands {
		h.one()
	}
	return h.engine
}

// frozen is a small state with one of everything.
func frozen() *Engine {
	e := New()
	e.Create(0, Config{Low: 90, High: 200})
	e.Create(2, Config{Betting: true, Ladder: custom})
	e.Expire(1000)
	for _, o := range []Order{
		{ID: 1, Account: 7, Side: Buy, Type: LimitOrder, TIF: GTC, Price: 100, Qty: 10, Display: 4},
		{ID: 2, Account: 8, Side: SellShort, Type: LimitOrder, TIF: IOC, Price: 95, Qty: 5},
		{ID: 1 << 60, Account: 8, Side: Sell, Type: LimitOrder, TIF: GTD, STP: CancelBoth, Price: 120, Qty: 1 << 50, Expire: 1 << 62},
		{ID: 4, Account: 9, Side: Buy, Type: StopLimitOrder, TIF: Day, Stop: 130, Price: 131, Qty: 3, Display: 1},
		{ID: 5, Account: 9, Side: Sell, Type: StopOrder, TIF: FOK, Stop: 80, Qty: 3},
		{Market: 2, ID: 1, Account: 7, Side: Lay, Type: LimitOrder, TIF: Day, Price: 95, Qty: 10},
		{Market: 2, ID: 2, Account: 7, Side: Back, Type: LimitOrder, TIF: GTC, Price: 97, Qty: 10},
	} {
		e.Submit(&o)
	}
	e.Halt(2)
	e.Drain()
	return e
}

// TestFrozen holds the bytes and the hash of version 1: replicas of two builds
// must agree, and old snapshots load for ever.
func TestFrozen(t *testing.T) {
	const file = "testdata/v1.snapshot"
	const hash = 0x151cf2315961ee9
	e := frozen()
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := e.AppendSnapshot(nil); !bytes.Equal(got, want) {
		t.Errorf("snapshot\n%x\nwant\n%x", got, want)
	}
	old, err := Load(want)
	if err != nil {
		t.Fatal(err)
	}
	if e.Hash() != hash || old.Hash() != hash {
		t.Errorf("hash %#x, loaded %#x, want %#x", e.Hash(), old.Hash(), uint64(hash))
	}
}

// TestDamage changes and cuts snapshots everywhere: each is refused.
func TestDamage(t *testing.T) {
	e := grown(t, 4, 400)
	snap := e.AppendSnapshot(nil)
	for i := range snap {
		if _, err := Load(snap[:i]); err != ErrSnapshot {
			t.Fatalf("cut at %d of %d: %v", i, len(snap), err)
		}
		for _, bit := range []byte{1, 2, 16, 128} {
			bad := bytes.Clone(snap)
			bad[i] ^= bit
			if l, err := Load(bad); err == nil && l.Hash() == e.Hash() {
				t.Fatalf("byte %d of %d changed by %#x goes unnoticed", i, len(snap), bit)
			} else if err == nil && !bytes.Equal(bad, l.AppendSnapshot(nil)) {
				t.Fatalf("byte %d of %d changed by %#x loads, and encodes differently", i, len(snap), bit)
			}
		}
	}
	if _, err := Load(append(bytes.Clone(snap), 0)); err != ErrSnapshot {
		t.Error("bytes behind the end go unnoticed")
	}
}

// TestMarketByMarket writes and loads the markets one by one.
func TestMarketByMarket(t *testing.T) {
	e := grown(t, 5, 1000)
	l := New()
	for m := range Market(e.Markets()) {
		if b := e.AppendMarket(nil, m); len(b) > 0 {
			if err := l.LoadMarket(m, b); err != nil {
				t.Fatal(m, err)
			}
			if err := l.LoadMarket(m, b); err != ErrSnapshot {
				t.Fatal("a market was loaded twice")
			}
		}
	}
	l.SetClock(e.Clock())
	if l.Hash() != e.Hash() || !bytes.Equal(l.AppendSnapshot(nil), e.AppendSnapshot(nil)) {
		t.Error("the markets do not make the engine")
	}
}

// TestCopy changes the original after a copy was made, and reuses the copy.
func TestCopy(t *testing.T) {
	e := grown(t, 6, 500)
	c := e.Copy(nil)
	snap := e.AppendSnapshot(nil)
	for m := range Market(e.Markets()) {
		e.CancelMarket(m)
	}
	if !bytes.Equal(c.AppendSnapshot(nil), snap) || c.Len() == e.Len() {
		t.Error("the copy changed with the original")
	}
	c.Copy(e)
	if e.Hash() != c.Hash() || !bytes.Equal(e.AppendSnapshot(nil), snap) {
		t.Error("a copy of the copy differs")
	}
}

// FuzzLoad loads anything. What loads encodes to the same bytes and works.
func FuzzLoad(f *testing.F) {
	for seed := range 4 {
		f.Add(grown(f, seed+1, 300).AppendSnapshot(nil))
	}
	f.Add(New().AppendSnapshot(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Load(data)
		if err != nil {
			return
		}
		if !bytes.Equal(e.AppendSnapshot(nil), data) {
			t.Fatal("one state has two forms")
		}
		for m := range Market(e.Markets()) {
			e.Resume(m)
			e.Submit(&Order{Market: m, ID: 1 << 50, Side: Buy, Type: MarketOrder, TIF: GTC, Qty: 1 << 40})
			e.CancelMarket(m)
		}
		if e.Len() != 0 {
			t.Fatalf("%d orders cannot be cancelled", e.Len())
		}
	})
}
