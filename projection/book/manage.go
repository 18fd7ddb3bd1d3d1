package book

import (
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/matcher"
)

// manage carries out a command about a market as a whole.
func (b *Book) manage(m *market, id string, c *schema.Market, e *entry) schema.RejectCode {
	if !sound(c) {
		return schema.RejectInvalid
	}
	if m != nil && c.Cause.OK {
		if code := m.follow(c.Cause.V, c.Action); code != 0 {
			return code
		}
		b.touch(m)
	}
	if c.Action == schema.MarketCreate {
		return b.openMarket(m, id, c)
	}
	if m == nil {
		return schema.RejectUnknownMarket
	}
	if code := b.turn(m, c, e); code != matcher.OK {
		return schema.RejectCode(code)
	}
	b.touch(m)
	b.record(c.Cmd, false)
	return 0
}

// maxTopic is the longest name of a topic that Kafka takes.
const maxTopic = 249

// sound refuses what a state could not keep.
func sound(c *schema.Market) bool {
	cause := c.Cause.V
	return len(cause.Topic) <= maxTopic && cause.Offset >= 0 && cause.Part >= 0
}

func (b *Book) openMarket(m *market, id string, c *schema.Market) schema.RejectCode {
	switch {
	case m != nil:
		return schema.RejectMarketExists
	case id == "":
		return schema.RejectInvalid
	case int64(len(b.markets)) >= b.limits.Markets.V:
		return schema.RejectMarkets
	}
	config, money, ok := configOf(c)
	number := matcher.Market(len(b.byNumber))
	if ok {
		b.note(matcher.OpCreate, number).Config = &config
		ok = b.engine.Create(number, config) == matcher.OK
	}
	if !ok {
		return schema.RejectBadConfig
	}
	m = b.create(id)
	m.money = money
	if c.Cause.OK {
		m.causes = []Taken{{c.Cause.V, c.Action}}
	}
	b.touch(m)
	return 0
}

// turn halts, resumes, closes, or ends the day.
func (b *Book) turn(m *market, c *schema.Market, e *entry) matcher.Code {
	banded := c.Low.OK || c.High.OK
	switch {
	case c.Kind.OK || c.Tick.OK || c.Lot.OK || c.Ladder != nil || banded && c.Action != schema.MarketResume:
		return matcher.BadConfig
	case banded:
		if code := b.band(m, c); code != matcher.OK {
			return code
		}
	}
	open := len(m.open)
	switch c.Action {
	case schema.MarketHalt:
		b.note(matcher.OpHalt, m.number)
		return b.engine.Halt(m.number)
	case schema.MarketResume:
		b.note(matcher.OpResume, m.number)
		return b.engine.Resume(m.number)
	case schema.MarketClose:
		e.orders = int64(open)
		b.note(matcher.OpClose, m.number)
		return b.engine.Close(m.number)
	}
	b.note(matcher.OpEndDay, m.number)
	e.orders = int64(b.engine.EndDay(m.number))
	return matcher.Code(b.living(m))
}

// band sets the bounds that are given; the other one stays.
func (b *Book) band(m *market, c *schema.Market) matcher.Code {
	s, _ := b.engine.Status(m.number)
	low, high, ok := m.bounds(c)
	if !ok {
		return matcher.BadConfig
	}
	if c.Low.OK {
		s.Low = low
	}
	if c.High.OK {
		s.High = high
	}
	step := b.note(matcher.OpSetBand, m.number)
	step.Low, step.High = s.Low, s.High
	return b.engine.SetBand(m.number, s.Low, s.High)
}

// configOf is the engine's configuration of a market, and how its prices and
// quantities are written. It is false when there are no such markets.
func configOf(c *schema.Market) (matcher.Config, money, bool) {
	m := money{tick: schema.Whole(1), lot: 1, odds: c.Kind.V == schema.OddsMarket}
	if m.odds {
		m.tick = schema.Decimal{Units: 1, Places: 2}
	}
	if c.Tick.OK {
		m.tick = c.Tick.V
	}
	if c.Lot.OK {
		m.lot = c.Lot.V
	}
	config := matcher.Config{Betting: m.odds}
	if !c.Kind.OK || !m.sound() || !m.odds && c.Ladder != nil {
		return config, m, false
	}
	var ok bool
	if config.Low, config.High, ok = m.bounds(c); !ok {
		return config, m, false
	}
	switch {
	case m.odds && c.Ladder == nil:
		config.Ladder = matcher.BettingLadder()
	case m.odds:
		prices := make([]int64, len(c.Ladder))
		for i, odds := range c.Ladder {
			if prices[i], ok = m.price(odds); !ok {
				return config, m, false
			}
		}
		ladder, err := matcher.NewLadder(steps(prices)...)
		config.Ladder = ladder
		return config, m, err == nil && len(prices) > 0 && prices[0] > 1000 // odds of 1 win nothing
	}
	return config, m, true
}

// steps finds the even runs of rising prices. Prices that do not rise make
// steps that are no ladder.
func steps(prices []int64) (runs []matcher.Steps) {
	for i := 0; i < len(prices); {
		run := matcher.Steps{From: prices[i], To: prices[i], By: 1}
		if i++; i < len(prices) {
			run.By = prices[i] - run.To
		}
		if run.By <= 0 || i+1 >= len(prices) || prices[i+1]-prices[i] != run.By {
			run.By = 1 // a single price; the next may begin a run
		}
		for ; run.By > 0 && i < len(prices) && prices[i]-run.To == run.By; i++ {
			run.To = prices[i]
		}
		runs = append(runs, run)
	}
	return runs
}
