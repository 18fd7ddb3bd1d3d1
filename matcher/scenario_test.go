package matcher_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/matcher"
)

// TestScenarios reads stories about one market. Their verbs:
//
//	market [betting] [low=P] [high=P]   a new market with an empty engine
//	do                                  one command a line; prints the reports
//	book                                prints both sides and the waiting stops
//
// Commands of do:
//
//	ID buy|sell|sell_short|back|lay QTY [@ PRICE] [stop P] [WORD…]
//	    words: gtc ioc fok day gtd=T post_only show=N account=A and the modes
//	    of self-trade prevention; without a price it is a market order
//	cancel ID | replace ID [price=P] [qty=N] [stop=P] [show=N]
//	cancel_account A | cancel_market | end_day | expire T
//	halt | resume | close | band LOW HIGH
//
// `go test -run Scenarios -args -rewrite` writes the answers.
func TestScenarios(t *testing.T) {
	datadriven.Walk(t, "testdata/scenarios", func(t *testing.T, path string) {
		s := &scenario{}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.out.Reset()
			switch d.Cmd {
			case "market":
				s.market(t, d)
			case "do":
				for line := range strings.Lines(d.Input) {
					s.do(t, strings.Fields(line))
				}
			case "book":
				s.book()
			default:
				d.Fatalf(t, "no verb %q", d.Cmd)
			}
			return s.out.String()
		})
	})
}

type scenario struct {
	e       *matcher.Engine
	betting bool
	out     strings.Builder
}

func (s *scenario) market(t *testing.T, d *datadriven.TestData) {
	var c matcher.Config
	if s.betting = d.HasArg("betting"); s.betting {
		c.Betting, c.Ladder = true, matcher.BettingLadder()
	}
	for _, arg := range d.CmdArgs {
		switch arg.Key {
		case "low":
			c.Low = s.price(t, arg.Vals[0])
		case "high":
			c.High = s.price(t, arg.Vals[0])
		}
	}
	s.e = matcher.New()
	if code := s.e.Create(0, c); code != matcher.OK {
		fmt.Fprintln(&s.out, code)
	}
}

