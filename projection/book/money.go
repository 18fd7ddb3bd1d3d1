package book

import (
	"math"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// money says how a market's prices and quantities are written. The engine knows
// whole numbers alone: ticks of a shares market, thousandths of an odds market.
type money struct {
	odds bool
	tick schema.Decimal // its places are those of every price
	lot  int64          // quantities are multiples of it
}

// sound tells whether there is such money.
func (m *money) sound() bool {
	if m.odds && (m.tick.Units != 1 || m.tick.Places > schema.OddsPlaces) {
		return false
	}
	return m.tick.Units > 0 && m.tick.Places <= schema.MaxPlaces && m.lot > 0
}

// price is the engine's number for a price; false if there is none.
func (m *money) price(d schema.Decimal) (int64, bool) {
	if d.Places != m.tick.Places {
		return 0, false
	}
	if m.odds {
		scale := schema.Ten(schema.OddsPlaces - m.tick.Places)
		return d.Units * scale, d.Units <= math.MaxInt64/scale
	}
	return d.Units / m.tick.Units, d.Units%m.tick.Units == 0
}

// decimal writes the engine's number.
func (m *money) decimal(price int64) schema.Decimal {
	if m.odds {
		return schema.Decimal{Units: price / schema.Ten(schema.OddsPlaces-m.tick.Places), Places: m.tick.Places}
	}
	return schema.Decimal{Units: price * m.tick.Units, Places: m.tick.Places}
}

// inTicks are prices of a command as the engine knows them.
type inTicks struct{ price, stop schema.Opt[int64] }

// units finds the engine's numbers for the prices of a command, and wants whole
// lots. Zeros and less are for the engine to refuse.
func (m *money) units(price, stop schema.Opt[schema.Decimal], qty, display int64) (t inTicks, code schema.RejectCode) {
	for _, p := range []struct {
		from *schema.Opt[schema.Decimal]
		to   *schema.Opt[int64]
	}{{&price, &t.price}, {&stop, &t.stop}} {
		if !p.from.OK {
			continue
		}
		n, ok := m.price(p.from.V)
		if !ok {
			return t, schema.RejectOffTick
		}
		*p.to = schema.Some(n)
	}
	if qty%m.lot != 0 || display%m.lot != 0 {
		return t, schema.RejectOffLot
	}
	return t, 0
}

// bounds are the low and high of a market command, 0 where there is none.
func (m *money) bounds(c *schema.Market) (low, high int64, ok bool) {
	t, code := m.units(c.Low, c.High, 0, 0)
	return t.price.V, t.stop.V, code == 0
}
