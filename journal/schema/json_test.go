package schema_test

import (
	"encoding/json"
	"testing"

	"github.com/deadheat-io/deadheat/journal/schema"
)

func TestJSONForms(t *testing.T) {
	event := &schema.SurfacedEvent{EventID: 7, Sport: schema.Some("FOOTBALL"), Participants: []schema.SurfacedParticipant{}}
	offer := &schema.SurfacedOffer{BetOfferID: 8, Outcomes: []schema.SurfacedOutcome{}}
	for _, c := range []struct {
		what any
		want string
	}{
		{schema.Opt[int64]{}, `null`},
		{schema.Some(int64(0)), `0`},
		{schema.Some(""), `""`},
		{schema.JSON(""), `null`},
		{schema.JSON(`{"a":1.50}`), `{"a":1.50}`},
		{schema.FlowReplay, `"replay"`},
		{
			schema.SurfacedItem{Type: schema.SurfacedEventData, Flow: schema.FlowRealtime, Time: 1_500_000_000, Event: event},
			`{"type":"event_data","event_id":7,"competition_name":null,"starts_at":null,"group_id":null,"sport":"FOOTBALL",` +
				`"participants":[],"msg_flow":"realtime","msg_datetime":"1970-01-01T00:00:01.5Z"}`,
		},
		{
			schema.SurfacedItem{Type: schema.SurfacedBetOfferClosed, Flow: schema.FlowSnapshot, Offer: offer},
			`{"type":"bet_offer_closed","event_id":null,"bet_offer_id":8,"criterion_id":null,"criterion_label":null,` +
				`"is_mainline":false,"outcomes":[],"msg_flow":"snapshot","msg_datetime":"1970-01-01T00:00:00Z"}`,
		},
	} {
		if b, err := json.Marshal(c.what); err != nil || string(b) != c.want {
			t.Errorf("%#v\n   is %s, %v\n want %s", c.what, b, err, c.want)
		}
	}
}
