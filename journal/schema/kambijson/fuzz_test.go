package kambijson_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
)

// full has every known member.
const full = `{"offset":1,"betOfferAdded":{"betOffer":{"id":1,"eventId":2,"status":"OPEN","cashOutStatus":"ENABLED",` +
	`"betOfferType":{"id":6,"name":{"defaultTranslation":"Over/Under"}},"criterion":{"id":3,"label":{"defaultTranslation":"Total"},` +
	`"lifetime":"FULL_TIME","occurrenceType":"GOALS"},"lineType":["MAIN_LINE"],"tags":["OFFERED_LIVE"],"closesAt":"2026-07-23T22:30:00Z",` +
	`"outcomes":[{"id":4,"betOfferId":1,"label":{"defaultTranslation":"Over"},"type":"OT_OVER","status":"OPEN","cashOutStatus":"ENABLED",` +
	`"odds":[{"offerings":["a","b"],"odds":{"decimal":1.95}}],"line":2500,"participantId":5,"eventParticipantId":6}]}},"type":"BET_OFFER_ADDED"}`

const fullEvent = `{"type":"EVENT_UPDATED","offset":2,"eventUpdated":{"event":{"id":1,"status":"STARTED","cashOutStatus":"ENABLED",` +
	`"tags":["MATCH"],"participants":[{"id":2,"name":{"defaultTranslation":"A"},"type":"TEAM","homeParticipant":true}],` +
	`"score":{"home":"1","away":"0","version":3},"matchClock":{"minute":4},"name":{"defaultTranslation":"A - B"},"sport":"FOOTBALL",` +
	`"startsAt":"2026-07-23T22:30:00Z","group":{"id":5,"name":{"defaultTranslation":"MLS"}},"competitionName":{"defaultTranslation":"MLS"}}}}`

// FuzzDecode checks that nothing panics, and the law for whatever decodes.
func FuzzDecode(f *testing.F) {
	for _, c := range kinds {
		f.Add([]byte(`{"offset":1,` + c.payload + `}`))
	}
	for _, seed := range []string{
		full, fullEvent, `{"type":"","offset":1,"eventDeleted":{"id":-0},"x":1e400}`,
		`{"offset":1,"outcomeOddsUpdated":{"betOfferId":1,"outcomeId":2,"odds":[{"odds":{"decimal":2.3456,"x":"\ud83d\ude00"}}]}}`,
		`{"offset":1,"eventDeleted":{"id":1,"\"":1,"\n":2,"!":3,"#":{"b":1,"a":[]}}}`, `{"a":[1.0,-0,1E+2,null,true],"offset":3}`,
	} {
		f.Add([]byte(seed))
	}
	f.Add([]byte("{\"\xff\":\"\xff\"}"))
	d := kambijson.NewDecoder()
	f.Fuzz(func(t *testing.T, message []byte) {
		before := string(message)
		_, err := d.Decode(message, schema.FlowSnapshot)
		if string(message) != before {
			t.Fatal("the message was changed")
		}
		if err == nil {
			law(t, d, message)
			return
		}
		if r := kambijson.Reason(err); r == "" || len(r) > kambijson.MaxReason || !utf8.ValidString(r) {
			t.Fatalf("reason %q", r)
		}
	})
}

// FuzzCanonical checks that the canonical form is one, and the same value.
func FuzzCanonical(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(`{"b":[{"d":1,"c":"\u0000\"\\"}],"a":-0.50e1}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		c, err := kambijson.Canonical(value)
		if err != nil {
			return
		}
		if err := sameJSON(value, []byte(c)); err != nil {
			t.Fatal(err)
		}
		if again, err := kambijson.Canonical([]byte(c)); err != nil || again != c {
			t.Fatalf("%s is again %s (%v)", c, again, err)
		}
	})
}

// FuzzAppend has kept members that no decoder made: they may come out as
// nonsense, but must not panic or go round for ever.
func FuzzAppend(f *testing.F) {
	f.Add(`{"a":1}`, `{"odds":2,"\u00`)
	f.Fuzz(func(t *testing.T, rest, odds string) {
		o := &schema.BetOffer{Outcomes: []schema.Outcome{{Terms: schema.OutcomeTerms{Rest: schema.JSON(odds)}}}}
		o.Terms.Rest = schema.JSON(rest)
		m := &schema.Message{Kind: schema.KindBetOfferAdded, Rest: schema.JSON(odds), More: schema.JSON(rest), Offer: o}
		if out := string(kambijson.Append(nil, m)); !strings.HasPrefix(out, `{"type":"BET_OFFER_ADDED","offset":0,"betOfferAdded":{`) {
			t.Fatal(out)
		}
		kambijson.AppendOffer(nil, o, true)
	})
}
