package schema

// OfferingConfig is what the offering projection folds by. It lives in the
// journal, so that history keeps its meaning when a configuration changes.
type OfferingConfig struct {
	// Window is how many feed offsets late a message may arrive and still count.
	Window int64 `json:"window"`
	// Criteria are the criterion ids whose odds surface in game.
	Criteria []int64 `json:"criteria"`
	// Jurisdictions names the offerings; the i-th sets bit i of a mask.
	Jurisdictions []string `json:"jurisdictions"`
}

// Surfaced is one output record of the offering projection: what one record
// of the source surfaced, or a part of it when that is much.
type Surfaced struct {
	Cause int64          `json:"cause"` // offset of the record in the source partition
	Part  int64          `json:"part"`  // 0 for the first output record of the cause
	Items []SurfacedItem `json:"items"`
}

// What a surfaced item can be.
const (
	SurfacedEventData      = "event_data"
	SurfacedBetOfferOpened = "bet_offer_opened"
	SurfacedBetOfferClosed = "bet_offer_closed"
	SurfacedInGameOdds     = "in_game_odds_update"
)

// SurfacedItem is one of the four outputs; Event or Offer is set by its type.
type SurfacedItem struct {
	Type  string         `json:"type"`
	Flow  Flow           `json:"msg_flow"`
	Time  int64          `json:"-"` // receive time of the cause, ns since 1970
	Event *SurfacedEvent `json:"-"`
	Offer *SurfacedOffer `json:"-"`
}

// SurfacedEvent is the content of event_data.
type SurfacedEvent struct {
	EventID         int64                 `json:"event_id"`
	CompetitionName Opt[string]           `json:"competition_name"`
	StartsAt        Opt[string]           `json:"starts_at"`
	GroupID         Opt[int64]            `json:"group_id"`
	Sport           Opt[string]           `json:"sport"`
	Participants    []SurfacedParticipant `json:"participants"` // sorted by id
}

// SurfacedParticipant is a participant of event_data.
type SurfacedParticipant struct {
	ID   Opt[int64]  `json:"participant_id"`
	Name Opt[string] `json:"participant_name"`
	Type Opt[string] `json:"participant_type"`
	Home Opt[bool]   `json:"is_home_participant"`
}

// SurfacedOffer is the content of the other three outputs.
type SurfacedOffer struct {
	EventID        Opt[int64]        `json:"event_id"`
	BetOfferID     int64             `json:"bet_offer_id"`
	CriterionID    Opt[int64]        `json:"criterion_id"`
	CriterionLabel Opt[string]       `json:"criterion_label"`
	MainLine       bool              `json:"is_mainline"`
	Outcomes       []SurfacedOutcome `json:"outcomes"`
}

// SurfacedOutcome is an outcome with its prices.
type SurfacedOutcome struct {
	ID    int64           `json:"outcome_id"`
	Label Opt[string]     `json:"outcome_label"`
	Odds  []SurfacedPrice `json:"odds"`
}

// SurfacedPrice is a price and where it holds: bit i of the mask is set when
// the i-th configured jurisdiction is among the offerings.
type SurfacedPrice struct {
	Offerings []string  `json:"offerings"`
	Decimal   Opt[Odds] `json:"decimal"`
	Mask      int64     `json:"jurisdiction_mask"`
}

func (*OfferingConfig) RecordKind() Kind { return KindOfferingConfig }
func (*Surfaced) RecordKind() Kind       { return KindSurfaced }
