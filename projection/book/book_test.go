package book

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/matcher"
)

func limit(account, id string, side schema.Side, qty, price int64) *schema.OrderNew {
	return &schema.OrderNew{Account: account, ID: id, Side: side, Type: schema.OrderLimit, TIF: schema.GTC, Qty: qty, Price: schema.Some(schema.Whole(price))}
}

var create = &schema.Market{Action: schema.MarketCreate, Kind: schema.Some(schema.SharesMarket)}

// The numbers of package schema and of package matcher are cast into each other.
func TestNumbersMeanTheSame(t *testing.T) {
	same := func(what string, n int, a, b fmt.Stringer) {
		x, y := a.String(), b.String()
		if strings.HasPrefix(x, what+"_") { // unknown to schema
			x = "?"
		}
		renamed := map[string]string{"none": "off", "decrement_and_cancel": "decrement"}
		if r := renamed[y]; what == "stp" && r != "" {
			y = r
		}
		if x != y && y != "" {
			t.Errorf("%s %d is %s in schema and %s in matcher", what, n, x, y)
		}
	}
	for n := range 64 {
		same("side", n, schema.Side(n), matcher.Side(n))
		same("type", n, schema.OrderType(n), matcher.Type(n))
		same("tif", n, schema.TIF(n), matcher.TIF(n))
		same("stp", n, schema.STP(n), matcher.STP(n))
		same("reason", n, schema.EndReason(n), matcher.Reason(n))
		if n > 0 {
			same("code", n, schema.RejectCode(n), matcher.Code(n))
		}
	}
}

// Whatever one record does, its outputs fit records.
func TestOutputsFitRecords(t *testing.T) {
	f := newTestFold()
	wide := func(n int) string { return fmt.Sprintf("%s%02d", strings.Repeat("é", 31), n) }
	market := wide(0)
	f.apply(t, step{market, 0, create})
	for i := range 2500 {
		f.apply(t, step{market, 0, limit(wide(i/100), wide(i%100), schema.SideBuy, 1, 100_000_000_000_000_000+int64(i))})
	}
	f.apply(t, step{market, 0, &schema.MassCancel{Cmd: schema.Some(wide(1))}})
	var parts, firsts []int
	for _, out := range f.last {
		value := codec.AppendRecord(nil, &journal.Record{Kind: schema.KindExecutions, Seq: 1 << 62, Time: 1 << 62, Body: codec.Body(out.Executions)})
		if len(value)+len(out.market) > journal.MaxRecord {
			t.Errorf("an output of %d bytes", len(value))
		}
		parts, firsts = append(parts, len(out.Items)), append(firsts, int(out.First))
	}
	if !slices.Equal(parts, []int{1000, 1000, 500}) || !slices.Equal(firsts, []int{0, 1000, 2000}) {
		t.Errorf("%v executions, from %v", parts, firsts)
	}
}

// Names that no gate lets through are refused, and told in a record that fits.
func TestMonstrousNames(t *testing.T) {
	long := strings.Repeat("é", journal.MaxRecord/5)
	f := newTestFold()
	f.apply(t, step{"m", 0, create})
	for _, s := range []step{
		{"m", 0, limit(long, "1", schema.SideBuy, 1, 1)}, {"m", 0, limit("a", long, schema.SideBuy, 1, 1)}, {long, 0, create},
		{"m", 0, &schema.MassCancel{Cmd: schema.Some(long)}}, {"m", 0, &schema.MassCancel{Account: schema.Some(long)}}, {"\xff", 0, create},
		{"m", 0, &schema.OrderCancel{Account: "a"}}, {"m", 0, &schema.MassCancel{Cmd: schema.Some("")}},
		{"m", 0, &schema.Market{Action: schema.MarketHalt, Cause: schema.Some(schema.Cause{Topic: long})}},
	} {
		if a := f.apply(t, s); a.Code != schema.RejectInvalid {
			t.Errorf("%s: %s", s.body.RecordKind(), a.Code)
		}
		if len(f.last) != 1 || len(f.last[0].market)+len(codec.Body(f.last[0].Executions)) > 1000 {
			t.Errorf("%s is told in %d records", s.body.RecordKind(), len(f.last))
		}
	}
}

// Bytes that are not what their kind says stop the partition before they change
// anything; records of others pass.
func TestForeignRecords(t *testing.T) {
	f := newTestFold()
	before := f.sum()
	r := journal.Record{Kind: schema.KindOrderNew, Time: 5, Body: []byte{0x90}}
	if err := f.b.Apply(&r, nil); err == nil || !strings.Contains(err.Error(), "ORDER_NEW") {
		t.Errorf("a malformed order: %v", err)
	}
	r.Kind = schema.KindFeedUp
	if err := f.b.Apply(&r, nil); err != nil || f.sum() != before || f.b.Stats() != (Stats{}) {
		t.Errorf("a record of a feed: %v", err)
	}
}

