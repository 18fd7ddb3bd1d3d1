package schema_test

import (
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/journal/schema"
)

func some(n int64) schema.Opt[int64] { return schema.Some(n) }

// dec is a decimal that is there.
func dec(text string) schema.Opt[schema.Decimal] {
	d, err := schema.ParseDecimal(text)
	if err != nil {
		panic(err)
	}
	return schema.Some(d)
}

// limit is an order as most are.
func limit() *schema.OrderNew {
	return &schema.OrderNew{
		Account: "a", ID: "o", Side: schema.SideBuy, Type: schema.OrderLimit, TIF: schema.GTC, Qty: 5, Price: dec("100"),
	}
}

// order is a limit order with a change.
func order(change func(*schema.OrderNew)) *schema.OrderNew {
	o := limit()
	change(o)
	return o
}

// checks says what Check answers; "" is nothing.
type checks map[string][]schema.Command

func (c checks) run(t *testing.T) {
	t.Helper()
	for want, commands := range c {
		for _, command := range commands {
			switch err := command.Check(); {
			case err == nil && want != "":
				t.Errorf("%+v is taken, want: %s", command, want)
			case err != nil && err.Error() != want:
				t.Errorf("%+v\nis refused: %v\n      want: %s", command, err, want)
			}
		}
	}
}

func TestCheckOrderNew(t *testing.T) {
	absent := schema.Opt[schema.Decimal]{}
	soon := schema.Some(schema.Time(1))
	checks{
		"": {
			limit(),
			order(func(o *schema.OrderNew) { o.PostOnly, o.DisplayQty, o.STP = true, some(5), schema.STPDecrement }),
			order(func(o *schema.OrderNew) { o.TIF, o.ExpireAt, o.SentAt = schema.GTD, soon, soon }),
			order(func(o *schema.OrderNew) { o.Type, o.TIF, o.Price = schema.OrderMarket, schema.IOC, absent }),
			order(func(o *schema.OrderNew) { o.Type, o.Price = schema.OrderMarket, absent }),
			order(func(o *schema.OrderNew) {
				o.Type, o.TIF, o.Price, o.ExpireAt = schema.OrderMarket, schema.GTD, absent, soon
			}),
			order(func(o *schema.OrderNew) { o.Type, o.Price, o.StopPrice = schema.OrderStop, absent, dec("0.05") }),
			order(func(o *schema.OrderNew) { o.Type, o.StopPrice, o.TIF = schema.OrderStopLimit, dec("1"), schema.FOK }),
			order(func(o *schema.OrderNew) { o.Account, o.ID = strings.Repeat("é", 32), "4 or 5 ₿ #1" }),
		},
		"account is missing":                       {&schema.OrderNew{}, order(func(o *schema.OrderNew) { o.Account = "" })},
		"id is missing":                            {order(func(o *schema.OrderNew) { o.ID = "" })},
		"id has 65 bytes: want at most 64":         {order(func(o *schema.OrderNew) { o.ID = strings.Repeat("x", 65) })},
		`id "a\n" is not printable`:                {order(func(o *schema.OrderNew) { o.ID = "a\n" })},
		`id "a\x00b" is not printable`:             {order(func(o *schema.OrderNew) { o.ID = "a\x00b" })},
		`id "\xff" is not UTF-8`:                   {order(func(o *schema.OrderNew) { o.ID = "\xff" })},
		`account " a" begins or ends with a space`: {order(func(o *schema.OrderNew) { o.Account = " a" })},
		"side is missing or unknown: want buy, sell, sell_short, back, lay":                         {order(func(o *schema.OrderNew) { o.Side = 0 }), order(func(o *schema.OrderNew) { o.Side = 6 })},
		"type is missing or unknown: want limit, market, stop, stop_limit":                          {order(func(o *schema.OrderNew) { o.Type = 0 })},
		"tif is missing or unknown: want gtc, ioc, fok, gtd, day":                                   {order(func(o *schema.OrderNew) { o.TIF = 9 })},
		"stp is missing or unknown: want off, cancel_newest, cancel_oldest, cancel_both, decrement": {order(func(o *schema.OrderNew) { o.STP = 5 })},
		"qty is 0: want 1 or more":                                                 {order(func(o *schema.OrderNew) { o.Qty = 0 })},
		"qty is -1: want 1 or more":                                                {order(func(o *schema.OrderNew) { o.Qty = -1 })},
		"price is 0.00: want more than 0":                                          {order(func(o *schema.OrderNew) { o.Price = dec("0.00") })},
		"price is missing: a limit order needs it":                                 {order(func(o *schema.OrderNew) { o.Price = absent })},
		"price is given: a market order has none":                                  {order(func(o *schema.OrderNew) { o.Type, o.TIF = schema.OrderMarket, schema.IOC })},
		"stop_price is missing: a stop_limit order needs it":                       {order(func(o *schema.OrderNew) { o.Type = schema.OrderStopLimit })},
		"stop_price is given: a limit order has none":                              {order(func(o *schema.OrderNew) { o.StopPrice = dec("1") })},
		"stop_price is 0: want more than 0":                                        {order(func(o *schema.OrderNew) { o.Type, o.StopPrice = schema.OrderStopLimit, dec("0") })},
		"expire_at is missing: a gtd order needs it":                               {order(func(o *schema.OrderNew) { o.TIF = schema.GTD })},
		"expire_at is given: a gtc order has none":                                 {order(func(o *schema.OrderNew) { o.ExpireAt = soon })},
		"expire_at is 1970-01-01T00:00:00Z: want a time after 1970":                {order(func(o *schema.OrderNew) { o.TIF, o.ExpireAt = schema.GTD, schema.Some(schema.Time(0)) })},
		"sent_at is 1970-01-01T00:00:00Z: want a time after 1970":                  {order(func(o *schema.OrderNew) { o.SentAt = schema.Some(schema.Time(0)) })},
		"display_qty is given: a market order with tif gtc never rests at a price": {order(func(o *schema.OrderNew) { o.Type, o.Price, o.DisplayQty = schema.OrderMarket, absent, some(1) })},
		"post_only is set: want a limit order that may rest, not market with tif day": {order(func(o *schema.OrderNew) {
			o.Type, o.Price, o.TIF, o.PostOnly = schema.OrderMarket, absent, schema.Day, true
		})},
		"display_qty is 6, above qty, which is 5":                                    {order(func(o *schema.OrderNew) { o.DisplayQty = some(6) })},
		"display_qty is 0: want 1 or more":                                           {order(func(o *schema.OrderNew) { o.DisplayQty = some(0) })},
		"display_qty is given: a limit order with tif ioc never rests at a price":    {order(func(o *schema.OrderNew) { o.DisplayQty, o.TIF = some(1), schema.IOC })},
		"post_only is set: want a limit order that may rest, not limit with tif fok": {order(func(o *schema.OrderNew) { o.PostOnly, o.TIF = true, schema.FOK })},
	}.run(t)
}

