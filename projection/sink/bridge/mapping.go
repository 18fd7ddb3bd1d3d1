package bridge

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection/offering"
)

// Mapping says which markets offers have. The zero value is one market of odds
// for each offer, under the offer's id. [Mapping.Check] tells what is wrong with
// one.
type Mapping struct {
	// Market is the template of a market's id, with {feed} {offer} {outcome}
	// {event} {criterion}; "{offer}" if empty. One with {outcome} makes a market
	// for each outcome of an offer.
	Market string
	// Criteria are the ids of those criteria whose offers have markets; all if
	// empty.
	Criteria []int64
	// Kind, Tick, Lot and Ladder are those of a market that is created, as
	// schema.Market has them: odds (if empty) or shares, decimals as text.
	Kind   string
	Tick   string
	Lot    int64
	Ladder []string
	On     On
}

// On says what becomes of a market when its offer is suspended, closed or gone,
// or when the feed is down: "halt", "close" or "ignore". What is empty is halt for
// Suspended and FeedDown, which may not be close, and close for the others.
//
// What is ignored is not looked at: a market trades on while its offer is
// suspended or the feed is down, and stays as it is when the offer is closed or
// gone.
type On struct {
	Suspended, Closed, Gone, FeedDown string
}

const (
	onHalt   = "halt"
	onClose  = "close"
	onIgnore = "ignore"
)

// Check lists what is wrong with the mapping; nothing if it can be used.
func (m Mapping) Check() []string {
	_, faults := m.compile()
	return faults
}

// mapping is a mapping that is ready for use.
type mapping struct {
	parts      []part
	perOutcome bool
	criteria   map[int64]bool // nil: all
	create     schema.Market
	suspended, closed,
	gone, down state
}

// part is a piece of a template: a text, or one of the names in fields.
type part struct{ text, field string }

var fields = []string{"feed", "offer", "outcome", "event", "criterion"}

func (m Mapping) compile() (*mapping, []string) {
	c := &mapping{}
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	text := m.Market
	if text == "" {
		text = "{offer}"
	}
	if err := c.template(text); err != nil {
		fault("market %q: %v", text, err)
	}
	if len(m.Criteria) > 0 {
		c.criteria = make(map[int64]bool)
		for _, id := range m.Criteria {
			c.criteria[id] = true
		}
	}
	c.market(m, fault)
	for _, on := range []struct {
		to         *state
		name, text string
		usual      state
	}{
		{&c.suspended, "suspended", m.On.Suspended, halted}, {&c.closed, "closed", m.On.Closed, closed},
		{&c.gone, "gone", m.On.Gone, closed}, {&c.down, "feed_down", m.On.FeedDown, halted},
	} {
		switch {
		case on.text == "":
			*on.to = on.usual
		case on.text == onHalt:
			*on.to = halted
		case on.text == onIgnore:
			*on.to = leave
		case on.text == onClose && on.usual == closed:
			*on.to = closed
		case on.usual == closed:
			fault("on.%s is %q: want halt, close or ignore", on.name, on.text)
		default:
			fault("on.%s is %q: want halt or ignore", on.name, on.text)
		}
	}
	return c, faults
}

// template cuts a template into parts. Numbers must stand apart, or two offers
// could meet under one id.
func (c *mapping) template(text string) error {
	distinct, rest := false, text
	for rest != "" {
		begin := strings.IndexByte(rest, '{')
		if begin < 0 {
			begin = len(rest)
		}
		literal := rest[:begin]
		if strings.Contains(literal, "}") {
			return fmt.Errorf("a } without a {")
		}
		if len(c.parts) > 0 && begin < len(rest) && strings.Trim(literal, "0123456789") == "" {
			return fmt.Errorf("two names in braces need text between them that is no number, such as {event}-{offer}")
		}
		if literal != "" {
			c.parts = append(c.parts, part{text: literal})
		}
		if rest = rest[begin:]; rest == "" {
			break
		}
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			return fmt.Errorf("a { without a }")
		}
		field := rest[1:end]
		if !slices.Contains(fields, field) {
			return fmt.Errorf("{%s} is not known: want {feed}, {offer}, {outcome}, {event} or {criterion}", field)
		}
		distinct = distinct || field == "offer" || field == "outcome"
		c.perOutcome = c.perOutcome || field == "outcome"
		c.parts, rest = append(c.parts, part{field: field}), rest[end+1:]
	}
	if !distinct {
		return fmt.Errorf("want {offer} or {outcome} in it, since no two offers share a market")
	}
	return nil
}

// market makes the command that creates a market.
func (c *mapping) market(m Mapping, fault func(string, ...any)) {
	c.create = schema.Market{Action: schema.MarketCreate, Kind: schema.Some(schema.OddsMarket)}
	if m.Kind != "" {
		if err := c.create.Kind.V.UnmarshalText([]byte(m.Kind)); err != nil {
			fault("kind: %v", err)
			return
		}
	}
	if m.Tick != "" {
		tick, err := schema.ParseDecimal(m.Tick)
		if err != nil {
			fault("tick %q: %v", m.Tick, err)
			return
		}
		c.create.Tick = schema.Some(tick)
	}
	if m.Lot != 0 {
		c.create.Lot = schema.Some(m.Lot)
	}
	for _, text := range m.Ladder {
		odds, err := schema.ParseDecimal(text)
		if err != nil {
			fault("ladder: %q: %v", text, err)
			return
		}
		c.create.Ladder = append(c.create.Ladder, odds)
	}
	if err := c.create.Check(); err != nil {
		fault("%v", err)
	}
}

// covers tells whether an offer is to have markets.
func (c *mapping) covers(s *offering.Shown) bool {
	return c.criteria == nil || s.Criterion.OK && c.criteria[s.Criterion.V]
}

// markets are the ids of an offer's markets, or what is wrong with the first
// that cannot be one.
func (c *mapping) markets(feed string, s *offering.Shown) ([]string, error) {
	if !c.perOutcome {
		id, err := c.id(feed, s, 0)
		if err != nil {
			return nil, err
		}
		return []string{id}, nil
	}
	ids := make([]string, 0, len(s.Outcomes))
	for _, outcome := range s.Outcomes {
		id, err := c.id(feed, s, outcome)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (c *mapping) id(feed string, s *offering.Shown, outcome int64) (string, error) {
	var id []byte
	for _, p := range c.parts {
		n := schema.Some(outcome)
		switch p.field {
		case "":
			id = append(id, p.text...)
			continue
		case "feed":
			id = append(id, feed...)
			continue
		case "offer":
			n.V = s.ID
		case "event":
			n = s.Event
		case "criterion":
			n = s.Criterion
		}
		if !n.OK {
			return "", fmt.Errorf("it has no %s", p.field)
		}
		id = strconv.AppendInt(id, n.V, 10)
	}
	return string(id), schema.CheckID("market", string(id))
}
