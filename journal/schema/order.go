package schema

// Command is what a book is asked to do. The key of its record is the id of the
// market, as text; the body does not repeat it.
type Command interface {
	Body

	// Check refuses what the bytes alone show to be nonsense, with a text for
	// whoever sent it. It is for gates, before a command is journalled, and may
	// grow stricter with every build. A fold must not call it: what an older gate
	// has let through is folded for ever by rules that have a version.
	Check() error
}

// Prices are decimals as they were written; whether a market has such a price, its
// fold decides. Quantities are whole numbers. Ids are what the client chose: an
// order is known by market, account and id.

// OrderNew places an order.
type OrderNew struct {
	Account string       `json:"account"`
	ID      string       `json:"id"` // the client's own id of the order
	Side    Side         `json:"side"`
	Type    OrderType    `json:"type"`
	TIF     TIF          `json:"tif"`
	Qty     int64        `json:"qty"`
	Price   Opt[Decimal] `json:"price,omitzero"` // of limit and stop_limit orders
	// StopPrice is what a trade must reach before a stop order comes to life.
	StopPrice Opt[Decimal] `json:"stop_price,omitzero"`
	// DisplayQty is how much an iceberg shows at a time; absent shows all.
	DisplayQty Opt[int64] `json:"display_qty,omitzero"`
	ExpireAt   Opt[Time]  `json:"expire_at,omitzero"` // of gtd orders
	PostOnly   bool       `json:"post_only,omitzero"` // never takes
	STP        STP        `json:"stp,omitzero"`       // what becomes of trades with oneself
	SentAt     Opt[Time]  `json:"sent_at,omitzero"`   // of the client's clock; a remark
}

// OrderCancel takes an order out of the book.
type OrderCancel struct {
	Account string `json:"account"`
	ID      string `json:"id"` // of the order
	// Cmd is the command's own id: the same one again is the same command.
	Cmd    Opt[string] `json:"cmd,omitzero"`
	SentAt Opt[Time]   `json:"sent_at,omitzero"`
}

// OrderReplace changes an order; what is absent stays as it is.
type OrderReplace struct {
	Account    string       `json:"account"`
	ID         string       `json:"id"` // of the order, which keeps it
	Cmd        Opt[string]  `json:"cmd,omitzero"`
	Price      Opt[Decimal] `json:"price,omitzero"`
	Qty        Opt[int64]   `json:"qty,omitzero"` // the whole order's, with what is filled
	DisplayQty Opt[int64]   `json:"display_qty,omitzero"`
	StopPrice  Opt[Decimal] `json:"stop_price,omitzero"`
	ExpireAt   Opt[Time]    `json:"expire_at,omitzero"`
	SentAt     Opt[Time]    `json:"sent_at,omitzero"`
}

// MassCancel takes all orders of an account out of the market; without an
// account, those of all. A record without a key means all markets of the partition.
type MassCancel struct {
	Account Opt[string] `json:"account,omitzero"`
	Cmd     Opt[string] `json:"cmd,omitzero"`
	SentAt  Opt[Time]   `json:"sent_at,omitzero"`
}

// Kill is the kill switch of an account, a market (the record's key) or, without
// both, of everything in the partition: what rests is cancelled, and new orders and
// replaces are refused until the same switch is released.
type Kill struct {
	Account Opt[string] `json:"account,omitzero"`
	Release bool        `json:"release,omitzero"`
	Cmd     Opt[string] `json:"cmd,omitzero"`
	SentAt  Opt[Time]   `json:"sent_at,omitzero"`
	Reason  Opt[string] `json:"reason,omitzero"` // for people
}

func (*OrderNew) RecordKind() Kind     { return KindOrderNew }
func (*OrderCancel) RecordKind() Kind  { return KindOrderCancel }
func (*OrderReplace) RecordKind() Kind { return KindOrderReplace }
func (*MassCancel) RecordKind() Kind   { return KindMassCancel }
func (*Kill) RecordKind() Kind         { return KindKill }
