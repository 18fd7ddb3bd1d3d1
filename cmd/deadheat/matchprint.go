package main

import (
	"fmt"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// matchRow tells what the lines of match have; see the help of the command for
// which is when.
type matchRow struct {
	Exec    string    `json:"exec,omitempty" doc:"an execution: accepted, trade, rejected, ..."`
	Book    string    `json:"book,omitempty" doc:"an order that rests: bid or ask"`
	Market  string    `json:"market,omitempty" doc:"of both"`
	Price   string    `json:"price,omitempty" doc:"of the trade, or the order's limit"`
	Qty     int64     `json:"qty,omitempty" doc:"of a trade, what was traded; else of the order"`
	Account string    `json:"account,omitempty" doc:"of the order"`
	ID      string    `json:"id,omitempty" doc:"of the order"`
	Leaves  int64     `json:"leaves,omitempty" doc:"what is open of the order"`
	Maker   *matchEnd `json:"maker,omitempty" doc:"of a trade: the order that rested"`
	Taker   *matchEnd `json:"taker,omitempty" doc:"of a trade: the order that came"`
	Code    string    `json:"code,omitempty" doc:"of what was rejected: why"`
	Reason  string    `json:"reason,omitempty" doc:"of what was cancelled or has expired: why"`
	At      *matchAt  `json:"at,omitempty" doc:"of an execution: what did it"`

	Commands int64   `json:"commands,omitempty" doc:"last line: how many there were"`
	Trades   int64   `json:"trades,omitempty" doc:"last line: how many there were"`
	Hash     string  `json:"book_hash,omitempty" doc:"last line: of all books, 16 hex digits"`
	Seconds  float64 `json:"seconds,omitempty" doc:"last line: that matching alone took"`
	Each     float64 `json:"ns_per_command,omitempty" doc:"last line: seconds by commands"`
}

type matchEnd struct {
	Account string `json:"account" doc:"of the order"`
	ID      string `json:"id" doc:"of the order"`
	Leaves  int64  `json:"leaves" doc:"what is open of the order then"`
}

type matchAt struct {
	Topic     string `json:"topic" doc:"match"`
	Partition int32  `json:"partition" doc:"0"`
	Offset    int64  `json:"offset" doc:"line of the command, from 0"`
	N         int64  `json:"n" doc:"number among all that the command did, from 0"`
}

// restingRow is an order that rests.
type restingRow struct {
	Book    string         `json:"book"`
	Market  string         `json:"market"`
	Price   schema.Decimal `json:"price"`
	Account string         `json:"account"`
	ID      string         `json:"id"`
	Leaves  int64          `json:"leaves"`
}

// printBook prints what rests. Stops that wait do not.
func (m *matchRun) printBook() error {
	for _, market := range m.book.Created() {
		for o := range m.book.Orders(market) {
			if o.StopPrice.OK {
				continue
			}
			row := restingRow{"ask", market, o.Price.V, o.Account, o.ID, o.Remaining}
			if o.Side == schema.SideBuy || o.Side == schema.SideLay {
				row.Book = "bid"
			}
			if m.text {
				fmt.Fprintf(m.out, "%8s  %-9s  %s  %d at %s  %s/%s\n", "rests", row.Book, market, row.Leaves, row.Price, o.Account, o.ID)
			} else if err := encodeJSON(m.out, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// appendExecutionText writes an execution for people, in one line.
func appendExecutionText(dst []byte, line int64, market string, x *schema.Execution) []byte {
	dst = fmt.Appendf(dst, "%8d  %-9s  %s", line, x.Type, market)
	if x.Qty > 0 {
		dst = fmt.Appendf(dst, "  %d", x.Qty)
	}
	if x.Price.OK {
		dst = fmt.Appendf(dst, " at %s", x.Price.V)
	}
	switch x.Type {
	case schema.ExecTrade:
		return fmt.Appendf(dst, "  %s/%s (%d left) with %s/%s (%d left)\n",
			x.Order.Account, x.Order.ID, x.Order.Remaining, x.Maker.Account, x.Maker.ID, x.Maker.Remaining)
	case schema.ExecRejected:
		return fmt.Appendf(dst, "  %s/%s  %s: %s\n", x.Order.Account, x.Order.ID, x.Command, x.Code)
	}
	dst = fmt.Appendf(dst, "  %s  %s/%s (%d left)", x.Order.Side, x.Order.Account, x.Order.ID, x.Order.Remaining)
	if x.Type == schema.ExecCancelled || x.Type == schema.ExecExpired {
		dst = fmt.Appendf(dst, "  %s", x.Reason)
	}
	return append(dst, '\n')
}
