package schema_test

import (
	"encoding/json"
	"fmt"

	"github.com/deadheat-io/deadheat/journal/schema"
)

func ExampleParseOdds() {
	odds, err := schema.ParseOdds("2.350")
	fmt.Println(int64(odds), odds, err)
	_, err = schema.ParseOdds("2.3501")
	fmt.Println(err)
	// Output:
	// 2350 2.35 <nil>
	// not a decimal with at most three places
}

func ExampleKind() {
	kind, err := schema.ParseKind("OUTCOME_ODDS_UPDATED")
	fmt.Println(uint16(kind), kind, kind.Entity(), err)
	fmt.Println(schema.Kind(4000), schema.Kind(4000).Known())
	// Output:
	// 47 OUTCOME_ODDS_UPDATED true <nil>
	// KIND_4000 false
}

func ExampleOrderNew_Check() {
	var order schema.OrderNew
	err := json.Unmarshal([]byte(`{"account":"ann","id":"1","side":"back","type":"limit","tif":"gtd","qty":5}`), &order)
	fmt.Println(order.Side, order.Qty, err)
	fmt.Println(order.Check())
	order.Price = schema.Some(schema.Decimal{Units: 235, Places: 2})
	fmt.Println(order.Check())
	// Output:
	// back 5 <nil>
	// price is missing: a limit order needs it
	// expire_at is missing: a gtd order needs it
}
