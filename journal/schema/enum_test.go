package schema_test

import (
	"encoding"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// enumeration is a type whose numbers are frozen, as kinds are.
type enumeration interface {
	Known() bool
	fmt.Stringer
	encoding.TextMarshaler
}

// frozenNumbers are the numbers of enumerations for ever, as FORMAT.md lists
// them. Something may be added at the end.
var frozenNumbers = []struct {
	of      enumeration
	numbers string
}{
	{schema.Side(0), "1 buy, 2 sell, 3 sell_short, 4 back, 5 lay"},
	{schema.OrderType(0), "1 limit, 2 market, 3 stop, 4 stop_limit"},
	{schema.TIF(0), "1 gtc, 2 ioc, 3 fok, 4 gtd, 5 day"},
	{schema.STP(0), "0 off, 1 cancel_newest, 2 cancel_oldest, 3 cancel_both, 4 decrement"},
	{schema.MarketAction(0), "1 create, 2 halt, 3 resume, 4 close, 5 end_day"},
	{schema.MarketKind(0), "1 shares, 2 odds"},
	{schema.ExecutionType(0), "1 accepted, 2 rejected, 3 trade, 4 cancelled, 5 replaced, 6 expired, 7 triggered"},
	{schema.EndReason(0), "1 requested, 2 account, 3 market, 4 close, 5 unfilled, 6 killed, 7 self_trade, 8 already_filled, " +
		"9 deadline, 10 end_of_day"},
	{schema.RejectCode(0), "1 unknown_market, 2 market_exists, 3 market_halted, 4 market_closed, 5 duplicate_id, 6 unknown_order, " +
		"7 bad_side, 8 bad_type, 9 bad_tif, 10 bad_stp, 11 bad_qty, 12 bad_price, 13 off_ladder, 14 outside_band, 15 bad_stop, " +
		"16 bad_display, 17 bad_expire, 18 too_late, 19 bad_post_only, 20 would_cross, 21 overflow, 22 bad_config, 23 full, " +
		"64 invalid, 65 id_reused, 66 market_state, 67 stale_cause, 68 price_limit, 69 qty_limit, 70 account_orders, " +
		"71 market_orders, 72 markets, 73 off_tick, 74 off_lot, 75 killed, 76 kills, 77 too_old"},
}

func TestEnumerationsAreFrozen(t *testing.T) {
	file, err := os.ReadFile("../FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	page := strings.Join(strings.Fields(string(file)), " ")
	for _, f := range frozenNumbers {
		of := reflect.TypeOf(f.of)
		var have []string
		for n := range 1 << 8 {
			v := reflect.New(of)
			v.Elem().SetUint(uint64(n))
			e := v.Elem().Interface().(enumeration)
			text, err := e.MarshalText()
			if err != nil || string(text) != e.String() {
				t.Errorf("%s %d: %s, %v", of, n, text, err)
			}
			back := reflect.New(of)
			err = back.Interface().(encoding.TextUnmarshaler).UnmarshalText(text)
			if !e.Known() {
				if err == nil || !strings.HasSuffix(e.String(), fmt.Sprintf("_%d", n)) {
					t.Errorf("%s %d is unknown, prints as %s and reads as %v, %v", of, n, e, back.Elem(), err)
				}
				continue
			}
			have = append(have, fmt.Sprintf("%d %s", n, e))
			if err != nil || back.Elem().Interface() != v.Elem().Interface() {
				t.Errorf("%s %s reads as %v, %v", of, text, back.Elem(), err)
			}
		}
		if have := strings.Join(have, ", "); have != f.numbers {
			t.Errorf("%s is\n%s, frozen are\n%s", of, have, f.numbers)
		}
		if !strings.Contains(page, f.numbers) {
			t.Errorf("FORMAT.md lacks the numbers of %s: %s", of, f.numbers)
		}
	}
}

func TestUnknownWord(t *testing.T) {
	side := schema.SideSell
	err := side.UnmarshalText([]byte("BUY"))
	if err == nil || err.Error() != `side "BUY" is unknown: want buy, sell, sell_short, back, lay` || side != schema.SideSell {
		t.Error(side, err)
	}
}
