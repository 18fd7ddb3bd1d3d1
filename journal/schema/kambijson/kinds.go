package kambijson

import "github.com/deadheat-io/deadheat/journal/schema"

// role is what a member of a payload is, and so how it is read and written.
type role uint8

const (
	anID role = iota
	anOutcomeID
	anEvent
	anOffer
	aStatus
	someWords
	someParticipants
	somePrices
)

// field is a known member of a payload. All of them are required.
type field struct {
	name string
	role role
}

// payload is what stands under a key of a message. The key tells the kind; the
// feed is not consistent in how it spells ids, so all of it is a table.
type payload struct {
	kind   schema.Kind
	key    string
	fields []field // sorted by name, as they are written
	doc    bool    // the members beside the id are the message's Doc
	typ    string  // the kind's own type, filled in below
}

var payloads = [...]payload{
	{kind: schema.KindEventAdded, key: "eventAdded", fields: []field{{"event", anEvent}}},
	{kind: schema.KindEventUpdated, key: "eventUpdated", fields: []field{{"event", anEvent}}},
	{kind: schema.KindEventDeleted, key: "eventDeleted", fields: []field{{"id", anID}}},
	{kind: schema.KindEventStatus, key: "eventStatusUpdated", fields: []field{{"id", anID}, {"status", aStatus}}},
	{kind: schema.KindEventCashOut, key: "eventCashOutStatusUpdated", fields: []field{{"cashOutStatus", aStatus}, {"id", anID}}},
	{kind: schema.KindEventTags, key: "eventTagsUpdated", fields: []field{{"id", anID}, {"tags", someWords}}},
	{kind: schema.KindEventParticipants, key: "eventParticipantsUpdated", fields: []field{
		{"eventId", anID}, {"participants", someParticipants},
	}},
	{kind: schema.KindEventScore, key: "eventScoreUpdated", fields: []field{{"eventId", anID}}, doc: true},
	{kind: schema.KindMatchClock, key: "matchClockUpdated", fields: []field{{"eventId", anID}}, doc: true},
	{kind: schema.KindBetOfferAdded, key: "betOfferAdded", fields: []field{{"betOffer", anOffer}}},
	{kind: schema.KindBetOfferUpdated, key: "betOfferUpdated", fields: []field{{"betOffer", anOffer}}},
	{kind: schema.KindBetOfferDeleted, key: "betOfferDeleted", fields: []field{{"betOfferId", anID}}},
	{kind: schema.KindBetOfferStatus, key: "betOfferStatusUpdated", fields: []field{{"id", anID}, {"status", aStatus}}},
	{kind: schema.KindBetOfferLineTypes, key: "betOfferLineTypesUpdated", fields: []field{{"id", anID}, {"lineTypes", someWords}}},
	{kind: schema.KindBetOfferCashOut, key: "betOfferCashOutStatusUpdated", fields: []field{{"cashOutStatus", aStatus}, {"id", anID}}},
	{kind: schema.KindOutcomeOdds, key: "outcomeOddsUpdated", fields: []field{
		{"betOfferId", anID}, {"odds", somePrices}, {"outcomeId", anOutcomeID},
	}},
	{kind: schema.KindOutcomeStatus, key: "outcomeStatusUpdated", fields: []field{
		{"betOfferId", anID}, {"outcomeId", anOutcomeID}, {"status", aStatus},
	}},
	// The only key that spells Cashout with a small o.
	{kind: schema.KindOutcomeCashOut, key: "outcomeCashoutStatusUpdated", fields: []field{
		{"betOfferId", anID}, {"cashOutStatus", aStatus}, {"outcomeId", anOutcomeID},
	}},
}

var payloadByKey = func() map[string]*payload {
	byKey := make(map[string]*payload, len(payloads))
	for i := range payloads {
		payloads[i].typ = payloads[i].kind.String()
		byKey[payloads[i].key] = &payloads[i]
	}
	return byKey
}()

// payloadOf is the payload of a kind. Asking for a kind that is no entity
// message is a mistake of the program and panics.
func payloadOf(kind schema.Kind) *payload {
	if !kind.Entity() {
		panic("kambijson: " + kind.String() + " is not an entity message")
	}
	return &payloads[kind-schema.KindEventAdded]
}

// find is the index of the field with the name, or -1.
func (p *payload) find(name []byte) int {
	for i := range p.fields {
		if p.fields[i].name == string(name) {
			return i
		}
	}
	return -1
}