// Answers are told as they come and kept for a while, not for ever.
func TestAnswers(t *testing.T) {
	f := newTestFold()
	var told []Answer
	f.b.Notify(func(a *Answer) { told = append(told, *a) })
	if _, ok := f.b.Answer(0); ok {
		t.Error("an answer before anything was asked")
	}
	f.apply(t, step{"m", 0, create})
	f.apply(t, step{"", 9, &schema.Tick{}})
	a := f.apply(t, step{"m", 0, limit("a", "1", schema.SideBuy, 5, 7)})
	if len(told) != 2 || told[1] != a || a.Order.Remaining != 5 {
		t.Errorf("told %+v", told)
	}
	for offset, want := range map[int64]bool{-1: false, 0: true, 1: false, 2: true, 3: false, ringSize: false, ringSize + 2: false} {
		if _, ok := f.b.Answer(offset); ok != want {
			t.Errorf("offset %d: %t", offset, ok)
		}
	}
	if s := f.b.Stats(); s.Commands != 2 || s.Rejected != 0 {
		t.Errorf("%+v", s)
	}
}

// An answer tells the time of the record that decided, also to a repetition and
// behind a restart.
func TestAnswersTellTheTime(t *testing.T) {
	f, store := newTestFold(), map[string][]byte{}
	order, refused := limit("a", "1", schema.SideBuy, 5, 7), limit("a", "2", schema.SideBuy, 0, 7)
	for _, s := range []step{{"m", 0, create}, {"", 9 * second, &schema.Tick{}}, {"m", 9 * second, order}, {"m", 10 * second, refused}} {
		f.apply(t, s)
	}
	f.commit(t, store)
	for range 2 {
		for body, want := range map[*schema.OrderNew]int64{order: 9 * second, refused: 10 * second} {
			if a := f.apply(t, step{"m", 60 * second, body}); a.Time != want || !a.Repeated() {
				t.Errorf("%s: %+v, want time %d", body.ID, a, want)
			}
		}
		if a := f.apply(t, step{"m", 60 * second, limit("a", "1", schema.SideBuy, 6, 7)}); a.Code != schema.RejectIDReused || a.Time != 60*second {
			t.Errorf("another content: %+v", a)
		}
		f = f.restart(t, store)
	}
}

// Queries say what is there, and nothing of what is not.
func TestQueries(t *testing.T) {
	f := newTestFold()
	f.apply(t, step{"m", 0, create})
	f.apply(t, step{"m", 0, limit("a", "1", schema.SideBuy, 5, 7)})
	f.apply(t, step{"m", 0, limit("a", "2", schema.SideBuy, 5, 8)})
	f.apply(t, step{"m", 0, limit("b", "1", schema.SideSell, 2, 8)})
	bids, offers := f.b.Depth("m", -1)
	if len(bids) != 2 || bids[0].Price != schema.Whole(8) || bids[0].Shown != 3 || len(offers) != 0 {
		t.Errorf("depth %+v %+v", bids, offers)
	}
	if o, ok := f.b.Order("m", "a", "2"); !ok || o.Remaining != 3 || o.Filled != 2 {
		t.Errorf("order %+v", o)
	}
	if list := f.b.AccountOrders("m", "a"); len(list) != 2 || list[0].ID != "1" {
		t.Errorf("orders %+v", list)
	}
	for range f.b.Orders("m") {
		break
	}
	if m, ok := f.b.Market("m"); !ok || m.Last != schema.Some(schema.Whole(8)) || m.Open != 2 || m.Orders != 3 {
		t.Errorf("market %+v", m)
	}
	if _, ok := f.b.Ladder("m"); !ok || !slices.Equal(f.b.Keys(), []string{"market/m"}) || f.b.Limits() != DefaultLimits() {
		t.Error("ladder, keys or limits")
	}
	if b, err := f.b.Get("m"); err != nil || !strings.Contains(string(b), `"id":"2"`) {
		t.Errorf("get: %s, %v", b, err)
	}
	_, order := f.b.Order("m", "a", "3")
	_, market := f.b.Market("x")
	_, ladder := f.b.Ladder("x")
	b, _ := f.b.Get("x")
	for range f.b.Orders("x") {
		order = true
	}
	if order || market || ladder || b != nil {
		t.Error("what is not there is shown")
	}
}
