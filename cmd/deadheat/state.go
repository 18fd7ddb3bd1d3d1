package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/projection/book"
	"github.com/deadheat-io/deadheat/projection/offering"
)

func newState(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "state",
		Short: "Read the state as of the last checkpoint (read-only)",
		Long: `Read the state of a projection from its store, as of the last checkpoint. A
running process may go on meanwhile.`,
		Example: "  deadheat state get event/1028237927 --config deadheat.yaml",
	}
	cmd.AddCommand(newStateLs(o), newStateGet(o), newStateExport(o))
	return cmd
}

// stateRow is a line of state ls.
type stateRow struct {
	Key    string `json:"key" doc:"event/ID, betOffer/ID or market/ID"`
	Topic  string `json:"topic" doc:"what was folded"`
	Event  int64  `json:"event,omitempty" doc:"of a bet offer: its event"`
	Status string `json:"status" doc:"as the feed says; of a market, its state"`
	Name   string `json:"name" doc:"of the event, the offer's criterion, or the kind of market"`
}

func newStateLs(o *options) *cobra.Command {
	var name, topic string
	cmd := &cobra.Command{
		Use:     "ls",
		Short:   "List what exists",
		Example: "  deadheat state ls --config deadheat.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.withStores(cmd, name, topic, func(_ journal.Journal, list []loaded) error {
				var all []stateRow
				for _, l := range list {
					part, err := listState(l.state, l.source.Topic.Name)
					if err != nil {
						return err
					}
					all = append(all, part...)
				}
				return printList(cmd, all, "KEY\tTOPIC\tSTATUS\tNAME", func(r stateRow) string {
					return r.Key + "\t" + r.Topic + "\t" + r.Status + "\t" + r.Name
				})
			})
		},
	}
	addProjectionFlags(cmd, &name, &topic)
	addListOutput[stateRow](cmd)
	return cmd
}

func listState(s state, topic string) ([]stateRow, error) {
	switch p := s.(type) {
	case *offering.Offering:
		return listOffering(p, topic)
	case *book.Book:
		return listMarkets(p, topic), nil
	}
	return nil, fmt.Errorf("there is no list of projection %s", s.Name())
}

func listMarkets(b *book.Book, topic string) []stateRow {
	var list []stateRow
	for _, id := range b.Markets() {
		m, _ := b.Market(id)
		list = append(list, stateRow{Key: "market/" + id, Topic: topic, Status: m.State, Name: m.Kind.String()})
	}
	return list
}

func listOffering(p *offering.Offering, topic string) ([]stateRow, error) {
	var list []stateRow
	for _, key := range p.Keys() {
		row := stateRow{Key: key, Topic: topic}
		if isEvent, id := offering.ParseKey(key); isEvent {
			e, err := p.Event(id)
			if err != nil {
				return nil, err
			}
			row.Status, row.Name = e.Status.V, e.Terms.Name.V.Default.V
		} else {
			b, err := p.Offer(id)
			if err != nil {
				return nil, err
			}
			row.Status, row.Name, row.Event = b.Status.V, b.Terms.Criterion.V.Label.V.Default.V, b.EventID.V
		}
		list = append(list, row)
	}
	return list, nil
}

func newStateGet(o *options) *cobra.Command {
	var name, topic string
	cmd := &cobra.Command{
		Use:   "get KEY",
		Short: "Print one event, bet offer or market",
		Long: `Print one event or bet offer as JSON, in the feed's own field names, or one
market with its open orders. A bare id is looked up as each of them.`,
		Example: "  deadheat state get betOffer/2668340638 --config deadheat.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.withStores(cmd, name, topic, func(_ journal.Journal, list []loaded) error {
				var found []byte
				for _, l := range list {
					b, err := l.state.Get(args[0])
					if err != nil {
						return err
					}
					if b != nil && found != nil {
						return usagef("%q exists in several topics: say which with --topic", args[0])
					}
					if b != nil {
						found = b
					}
				}
				if found != nil {
					_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n", found)
					return err
				}
				return &notFoundError{fmt.Errorf("%q does not exist as of %s; keys are event/ID, betOffer/ID and market/ID, \"deadheat state ls\" lists them",
					args[0], positions(list))}
			})
		},
	}
	addProjectionFlags(cmd, &name, &topic)
	return cmd
}

func positions(list []loaded) string {
	var texts []string
	for _, l := range list {
		texts = append(texts, l.source.Partition.At(l.Checkpoint.Next).String())
	}
	return strings.Join(texts, ", ")
}

func newStateExport(o *options) *cobra.Command {
	var name, topic string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print the whole state as canonical JSON",
		Long: `Print all events and bet offers that exist, in the feed's own field names:
{"betOffers":{"ID":…},"events":{"ID":…}}; of the book, every market with its
open orders. Ids and names are sorted, so the same state gives the same bytes.`,
		Example: "  deadheat state export --projection offering -o json --config deadheat.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.withStores(cmd, name, topic, func(_ journal.Journal, list []loaded) error {
				if len(list) > 1 {
					return usagef("there are %d partitions: say which with --topic", len(list))
				}
				return list[0].state.Export(cmd.OutOrStdout())
			})
		},
	}
	addProjectionFlags(cmd, &name, &topic)
	cmd.Flags().Lookup("projection").DefValue = offering.Name
	name = offering.Name
	addOneOutput[exportSchema](cmd)
	return cmd
}

// exportSchema is what -o help prints of an export.
type exportSchema struct {
	BetOffers map[string]any `json:"betOffers" doc:"by id"`
	Events    map[string]any `json:"events" doc:"by id"`
}
