package kambijson_test

import (
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
)

func decode(t *testing.T, message string) *schema.Message {
	t.Helper()
	m, ok := law(t, kambijson.NewDecoder(), []byte(message)).(*schema.Message)
	if !ok {
		t.Fatalf("%s is not an entity message", message)
	}
	return m
}

func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestEnvelope(t *testing.T) {
	for _, c := range []struct {
		message, typ, rest string
		has                bool
	}{
		{`{"type":"EVENT_DELETED","offset":1,"eventDeleted":{"id":1}}`, "", "", false},
		{`{"type":"DELETED","offset":1,"eventDeleted":{"id":1}}`, "DELETED", "", true},
		{`{"offset":1,"eventDeleted":{"id":1}}`, "", "", true},
		{`{"type":"","offset":1,"eventDeleted":{"id":1}}`, "", `{"type":""}`, true},
		{`{"z":1,"type":"","offset":1,"a":[],"eventDeleted":{"id":1}}`, "", `{"a":[],"type":"","z":1}`, true},
		{`{"\u0074ype":"EVENT_DELETED","off\u0073et":1,"\u0065ventDeleted":{"\u0069d":1}}`, "", "", false},
	} {
		m := decode(t, c.message)
		want(t, c.message, m.Type, schema.Opt[string]{V: c.typ, OK: c.has})
		want(t, c.message, m.Rest, schema.JSON(c.rest))
	}
}

// TestOddEvent has a value of the wrong shape under every known name.
func TestOddEvent(t *testing.T) {
	m := decode(t, `{"offset":1,"eventAdded":{"extra":{"b":1,"a":2},"event":{"tags":"x","id":1,"status":null,
		"cashOutStatus":1,"participants":{},"score":null,"matchClock":[2,1],"name":"n","sport":{},"startsAt":[1],
		"group":[],"competitionName":7,"zz":1.50,"aa":"\u00e9\/"}}}`)
	want(t, "more", m.More, `{"extra":{"a":2,"b":1}}`)
	e := m.Event
	want(t, "score", e.Score, "null")
	want(t, "clock", e.Clock, "[2,1]")
	want(t, "rest", e.Terms.Rest, `{"aa":"é/","cashOutStatus":1,"competitionName":7,"group":[],"name":"n","participants":{},`+
		`"sport":{},"startsAt":[1],"status":null,"tags":"x","zz":1.50}`)
	m = decode(t, `{"offset":1,"eventAdded":{"event":{"id":1,"name":{},"group":{"id":1.0,"name":{"defaultTranslation":1,"sv":"s"},"x":0},
		"competitionName":{"defaultTranslation":"d","sv":"s"},"participants":[{"id":"1","name":null,"type":2,"homeParticipant":"yes"},
		{"homeParticipant":false,"id":9223372036854775808}]}}}`)
	e = m.Event
	want(t, "name", e.Terms.Name, schema.Some(schema.Text{}))
	want(t, "group", e.Terms.Group, schema.Some(schema.Named{
		Name: schema.Some(schema.Text{Rest: `{"defaultTranslation":1,"sv":"s"}`}), Rest: `{"id":1.0,"x":0}`,
	}))
	want(t, "competition", e.Terms.CompetitionName, schema.Some(schema.Text{Default: schema.Some("d"), Rest: `{"sv":"s"}`}))
	want(t, "participant", e.Participants[0], schema.Participant{Rest: `{"homeParticipant":"yes","id":"1","name":null,"type":2}`})
	want(t, "participant", e.Participants[1], schema.Participant{Home: schema.Some(false), Rest: `{"id":9223372036854775808}`})
}

