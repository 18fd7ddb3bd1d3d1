package book

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/deadheat-io/deadheat/journal/schema"
)

func dec(text string) schema.Decimal {
	d, err := schema.ParseDecimal(text)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", text, err))
	}
	return d
}

// TestPriceIsMoney holds prices of any market against fractions: a price is one
// that has the tick's places and is a multiple of it (of a shares market), and
// what the engine knows comes back as it was written.
func TestPriceIsMoney(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := money{odds: rapid.Bool().Draw(t, "odds"), lot: 1}
		m.tick = schema.Decimal{Units: 1, Places: rapid.Uint8Range(0, schema.OddsPlaces).Draw(t, "places")}
		if !m.odds {
			m.tick.Units = rapid.OneOf(rapid.Int64Range(1, 100), rapid.Int64Range(1, 1e18-1)).Draw(t, "tick")
			m.tick.Places = rapid.Uint8Range(0, schema.MaxPlaces).Draw(t, "places of shares")
		}
		if !m.sound() {
			t.Fatalf("%+v is unsound", m)
		}
		d := schema.Decimal{Units: rapid.OneOf(rapid.Int64Range(0, 10_000), rapid.Int64Range(0, 1e18-1)).Draw(t, "units"), Places: m.tick.Places}
		if rapid.Bool().Draw(t, "multiple") {
			d.Units -= d.Units % m.tick.Units
		}
		if rapid.IntRange(0, 4).Draw(t, "other") == 0 {
			d.Places = rapid.Uint8Range(0, schema.MaxPlaces).Draw(t, "other places")
		}
		step := new(big.Rat).SetFrac(big.NewInt(m.tick.Units), big.NewInt(schema.Ten(m.tick.Places)))
		if m.odds {
			step.SetFrac64(1, 1000) // thousandths, whatever the places
		}
		want := new(big.Rat).SetFrac(big.NewInt(d.Units), big.NewInt(schema.Ten(d.Places)))
		want.Quo(want, step)
		exists := d.Places == m.tick.Places && want.IsInt() && want.Num().IsInt64()
		n, ok := m.price(d)
		if ok != exists {
			t.Fatalf("tick %s, odds %t: %s is taken: %t, want %t", m.tick, m.odds, d, ok, exists)
		}
		if ok && (big.NewInt(n).Cmp(want.Num()) != 0 || m.decimal(n) != d) {
			t.Fatalf("tick %s, odds %t: %s is %d, which is %s", m.tick, m.odds, d, n, m.decimal(n))
		}
	})
}

// TestSoundMoney has the ticks and lots that there are.
func TestSoundMoney(t *testing.T) {
	for _, c := range []struct {
		m    money
		want bool
	}{
		{money{tick: dec("1"), lot: 1}, true}, {money{tick: dec("0.25"), lot: math.MaxInt64}, true}, {money{tick: dec("999999999999999999"), lot: 1}, true},
		{money{tick: dec("0"), lot: 1}, false}, {money{tick: dec("0.00"), lot: 1}, false}, {money{tick: schema.Decimal{Units: -1}, lot: 1}, false},
		{money{tick: dec("1"), lot: 0}, false}, {money{tick: dec("1"), lot: -5}, false}, {money{tick: schema.Decimal{Units: 1, Places: 10}, lot: 1}, false},
		{money{odds: true, tick: dec("1"), lot: 1}, true}, {money{odds: true, tick: dec("0.001"), lot: 7}, true},
		{money{odds: true, tick: dec("0.0001"), lot: 1}, false}, {money{odds: true, tick: dec("0.02"), lot: 1}, false}, {money{odds: true, tick: dec("10"), lot: 1}, false},
	} {
		if c.m.sound() != c.want {
			t.Errorf("%+v is sound: %t", c.m, c.m.sound())
		}
	}
}

// TestGreatestPrices goes to the ends of what a decimal can say.
func TestGreatestPrices(t *testing.T) {
	for _, c := range []struct {
		odds  bool
		tick  string
		price string
		want  int64 // 0: there is no such price
	}{
		{false, "1", "999999999999999999", 999_999_999_999_999_999},
		{false, "0.000000001", "999999999.999999999", 999_999_999_999_999_999},
		{false, "999999999999999999", "999999999999999999", 1},
		{false, "500000000000000000", "999999999999999999", 0},
		{false, "0.000000003", "999999999.999999999", 333_333_333_333_333_333},
		{true, "0.001", "999999999999999.999", 999_999_999_999_999_999},
		{true, "0.01", "9223372036854775.80", 9_223_372_036_854_775_800},
		{true, "0.01", "9223372036854775.81", 0},
		{true, "0.1", "92233720368547758.0", 0},
		{true, "1", "9223372036854775", 9_223_372_036_854_775_000},
		{true, "1", "9223372036854776", 0},
		{true, "1", "999999999999999999", 0},
	} {
		m := money{odds: c.odds, tick: dec(c.tick), lot: 1}
		n, ok := m.price(dec(c.price))
		if ok != (c.want != 0) || ok && (n != c.want || m.decimal(n) != dec(c.price)) {
			t.Errorf("odds %t, tick %s: %s is %d, %t, want %d", c.odds, c.tick, c.price, n, ok, c.want)
		}
	}
}

// TestGreatestOrders trades at the greatest price for the greatest quantity: the
// book multiplies neither.
func TestGreatestOrders(t *testing.T) {
	f := newTestFold()
	most := int64(math.MaxInt64)
	f.apply(t, step{"m", 0, create})
	for i, c := range []struct {
		body schema.Body
		want schema.RejectCode
	}{
		{limit("a", "1", schema.SideSell, most, 999_999_999_999_999_999), 0},
		{limit("a", "2", schema.SideSell, 1, 5), schema.RejectOverflow}, // no sum of the side would fit
		{limit("b", "1", schema.SideBuy, most, 999_999_999_999_999_999), 0},
		{limit("b", "2", schema.SideBuy, -1, 1), schema.RejectBadQty},
		{&schema.OrderReplace{Account: "b", ID: "1", Qty: schema.Some(int64(0))}, schema.RejectUnknownOrder},
	} {
		if a := f.apply(t, step{"m", 0, c.body}); a.Code != c.want {
			t.Errorf("%d: %s, want %s", i, a.Code, c.want)
		}
	}
	if m, _ := f.b.Market("m"); m.Last != schema.Some(dec("999999999999999999")) || m.Open != 0 {
		t.Errorf("%+v", m)
	}
}
