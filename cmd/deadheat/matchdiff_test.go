package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// matchLines draws a file of commands of every kind.
func matchLines(seed int64, n int) []string {
	rng := rand.New(rand.NewSource(seed))
	one := func(of ...string) string { return of[rng.Intn(len(of))] }
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	lines := []string{
		`{"op":"market","market":"s1","action":"create","kind":"shares","tick":"0.25","low":"90.00"}`,
		`{"op":"market","market":"o1","action":"create","kind":"odds"}`,
		`{"op":"market","market":"s2","action":"create","kind":"shares","tick":"0.25"}`,
	}
	var undo []string // what stops trading does so for a while
	for len(lines) < n {
		if rng.Intn(15) == 0 {
			lines, undo = append(lines, undo...), nil
		}
		market := one("s1", "s1", "o1", "o1", "s2")
		price := func(far int) string { // far: steps below or above the middle
			if market == "o1" {
				p := 282 + 2*(rng.Intn(6)+far)
				if rng.Intn(10) == 0 {
					p = 290 + rng.Intn(20)
				}
				return fmt.Sprintf("%d.%02d", p/100, p%100)
			}
			p := 9_900 + 25*(rng.Intn(6)+far)
			if rng.Intn(40) == 0 {
				p++
			}
			return fmt.Sprintf("%d.%02d", p/100, p%100)
		}
		number := rng.Intn(60)
		about := fmt.Sprintf(`"market":"%s","account":"%c"`, market, 'a'+number%4)
		id := fmt.Sprintf(`,"id":"%d"`, number)
		line := ""
		switch roll := rng.Intn(200); {
		case roll < 25:
			line = `"op":"cancel",` + about + id
		case roll < 50:
			line = `"op":"replace",` + about + id
			if rng.Intn(2) == 0 {
				line += `,"price":"` + price(rng.Intn(5)) + `"`
			}
			if rng.Intn(8) == 0 {
				line += `,"stop_price":"` + price(rng.Intn(5)) + `"`
			}
			if rng.Intn(8) == 0 {
				line += fmt.Sprintf(`,"display_qty":%d`, rng.Intn(8))
			}
			line += fmt.Sprintf(`,"qty":%d`, 7+rng.Intn(20))
		case roll < 51:
			line = `"op":"mass_cancel",` + one(about, about, about, `"market":"`+market+`"`, `"account":"a"`)
		case roll < 52 && rng.Intn(20) == 0:
			line = `"op":"mass_cancel","all":true`
		case roll < 53:
			line = `"op":"kill",` + one(about, `"account":"a"`, `"market":"s2"`, `"market":"o1"`, `"all":true`)
			undo = append(undo, "{"+line+`,"release":true}`)
		case roll < 59:
			line = `"op":"market","market":"` + market + `","action":"` + one("halt", "resume", "resume", "end_day") + `"`
			undo = append(undo, `{"op":"market","market":"`+market+`","action":"resume"}`)
			if strings.Contains(line, "resume") && rng.Intn(4) == 0 {
				line += `,"low":"` + one("1.25", "90.00", "99.25") + `"`
			}
		case roll < 62:
			line = `"op":"limits","market":"` + market + fmt.Sprintf(`","max_qty":%d,"account_orders":%d`, 15+rng.Intn(10), 3+rng.Intn(10))
		case roll < 63:
			line = `"op":"cancel","market":"nowhere","account":"a"` + id
		case roll < 64:
			line = `"op":"market","market":"` + market + `","action":"create","kind":"shares"`
		default:
			line = newOrderLine(rng, about+id, market, price, now)
		}
		if rng.Intn(6) == 0 {
			now = now.Add(time.Duration(rng.Intn(400)) * time.Second)
			line += `,"time":"` + now.Format(time.RFC3339) + `"`
		}
		lines = append(lines, "{"+line+"}")
		if rng.Intn(50) == 0 {
			lines = append(lines, "")
		}
	}
	return append(lines, `{"op":"market","market":"s2","action":"close"}`, `{"op":"cancel","market":"s2","account":"a","id":"1"}`)
}

func newOrderLine(rng *rand.Rand, about, market string, price func(far int) string, now time.Time) string {
	one := func(of ...string) string { return of[rng.Intn(len(of))] }
	side, qty := one("buy", "sell", "sell_short"), 1+rng.Intn(20)
	if market == "o1" != (rng.Intn(40) == 0) {
		side = one("back", "lay")
	}
	kind, tif := one("limit", "limit", "limit", "limit", "limit", "market", "stop", "stop_limit"), one("gtc", "gtc", "gtc", "ioc", "fok", "gtd", "day")
	far := 4
	if side == "buy" || side == "lay" {
		far = 0
	}
	line := `"op":"new",` + about + fmt.Sprintf(`,"side":"%s","type":"%s","tif":"%s","qty":%d`, side, kind, tif, qty)
	if strings.HasSuffix(kind, "limit") {
		line += `,"price":"` + price(far) + `"`
		if tif != "ioc" && tif != "fok" && rng.Intn(5) == 0 {
			line += fmt.Sprintf(`,"display_qty":%d`, 1+rng.Intn(min(qty, 5)))
		}
	}
	if strings.HasPrefix(kind, "stop") {
		line += `,"stop_price":"` + price(4-far) + `"`
	}
	if tif == "gtd" {
		line += `,"expire_at":"` + now.Add(time.Duration(rng.Intn(7200)-60)*time.Second).Format(time.RFC3339) + `"`
	}
	if kind == "limit" && tif != "ioc" && tif != "fok" && rng.Intn(10) == 0 {
		line += `,"post_only":true`
	}
	if rng.Intn(3) == 0 {
		line += `,"stp":"` + one("off", "cancel_newest", "cancel_oldest", "cancel_both", "decrement") + `"`
	}
	return line
}

