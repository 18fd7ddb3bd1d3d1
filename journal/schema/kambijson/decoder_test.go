package kambijson_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
)

// fataler is a testing.TB or a rapid.T.
type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

// law checks that the message decodes, that encoding is its inverse, and that
// the journal's own form keeps it.
func law(t fataler, d *kambijson.Decoder, message []byte) schema.Body {
	t.Helper()
	body, err := d.Decode(message, schema.FlowRealtime)
	if err != nil {
		t.Fatalf("%s: %v", message, err)
	}
	var out []byte
	switch b := body.(type) {
	case *schema.Message:
		out = kambijson.Append(nil, b)
	case *schema.FeedUnknown:
		out = []byte(b.Message)
	}
	if err := sameJSON(message, out); err != nil {
		t.Fatalf("%s\nencodes as\n%s\n%v", message, out, err)
	}
	again, err := d.Decode(out, schema.FlowRealtime)
	if err != nil || !reflect.DeepEqual(body, again) {
		t.Fatalf("%s\ndecodes as\n%+v\nand, encoded, as\n%+v\n%v", message, body, again, err)
	}
	back, err := codec.DecodeBody(body.RecordKind(), codec.Body(body))
	if err != nil || !reflect.DeepEqual(body, back) {
		t.Fatalf("%s\nis\n%+v\nand, from the journal,\n%+v\n%v", message, body, back, err)
	}
	return body
}

func msg(typ, rest string) []byte {
	return fmt.Appendf(nil, `{"type":%q,"offset":7,%s}`, typ, rest)
}

var kinds = []struct {
	kind    schema.Kind
	payload string
	want    schema.Message
}{
	{schema.KindEventAdded, `"eventAdded":{"event":{"id":1}}`, schema.Message{ID: 1, Event: &schema.Event{ID: 1}}},
	{schema.KindEventUpdated, `"eventUpdated":{"event":{"id":1,"status":"STARTED"}}`,
		schema.Message{ID: 1, Event: &schema.Event{ID: 1, Status: schema.Some("STARTED")}}},
	{schema.KindEventDeleted, `"eventDeleted":{"id":1}`, schema.Message{ID: 1}},
	{schema.KindEventStatus, `"eventStatusUpdated":{"id":1,"status":"STARTED"}`, schema.Message{ID: 1, Status: "STARTED"}},
	{schema.KindEventCashOut, `"eventCashOutStatusUpdated":{"id":1,"cashOutStatus":"ENABLED"}`, schema.Message{ID: 1, Status: "ENABLED"}},
	{schema.KindEventTags, `"eventTagsUpdated":{"id":1,"tags":["MATCH",""]}`, schema.Message{ID: 1, Words: []string{"MATCH", ""}}},
	{schema.KindEventParticipants, `"eventParticipantsUpdated":{"eventId":1,"participants":[{"id":2,"homeParticipant":true},{}]}`,
		schema.Message{ID: 1, Participants: []schema.Participant{{ID: schema.Some(int64(2)), Home: schema.Some(true)}, {}}}},
	{schema.KindEventScore, `"eventScoreUpdated":{"score":{"home":"1","away":"0"},"eventId":1}`,
		schema.Message{ID: 1, Doc: `{"score":{"away":"0","home":"1"}}`}},
	{schema.KindMatchClock, `"matchClockUpdated":{"minute":3,"eventId":1,"a":0}`, schema.Message{ID: 1, Doc: `{"a":0,"minute":3}`}},
	{schema.KindBetOfferAdded, `"betOfferAdded":{"betOffer":{"id":1}}`, schema.Message{ID: 1, Offer: &schema.BetOffer{ID: 1}}},
	{schema.KindBetOfferUpdated, `"betOfferUpdated":{"betOffer":{"id":1,"outcomes":[],"lineType":[]}}`,
		schema.Message{ID: 1, Offer: &schema.BetOffer{ID: 1, Outcomes: []schema.Outcome{}, LineType: []string{}}}},
	{schema.KindBetOfferDeleted, `"betOfferDeleted":{"betOfferId":1,"eventId":5}`, schema.Message{ID: 1, More: `{"eventId":5}`}},
	{schema.KindBetOfferStatus, `"betOfferStatusUpdated":{"id":1,"status":""}`, schema.Message{ID: 1}},
	{schema.KindBetOfferLineTypes, `"betOfferLineTypesUpdated":{"id":1,"lineTypes":[]}`, schema.Message{ID: 1, Words: []string{}}},
	{schema.KindBetOfferCashOut, `"betOfferCashOutStatusUpdated":{"id":1,"cashOutStatus":"DISABLED"}`, schema.Message{ID: 1, Status: "DISABLED"}},
	{schema.KindOutcomeOdds, `"outcomeOddsUpdated":{"betOfferId":1,"outcomeId":2,"odds":[{"offerings":["a","b"],"odds":{"decimal":2.35}}]}`,
		schema.Message{ID: 1, Outcome: 2, Odds: []schema.Price{{Offerings: []string{"a", "b"}, Decimal: schema.Some(schema.Odds(2350))}}}},
	{schema.KindOutcomeStatus, `"outcomeStatusUpdated":{"betOfferId":1,"outcomeId":2,"status":"OPEN"}`,
		schema.Message{ID: 1, Outcome: 2, Status: "OPEN"}},
	{schema.KindOutcomeCashOut, `"outcomeCashoutStatusUpdated":{"betOfferId":1,"outcomeId":2,"cashOutStatus":"ENABLED"}`,
		schema.Message{ID: 1, Outcome: 2, Status: "ENABLED"}},
}

