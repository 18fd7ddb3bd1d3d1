package schema

// Executions is one output record of the book: what one record of the source
// did in one market, or a part of it when that is much. Its key is the market's
// id, also where the cause was a tick.
type Executions struct {
	Cause int64       `json:"cause"` // offset of the record in the source partition
	First int64       `json:"first"` // number of the first item among all that the cause did, from 0
	Items []Execution `json:"items"`
}

// Execution is one thing that happened in a market.
//
// Which fields are used depends on the type; all use Type and Seq:
//
//	accepted, triggered   Price, Qty, Order
//	replaced              Price, Qty, Order, Kept, Cmd
//	cancelled             Price, Qty, Order, Reason, Cmd
//	expired               Price, Qty, Order, Reason
//	trade                 Price, Qty, Order, Maker
//	rejected              Command, Order.Account, Order.ID, Cmd, Code
//
// Price is the order's limit, absent where it has none; of a trade, what was
// traded at. Qty is the whole order's; of a trade, what was traded; of what was
// cancelled or expired, what left the book. Order is, in a trade, the taker: the
// one that came, or woke up, and found Maker resting.
type Execution struct {
	Type    ExecutionType
	Code    RejectCode
	Reason  EndReason
	Kept    bool  // a replaced order kept its place in the queue
	Command Kind  // what was rejected
	Seq     int64 // 1, 2, … in the market; 0 where there is no such market
	Price   Opt[Decimal]
	Qty     int64
	Order   OrderState
	Maker   OrderState
	Cmd     Opt[string] // id of the command that did it, when it has one
}

// OrderState is an order as it stands after an execution. Account and ID are ""
// where a rejected command names none.
type OrderState struct {
	Account   string `json:"account"`
	ID        string `json:"id"`    // the client's own
	Number    int64  `json:"order"` // the market's own, rising
	Side      Side   `json:"side"`
	Remaining int64  `json:"remaining"` // still open
	Filled    int64  `json:"filled"`    // traded in all
}

// ExecutionType says what an execution is.
type ExecutionType uint8

const (
	ExecAccepted  ExecutionType = 1
	ExecRejected  ExecutionType = 2 // the command had no effect and never will
	ExecTrade     ExecutionType = 3
	ExecCancelled ExecutionType = 4 // wholly, or in part while something remains
	ExecReplaced  ExecutionType = 5
	ExecExpired   ExecutionType = 6
	ExecTriggered ExecutionType = 7 // a stop order came to life
)

var executionTypes = words{"execution", []string{
	1: "accepted", 2: "rejected", 3: "trade", 4: "cancelled", 5: "replaced", 6: "expired", 7: "triggered",
}}

func (e ExecutionType) Known() bool                  { return executionTypes.known(uint8(e)) }
func (e ExecutionType) String() string               { return executionTypes.text(uint8(e)) }
func (e ExecutionType) MarshalText() ([]byte, error) { return []byte(e.String()), nil }
func (e *ExecutionType) UnmarshalText(text []byte) error {
	return executionTypes.read(text, (*uint8)(e))
}

func (*Executions) RecordKind() Kind { return KindExecutions }