// printed is a line of match.
type printed struct {
	Exec, Market, Account, ID, Side, Price, Code, Reason, Book string
	Qty, Leaves, Filled                                        int64
	Maker, Taker                                               struct {
		Account, ID string
		Leaves      int64
	}
	Kept     *bool `json:"kept_priority"`
	At       struct{ Offset, N int64 }
	Commands int64
	Trades   int64
}

// compared is what the naive exchange says of it.
func (p *printed) compared() string {
	price, _ := hundredths(p.Price)
	switch {
	case p.Book != "":
		return fmt.Sprintf("%s %s %d %s/%s %d", p.Book, p.Market, price, p.Account, p.ID, p.Leaves)
	case p.Exec == "rejected":
		return fmt.Sprintf("%d %s rejected %s/%s %s", p.At.N, p.Market, p.Account, p.ID, p.Code)
	case p.Exec == "trade":
		return fmt.Sprintf("%d %s trade %d %d maker %s/%s %d taker %s/%s %d", p.At.N, p.Market, price, p.Qty,
			p.Maker.Account, p.Maker.ID, p.Maker.Leaves, p.Taker.Account, p.Taker.ID, p.Taker.Leaves)
	}
	limit, more := "-", p.Reason
	if p.Price != "" {
		limit = fmt.Sprint(price)
	}
	if p.Kept != nil {
		more = fmt.Sprint(*p.Kept)
	}
	return fmt.Sprintf("%d %s %s %s/%s %s %s %d %d %d %s", p.At.N, p.Market, p.Exec, p.Account, p.ID, p.Side, limit, p.Qty, p.Leaves, p.Filled, more)
}

// TestMatchNaive compares every line that match prints about random files with
// what the naive exchange makes of them. DEADHEAT_MATCH_LINES says how many lines.
func TestMatchNaive(t *testing.T) {
	total := 24_000
	if text := os.Getenv("DEADHEAT_MATCH_LINES"); text != "" {
		var err error
		if total, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]int{}
	for seed := range int64(max(1, total/4000)) {
		lines := matchLines(seed+1, min(total, 4000))
		code, out, errs := runLine(t.Context(), strings.Join(lines, "\n"), "match", "-i", "-", "--book", "-o", "jsonl")
		if code != exitOK || errs != "" {
			t.Fatalf("seed %d: exit code %d, %q", seed, code, errs)
		}
		compareNaive(t, seed, lines, strings.Split(strings.TrimSpace(out), "\n"), seen)
	}
	t.Log(seen)
	if total < 20_000 {
		return
	}
	for _, want := range []string{
		"accepted", "trade", "triggered", "cancelled requested", "cancelled account", "cancelled market", "cancelled close", "cancelled unfilled",
		"cancelled killed", "cancelled self_trade", "cancelled already_filled", "expired deadline", "expired end_of_day", "replaced true", "replaced false",
		"rejected unknown_market", "rejected market_exists", "rejected market_halted", "rejected market_closed", "rejected duplicate_id",
		"rejected unknown_order", "rejected bad_side", "rejected bad_price", "rejected off_ladder", "rejected outside_band", "rejected bad_stop",
		"rejected bad_display", "rejected too_late", "rejected would_cross", "rejected qty_limit", "rejected account_orders", "rejected off_tick", "rejected killed",
	} {
		if seen[want] == 0 {
			t.Errorf("nothing was %s", want)
		}
	}
}

func compareNaive(t *testing.T, seed int64, lines, out []string, seen map[string]int) {
	t.Helper()
	x := &naiveExchange{kills: map[string]bool{}}
	next := func() *printed {
		p := &printed{}
		if len(out) == 0 {
			return p
		}
		if err := json.Unmarshal([]byte(out[0]), p); err != nil {
			t.Fatalf("%s: %v", out[0], err)
		}
		out = out[1:]
		return p
	}
	commands, trades := int64(0), int64(0)
	for i, line := range lines {
		if line == "" {
			continue
		}
		commands++
		for _, want := range x.do([]byte(line)) {
			p := next()
			if got := p.compared(); got != want || p.At.Offset != int64(i) {
				t.Fatalf("seed %d, line %d %s: offset %d\n%s, want\n%s", seed, i, line, p.At.Offset, got, want)
			}
			kind := p.Exec + " " + p.Code + p.Reason
			if p.Kept != nil {
				kind += fmt.Sprint(*p.Kept)
			}
			seen[strings.TrimSpace(kind)]++
			if p.Exec == "trade" {
				trades++
			}
		}
	}
	var got []string
	for len(out) > 1 {
		got = append(got, next().compared())
	}
	if want := x.resting(); !slices.Equal(got, want) {
		t.Fatalf("seed %d: the book is\n%s\nwant\n%s", seed, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if last := next(); last.Commands != commands || last.Trades != trades {
		t.Errorf("seed %d: %+v, want %d commands, %d trades", seed, last, commands, trades)
	}
}
