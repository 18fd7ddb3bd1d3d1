package offering

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// EventIDs lists the events that exist, ascending.
func (p *Offering) EventIDs() []int64 {
	var ids []int64
	for _, id := range p.live.eventIDs() {
		if p.live.events[id].visible() {
			ids = append(ids, id)
		}
	}
	return ids
}

// OfferIDs lists the bet offers that exist, ascending.
func (p *Offering) OfferIDs() []int64 {
	var ids []int64
	for _, id := range p.live.offerIDs() {
		if p.live.offers[id].visible() {
			ids = append(ids, id)
		}
	}
	return ids
}

// Event is the event as a full message would carry it now; nil when it does not
// exist. The error is that of a value that is not what its record's kind says.
func (p *Offering) Event(id int64) (*schema.Event, error) {
	e := p.live.events[id]
	if e == nil || !e.visible() {
		return nil, nil
	}
	rd := codec.Read(codec.EventBytes(id, e.values(), e.terms))
	out := rd.Event()
	err := rd.Done()
	for _, doc := range []struct {
		json   *schema.JSON
		member string
	}{{&out.Score, eventDocs[eventScore]}, {&out.Clock, eventDocs[eventClock]}} {
		err = errors.Join(err, unwrap(doc.json, doc.member))
	}
	if err != nil {
		return nil, fmt.Errorf("event %d: %w", id, err)
	}
	return out, nil
}

// unwrap takes a score or a clock out of its message; one whose message names
// it otherwise stays whole.
func unwrap(doc *schema.JSON, member string) error {
	if *doc == "" {
		return nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(*doc), &members); err != nil {
		return fmt.Errorf("%s %q: %w", member, *doc, err)
	}
	if v, ok := members[member]; ok {
		*doc = schema.JSON(v)
	}
	return nil
}

func (e *event) values() [][]byte {
	values := make([][]byte, eventRegisters)
	for i := range e.regs {
		values[i] = e.regs[i].v
	}
	return values
}

// Offer is the bet offer as a full message would carry it now; nil when it does
// not exist. Outcomes that no full message listed are not shown.
func (p *Offering) Offer(id int64) (*schema.BetOffer, error) {
	o := p.live.offers[id]
	if o == nil || !o.visible() {
		return nil, nil
	}
	values := make([][]byte, offerRegisters)
	for i := range o.regs {
		values[i] = o.regs[i].v
	}
	var outcomes [][]byte
	for i := range o.outcomes {
		c := &o.outcomes[i]
		if c.terms == nil {
			continue
		}
		regs := make([][]byte, outcomeRegisters)
		for k := range c.regs {
			regs[k] = c.regs[k].v
		}
		outcomes = append(outcomes, codec.OutcomeBytes(c.id, regs, c.terms))
	}
	rd := codec.Read(codec.OfferBytes(id, o.event, values, o.terms, outcomes))
	out := rd.Offer()
	if err := rd.Done(); err != nil {
		return nil, fmt.Errorf("bet offer %d: %w", id, err)
	}
	return out, nil
}
