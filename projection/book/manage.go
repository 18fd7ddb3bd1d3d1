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
		if code := m.follow(c.Cause.V); code != 0 {
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
	config, ok := configOf(c)
	number := matcher.Market(len(b.byNumber))
	if !ok || b.engine.Create(number, config) != matcher.OK {
		return schema.RejectBadConfig
	}
	m = b.create(id)
	if c.Cause.OK {
		m.causes = []schema.Cause{c.Cause.V}
	}
	b.touch(m)
	return 0
}

// turn halts, resumes, closes, or ends the day.
func (b *Book) turn(m *market, c *schema.Market, e *entry) matcher.Code {
	banded := c.Low.OK || c.High.OK
	switch {
	case c.Kind.OK || c.Ladder != nil || banded && c.Action != schema.MarketResume:
		return matcher.BadConfig
	case banded:
		if code := b.band(m, c); code != matcher.OK {
			return code
		}
	}
	open := len(m.open)
	switch c.Action {
	case schema.MarketHalt:
		return b.engine.Halt(m.number)
	case schema.MarketResume:
		return b.engine.Resume(m.number)
	case schema.MarketClose:
		e.orders = int64(open)
		return b.engine.Close(m.number)
	}
	e.orders = int64(b.engine.EndDay(m.number))
	return matcher.Code(b.living(m))
}

// band sets the bounds that are given; the other one stays.
func (b *Book) band(m *market, c *schema.Market) matcher.Code {
	s, _ := b.engine.Status(m.number)
	if c.Low.OK {
		s.Low = c.Low.V
	}
	if c.High.OK {
		s.High = c.High.V
	}
	return b.engine.SetBand(m.number, s.Low, s.High)
}

// configOf is the engine's configuration of a market. It is false when the
// engine has no such markets.
func configOf(c *schema.Market) (matcher.Config, bool) {
	config := matcher.Config{Betting: c.Kind.V == schema.OddsMarket, Low: c.Low.V, High: c.High.V}
	switch {
	case !c.Kind.OK || !config.Betting && c.Ladder != nil:
		return config, false
	case config.Betting && c.Ladder == nil:
		config.Ladder = matcher.BettingLadder()
	case config.Betting:
		ladder, err := matcher.NewLadder(steps(c.Ladder)...)
		config.Ladder = ladder
		return config, err == nil && len(c.Ladder) > 0 && c.Ladder[0] > 1000 // odds of 1 win nothing
	}
	return config, true
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