func TestCheckOthers(t *testing.T) {
	space := schema.Some(" ")
	checks{
		"": {
			&schema.OrderCancel{Account: "a", ID: "o"},
			&schema.OrderReplace{Account: "a", ID: "o", Cmd: schema.Some("c"), Qty: some(5), DisplayQty: some(0)},
			&schema.OrderReplace{Account: "a", ID: "o", DisplayQty: some(7)},
			&schema.MassCancel{}, &schema.MassCancel{Account: schema.Some("a")},
			&schema.Kill{}, &schema.Kill{Account: schema.Some("a"), Release: true, Cmd: schema.Some("c"), Reason: schema.Some("runs wild")},
			&schema.BookLimits{MinPrice: dec("5.0"), MaxPrice: dec("5")}, &schema.BookLimits{Window: some(1), Cmd: schema.Some("c")},
		},
		"account is missing": {&schema.OrderCancel{}, &schema.OrderReplace{}, &schema.MassCancel{Account: schema.Some("")}, &schema.Kill{Account: schema.Some("")}},
		"id is missing":      {&schema.OrderCancel{Account: "a"}, &schema.OrderReplace{Account: "a"}},
		`cmd " " begins or ends with a space`: {
			&schema.OrderCancel{Account: "a", ID: "o", Cmd: space}, &schema.OrderReplace{Account: "a", ID: "o", Cmd: space},
			&schema.MassCancel{Cmd: space}, &schema.Kill{Cmd: space}, &schema.BookLimits{Markets: some(1), Cmd: space},
			&schema.Market{Action: schema.MarketHalt, Cmd: space},
		},
		"nothing is to change: want price, qty, display_qty, stop_price or expire_at": {&schema.OrderReplace{Account: "a", ID: "o"}},
		"qty is 0: want 1 or more":                                {&schema.OrderReplace{Account: "a", ID: "o", Qty: some(0)}},
		"display_qty is 6, above qty, which is 5":                 {&schema.OrderReplace{Account: "a", ID: "o", Qty: some(5), DisplayQty: some(6)}},
		"reason has 257 bytes: want at most 256":                  {&schema.Kill{Reason: schema.Some(strings.Repeat("x", 257))}},
		"sent_at is 1970-01-01T00:00:00Z: want a time after 1970": {&schema.Kill{SentAt: schema.Some(schema.Time(0))}},
		"no limit is given":                                       {&schema.BookLimits{}, &schema.BookLimits{Cmd: schema.Some("c")}},
		"max_qty is 0: want 1 or more":                            {&schema.BookLimits{MaxQty: some(0)}},
		"min_price is 5.01, above max_price, which is 5":          {&schema.BookLimits{MinPrice: dec("5.01"), MaxPrice: dec("5")}},
	}.run(t)
}

