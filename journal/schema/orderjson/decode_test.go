package orderjson_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/orderjson"
)

func some[T any](v T) schema.Opt[T] { return schema.Some(v) }

func price(text string) schema.Opt[schema.Decimal] {
	d, err := schema.ParseDecimal(text)
	if err != nil {
		panic(err)
	}
	return some(d)
}

// lines are commands of every op, as clients write them and as they are written back.
var lines = []struct {
	in, out string // out is "" where it is in
	market  string
	body    schema.Command
}{
	{
		`{"op":"new","market":"ACME","account":"a1","id":"c1","side":"buy","type":"limit","tif":"gtc","price":"101.25","qty":100}`, "", "ACME",
		&schema.OrderNew{Account: "a1", ID: "c1", Side: schema.SideBuy, Type: schema.OrderLimit, TIF: schema.GTC, Price: price("101.25"), Qty: 100},
	},
	{
		"\t{ \"qty\" : 7 , \"type\":\"market\",\"side\":\"sell_short\",\"id\":\"c\\u0031\",\"account\":\"\\u00e9\",\n\"mark\\u0065t\":\"ACME\",\"op\":\"new\"}\r\n",
		`{"op":"new","market":"ACME","account":"é","id":"c1","side":"sell_short","type":"market","tif":"ioc","qty":7}`, "ACME",
		&schema.OrderNew{Account: "é", ID: "c1", Side: schema.SideSellShort, Type: schema.OrderMarket, TIF: schema.IOC, Qty: 7},
	},
	{
		`{"op":"new","market":"final","account":"a","id":"o","side":"lay","type":"stop_limit","tif":"gtd","price":"2.50","qty":9223372036854775807,` +
			`"stop_price":"2.60","display_qty":1,"expire_at":"2026-01-02T15:04:05.000000001Z","stp":"cancel_both","sent_at":"1970-01-01T00:00:01Z"}`, "", "final",
		&schema.OrderNew{
			Account: "a", ID: "o", Side: schema.SideLay, Type: schema.OrderStopLimit, TIF: schema.GTD, Price: price("2.50"), Qty: 1<<63 - 1,
			StopPrice: price("2.60"), DisplayQty: some[int64](1), ExpireAt: some[schema.Time](1767366245000000001),
			STP: schema.STPCancelBoth, SentAt: some[schema.Time](1e9),
		},
	},
	{
		`{"op":"new","market":"m","account":"a","id":"o","side":"back","type":"limit","price":"3","qty":1,"post_only":true,"stp":"off"}`,
		`{"op":"new","market":"m","account":"a","id":"o","side":"back","type":"limit","tif":"gtc","price":"3","qty":1,"post_only":true}`, "m",
		&schema.OrderNew{Account: "a", ID: "o", Side: schema.SideBack, Type: schema.OrderLimit, TIF: schema.GTC, Price: price("3"), Qty: 1, PostOnly: true},
	},
	{
		`{"op":"market","market":"ACME","action":"create","kind":"shares","tick":"0.01","lot":1}`, "", "ACME",
		&schema.Market{Action: schema.MarketCreate, Kind: some(schema.SharesMarket), Tick: price("0.01"), Lot: some[int64](1)},
	},
	{
		`{"op":"market","market":"final","action":"create","kind":"odds","ladder":["1.5","2","2.25"],"low":"1.5","high":"2","reason":"kick-off","cmd":"x"}`, "", "final",
		&schema.Market{
			Action: schema.MarketCreate, Kind: some(schema.OddsMarket), Ladder: []schema.Decimal{price("1.5").V, price("2").V, price("2.25").V},
			Low: price("1.5"), High: price("2"), Reason: some("kick-off"), Cmd: some("x"),
		},
	},
	{`{"op":"market","market":"ACME","action":"end_day"}`, "", "ACME", &schema.Market{Action: schema.MarketEndDay}},
	{`{"op":"cancel","market":"ACME","account":"a1","id":"c1"}`, "", "ACME", &schema.OrderCancel{Account: "a1", ID: "c1"}},
	{
		`{"op":"cancel","market":"ACME","account":"a1","id":"c1","cmd":"k","sent_at":"1970-01-01T00:00:01Z"}`, "", "ACME",
		&schema.OrderCancel{Account: "a1", ID: "c1", Cmd: some("k"), SentAt: some[schema.Time](1e9)},
	},
	{
		`{"op":"replace","market":"ACME","account":"a1","id":"c1","price":"101.30","qty":50,"stop_price":"1","display_qty":0,` +
			`"expire_at":"1970-01-01T00:00:02Z","cmd":"k","sent_at":"1970-01-01T00:00:01Z"}`, "", "ACME",
		&schema.OrderReplace{
			Account: "a1", ID: "c1", Price: price("101.30"), Qty: some[int64](50), StopPrice: price("1"), DisplayQty: some[int64](0),
			ExpireAt: some[schema.Time](2e9), Cmd: some("k"), SentAt: some[schema.Time](1e9),
		},
	},
	{`{"op":"mass_cancel","account":"a1"}`, "", "", &schema.MassCancel{Account: some("a1")}},
	{`{"op":"mass_cancel","market":"ACME"}`, "", "ACME", &schema.MassCancel{}},
	{`{"op":"mass_cancel","all":true,"cmd":"k","sent_at":"1970-01-01T00:00:01Z"}`, "", "", &schema.MassCancel{Cmd: some("k"), SentAt: some[schema.Time](1e9)}},
	{`{"op":"kill","account":"a1"}`, "", "", &schema.Kill{Account: some("a1")}},
	{
		`{"op":"kill","market":"ACME","account":"a1","all":false,"release":true,"reason":"done","cmd":"k","sent_at":"1970-01-01T00:00:01Z"}`,
		`{"op":"kill","market":"ACME","account":"a1","release":true,"reason":"done","cmd":"k","sent_at":"1970-01-01T00:00:01Z"}`, "ACME",
		&schema.Kill{Account: some("a1"), Release: true, Reason: some("done"), Cmd: some("k"), SentAt: some[schema.Time](1e9)},
	},
	{`{"op":"kill","all":true}`, "", "", &schema.Kill{}},
	{
		`{"op":"limits","account_orders":1,"market_orders":2,"max_qty":3,"min_price":"0.5","max_price":"4","window":5,"markets":6,"cmd":"k"}`, "", "",
		&schema.BookLimits{
			AccountOrders: some[int64](1), MarketOrders: some[int64](2), MaxQty: some[int64](3), MinPrice: price("0.5"), MaxPrice: price("4"),
			Window: some[int64](5), Markets: some[int64](6), Cmd: some("k"),
		},
	},
	{`{"op":"limits","market":"ACME","max_qty":3}`, "", "ACME", &schema.BookLimits{MaxQty: some[int64](3)}},
}

