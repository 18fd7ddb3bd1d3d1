package schema

// MaxEntity is the largest body of an entity message, in bytes. A surfaced item
// takes texts from one message and the prices of one outcome from another, which
// less than double; so it fits into a record.
const MaxEntity = 256 << 10

// Message is one entity message of a feed: what changed, at which feed offset.
//
// Which fields are used depends on the kind:
//
//	EVENT_ADDED, EVENT_UPDATED                Event
//	EVENT_DELETED, BET_OFFER_DELETED          ID
//	EVENT_STATUS, EVENT_CASH_OUT,
//	BET_OFFER_STATUS, BET_OFFER_CASH_OUT      ID, Status
//	EVENT_TAGS, BET_OFFER_LINE_TYPES          ID, Words
//	EVENT_PARTICIPANTS                        ID, Participants
//	EVENT_SCORE, MATCH_CLOCK                  ID, Doc
//	BET_OFFER_ADDED, BET_OFFER_UPDATED        Offer
//	OUTCOME_ODDS                              ID, Outcome, Odds
//	OUTCOME_STATUS, OUTCOME_CASH_OUT          ID, Outcome, Status
//
// ID is the event's or the bet offer's id, also for full messages and for
// messages about an outcome.
type Message struct {
	Kind   Kind
	Flow   Flow
	Offset int64 // feed offset: monotone in logical order, not in order of arrival

	// Type is the message's `type` where it is not the kind's own name:
	// absent means the kind's own, "" that the message had none.
	Type Opt[string]
	Rest JSON // members of the envelope that are not known
	More JSON // members of the payload that are not known

	ID           int64
	Outcome      int64
	Event        *Event
	Offer        *BetOffer
	Status       string
	Words        []string
	Participants []Participant
	Odds         []Price
	Doc          JSON
}

// RecordKind is the message's own kind.
func (m *Message) RecordKind() Kind { return m.Kind }

// Text is a translated text; only the default translation has a meaning here.
type Text struct {
	Default Opt[string]
	Rest    JSON
}

// Event is an event as full messages carry it. What has messages of its own
// stands apart from the terms, which only full messages change.
// A nil slice, an empty JSON or an unset Opt means that the field was absent.
type Event struct {
	ID            int64
	Status        Opt[string]
	CashOutStatus Opt[string]
	Tags          []string
	Participants  []Participant
	Score         JSON
	Clock         JSON
	Terms         EventTerms
}

// EventTerms is what only full messages change.
type EventTerms struct {
	Name            Opt[Text]
	Sport           Opt[string]
	StartsAt        Opt[string] // RFC 3339, as it came
	Group           Opt[Named]
	CompetitionName Opt[Text]
	Rest            JSON
}

// Named is a thing with an id and a name: a group, a type of bet offer.
type Named struct {
	ID   Opt[int64]
	Name Opt[Text]
	Rest JSON
}

// Participant takes part in an event.
type Participant struct {
	ID   Opt[int64]
	Name Opt[Text]
	Type Opt[string]
	Home Opt[bool]
	Rest JSON
}

// BetOffer is a bet offer as full messages carry it; see [Event].
type BetOffer struct {
	ID            int64
	EventID       Opt[int64]
	Status        Opt[string]
	CashOutStatus Opt[string]
	LineType      []string
	Terms         OfferTerms
	Outcomes      []Outcome
}

// OfferTerms is what only full messages change.
type OfferTerms struct {
	Type      Opt[Named]
	Criterion Opt[Criterion]
	Tags      []string
	ClosesAt  Opt[string]
	Rest      JSON
}

// Criterion says what is bet on.
type Criterion struct {
	ID             Opt[int64]
	Label          Opt[Text]
	Lifetime       Opt[string]
	OccurrenceType Opt[string]
	Rest           JSON
}

// Outcome is one outcome of a bet offer.
type Outcome struct {
	ID            int64
	Status        Opt[string]
	CashOutStatus Opt[string]
	Odds          []Price
	Terms         OutcomeTerms
}

// OutcomeTerms is what only full messages change.
type OutcomeTerms struct {
	BetOfferID         Opt[int64]
	Label              Opt[Text]
	Type               Opt[string]
	Line               Opt[int64] // thousandths
	ParticipantID      Opt[int64]
	EventParticipantID Opt[int64]
	Rest               JSON
}

// Price is one price of an outcome and the offerings that it holds for.
type Price struct {
	Offerings []string
	Decimal   Opt[Odds]
	OddsRest  JSON // members of the inner `odds` object that are not known; "{}" for an empty one
	Rest      JSON
}
