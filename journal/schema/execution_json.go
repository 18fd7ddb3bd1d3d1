package schema

import "encoding/json"

// executionHead is what every execution prints first.
type executionHead struct {
	Type ExecutionType `json:"type"`
	Seq  int64         `json:"seq"`
}

// orderExecution is how an execution of one order prints.
type orderExecution struct {
	executionHead
	Account   string       `json:"account"`
	ID        string       `json:"id"`
	Number    int64        `json:"order"`
	Side      Side         `json:"side"`
	Price     Opt[Decimal] `json:"price,omitzero"`
	Qty       int64        `json:"qty"`
	Remaining int64        `json:"remaining"`
	Filled    int64        `json:"filled"`
	Reason    *EndReason   `json:"reason,omitempty"`
	Kept      *bool        `json:"kept_priority,omitempty"`
	Cmd       Opt[string]  `json:"cmd,omitzero"`
}

// MarshalJSON prints what the type uses, flat but for the two orders of a trade.
func (e Execution) MarshalJSON() ([]byte, error) {
	head := executionHead{e.Type, e.Seq}
	switch e.Type {
	case ExecTrade:
		return json.Marshal(struct {
			executionHead
			Price Decimal    `json:"price"`
			Qty   int64      `json:"qty"`
			Taker OrderState `json:"taker"`
			Maker OrderState `json:"maker"`
		}{head, e.Price.V, e.Qty, e.Order, e.Maker})
	case ExecRejected:
		return json.Marshal(struct {
			executionHead
			Command string      `json:"command"`
			Account string      `json:"account,omitempty"`
			ID      string      `json:"id,omitempty"`
			Cmd     Opt[string] `json:"cmd,omitzero"`
			Code    RejectCode  `json:"code"`
		}{head, e.Command.String(), e.Order.Account, e.Order.ID, e.Cmd, e.Code})
	}
	o := &e.Order
	flat := orderExecution{
		executionHead: head, Account: o.Account, ID: o.ID, Number: o.Number, Side: o.Side,
		Price: e.Price, Qty: e.Qty, Remaining: o.Remaining, Filled: o.Filled, Cmd: e.Cmd,
	}
	switch e.Type {
	case ExecCancelled, ExecExpired:
		flat.Reason = &e.Reason
	case ExecReplaced:
		flat.Kept = &e.Kept
	}
	return json.Marshal(flat)
}
