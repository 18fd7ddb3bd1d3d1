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

// What no source of this project journals, and what has no place in a feed, is
// counted and changes nothing.
func TestForeignMessagesAreCounted(t *testing.T) {
	for name, m := range map[string]*schema.Message{
		"larger than allowed": {Kind: schema.KindEventStatus, Flow: schema.FlowRealtime, Offset: 1, ID: 5, Status: strings.Repeat("x", schema.MaxEntity)},
		"at offset 0":         {Kind: schema.KindEventAdded, Flow: schema.FlowRealtime, Event: &schema.Event{ID: 5}},
	} {
		p := offering.New()
		r := journal.Record{Kind: m.Kind, Body: codec.Body(m)}
		if err := p.Apply(&r, func([]byte, schema.Body) {}); err != nil || p.Stats().Rejected != 1 || len(p.Keys()) != 0 {
			t.Errorf("%s: %v, %+v", name, err, p.Stats())
		}
	}
}

// An offer collects what many messages bring. However large it gets, what it
// surfaces fits into records.
func TestTheLargestOfferSurfacesInSeveralItems(t *testing.T) {
	p := offering.New()
	var prices []schema.Price
	for range 18_000 {
		prices = append(prices, schema.Price{Offerings: []string{"ub"}, Decimal: schema.Some(schema.Odds(2000))})
	}
	offer := &schema.BetOffer{ID: 1, Status: schema.Some("SUSPENDED"), Outcomes: []schema.Outcome{{ID: 1}, {ID: 2}, {ID: 3}, {ID: 4}, {ID: 5}, {ID: 6}, {ID: 7}, {ID: 8}}}
	messages := []*schema.Message{{Kind: schema.KindBetOfferAdded, ID: 1, Offer: offer}}
	for i := range offer.Outcomes {
		messages = append(messages, &schema.Message{Kind: schema.KindOutcomeOdds, ID: 1, Outcome: int64(i) + 1, Odds: prices})
	}
	messages = append(messages, &schema.Message{Kind: schema.KindBetOfferStatus, ID: 1, Status: "OPEN"})
	seen, parts := map[int64]int{}, 0
	for i, m := range messages {
		m.Flow, m.Offset = schema.FlowRealtime, int64(i)+1
		r := journal.Record{Offset: int64(i), Kind: m.Kind, Body: codec.Body(m)}
		err := p.Apply(&r, func(_ []byte, out schema.Body) {
			if n := len(codec.Body(out)); n > journal.MaxRecord-100 {
				t.Errorf("an output of %d bytes", n)
			}
			parts++
			for _, item := range out.(*schema.Surfaced).Items {
				for _, c := range item.Offer.Outcomes {
					seen[c.ID] += len(c.Odds)
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if parts < 2 || len(seen) != 8 || seen[8] != len(prices) {
		t.Errorf("%d parts with %v", parts, seen)
	}
}

// A snapshot surfaces much at once; it comes in parts.
func TestASnapshotSurfacesInParts(t *testing.T) {
	p := offering.New()
	bodies := []schema.Body{&schema.SnapshotBegin{}}
	for i := range int64(150) {
		offer := &schema.BetOffer{ID: i + 1, Status: schema.Some("OPEN")}
		bodies = append(bodies, &schema.Message{Kind: schema.KindBetOfferAdded, Flow: schema.FlowSnapshot, Offset: i + 1, ID: i + 1, Offer: offer})
	}
	bodies = append(bodies, &schema.SnapshotEnd{Offset: 150})
	var sizes []int
	for i, body := range bodies {
		r := journal.Record{Offset: int64(i), Kind: body.RecordKind(), Body: codec.Body(body)}
		err := p.Apply(&r, func(_ []byte, out schema.Body) {
			s := out.(*schema.Surfaced)
			if s.Cause != int64(i) || s.Part != int64(len(sizes)) {
				t.Errorf("part %d of cause %d", s.Part, s.Cause)
			}
			sizes = append(sizes, len(s.Items))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if fmt.Sprint(sizes) != "[64 64 22]" {
		t.Errorf("parts of %v items, want 64, 64 and 22", sizes)
	}
}