func TestOddOffer(t *testing.T) {
	m := decode(t, `{"offset":1,"betOfferUpdated":{"betOffer":{"id":-1,"eventId":null,"status":1,"cashOutStatus":{},"lineType":"MAIN",
		"betOfferType":{},"criterion":{"id":1e3,"label":"l","lifetime":null,"occurrenceType":[],"order":[0]},"tags":{},"closesAt":0,
		"outcomes":[{"id":1,"betOfferId":"x","label":[],"type":0,"status":[],"cashOutStatus":true,"odds":null,"line":0.5,
		"participantId":1e2,"eventParticipantId":{}}]}}}`)
	o := m.Offer
	want(t, "rest", o.Terms.Rest, `{"cashOutStatus":{},"closesAt":0,"eventId":null,"lineType":"MAIN","status":1,"tags":{}}`)
	want(t, "type", o.Terms.Type, schema.Some(schema.Named{}))
	want(t, "criterion", o.Terms.Criterion, schema.Some(schema.Criterion{
		Rest: `{"id":1e3,"label":"l","lifetime":null,"occurrenceType":[],"order":[0]}`,
	}))
	want(t, "outcome", o.Outcomes[0].Terms, schema.OutcomeTerms{Rest: `{"betOfferId":"x","cashOutStatus":true,"eventParticipantId":{},` +
		`"label":[],"line":0.5,"odds":null,"participantId":1e2,"status":[],"type":0}`})
	want(t, "odds", o.Outcomes[0].Odds == nil, true)
	// An export must not give an outcome odds twice.
	out := string(kambijson.AppendOffer(nil, o, true))
	want(t, out, strings.Count(out, `"odds":null`)*2-strings.Count(out, `"odds"`), 1)
	m = decode(t, `{"offset":1,"betOfferUpdated":{"betOffer":{"id":1,"outcomes":{}}}}`)
	want(t, "outcomes", m.Offer.Outcomes == nil, true)
	want(t, "rest", m.Offer.Terms.Rest, `{"outcomes":{}}`)
}

func TestEmptyOdds(t *testing.T) {
	o := &schema.BetOffer{ID: 1, Outcomes: []schema.Outcome{{ID: 2}, {ID: 3, Odds: []schema.Price{}}}}
	want(t, "wire", string(kambijson.AppendOffer(nil, o, false)), `{"id":1,"outcomes":[{"id":2},{"id":3,"odds":[]}]}`)
	want(t, "export", string(kambijson.AppendOffer(nil, o, true)), `{"id":1,"outcomes":[{"id":2,"odds":[]},{"id":3,"odds":[]}]}`)
	want(t, "left alone", o.Outcomes[0].Odds == nil, true)
}

func TestOddPrices(t *testing.T) {
	for _, c := range []struct {
		price, oddsRest, rest string
		decimal               schema.Opt[schema.Odds]
		offerings             int // -1 for none
	}{
		{`{}`, "", "", schema.Opt[schema.Odds]{}, -1},
		{`{"offerings":[]}`, "", "", schema.Opt[schema.Odds]{}, 0},
		{`{"odds":{}}`, "{}", "", schema.Opt[schema.Odds]{}, -1},
		{`{"odds":{"decimal":2}}`, "", "", schema.Some(schema.Odds(2000)), -1},
		{`{"odds":{"decimal":-1.0}}`, "", "", schema.Some(schema.Odds(-1000)), -1},
		{`{"odds":{"decimal":-0}}`, "", "", schema.Some(schema.Odds(0)), -1},
		{`{"odds":{"decimal":2.50000}}`, "", "", schema.Some(schema.Odds(2500)), -1},
		{`{"odds":{"decimal":2.3456}}`, `{"decimal":2.3456}`, "", schema.Opt[schema.Odds]{}, -1},
		{`{"odds":{"decimal":2e0}}`, `{"decimal":2e0}`, "", schema.Opt[schema.Odds]{}, -1},
		{`{"odds":{"decimal":1e999999999}}`, `{"decimal":1e999999999}`, "", schema.Opt[schema.Odds]{}, -1},
		{`{"odds":{"decimal":1234567890123456}}`, `{"decimal":1234567890123456}`, "", schema.Opt[schema.Odds]{}, -1},
		{`{"odds":{"decimal":null}}`, `{"decimal":null}`, "", schema.Opt[schema.Odds]{}, -1},
		{`{"odds":{"fractional":"5/2","decimal":3.5,"american":250}}`, `{"american":250,"fractional":"5/2"}`, "", schema.Some(schema.Odds(3500)), -1},
		{`{"odds":null,"offerings":"all","until":1}`, "", `{"odds":null,"offerings":"all","until":1}`, schema.Opt[schema.Odds]{}, -1},
		{`{"odds":[],"offerings":["x"]}`, "", `{"odds":[]}`, schema.Opt[schema.Odds]{}, 1},
	} {
		m := decode(t, `{"offset":1,"outcomeOddsUpdated":{"betOfferId":1,"outcomeId":2,"odds":[`+c.price+`]}}`)
		p := m.Odds[0]
		want(t, c.price, p.Decimal, c.decimal)
		want(t, c.price, p.OddsRest, schema.JSON(c.oddsRest))
		want(t, c.price, p.Rest, schema.JSON(c.rest))
		got := len(p.Offerings)
		if p.Offerings == nil {
			got = -1
		}
		want(t, c.price, got, c.offerings)
	}
}
