package offering_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection/offering"
)

// largest is a message of nearly the allowed size, made of n parts.
func largest(t *testing.T, grow func(o *schema.BetOffer, n int)) *schema.Message {
	t.Helper()
	m := &schema.Message{Kind: schema.KindBetOfferAdded, Flow: schema.FlowRealtime, Offset: 1, ID: 5}
	low, high := 0, 200_000
	for low+1 < high {
		n := (low + high) / 2
		m.Offer = &schema.BetOffer{ID: 5, Status: schema.Some("OPEN")}
		grow(m.Offer, n)
		if len(codec.Body(m)) <= schema.MaxEntity {
			low = n
		} else {
			high = n
		}
	}
	m.Offer = &schema.BetOffer{ID: 5, Status: schema.Some("OPEN")}
	grow(m.Offer, low)
	return m
}

// Whatever a message of the allowed size is made of, what it surfaces fits into
// a record: otherwise its partition could never publish again.
func TestTheLargestMessageSurfacesWithinARecord(t *testing.T) {
	names := make([]string, offering.MaxJurisdictions)
	for i := range names {
		names[i] = fmt.Sprint("j", i)
	}
	names[len(names)-1] = "z" // the highest bit makes the longest mask
	for what, grow := range map[string]func(o *schema.BetOffer, n int){
		"prices": func(o *schema.BetOffer, n int) {
			prices := make([]schema.Price, n)
			for i := range prices {
				prices[i] = schema.Price{Offerings: []string{"z"}, Decimal: schema.Some(schema.Odds(1))}
			}
			o.Outcomes = []schema.Outcome{{ID: 1, Odds: prices}}
		},
		"outcomes": func(o *schema.BetOffer, n int) {
			for i := range n {
				o.Outcomes = append(o.Outcomes, schema.Outcome{ID: int64(i), Odds: []schema.Price{{Offerings: []string{"z"}}}})
			}
		},
		"labels": func(o *schema.BetOffer, n int) {
			label := schema.Text{Default: schema.Some(strings.Repeat("x", 100))}
			for i := range n {
				o.Outcomes = append(o.Outcomes, schema.Outcome{ID: int64(i), Terms: schema.OutcomeTerms{Label: schema.Some(label)}})
			}
		},
	} {
		m := largest(t, grow)
		if n := len(codec.Body(m)); n < schema.MaxEntity*9/10 {
			t.Fatalf("%s: the message has only %d bytes", what, n)
		}
		p := offering.New()
		c := p.Config()
		c.Jurisdictions = names
		most := 0
		for i, body := range []schema.Body{&c, m} {
			r := journal.Record{Offset: int64(i), Kind: body.RecordKind(), Body: codec.Body(body), Key: []byte("5")}
			err := p.Apply(&r, func(key []byte, out schema.Body) {
				value := codec.AppendRecord(nil, &journal.Record{Kind: out.RecordKind(), Seq: 1 << 40, Time: 1 << 60, Body: codec.Body(out)})
				most = max(most, len(key)+len(value))
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if most == 0 || most > journal.MaxRecord {
			t.Errorf("%s: the output has %d bytes, a record at most %d", what, most, journal.MaxRecord)
		}
	}
}

func TestALargerMessageStops(t *testing.T) {
	m := &schema.Message{Kind: schema.KindEventStatus, Flow: schema.FlowRealtime, Offset: 1, ID: 5, Status: strings.Repeat("x", schema.MaxEntity)}
	r := journal.Record{Kind: m.Kind, Body: codec.Body(m)}
	if err := offering.New().Apply(&r, func([]byte, schema.Body) {}); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("have %v", err)
	}
}
