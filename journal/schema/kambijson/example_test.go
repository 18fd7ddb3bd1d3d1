package kambijson_test

import (
	"fmt"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
)

func Example() {
	d := kambijson.NewDecoder()
	body, err := d.Decode([]byte(`{ "type": "OUTCOME_ODDS_UPDATED", "offset": 42, "outcomeOddsUpdated": {
		"outcomeId": 4262869515, "betOfferId": 2669810324, "trace": {"id": "x1", "hop": 2},
		"odds": [{"offerings": ["main", "north"], "odds": {"decimal": 2.35}}] } }`), schema.FlowRealtime)
	if err != nil {
		fmt.Println(kambijson.Reason(err))
		return
	}
	m := body.(*schema.Message)
	fmt.Println(m.Kind, m.Offset, m.Odds[0].Decimal.V, m.More)
	fmt.Printf("%s\n", kambijson.Append(nil, m))

	_, err = d.Decode([]byte(`{"offset":43,"outcomeOddsUpdated":{"betOfferId":2669810324,"outcomeId":"4262869515","odds":[]}}`), schema.FlowRealtime)
	fmt.Println(kambijson.Reason(err))
	// Output:
	// OUTCOME_ODDS_UPDATED 42 2.35 {"trace":{"hop":2,"id":"x1"}}
	// {"type":"OUTCOME_ODDS_UPDATED","offset":42,"outcomeOddsUpdated":{"betOfferId":2669810324,"odds":[{"odds":{"decimal":2.35},"offerings":["main","north"]}],"outcomeId":4262869515,"trace":{"hop":2,"id":"x1"}}}
	// not an integer at /outcomeOddsUpdated/outcomeId
}