func TestCheckMarket(t *testing.T) {
	odds, shares := schema.Some(schema.OddsMarket), schema.Some(schema.SharesMarket)
	ladder := func(kind schema.Opt[schema.MarketKind], odds ...string) *schema.Market {
		m := &schema.Market{Action: schema.MarketCreate, Kind: kind}
		for _, o := range odds {
			m.Ladder = append(m.Ladder, dec(o).V)
		}
		return m
	}
	tick := func(kind schema.Opt[schema.MarketKind], tick string, lot int64) *schema.Market {
		return &schema.Market{Action: schema.MarketCreate, Kind: kind, Tick: dec(tick), Lot: some(lot)}
	}
	cause := func(c schema.Cause) *schema.Market {
		return &schema.Market{Action: schema.MarketHalt, Cause: schema.Some(c)}
	}
	checks{
		"": {
			ladder(odds), ladder(shares), ladder(odds, "1.001", "1.01", "5"),
			tick(shares, "0.25", 100), tick(shares, "1000", 1), tick(odds, "1", 5), tick(odds, "0.001", 1),
			&schema.Market{Action: schema.MarketResume, Low: dec("1"), High: dec("1.5")},
			&schema.Market{Action: schema.MarketClose, Reason: schema.Some("settled")},
			cause(schema.Cause{Topic: "surfaced.demo"}),
		},
		"action is missing or unknown: want create, halt, resume, close, end_day": {&schema.Market{}, &schema.Market{Action: 6}},
		"kind is missing: action create needs it":                                 {&schema.Market{Action: schema.MarketCreate}},
		"kind is given: action halt has none":                                     {&schema.Market{Action: schema.MarketHalt, Kind: odds}},
		"kind is unknown: want shares, odds":                                      {ladder(schema.Some(schema.MarketKind(3)))},
		"ladder is given: want kind odds":                                         {ladder(shares, "2"), &schema.Market{Action: schema.MarketHalt, Ladder: []schema.Decimal{schema.Whole(2)}}},
		"ladder has 0 odds: want 1 to 4096":                                       {&schema.Market{Action: schema.MarketCreate, Kind: odds, Ladder: []schema.Decimal{}}},
		"ladder has 4097 odds: want 1 to 4096":                                    {&schema.Market{Action: schema.MarketCreate, Kind: odds, Ladder: make([]schema.Decimal, 4097)}},
		"ladder: number 1 is 1.00: want more than 1 (odds are above 1, and rise)": {ladder(odds, "1.00")},
		"ladder: number 2 is 2.0: want more than 2 (odds are above 1, and rise)":  {ladder(odds, "2", "2.0")},
		"tick is given: want action create, not resume":                           {&schema.Market{Action: schema.MarketResume, Tick: dec("1")}},
		"lot is given: want action create, not halt":                              {&schema.Market{Action: schema.MarketHalt, Lot: some(1)}},
		"lot is 0: want 1 or more":                                                {tick(shares, "1", 0)},
		"tick is 0.00: want more than 0":                                          {tick(shares, "0.00", 1)},
		"tick is 0.02: an odds market has 1, 0.1, 0.01 or 0.001":                  {tick(odds, "0.02", 1)},
		"tick is 0.0001: an odds market has 1, 0.1, 0.01 or 0.001":                {tick(odds, "0.0001", 1)},
		"low or high is given: want action create or resume, not close":           {&schema.Market{Action: schema.MarketClose, High: dec("5")}},
		"low is 2.001, above high, which is 2":                                    {&schema.Market{Action: schema.MarketResume, Low: dec("2.001"), High: dec("2")}},
		"high is 0: want more than 0":                                             {&schema.Market{Action: schema.MarketResume, High: dec("0")}},
		"cause: topic is missing":                                                 {cause(schema.Cause{})},
		"cause: partition is -1: want 0 or more":                                  {cause(schema.Cause{Topic: "t", Partition: -1})},
		"cause: offset is -1: want 0 or more":                                     {cause(schema.Cause{Topic: "t", Offset: -1})},
		"cause: part is -1: want 0 or more":                                       {cause(schema.Cause{Topic: "t", Part: -1})},
		"reason has 257 bytes: want at most 256":                                  {&schema.Market{Action: schema.MarketHalt, Reason: schema.Some(strings.Repeat("x", 257))}},
	}.run(t)
}