func TestKinds(t *testing.T) {
	d := kambijson.NewDecoder()
	seen := map[schema.Kind]bool{}
	for _, c := range kinds {
		want := c.want
		want.Kind, want.Flow, want.Offset = c.kind, schema.FlowRealtime, 7
		seen[c.kind] = true
		got := law(t, d, msg(c.kind.String(), c.payload))
		if !reflect.DeepEqual(got, &want) {
			t.Errorf("%s\ndecodes as\n%+v\nwant\n%+v", c.payload, got, &want)
		}
		// The payload may come first, and there may be no type.
		want.Type = schema.Some("")
		if got := law(t, d, []byte(`{`+c.payload+`,"offset":7}`)); !reflect.DeepEqual(got, &want) {
			t.Errorf("%s alone\ndecodes as\n%+v\nwant\n%+v", c.payload, got, &want)
		}
		if key := kambijson.Key(&want); string(key) != "1" {
			t.Errorf("%s: key %s", c.kind, key)
		}
	}
	for _, k := range schema.Kinds() {
		if k.Entity() && !seen[k] {
			t.Errorf("no case for %s", k)
		}
	}
}

// TestRefused has everything that is an error, with the reason to journal.
func TestRefused(t *testing.T) {
	added := func(offer string) string { return `"betOfferAdded":{"betOffer":` + offer + `}` }
	for _, c := range []struct{ message, reason string }{
		{``, "message is empty"},
		{`  `, "message is empty"},
		{`{`, "message ends too early"},
		{`[]`, "not an object"},
		{`null`, "not an object"},
		{`{"offset":1} {}`, "more than one value"},
		{`{"offset":1}x`, "not valid JSON"},
		{`{"offset":1,}`, "not valid JSON"},
		{`{"offset":01,"eventDeleted":{"id":1}}`, "not valid JSON"},
		{`{"a":1,"a":2}`, "duplicate member name at /a"},
		{`{"a":1,"\u0061":2}`, "duplicate member name at /a"},
		{`{"offset":1,"eventAdded":{"event":{"id":1,"x":{"y":1,"y":2}}}}`, "duplicate member name at /eventAdded/event/x/y"},
		{`{"a":"\ud800"}`, "not valid JSON at /a"},
		{"{\"a\":\"\xff\"}", "not valid UTF-8 at /a"},
		{`{"type":5,"offset":1}`, "not a text at /type"},
		{`{"type":null,"offset":1,"eventDeleted":{"id":1}}`, "not a text at /type"},
		{`{"eventDeleted":{"id":1}}`, "offset is missing or is not an integer from 1"},
		{`{"eventDeleted":{"id":1},"offset":1.0}`, "offset is missing or is not an integer from 1"},
		{`{"eventDeleted":{"id":1},"offset":-1}`, "offset is missing or is not an integer from 1"},
		{`{"eventDeleted":{"id":1},"offset":1e3}`, "offset is missing or is not an integer from 1"},
		{`{"eventDeleted":{"id":1},"offset":"1"}`, "offset is missing or is not an integer from 1"},
		{`{"eventDeleted":{"id":1},"offset":9223372036854775808}`, "offset is missing or is not an integer from 1"},
		{`{"offset":1,"eventDeleted":{"id":1},"betOfferDeleted":{"betOfferId":1}}`, "a second payload beside eventDeleted at /betOfferDeleted"},
		{`{"offset":1,"eventDeleted":[]}`, "not an object at /eventDeleted"},
		{`{"offset":1,"eventDeleted":{}}`, "id is missing at /eventDeleted"},
		{`{"offset":1,"eventDeleted":{"id":1.5}}`, "not an integer of 64 bits at /eventDeleted/id"},
		{`{"offset":1,"eventDeleted":{"id":"1"}}`, "not an integer at /eventDeleted/id"},
		{`{"offset":1,"eventAdded":{}}`, "event is missing at /eventAdded"},
		{`{"offset":1,"eventAdded":{"event":null}}`, "not an object at /eventAdded/event"},
		{`{"offset":1,"eventAdded":{"event":{}}}`, "id is missing at /eventAdded/event"},
		{`{"offset":1,"eventStatusUpdated":{"id":1}}`, "status is missing at /eventStatusUpdated"},
		{`{"offset":1,"eventStatusUpdated":{"id":1,"status":null}}`, "not a text at /eventStatusUpdated/status"},
		{`{"offset":1,"eventTagsUpdated":{"id":1,"tags":["a",1]}}`, "not a text at /eventTagsUpdated/tags/*"},
		{`{"offset":1,"eventTagsUpdated":{"id":1,"tags":null}}`, "not a list at /eventTagsUpdated/tags"},
		{`{"offset":1,"eventScoreUpdated":{"eventId":1}}`, "nothing beside eventId at /eventScoreUpdated"},
		{`{"offset":1,"eventScoreUpdated":{"score":1}}`, "eventId is missing at /eventScoreUpdated"},
		{`{"offset":1,"eventParticipantsUpdated":{"eventId":1,"participants":[[]]}}`, "not an object at /eventParticipantsUpdated/participants/*"},
		{`{"offset":1,"outcomeOddsUpdated":{"betOfferId":1,"outcomeId":2}}`, "odds is missing at /outcomeOddsUpdated"},
		{`{"offset":1,"outcomeOddsUpdated":{"betOfferId":1,"outcomeId":2,"odds":[1]}}`, "not an object at /outcomeOddsUpdated/odds/*"},
		{`{"offset":1,"outcomeOddsUpdated":{"betOfferId":1,"odds":[]}}`, "outcomeId is missing at /outcomeOddsUpdated"},
		{`{"offset":1,` + added(`{"id":1,"outcomes":[{}]}`) + `}`, "id is missing at /betOfferAdded/betOffer/outcomes/*"},
		{`{"offset":1,` + added(`{"id":1,"outcomes":[{"id":1},{"id":2},{"id":1}]}`) + `}`, "two outcomes with one id at /betOfferAdded/betOffer/outcomes"},
		{`{"offset":1,` + added(`{"id":1,"outcomes":[{"id":1,"odds":[{"offerings":[1]}]}]}`) + `}`,
			"not a text at /betOfferAdded/betOffer/outcomes/*/odds/*/offerings/*"},
		{strings.Repeat(`{"a":`, 33) + `1` + strings.Repeat(`}`, 33), "nested deeper than 32" + " at " + strings.Repeat("/a", 32)},
		{`{"offset":1,"x":` + strings.Repeat(`[`, 1<<20), "nested deeper than 32 at /x" + strings.Repeat("/*", 31)},
		{`{"offset":` + strings.Repeat(`[`, 1<<20), "nested deeper than 32 at /offset" + strings.Repeat("/*", 31)},
		{`{` + strings.Repeat(` `, kambijson.MaxMessage) + `}`, "message is larger than 4 MiB"},
	} {
		shown := c.message[:min(len(c.message), 100)]
		body, err := kambijson.NewDecoder().Decode([]byte(c.message), schema.FlowReplay)
		if err == nil {
			t.Errorf("%s: decodes as %+v", shown, body)
			continue
		}
		if got := kambijson.Reason(err); !strings.HasPrefix(got, c.reason) || len(got) > len(c.reason) && len(c.reason) < 100 {
			t.Errorf("%s: reason %q (%v), want %q", shown, got, err, c.reason)
		}
	}
}

func TestUnknown(t *testing.T) {
	d := kambijson.NewDecoder()
	for _, c := range []struct {
		message, want string
		offset        schema.Opt[int64]
	}{
		{`{}`, `{}`, schema.Opt[int64]{}},
		{` { "type":"X", "offset": 5, "b":[1, 2.50], "a":{} } `, `{"a":{},"b":[1,2.50],"offset":5,"type":"X"}`, schema.Some(int64(5))},
		{`{"offset":-5}`, `{"offset":-5}`, schema.Opt[int64]{}},
		{`{"offset":"5"}`, `{"offset":"5"}`, schema.Opt[int64]{}},
		{`{"offset":[{}]}`, `{"offset":[{}]}`, schema.Opt[int64]{}},
		{`{"type":"EVENT_ADDED"}`, `{"type":"EVENT_ADDED"}`, schema.Opt[int64]{}},
	} {
		got := law(t, d, []byte(c.message))
		want := &schema.FeedUnknown{Flow: schema.FlowRealtime, Offset: c.offset, Message: schema.JSON(c.want)}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s\ndecodes as\n%+v\nwant\n%+v", c.message, got, want)
		}
	}
}
