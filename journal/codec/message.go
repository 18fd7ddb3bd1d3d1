package codec

import (
	"fmt"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// An entity message is [flow, feed offset, type, rest, more, id, …], with the
// kind's own values behind the id. FORMAT.md beside package journal draws it.

func (w *Writer) message(m *schema.Message) {
	w.Array(messageFields(m.Kind))
	w.flow(m.Flow)
	w.Int(m.Offset)
	w.optStr(m.Type)
	w.json(m.Rest)
	w.json(m.More)
	switch m.Kind {
	case schema.KindEventAdded, schema.KindEventUpdated:
		w.event(m.Event)
	case schema.KindBetOfferAdded, schema.KindBetOfferUpdated:
		w.offer(m.Offer)
	default:
		w.Int(m.ID)
		w.change(m)
	}
}

// change writes what comes behind the id of a message that is not full.
func (w *Writer) change(m *schema.Message) {
	switch m.Kind {
	case schema.KindEventDeleted, schema.KindBetOfferDeleted:
	case schema.KindEventStatus, schema.KindEventCashOut, schema.KindBetOfferStatus, schema.KindBetOfferCashOut:
		w.Str(m.Status)
	case schema.KindEventTags, schema.KindBetOfferLineTypes:
		must(m.Words != nil, "a list")
		w.Words(m.Words)
	case schema.KindEventParticipants:
		must(m.Participants != nil, "participants")
		w.Participants(m.Participants)
	case schema.KindEventScore, schema.KindMatchClock:
		w.document(m.Doc)
	case schema.KindOutcomeOdds:
		w.Int(m.Outcome)
		must(m.Odds != nil, "odds")
		w.Prices(m.Odds)
	case schema.KindOutcomeStatus, schema.KindOutcomeCashOut:
		w.Int(m.Outcome)
		w.Str(m.Status)
	default:
		panic(fmt.Sprintf("codec: %s is not an entity message", m.Kind))
	}
}

// messageFields is the length of the kind's array.
func messageFields(kind schema.Kind) int {
	switch kind {
	case schema.KindEventAdded, schema.KindEventUpdated, schema.KindBetOfferAdded, schema.KindBetOfferUpdated,
		schema.KindEventDeleted, schema.KindBetOfferDeleted:
		return 6
	case schema.KindOutcomeOdds, schema.KindOutcomeStatus, schema.KindOutcomeCashOut:
		return 8
	}
	return 7
}

// MessageHead is what every entity message begins with.
type MessageHead struct {
	Flow   schema.Flow
	Offset int64
}

// MessageHead reads the head of an entity message and leaves the reader before
// what is the kind's own.
func (r *Reader) MessageHead(kind schema.Kind) (h MessageHead) {
	r.Tuple(messageFields(kind))
	h.Flow, h.Offset = r.flow(), r.Int()
	quiet := r.quiet
	r.quiet = true
	r.optStr()
	r.json()
	r.json()
	r.quiet = quiet
	return h
}

// DecodeMessage decodes an entity message of m.Kind into m.
func DecodeMessage(b []byte, m *schema.Message) error {
	r := Read(b)
	r.Tuple(messageFields(m.Kind))
	m.Flow, m.Offset = r.flow(), r.Int()
	m.Type, m.Rest, m.More = r.optStr(), r.json(), r.json()
	switch m.Kind {
	case schema.KindEventAdded, schema.KindEventUpdated:
		m.Event = r.Event()
		m.ID = m.Event.ID
	case schema.KindBetOfferAdded, schema.KindBetOfferUpdated:
		m.Offer = r.Offer()
		m.ID = m.Offer.ID
	default:
		m.ID = r.Int()
		r.change(m)
	}
	if err := r.Done(); err != nil {
		return &DecodeError{m.Kind, err}
	}
	return nil
}

func (r *Reader) change(m *schema.Message) {
	switch m.Kind {
	case schema.KindEventDeleted, schema.KindBetOfferDeleted:
	case schema.KindEventTags, schema.KindBetOfferLineTypes:
		m.Words = r.required(r.Words)
	case schema.KindEventParticipants:
		if m.Participants = r.Participants(); m.Participants == nil {
			r.fail("participants are missing")
		}
	case schema.KindEventScore, schema.KindMatchClock:
		m.Doc = r.document()
	case schema.KindOutcomeOdds:
		m.Outcome = r.Int()
		if m.Odds = r.Prices(); m.Odds == nil {
			r.fail("odds are missing")
		}
	case schema.KindOutcomeStatus, schema.KindOutcomeCashOut:
		m.Outcome, m.Status = r.Int(), r.Str()
	default:
		m.Status = r.Str()
	}
}

func (r *Reader) required(read func() []string) []string {
	words := read()
	if words == nil {
		r.fail("a list is missing")
	}
	return words
}
