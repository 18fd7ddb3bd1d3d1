package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// naiveExchange does what match promises, from the lines alone, in the most
// obvious and slowest way: one list of orders in a market, looked through for
// everything. It shares no code with the book or the matcher. Prices are whole
// numbers of the last place.
type naiveExchange struct {
	markets []*naiveMarket // in order of creation
	kills   map[string]bool
	killAll bool
	now     int64
	ticked  bool
	events  []naiveEvent // of the command
}

// naiveEvent is an execution as it is compared.
type naiveEvent struct{ market, text string }

type naiveMarket struct {
	id         string
	odds       bool
	state      string
	low, high  int64
	last       int64
	orders     []*naiveOrder // that rest or wait
	clock      int64         // of entries
	kills      map[string]bool
	killAll    bool
	maxQty     int64
	maxAccount int64
	up, down   int64 // the highest and the lowest trade of the command, 0: none
}

type naiveOrder struct {
	naiveLine
	price, stop           int64
	left, filled, shown   int64
	entered, born, expire int64
	priced                bool
}

// naiveLine is a command.
type naiveLine struct {
	Op, Market, Account, ID, Side, Type, TIF, STP, Price, Action, Kind, Low, High string
	Qty, DisplayQty, MaxQty, AccountOrders                                        int64
	StopPrice, ExpireAt, Time                                                     string
	Display                                                                       *int64
	PostOnly, Release, All                                                        bool
}

func (l *naiveLine) UnmarshalJSON(b []byte) error {
	type plain naiveLine
	var names struct {
		*plain
		DisplayQty    *int64 `json:"display_qty"`
		StopPrice     string `json:"stop_price"`
		ExpireAt      string `json:"expire_at"`
		PostOnly      bool   `json:"post_only"`
		MaxQty        int64  `json:"max_qty"`
		AccountOrders int64  `json:"account_orders"`
	}
	names.plain = (*plain)(l)
	if err := json.Unmarshal(b, &names); err != nil {
		return err
	}
	l.Display, l.StopPrice, l.ExpireAt, l.PostOnly = names.DisplayQty, names.StopPrice, names.ExpireAt, names.PostOnly
	l.MaxQty, l.AccountOrders = names.MaxQty, names.AccountOrders
	if l.Display != nil {
		l.DisplayQty = *l.Display
	}
	return nil
}

// hundredths reads a price; 0 is none, and false is no price of two places.
func hundredths(text string) (int64, bool) {
	whole, places, _ := strings.Cut(text, ".")
	n, _ := strconv.ParseInt(whole+places, 10, 64)
	return n, text == "" || len(places) == 2
}

func nanos(text string) int64 {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return 0
	}
	return at.UnixNano()
}

func (l *naiveLine) bids() bool { return l.Side == "buy" || l.Side == "lay" }

// do carries out a line, and returns its executions in order.
func (x *naiveExchange) do(text []byte) []string {
	var l naiveLine
	if err := json.Unmarshal(text, &l); err != nil {
		panic(err)
	}
	x.events = nil
	if l.Time != "" {
		x.tick(nanos(l.Time))
	}
	for _, m := range x.markets {
		m.up, m.down = 0, 0
	}
	if code := x.command(&l); code != "" {
		x.say(l.Market, "rejected %s/%s %s", l.Account, l.ID, code)
	}
	var order, lines []string
	for _, e := range x.events {
		if !slices.Contains(order, e.market) {
			order = append(order, e.market)
		}
	}
	for _, m := range order {
		for _, e := range x.events {
			if e.market == m {
				lines = append(lines, fmt.Sprintf("%d %s %s", len(lines), m, e.text))
			}
		}
	}
	return lines
}

func (x *naiveExchange) say(market, format string, args ...any) {
	x.events = append(x.events, naiveEvent{market, fmt.Sprintf(format, args...)})
}

// happened tells what became of an order.
func (x *naiveExchange) happened(what string, o *naiveOrder, qty int64, more string) {
	price := "-"
	if o.priced {
		price = fmt.Sprint(o.price)
	}
	x.say(o.Market, "%s %s/%s %s %s %d %d %d %s", what, o.Account, o.ID, o.Side, price, qty, o.left, o.filled, more)
}

