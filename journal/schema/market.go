package schema

// Market opens, stops and ends trading in the record's market.
type Market struct {
	Action MarketAction    `json:"action"`
	Kind   Opt[MarketKind] `json:"kind,omitzero"` // of create
	// Tick is the step between prices of a shares market, 1 if absent. Its places
	// are those that every price of the market is written with. Of an odds market
	// it gives the places alone: 0.01 if absent, at the finest 0.001.
	Tick Opt[Decimal] `json:"tick,omitzero"`
	// Lot is what quantities are multiples of; 1 if absent.
	Lot Opt[int64] `json:"lot,omitzero"`
	// Ladder is the odds that orders of an odds market may have, rising; nil is the
	// usual betting ladder.
	Ladder []Decimal `json:"ladder,omitzero"`
	// Low and High bound prices; of create and resume. What is absent stays.
	Low    Opt[Decimal] `json:"low,omitzero"`
	High   Opt[Decimal] `json:"high,omitzero"`
	Cmd    Opt[string]  `json:"cmd,omitzero"` // see [OrderCancel]
	Cause  Opt[Cause]   `json:"cause,omitzero"`
	Reason Opt[string]  `json:"reason,omitzero"` // for people
}

// MaxLadder is how many odds a ladder may have.
const MaxLadder = 4096

// OddsPlaces is how many places odds have at most.
const OddsPlaces = 3

// Cause is the position of the record that made a bridge say something, and the
// running number among what it said about that record. A fold drops what is not
// above the highest cause it has seen.
type Cause struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Part      int64  `json:"part"`
}

// MarketAction is what is to be done with a market.
type MarketAction uint8

const (
	MarketCreate MarketAction = 1
	MarketHalt   MarketAction = 2 // no new orders and no trades; cancels are taken
	MarketResume MarketAction = 3
	MarketClose  MarketAction = 4 // for ever; resting orders are cancelled
	MarketEndDay MarketAction = 5 // day orders expire
)

var marketActions = words{"action", []string{1: "create", 2: "halt", 3: "resume", 4: "close", 5: "end_day"}}

// MarketKind says what a market's prices are.
type MarketKind uint8

const (
	SharesMarket MarketKind = 1 // prices in ticks; buy, sell, sell_short
	OddsMarket   MarketKind = 2 // odds on a ladder; back, lay
)

var marketKinds = words{"kind", []string{1: "shares", 2: "odds"}}

// BookLimits sets limits of the record's market or, when the record has no key,
// of the partition: those are for markets that have none of their own. What is
// absent stays.
type BookLimits struct {
	AccountOrders Opt[int64]   `json:"account_orders,omitzero"` // open ones of an account in a market
	MarketOrders  Opt[int64]   `json:"market_orders,omitzero"`  // open ones in a market
	MaxQty        Opt[int64]   `json:"max_qty,omitzero"`        // of an order
	MinPrice      Opt[Decimal] `json:"min_price,omitzero"`
	MaxPrice      Opt[Decimal] `json:"max_price,omitzero"`
	Window        Opt[int64]   `json:"window,omitzero"`  // how many ids of past commands a market knows again
	Markets       Opt[int64]   `json:"markets,omitzero"` // of a partition
	Cmd           Opt[string]  `json:"cmd,omitzero"`
}

// Tick says that time passes. Its time is the record's.
type Tick struct{}

func (a MarketAction) Known() bool                      { return marketActions.known(uint8(a)) }
func (a MarketAction) String() string                   { return marketActions.text(uint8(a)) }
func (a MarketAction) MarshalText() ([]byte, error)     { return []byte(a.String()), nil }
func (a *MarketAction) UnmarshalText(text []byte) error { return marketActions.read(text, (*uint8)(a)) }

func (k MarketKind) Known() bool                      { return marketKinds.known(uint8(k)) }
func (k MarketKind) String() string                   { return marketKinds.text(uint8(k)) }
func (k MarketKind) MarshalText() ([]byte, error)     { return []byte(k.String()), nil }
func (k *MarketKind) UnmarshalText(text []byte) error { return marketKinds.read(text, (*uint8)(k)) }

func (*Market) RecordKind() Kind     { return KindMarket }
func (*BookLimits) RecordKind() Kind { return KindBookLimits }
func (*Tick) RecordKind() Kind       { return KindTick }