func TestDecode(t *testing.T) {
	for _, l := range lines {
		c, err := orderjson.Decode([]byte(l.in), orderjson.Options{})
		if err != nil {
			t.Errorf("%s\n  is refused: %v", l.in, err)
			continue
		}
		if c.Market != l.market || !reflect.DeepEqual(c.Body, l.body) || c.Time.OK || c.Op != orderjson.OpOf(l.body.RecordKind()) {
			t.Errorf("%s\n  is %+v of %+v\nwant %+v", l.in, c, c.Body, l.body)
		}
		want := l.out
		if want == "" {
			want = l.in
		}
		if got := string(orderjson.AppendCommand(nil, c)); got != want {
			t.Errorf("it is written\n     %s\nwant %s", got, want)
		}
	}
}

// TestLongLine has texts that are not cut out of the line.
func TestLongLine(t *testing.T) {
	line := []byte(`{"op":"cancel",` + strings.Repeat(" ", orderjson.MaxLine-80) + `"market":"ACME","account":"a1","id":"c1"}`)
	c, err := orderjson.Decode(line, orderjson.Options{})
	clear(line)
	if want := (&schema.OrderCancel{Account: "a1", ID: "c1"}); err != nil || c.Market != "ACME" || !reflect.DeepEqual(c.Body, want) {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestTime(t *testing.T) {
	const line = `{"op":"mass_cancel","account":"a1","time":"2026-01-02T17:04:05+02:00"}`
	c, err := orderjson.Decode([]byte(line), orderjson.Options{Time: true})
	if err != nil || c.Time != some[schema.Time](1767366245000000000) {
		t.Errorf("%+v, %v", c, err)
	}
	if got := string(orderjson.AppendCommand(nil, c)); got != `{"op":"mass_cancel","account":"a1","time":"2026-01-02T15:04:05Z"}` {
		t.Error(got)
	}
	refused(t, line, "unknown_field", "time")
	for _, bad := range []string{"1970-01-01T00:00:00Z", "1969-01-01T00:00:00Z", "2300-01-01T00:00:00Z", "2026-01-02", "2026-01-02T7:04:05Z", "2026-01-02T17:04:05,5Z", ""} {
		_, err := orderjson.Decode([]byte(`{"op":"mass_cancel","account":"a1","time":"`+bad+`"}`), orderjson.Options{Time: true})
		checkError(t, bad, err, "bad_value", "time")
	}
}

func refused(t *testing.T, line, code, field string) {
	t.Helper()
	_, err := orderjson.Decode([]byte(line), orderjson.Options{})
	checkError(t, line, err, code, field)
}

func checkError(t *testing.T, line string, err error, code, field string) {
	t.Helper()
	var e *orderjson.Error
	if !errors.As(err, &e) {
		t.Errorf("%.200q: %v, want %s of %q", line, err, code, field)
		return
	}
	if e.Code != code || e.Field != field {
		t.Errorf("%.200q\n  is %s of %q (%s)\nwant %s of %q", line, e.Code, e.Field, e.Text, code, field)
	}
	if e.Text == "" || len(e.Text) > 320 || field != "" && !strings.Contains(e.Text, field) {
		t.Errorf("%.200q: the text is %q", line, e.Text)
	}
}