func (x *naiveExchange) tick(now int64) {
	const day = 24 * int64(time.Hour)
	if now <= x.now {
		x.ticked = true
		return
	}
	midnight := x.now - x.now%day + day
	x.now = now
	if x.ticked && midnight <= now {
		x.expire(midnight)
		for _, m := range x.markets {
			x.endDay(m)
		}
	}
	x.ticked = true
	x.expire(now)
}

func (x *naiveExchange) expire(now int64) {
	for {
		var first *naiveOrder
		var of *naiveMarket
		for _, m := range x.markets {
			for _, o := range m.orders {
				if o.expire != 0 && o.expire <= now && (first == nil || o.expire < first.expire || of == m && o.expire == first.expire && o.born < first.born) {
					first, of = o, m
				}
			}
		}
		if first == nil {
			return
		}
		x.end(of, first, "expired", "deadline")
	}
}

func (x *naiveExchange) endDay(m *naiveMarket) {
	for _, o := range m.inOrder() {
		if o.TIF == "day" {
			x.end(m, o, "expired", "end_of_day")
		}
	}
}

// end takes an order out.
func (x *naiveExchange) end(m *naiveMarket, o *naiveOrder, what, why string) {
	m.remove(o)
	qty := o.left
	o.left = 0
	x.happened(what, o, qty, why)
}

func (m *naiveMarket) remove(o *naiveOrder) {
	m.orders = slices.DeleteFunc(m.orders, func(each *naiveOrder) bool { return each == o })
}

// inOrder lists bids, asks, and the stops as they would trigger.
func (m *naiveMarket) inOrder() []*naiveOrder {
	list := slices.Clone(m.orders)
	slices.SortFunc(list, func(a, b *naiveOrder) int {
		class := func(o *naiveOrder) (n int) {
			if !o.bids() {
				n = 1
			}
			if o.stop != 0 {
				n += 2
			}
			return n
		}
		at := func(o *naiveOrder) int64 { // the lower, the sooner
			switch class(o) {
			case 0:
				return -o.price
			case 1:
				return o.price
			case 2:
				return o.stop
			}
			return -o.stop
		}
		return cmp.Or(cmp.Compare(class(a), class(b)), cmp.Compare(at(a), at(b)), cmp.Compare(a.entered, b.entered))
	})
	return list
}

func (x *naiveExchange) find(id string) *naiveMarket {
	for _, m := range x.markets {
		if m.id == id {
			return m
		}
	}
	return nil
}

// command carries out a command and tells why not.
func (x *naiveExchange) command(l *naiveLine) string {
	m := x.find(l.Market)
	switch {
	case l.Op == "market" && l.Action == "create" && m != nil:
		return "market_exists"
	case l.Op == "market" && l.Action == "create":
		m = &naiveMarket{id: l.Market, odds: l.Kind == "odds", state: "open", kills: map[string]bool{}}
		m.low, _ = hundredths(l.Low)
		m.high, _ = hundredths(l.High)
		x.markets = append(x.markets, m)
		return ""
	case m == nil && l.Market != "":
		return "unknown_market"
	case l.Op == "limits":
		m.maxQty, m.maxAccount = cmp.Or(l.MaxQty, m.maxQty), cmp.Or(l.AccountOrders, m.maxAccount)
		return ""
	case m != nil && m.state == "closed":
		return "market_closed"
	case l.Op == "market":
		return x.manage(m, l)
	case l.Op == "kill":
		all, accounts := &x.killAll, x.kills
		if m != nil {
			all, accounts = &m.killAll, m.kills
		}
		if l.Account == "" {
			*all = !l.Release
		} else {
			accounts[l.Account] = !l.Release
		}
		if l.Release {
			return ""
		}
		fallthrough
	case l.Op == "mass_cancel":
		for _, each := range x.markets {
			if m == nil || m == each {
				x.cancelAll(each, l.Account)
			}
		}
		return ""
	case l.Op == "cancel":
		o := m.order(l)
		if o == nil {
			return "unknown_order"
		}
		x.end(m, o, "cancelled", "requested")
		return ""
	case m.state == "halted":
		return "market_halted"
	case l.Op == "new":
		return x.place(m, l)
	}
	return x.replace(m, l)
}

