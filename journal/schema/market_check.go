package schema

import "fmt"

// Check implements [Command].
func (m *Market) Check() error {
	bounded := m.Action == MarketCreate || m.Action == MarketResume
	return first(
		marketActions.check(uint8(m.Action)),
		checkPresence("kind", m.Kind.OK, m.Action == MarketCreate, "action "+m.Action.String()),
		fault(m.Kind.OK && !m.Kind.V.Known(), "kind is unknown: want %s", marketKinds.choice()),
		m.checkTick(),
		fault(m.Lot.OK && m.Action != MarketCreate, "lot is given: want action create, not %s", m.Action),
		checkOptLeast("lot", m.Lot, 1),
		m.checkLadder(),
		fault((m.Low.OK || m.High.OK) && !bounded, "low or high is given: want action create or resume, not %s", m.Action),
		checkRange("low", "high", m.Low, m.High),
		checkOptID("cmd", m.Cmd),
		m.checkCause(),
		checkText("reason", m.Reason.V, MaxReason),
	)
}

// checkLadder wants odds that a market can trade at, each above the one before.
// Odds of 1 win nothing.
func (m *Market) checkLadder() error {
	if m.Ladder == nil {
		return nil
	}
	if m.Kind.V != OddsMarket {
		return fmt.Errorf("ladder is given: want kind odds")
	}
	if len(m.Ladder) == 0 || len(m.Ladder) > MaxLadder {
		return fmt.Errorf("ladder has %d odds: want 1 to %d", len(m.Ladder), MaxLadder)
	}
	last := Whole(1)
	for i, odds := range m.Ladder {
		if odds.Cmp(last) <= 0 {
			return fmt.Errorf("ladder: number %d is %s: want more than %s (odds are above 1, and rise)", i+1, odds, last)
		}
		last = odds
	}
	return nil
}

// checkTick wants a step that is a price. That of an odds market only says how
// many places odds have.
func (m *Market) checkTick() error {
	t := m.Tick.V
	return first(
		fault(m.Tick.OK && m.Action != MarketCreate, "tick is given: want action create, not %s", m.Action),
		checkOptPrice("tick", m.Tick),
		fault(m.Tick.OK && m.Kind.V == OddsMarket && (t.Units != 1 || t.Places > OddsPlaces),
			"tick is %s: an odds market has 1, 0.1, 0.01 or 0.001", t),
	)
}

func (m *Market) checkCause() error {
	if !m.Cause.OK {
		return nil
	}
	c := m.Cause.V
	return first(
		fault(c.Topic == "", "cause: topic is missing"),
		checkText("cause: topic", c.Topic, 249), // the longest name that Kafka takes
		checkLeast("cause: partition", int64(c.Partition), 0),
		checkLeast("cause: offset", c.Offset, 0),
		checkLeast("cause: part", c.Part, 0),
	)
}

// Check implements [Command].
func (l *BookLimits) Check() error {
	return first(
		fault(*l == BookLimits{Cmd: l.Cmd}, "no limit is given"),
		checkOptLeast("account_orders", l.AccountOrders, 1),
		checkOptLeast("market_orders", l.MarketOrders, 1),
		checkOptLeast("max_qty", l.MaxQty, 1),
		checkRange("min_price", "max_price", l.MinPrice, l.MaxPrice),
		checkOptLeast("window", l.Window, 1),
		checkOptLeast("markets", l.Markets, 1),
		checkOptID("cmd", l.Cmd),
	)
}