// price reads ticks, or odds such as 2.5.
func (s *scenario) price(t *testing.T, text string) int64 {
	if s.betting {
		o, err := schema.ParseOdds(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return int64(o)
	}
	return number(t, text)
}

func (s *scenario) show(price int64) string {
	if s.betting {
		return schema.Odds(price).String()
	}
	return strconv.FormatInt(price, 10)
}

func number(t *testing.T, text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (s *scenario) do(t *testing.T, words []string) {
	arg := func(i int) int64 { return number(t, words[i]) }
	var code matcher.Code
	switch words[0] {
	case "cancel":
		s.e.Cancel(0, matcher.ID(arg(1)))
	case "replace":
		s.replace(t, matcher.ID(arg(1)), words[2:])
	case "cancel_account":
		s.e.CancelAccount(0, matcher.Account(arg(1)))
	case "cancel_market":
		s.e.CancelMarket(0)
	case "end_day":
		s.e.EndDay(0)
	case "expire":
		s.e.Expire(arg(1))
	case "halt":
		code = s.e.Halt(0)
	case "resume":
		code = s.e.Resume(0)
	case "close":
		code = s.e.Close(0)
	case "band":
		code = s.e.SetBand(0, s.price(t, words[1]), s.price(t, words[2]))
	default:
		s.submit(t, words)
	}
	if code != matcher.OK {
		fmt.Fprintln(&s.out, code)
	}
	for _, r := range s.e.Drain() {
		s.print(r)
	}
}

var (
	sides = names(matcher.Buy, matcher.Lay)
	tifs  = names(matcher.GTC, matcher.Day)
	stps  = names(matcher.CancelNewest, matcher.DecrementAndCancel)
)

func names[T interface {
	~uint8
	String() string
}](from, to T) map[string]T {
	m := make(map[string]T)
	for x := from; x <= to; x++ {
		m[x.String()] = x
	}
	return m
}

func (s *scenario) submit(t *testing.T, words []string) {
	side, ok := sides[words[1]]
	if !ok {
		t.Fatalf("%q: not one of %v", words[1], slices.Sorted(maps.Keys(sides)))
	}
	o := matcher.Order{ID: matcher.ID(number(t, words[0])), Side: side, Qty: number(t, words[2]), TIF: matcher.GTC}
	for i := 3; i < len(words); i++ {
		key, value, _ := strings.Cut(words[i], "=")
		switch key {
		case "@":
			i++
			o.Price = s.price(t, words[i])
		case "stop":
			i++
			o.Stop = s.price(t, words[i])
		case "gtd":
			o.TIF, o.Expire = matcher.GTD, number(t, value)
		case "post_only":
			o.PostOnly = true
		case "show":
			o.Display = number(t, value)
		case "account":
			o.Account = matcher.Account(number(t, value))
		default:
			if tif, ok := tifs[key]; ok {
				o.TIF = tif
			} else if o.STP, ok = stps[key]; !ok {
				t.Fatalf("no word %q", key)
			}
		}
	}
	o.Type = map[[2]bool]matcher.Type{{false, false}: matcher.MarketOrder, {true, false}: matcher.LimitOrder,
		{false, true}: matcher.StopOrder, {true, true}: matcher.StopLimitOrder}[[2]bool{o.Price != 0, o.Stop != 0}]
	s.e.Submit(&o)
}

func (s *scenario) replace(t *testing.T, id matcher.ID, words []string) {
	r := matcher.Replace{ID: id}
	for _, w := range words {
		switch key, value, _ := strings.Cut(w, "="); key {
		case "price":
			r.Price = schema.Some(s.price(t, value))
		case "qty":
			r.Qty = schema.Some(number(t, value))
		case "stop":
			r.Stop = schema.Some(s.price(t, value))
		case "show":
			r.Display = schema.Some(number(t, value))
		default:
			t.Fatalf("no word %q", w)
		}
	}
	s.e.Replace(&r)
}

func (s *scenario) print(r matcher.Report) {
	w := &s.out
	switch r.Kind {
	case matcher.Rejected:
		fmt.Fprintf(w, "%d rejected: %s\n", r.ID, r.Code)
	case matcher.Traded:
		fmt.Fprintf(w, "%d %s %d @ %s with %d %s (left %d, %d)\n", r.ID, r.Side, r.Qty, s.show(r.Price), r.Maker, r.MakerSide, r.Left, r.MakerLeft)
	case matcher.Cancelled, matcher.Expired:
		fmt.Fprintf(w, "%d %s %d: %s", r.ID, r.Kind, r.Qty, r.Reason)
		if r.Left != 0 {
			fmt.Fprintf(w, " (left %d)", r.Left)
		}
		fmt.Fprintln(w)
	default:
		fmt.Fprintf(w, "%d %s %d", r.ID, r.Kind, r.Qty)
		if r.Price != 0 {
			fmt.Fprintf(w, " @ %s", s.show(r.Price))
		}
		fmt.Fprintln(w)
	}
}

func (s *scenario) book() {
	for o := range s.e.Orders(0) {
		fmt.Fprintf(&s.out, "%s", o.Side)
		if o.Stop != 0 {
			fmt.Fprintf(&s.out, " stop %s", s.show(o.Stop))
		}
		if o.Price != 0 {
			fmt.Fprintf(&s.out, " @ %s", s.show(o.Price))
		}
		fmt.Fprintf(&s.out, ": %d of %d", o.ID, o.Left)
		if o.Shown != o.Left && o.Stop == 0 {
			fmt.Fprintf(&s.out, " (shows %d)", o.Shown)
		}
		fmt.Fprintln(&s.out)
	}
}