func (x *naiveExchange) manage(m *naiveMarket, l *naiveLine) string {
	low, _ := hundredths(l.Low)
	high, _ := hundredths(l.High)
	low, high = cmp.Or(low, m.low), cmp.Or(high, m.high)
	if high != 0 && low > high {
		return "bad_config"
	}
	m.low, m.high = low, high
	switch l.Action {
	case "halt":
		m.state = "halted"
	case "resume":
		m.state = "open"
	case "close":
		for _, o := range m.inOrder() {
			x.end(m, o, "cancelled", "close")
		}
		m.state = "closed"
	case "end_day":
		x.endDay(m)
	}
	return ""
}

func (x *naiveExchange) cancelAll(m *naiveMarket, account string) {
	list, why := m.inOrder(), "market"
	if account != "" {
		slices.SortFunc(list, func(a, b *naiveOrder) int { return cmp.Compare(a.born, b.born) })
		list = slices.DeleteFunc(list, func(o *naiveOrder) bool { return o.Account != account })
		why = "account"
	}
	for _, o := range list {
		x.end(m, o, "cancelled", why)
	}
}

func (m *naiveMarket) order(l *naiveLine) *naiveOrder {
	for _, o := range m.orders {
		if o.Account == l.Account && o.ID == l.ID {
			return o
		}
	}
	return nil
}

// step tells whether a price is on the ladder of a betting exchange.
func (m *naiveMarket) step(p int64) bool {
	if !m.odds {
		return true
	}
	by := int64(1)
	for _, s := range [][2]int64{{200, 2}, {300, 5}, {400, 10}, {600, 20}, {1000, 50}, {2000, 100}, {3000, 200}, {5000, 500}, {10_000, 1000}} {
		if p > s[0] {
			by = s[1]
		}
	}
	return p > 100 && p <= 100_000 && p%by == 0
}

// written tells what is wrong with how prices are written.
func (m *naiveMarket) written(texts ...string) string {
	for _, text := range texts {
		if p, ok := hundredths(text); !ok || !m.odds && p%25 != 0 {
			return "off_tick"
		}
	}
	return ""
}

func (x *naiveExchange) killed(m *naiveMarket, account string) bool {
	return x.killAll || m.killAll || x.kills[account] || m.kills[account]
}

func (x *naiveExchange) place(m *naiveMarket, l *naiveLine) string {
	o := &naiveOrder{naiveLine: *l, left: l.Qty, priced: l.Price != "", expire: nanos(l.ExpireAt)}
	o.price, _ = hundredths(l.Price)
	o.stop, _ = hundredths(l.StopPrice)
	stops, atOnce := o.stop != 0, l.TIF == "ioc" || l.TIF == "fok"
	open := int64(0)
	for _, each := range m.orders {
		if each.Account == l.Account {
			open++
		}
	}
	wrong := m.written(l.Price, l.StopPrice)
	switch {
	case m.order(l) != nil:
		return "duplicate_id"
	case x.killed(m, l.Account):
		return "killed"
	case wrong != "":
		return wrong
	case m.maxQty != 0 && l.Qty > m.maxQty:
		return "qty_limit"
	case (stops || l.Type == "limit" && !atOnce) && m.maxAccount != 0 && open >= m.maxAccount:
		return "account_orders"
	case m.odds != (l.Side == "back" || l.Side == "lay"):
		return "bad_side"
	case o.expire != 0 && o.expire <= x.now:
		return "too_late"
	case o.priced && !m.step(o.price):
		return "off_ladder"
	case o.priced && (o.price < m.low || m.high != 0 && o.price > m.high):
		return "outside_band"
	case stops && !m.step(o.stop):
		return "off_ladder"
	case l.PostOnly && m.best(o) != nil:
		return "would_cross"
	}
	x.happened("accepted", o, l.Qty, "")
	if stops {
		m.wait(o)
	} else {
		x.execute(m, o)
	}
	x.cascade(m)
	return ""
}

// resting lists what --book prints.
func (x *naiveExchange) resting() (lines []string) {
	for _, m := range x.markets {
		for _, o := range m.inOrder() {
			if o.stop == 0 {
				side := "ask"
				if o.bids() {
					side = "bid"
				}
				lines = append(lines, fmt.Sprintf("%s %s %d %s/%s %d", side, m.id, o.price, o.Account, o.ID, o.left))
			}
		}
	}
	return lines
}
