package orderjson_test

import (
	"errors"
	"fmt"
	"os"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/orderjson"
)

// A line is one command, or an error that names the field.
func Example() {
	for _, line := range []string{
		`{"op":"new","market":"ACME","account":"a1","id":"c1","side":"buy","type":"limit","price":"101.25","qty":100}`,
		`{"op":"new","market":"ACME","account":"a1","id":"c2","side":"buy","type":"limit","prise":"101.25","qty":100}`,
	} {
		c, err := orderjson.Decode([]byte(line), orderjson.Options{})
		if e := (*orderjson.Error)(nil); errors.As(err, &e) {
			fmt.Println(e.Code, e.Field)
			continue
		}
		fmt.Println(string(orderjson.AppendCommand(nil, c)))
	}
	// Output:
	// {"op":"new","market":"ACME","account":"a1","id":"c1","side":"buy","type":"limit","tif":"gtc","price":"101.25","qty":100}
	// unknown_field prise
}

func ExampleAppendExecutions() {
	tick, _ := schema.ParseDecimal("101.25")
	out := schema.Executions{Cause: 17, Items: []schema.Execution{{
		Type: schema.ExecTrade, Price: schema.Some(tick), Qty: 40,
		Order: schema.OrderState{Account: "a1", ID: "c1", Remaining: 60}, Maker: schema.OrderState{Account: "a2", ID: "c9"},
	}}}
	os.Stdout.Write(orderjson.AppendExecutions(nil, "orders", 0, 0, "ACME", &out))
	// Output:
	// {"exec":"trade","market":"ACME","price":"101.25","qty":40,"maker":{"account":"a2","id":"c9","leaves":0},"taker":{"account":"a1","id":"c1","leaves":60},"at":{"topic":"orders","partition":0,"offset":17,"n":0}}
}
