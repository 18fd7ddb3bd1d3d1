package schema_test

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// TestCommandJSON has the forms that clients send and people read.
func TestCommandJSON(t *testing.T) {
	at := schema.Some(schema.Time(1_500_000_000))
	for want, body := range map[string]schema.Body{
		`{"account":"a","id":"o","side":"buy","type":"limit","tif":"gtc","qty":5,"price":"100"}`: limit(),
		`{"account":"a","id":"o","side":"lay","type":"stop_limit","tif":"gtd","qty":5,"price":"2.35","stop_price":"2.40","display_qty":1,` +
			`"expire_at":"1970-01-01T00:00:01.5Z","post_only":true,"stp":"cancel_both","sent_at":"1970-01-01T00:00:01.5Z"}`: &schema.OrderNew{
			Account: "a", ID: "o", Side: schema.SideLay, Type: schema.OrderStopLimit, TIF: schema.GTD, Qty: 5, Price: dec("2.35"),
			StopPrice: dec("2.40"), DisplayQty: some(1), ExpireAt: at, PostOnly: true, STP: schema.STPCancelBoth, SentAt: at,
		},
		`{"account":"a","id":"o","cmd":"c"}`: &schema.OrderCancel{Account: "a", ID: "o", Cmd: schema.Some("c")},
		`{"account":"a","id":"o","qty":0}`:   &schema.OrderReplace{Account: "a", ID: "o", Qty: some(0)},
		`{}`:                                 &schema.MassCancel{},
		`{"account":""}`:                     &schema.MassCancel{Account: schema.Some("")},
		`{"action":"create","kind":"odds","ladder":[]}`: &schema.Market{Action: schema.MarketCreate, Kind: schema.Some(schema.OddsMarket), Ladder: []schema.Decimal{}},
		`{"action":"halt","cause":{"topic":"surfaced.demo","partition":0,"offset":7,"part":1},"reason":"suspended"}`: &schema.Market{
			Action: schema.MarketHalt, Cause: schema.Some(schema.Cause{Topic: "surfaced.demo", Offset: 7, Part: 1}), Reason: schema.Some("suspended"),
		},
		`{"action":"create","kind":"shares","tick":"0.05","lot":100,"low":"0.50","high":"101"}`: &schema.Market{
			Action: schema.MarketCreate, Kind: schema.Some(schema.SharesMarket), Tick: dec("0.05"), Lot: some(100), Low: dec("0.50"), High: dec("101"),
		},
		`{"account":"a","release":true,"cmd":"c","reason":"found it"}`: &schema.Kill{
			Account: schema.Some("a"), Release: true, Cmd: schema.Some("c"), Reason: schema.Some("found it"),
		},
		`{"account_orders":10,"window":1000}`: &schema.BookLimits{AccountOrders: some(10), Window: some(1000)},
	} {
		b, err := json.Marshal(body)
		if err != nil || string(b) != want {
			t.Errorf("%T\n   is %s, %v\n want %s", body, b, err, want)
		}
		back := reflect.New(reflect.TypeOf(body).Elem())
		if err := json.Unmarshal(b, back.Interface()); err != nil || !reflect.DeepEqual(back.Interface(), body) {
			t.Errorf("%s reads as %+v, %v", b, back, err)
		}
	}
}

func TestExecutionJSON(t *testing.T) {
	order := schema.OrderState{Account: "a", ID: "o", Number: 7, Side: schema.SideSell, Remaining: 2, Filled: 3}
	for want, e := range map[string]schema.Execution{
		`{"type":"accepted","seq":1,"account":"a","id":"o","order":7,"side":"sell","qty":5,"remaining":2,"filled":3}`: {
			Type: schema.ExecAccepted, Seq: 1, Qty: 5, Order: order,
		},
		`{"type":"rejected","seq":0,"command":"MARKET","cmd":"c","code":"market_exists"}`: {
			Type: schema.ExecRejected, Command: schema.KindMarket, Cmd: schema.Some("c"), Code: schema.RejectMarketExists,
		},
		`{"type":"trade","seq":1,"price":"0.0","qty":3,"taker":{"account":"a","id":"o","order":7,"side":"sell","remaining":2,"filled":3},` +
			`"maker":{"account":"b","id":"","order":0,"side":"buy","remaining":0,"filled":0}}`: {
			Type: schema.ExecTrade, Seq: 1, Price: dec("0.0"), Qty: 3, Order: order, Maker: schema.OrderState{Account: "b", Side: schema.SideBuy},
		},
		`{"type":"cancelled","seq":1,"account":"a","id":"o","order":7,"side":"sell","price":"9","qty":1,"remaining":2,"filled":3,"reason":"close"}`: {
			Type: schema.ExecCancelled, Seq: 1, Price: dec("9"), Qty: 1, Order: order, Reason: schema.EndClose,
		},
		`{"type":"replaced","seq":1,"account":"a","id":"o","order":7,"side":"sell","qty":5,"remaining":2,"filled":3,"kept_priority":false,"cmd":"c"}`: {
			Type: schema.ExecReplaced, Seq: 1, Qty: 5, Order: order, Cmd: schema.Some("c"),
		},
	} {
		if b, err := json.Marshal(e); err != nil || string(b) != want {
			t.Errorf("%+v\n   is %s, %v\n want %s", e, b, err, want)
		}
	}
}

func TestNullIsAbsent(t *testing.T) {
	o := schema.OrderNew{Price: dec("1"), STP: schema.STPCancelBoth}
	if err := json.Unmarshal([]byte(`{"price":null,"sent_at":null}`), &o); err != nil || o.Price != (schema.Opt[schema.Decimal]{}) || o.SentAt.OK {
		t.Errorf("%+v, %v", o, err)
	}
	for _, bad := range []string{`{"price":1}`, `{"price":1.5}`, `{"price":"-1"}`, `{"price":"1e3"}`, `{"price":"01"}`, `{"price":"1000000000000000000"}`, `{"side":1}`, `{"side":"hold"}`, `{"expire_at":5}`} {
		if err := json.Unmarshal([]byte(bad), new(schema.OrderNew)); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
}

// TestTime has every time that the journal can hold come back from its text.
func TestTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		was := schema.Time(rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, -1, math.MaxInt64, math.MinInt64})).Draw(t, "ns"))
		text, _ := was.MarshalText()
		var back schema.Time
		if err := back.UnmarshalText(text); err != nil || back != was {
			t.Fatalf("%d prints as %s and reads as %d, %v", int64(was), text, int64(back), err)
		}
	})
	var at schema.Time
	if err := at.UnmarshalText([]byte("2026-01-02T15:04:05+02:00")); err != nil || at.String() != "2026-01-02T13:04:05Z" {
		t.Error(at, err)
	}
	for _, bad := range []string{"", "5", "2026-01-02", "9999-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "2262-04-11T23:47:16.854775808Z"} {
		if err := at.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q reads as %s", bad, time.Unix(0, int64(at)))
		}
	}
}
