package schema

import "fmt"

// Kind numbers what a record is. Numbers are frozen: never reused, never
// renumbered, only appended. A reader stops at a kind that it does not know.
type Kind uint16

// Records about the journal itself.
const (
	KindGenesis Kind = 1 // first record of a source partition: which journal, topic and partition this is
	KindClaim   Kind = 2 // a writer opens its lane with a new epoch
	KindRetire  Kind = 3 // a lane is freed
)

// Records about a feed session, as the feed client saw it.
const (
	KindFeedUp         Kind = 16 // a session was initialised
	KindFeedDown       Kind = 17 // the session ended, with the reason
	KindSnapshotBegin  Kind = 18 // the client asked for a snapshot
	KindSnapshotEnd    Kind = 19 // the feed completed it, at an offset
	KindReplayBegin    Kind = 20 // the client asked for everything above an offset
	KindReplayEnd      Kind = 21 // the feed completed it, at an offset
	KindRejectedRaw    Kind = 22 // a message that could not be decoded, raw and size-capped
	KindFeedUnknown    Kind = 23 // a well-formed message of an unknown kind, kept whole
	KindOfferingConfig Kind = 24 // settings that the offering projection folds by
)

// The 18 entity messages of a feed.
const (
	KindEventAdded          Kind = 32
	KindEventUpdated        Kind = 33
	KindEventDeleted        Kind = 34
	KindEventStatus         Kind = 35
	KindEventCashOut        Kind = 36
	KindEventTags           Kind = 37
	KindEventParticipants   Kind = 38
	KindEventScore          Kind = 39
	KindMatchClock          Kind = 40
	KindBetOfferAdded       Kind = 41
	KindBetOfferUpdated     Kind = 42
	KindBetOfferDeleted     Kind = 43
	KindBetOfferStatus      Kind = 44
	KindBetOfferLineTypes   Kind = 45
	KindBetOfferCashOut     Kind = 46
	KindOutcomeOdds         Kind = 47
	KindOutcomeStatus       Kind = 48
	KindOutcomeCashOut      Kind = 49
	firstEntity, lastEntity      = KindEventAdded, KindOutcomeCashOut
)

// Outputs of projections.
const (
	KindSurfaced   Kind = 64 // what the offering projection tells the outside
	KindExecutions Kind = 88 // what a book did
)

// Commands to a book and what else it folds. The key is the market's id.
const (
	KindOrderNew              Kind = 80
	KindOrderCancel           Kind = 81
	KindOrderReplace          Kind = 82
	KindMassCancel            Kind = 83
	KindMarket                Kind = 84 // a market is created, halted, resumed, closed
	KindBookLimits            Kind = 85 // limits that books refuse by
	KindTick                  Kind = 86 // time passes
	KindKill                  Kind = 87 // a kill switch is turned on, or released
	firstCommand, lastCommand      = KindOrderNew, KindKill
)

// kindNames are the kinds' names in text and JSON; those of entity messages
// are the `type` that the feed itself uses.
var kindNames = [...]string{
	KindGenesis: "GENESIS", KindClaim: "CLAIM", KindRetire: "RETIRE",
	KindFeedUp: "FEED_UP", KindFeedDown: "FEED_DOWN",
	KindSnapshotBegin: "SNAPSHOT_BEGIN", KindSnapshotEnd: "SNAPSHOT_END",
	KindReplayBegin: "REPLAY_BEGIN", KindReplayEnd: "REPLAY_END",
	KindRejectedRaw: "REJECTED_RAW", KindFeedUnknown: "FEED_UNKNOWN",
	KindOfferingConfig: "OFFERING_CONFIG",
	KindEventAdded:     "EVENT_ADDED", KindEventUpdated: "EVENT_UPDATED",
	KindEventDeleted: "EVENT_DELETED", KindEventStatus: "EVENT_STATUS_UPDATED",
	KindEventCashOut: "EVENT_CASH_OUT_STATUS_UPDATED", KindEventTags: "EVENT_TAGS_UPDATED",
	KindEventParticipants: "EVENT_PARTICIPANTS_UPDATED", KindEventScore: "EVENT_SCORE_UPDATED",
	KindMatchClock: "MATCH_CLOCK_UPDATED", KindBetOfferAdded: "BET_OFFER_ADDED",
	KindBetOfferUpdated: "BET_OFFER_UPDATED", KindBetOfferDeleted: "BET_OFFER_DELETED",
	KindBetOfferStatus: "BET_OFFER_STATUS_UPDATED", KindBetOfferLineTypes: "BET_OFFER_LINE_TYPES_UPDATED",
	KindBetOfferCashOut: "BET_OFFER_CASH_OUT_STATUS_UPDATED", KindOutcomeOdds: "OUTCOME_ODDS_UPDATED",
	KindOutcomeStatus: "OUTCOME_STATUS_UPDATED", KindOutcomeCashOut: "OUTCOME_CASHOUT_STATUS_UPDATED",
	KindSurfaced: "SURFACED",
	KindOrderNew: "ORDER_NEW", KindOrderCancel: "ORDER_CANCEL", KindOrderReplace: "ORDER_REPLACE",
	KindMassCancel: "MASS_CANCEL", KindMarket: "MARKET", KindBookLimits: "BOOK_LIMITS", KindTick: "TICK", KindKill: "KILL",
	KindExecutions: "EXECUTIONS",
}

// Kinds returns every known kind in order of its number.
func Kinds() []Kind {
	var kinds []Kind
	for k, name := range kindNames {
		if name != "" {
			kinds = append(kinds, Kind(k))
		}
	}
	return kinds
}

// Known tells whether this build knows the kind.
func (k Kind) Known() bool { return int(k) < len(kindNames) && kindNames[k] != "" }

// Entity tells whether the kind is one of the 18 entity messages of a feed.
func (k Kind) Entity() bool { return k >= firstEntity && k <= lastEntity }

// Event tells whether the kind is an entity message about an event (and not
// about a bet offer or one of its outcomes).
func (k Kind) Event() bool { return k >= KindEventAdded && k <= KindMatchClock }

// Command tells whether the kind is a command to a book: one that is accepted
// or rejected.
func (k Kind) Command() bool { return k >= firstCommand && k <= lastCommand && k != KindTick }

// Output tells whether records of the kind are made by a projection. They have
// no lane, and their seq is their number.
func (k Kind) Output() bool { return k == KindSurfaced || k == KindExecutions }

// String is the kind's name, or KIND_n for an unknown one.
func (k Kind) String() string {
	if k.Known() {
		return kindNames[k]
	}
	return fmt.Sprintf("KIND_%d", uint16(k))
}

// ParseKind finds a kind by its name.
func ParseKind(name string) (Kind, error) {
	for k, s := range kindNames {
		if s == name && s != "" {
			return Kind(k), nil
		}
	}
	return 0, fmt.Errorf("unknown kind %q", name)
}
