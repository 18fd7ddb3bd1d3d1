package schema_test

import (
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
