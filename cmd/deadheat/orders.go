package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/journal/schema"
)

func newOrders(*options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "orders",
		Short: "Send orders to a running process, and ask for them",
		Example: `  deadheat orders submit --url http://127.0.0.1:7480 --file orders.ndjson
  deadheat orders get m1 a 17 --url http://127.0.0.1:7480`,
	}
	cmd.AddCommand(newOrdersSubmit(), newOrdersGet())
	return cmd
}

// orderAnswer is what a running process says became of a command.
type orderAnswer struct {
	Status    string          `json:"status" doc:"ACCEPTED, REJECTED or, of several partitions, PARTIAL"`
	Position  *answerPosition `json:"position,omitempty" doc:"of the record that decided; absent when nothing was journalled"`
	Positions []struct {
		answerPosition
		Status string `json:"status" doc:"there"`
	} `json:"positions,omitempty" doc:"of a command about all markets, in every partition"`
	Time      string            `json:"time,omitempty" doc:"of that record"`
	Code      string            `json:"code,omitempty" doc:"why it was rejected"`
	Field     string            `json:"field,omitempty" doc:"of the line, that was wrong"`
	Error     string            `json:"error,omitempty" doc:"for people"`
	Order     *answerOrder      `json:"order,omitempty" doc:"as the command left it"`
	Open      *answerOrder      `json:"open,omitempty" doc:"of orders get: as it stands now, when it is open"`
	Orders    schema.Opt[int64] `json:"orders,omitzero" doc:"how many orders the command ended"`
	Duplicate bool              `json:"duplicate,omitempty" doc:"the command was known: the answer is that of the first time"`
}

type answerPosition struct {
	Topic     string `json:"topic" doc:"of the commands"`
	Partition int32  `json:"partition" doc:"its number"`
	Offset    int64  `json:"offset" doc:"in the partition"`
}

func (p *answerPosition) String() string {
	return fmt.Sprintf("%s/%d:%d", p.Topic, p.Partition, p.Offset)
}

type answerOrder struct {
	Account string `json:"account" doc:"whose it is"`
	ID      string `json:"id" doc:"the client's own"`
	Side    string `json:"side" doc:"what it wants"`
	Leaves  int64  `json:"leaves" doc:"what is open of it"`
	Filled  int64  `json:"filled" doc:"what was traded of it"`
}

func newOrdersGet() *cobra.Command {
	var at string
	cmd := &cobra.Command{
		Use:   "get MARKET ACCOUNT ID",
		Short: "What became of an order (read-only)",
		Long: `Ask a running process what became of the command that placed an order, and how
the order stands if it is open.`,
		Example: "  deadheat orders get m1 a 17 --url http://127.0.0.1:7480 -o json",
		Args:    cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := newAPIClient(at)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), askTime)
			defer cancel()
			path := "/v1/orders"
			for _, a := range args {
				path += "/" + url.PathEscape(a)
			}
			var raw json.RawMessage
			if err := client.get(ctx, path, &raw); err != nil {
				return err
			}
			var a orderAnswer
			if err := json.Unmarshal(raw, &a); err != nil || a.Status == "" {
				return fmt.Errorf("%s%s: the answer is not understood: %.200s", client.base, path, raw)
			}
			return printOne(cmd, raw, func(w io.Writer, _ json.RawMessage) { a.write(w) })
		},
	}
	cmd.Flags().StringVar(&at, "url", "", "the running process: `URL`")
	addOneOutput[orderAnswer](cmd)
	return cmd
}

// write writes an answer for people.
func (a *orderAnswer) write(w io.Writer) {
	fmt.Fprint(w, a.Status)
	if a.Code != "" {
		fmt.Fprintf(w, " (%s)", a.Code)
	}
	if a.Position != nil {
		fmt.Fprintf(w, " by %s", a.Position)
	}
	if a.Time != "" {
		fmt.Fprintf(w, " at %s", a.Time)
	}
	fmt.Fprintln(w)
	switch {
	case a.Open != nil:
		fmt.Fprintf(w, "open: %s, %d left, %d filled\n", a.Open.Side, a.Open.Leaves, a.Open.Filled)
	case a.Order != nil:
		fmt.Fprintln(w, "not open")
	}
}
