package orderjson_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/orderjson"
)

// TestExecutions has every type, with and without what it may lack.
func TestExecutions(t *testing.T) {
	o := schema.OrderState{Account: "a1", ID: `c"1`, Number: 9, Side: schema.SideSell, Remaining: 60, Filled: 40}
	m := schema.OrderState{Account: "a2", ID: "c9", Number: 3, Side: schema.SideBuy, Filled: 100}
	p := price("101.50")
	golden := []struct {
		e    schema.Execution
		want string
	}{
		{schema.Execution{Type: schema.ExecAccepted, Seq: 1, Price: p, Qty: 100, Order: o}, `"exec":"accepted","market":"ACME","account":"a1","id":"c\"1","side":"sell","price":"101.50","qty":100,"leaves":60,"filled":40`},
		{schema.Execution{Type: schema.ExecAccepted, Seq: 1, Qty: 100, Order: m}, `"exec":"accepted","market":"ACME","account":"a2","id":"c9","side":"buy","qty":100,"leaves":0,"filled":100`},
		{schema.Execution{Type: schema.ExecRejected, Command: schema.KindOrderNew, Code: schema.RejectOffTick, Order: schema.OrderState{Account: "a1", ID: "c1"}}, `"exec":"rejected","market":"ACME","command":"new","account":"a1","id":"c1","code":"off_tick"`},
		{schema.Execution{Type: schema.ExecRejected, Command: schema.KindMarket, Code: schema.RejectMarketExists, Cmd: some("k")}, `"exec":"rejected","market":"ACME","command":"market","cmd":"k","code":"market_exists"`},
		{schema.Execution{Type: schema.ExecTrade, Seq: 2, Price: p, Qty: 40, Order: o, Maker: m}, `"exec":"trade","market":"ACME","price":"101.50","qty":40,"maker":{"account":"a2","id":"c9","leaves":0},"taker":{"account":"a1","id":"c\"1","leaves":60}`},
		{schema.Execution{Type: schema.ExecCancelled, Seq: 3, Price: p, Qty: 60, Order: o, Reason: schema.EndRequested, Cmd: some("k")}, `"exec":"cancelled","market":"ACME","account":"a1","id":"c\"1","side":"sell","price":"101.50","qty":60,"leaves":60,"filled":40,"reason":"requested","cmd":"k"`},
		{schema.Execution{Type: schema.ExecReplaced, Seq: 4, Price: p, Qty: 100, Order: o}, `"exec":"replaced","market":"ACME","account":"a1","id":"c\"1","side":"sell","price":"101.50","qty":100,"leaves":60,"filled":40,"kept_priority":false`},
		{schema.Execution{Type: schema.ExecReplaced, Seq: 4, Qty: 100, Order: o, Kept: true, Cmd: some("k")}, `"exec":"replaced","market":"ACME","account":"a1","id":"c\"1","side":"sell","qty":100,"leaves":60,"filled":40,"kept_priority":true,"cmd":"k"`},
		{schema.Execution{Type: schema.ExecExpired, Seq: 5, Price: p, Qty: 60, Order: o, Reason: schema.EndDeadline}, `"exec":"expired","market":"ACME","account":"a1","id":"c\"1","side":"sell","price":"101.50","qty":60,"leaves":60,"filled":40,"reason":"deadline"`},
		{schema.Execution{Type: schema.ExecTriggered, Seq: 6, Price: p, Qty: 100, Order: o}, `"exec":"triggered","market":"ACME","account":"a1","id":"c\"1","side":"sell","price":"101.50","qty":100,"leaves":60,"filled":40`},
	}
	out := schema.Executions{Cause: 17, First: 1000}
	types := map[schema.ExecutionType]bool{}
	for _, g := range golden {
		out.Items = append(out.Items, g.e)
		types[g.e.Type] = true
	}
	for e := schema.ExecutionType(1); e.Known(); e++ {
		if !types[e] {
			t.Errorf("%s has no golden line", e)
		}
	}
	timed := strings.Split(strings.TrimSuffix(string(orderjson.AppendExecutions(nil, "orders", 3, 1500000000, "ACME", &out)), "\n"), "\n")
	bare := strings.Split(strings.TrimSuffix(string(orderjson.AppendExecutions([]byte("x"), "orders", 3, 0, "ACME", &out)), "\n"), "\n")
	for i, g := range golden {
		at := `,"at":{"topic":"orders","partition":3,"offset":17,"n":` + string([]byte{'1', '0', '0', byte('0' + i)}) + `}`
		if want := "{" + g.want + at + `,"time":"1970-01-01T00:00:01.5Z"}`; timed[i] != want {
			t.Errorf("line %d is\n     %s\nwant %s", i, timed[i], want)
		}
		if want := "{" + g.want + at + "}"; strings.TrimPrefix(bare[i], "x") != want {
			t.Errorf("line %d without a time is\n     %s\nwant %s", i, bare[i], want)
		}
		if !json.Valid([]byte(timed[i])) {
			t.Errorf("%s is no JSON", timed[i])
		}
	}
	if len(timed) != len(golden) || len(bare) != len(golden) {
		t.Errorf("%d and %d lines of %d executions", len(timed), len(bare), len(golden))
	}
}
