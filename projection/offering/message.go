package offering

import (
	"bytes"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// message folds one entity message. It reads the record's bytes directly: a
// register keeps the bytes of its value, and nothing is decoded that nobody
// asked for.
func (p *Offering) message(r *journal.Record) error {
	if len(r.Body) > schema.MaxEntity { // no source of this project journals such a message
		p.stats.Rejected++
		return nil
	}
	// State outlives the batch that the record came in, so it gets its own copy.
	rd := codec.Read(bytes.Clone(r.Body))
	m := message{record: r, MessageHead: rd.MessageHead(r.Kind)}
	read := p.read(r.Kind, &rd)
	if err := rd.Done(); err != nil {
		return &codec.DecodeError{Kind: r.Kind, Err: err}
	}
	if m.Offset <= 0 { // no place in the order of the feed
		p.stats.Rejected++
		return nil
	}
	m.world = p.live
	if p.shadow != nil {
		m.world = p.shadow
	} else {
		p.raise(m.Offset)
		if m.Offset <= p.floor {
			p.stats.Late++
			if m.Flow == schema.FlowRealtime && m.Offset > p.taken && !p.resync {
				p.resync, p.metaDirty = true, true
			}
			return nil
		}
	}
	if read(&m) {
		p.stats.Applied++
	} else {
		p.stats.Duplicate++
	}
	return nil
}

// message is a message that is being folded.
type message struct {
	codec.MessageHead
	record *journal.Record
	world  *world
}

// surfaces tells whether the message can surface anything: what a snapshot
// brings surfaces when it is complete.
func (m *message) surfaces() bool { return !m.world.shadow }

// read reads what is a kind's own and returns the change that it makes, which
// tells whether it did.
func (p *Offering) read(kind schema.Kind, rd *codec.Reader) func(*message) bool {
	switch kind {
	case schema.KindEventAdded, schema.KindEventUpdated:
		return p.eventFull(rd)
	case schema.KindBetOfferAdded, schema.KindBetOfferUpdated:
		return p.offerFull(rd)
	case schema.KindOutcomeOdds, schema.KindOutcomeStatus, schema.KindOutcomeCashOut:
		c := outcomePatches[kind]
		return p.outcomePatch(c.register, rd.Int(), rd.Int(), rd.Checked(c.shape))
	case schema.KindEventDeleted:
		return p.eventDeleted(rd.Int())
	case schema.KindBetOfferDeleted:
		return p.offerDeleted(rd.Int())
	}
	if c, ok := eventPatches[kind]; ok {
		return p.eventPatch(c.register, rd.Int(), rd.Checked(c.shape))
	}
	if c, ok := offerPatches[kind]; ok {
		return p.offerPatch(c.register, rd.Int(), rd.Checked(c.shape))
	}
	rd.Failed("the projection has no rule for %s", kind)
	return nil
}

// patch says which register a message changes, and what its value looks like.
type patch struct {
	register int
	shape    codec.Shape
}

var (
	eventPatches = map[schema.Kind]patch{
		schema.KindEventStatus:       {eventStatus, codec.Str},
		schema.KindEventCashOut:      {eventCashOut, codec.Str},
		schema.KindEventTags:         {eventTags, codec.Words},
		schema.KindEventParticipants: {eventParticipants, codec.Participants},
		schema.KindEventScore:        {eventScore, codec.Document},
		schema.KindMatchClock:        {eventClock, codec.Document},
	}
	offerPatches = map[schema.Kind]patch{
		schema.KindBetOfferStatus:    {offerStatus, codec.Str},
		schema.KindBetOfferCashOut:   {offerCashOut, codec.Str},
		schema.KindBetOfferLineTypes: {offerLineType, codec.Words},
	}
	outcomePatches = map[schema.Kind]patch{
		schema.KindOutcomeOdds:    {outcomeOdds, codec.Prices},
		schema.KindOutcomeStatus:  {outcomeStatus, codec.Str},
		schema.KindOutcomeCashOut: {outcomeCashOut, codec.Str},
	}
)

// What the registers' values look like in a full message.
var (
	eventShapes   = [eventRegisters]codec.Shape{codec.OptStr, codec.OptStr, codec.OptWords, codec.OptParticipants, codec.OptDocument, codec.OptDocument}
	offerShapes   = [offerRegisters]codec.Shape{codec.OptStr, codec.OptStr, codec.OptWords}
	outcomeShapes = [outcomeRegisters]codec.Shape{codec.OptStr, codec.OptStr, codec.OptPrices}
)

func (p *Offering) eventFull(rd *codec.Reader) func(*message) bool {
	rd.Tuple(8)
	id := rd.Int()
	var values [eventRegisters][]byte
	for i := range values {
		if values[i] = rd.Checked(eventShapes[i]); i >= eventFull && rd.Err() == nil {
			values[i] = wrap(eventDocs[i], values[i])
		}
	}
	terms := rd.Checked(codec.EventTerms)
	return func(m *message) bool {
		e := p.event(m.world, id)
		before := p.eventSurface(m, e)
		changed := e.full(m.Offset, values, terms)
		p.touchEvent(m.world, e)
		p.surfaceEvent(m, e, before)
		return changed
	}
}

// eventDocs are the members that score and clock are carried under.
var eventDocs = map[int]string{eventScore: "score", eventClock: "matchClock"}

// wrap gives a value that a full message carries the form that the value's own
// message has, {"score":…}; nil when the message does not carry it.
func wrap(member string, v []byte) []byte {
	rd := codec.Read(v)
	if rd.Nil() {
		return nil
	}
	w := codec.NewWriter()
	w.Str(`{"` + member + `":` + rd.Str() + `}`)
	return w.Bytes()
}

func (p *Offering) eventPatch(i int, id int64, v []byte) func(*message) bool {
	return func(m *message) bool {
		e := p.event(m.world, id)
		var before *schema.SurfacedEvent
		if i == eventParticipants {
			before = p.eventSurface(m, e)
		}
		changed := e.patch(i, m.Offset, v)
		p.touchEvent(m.world, e)
		if i == eventParticipants {
			p.surfaceEvent(m, e, before)
		}
		return changed
	}
}

func (p *Offering) eventDeleted(id int64) func(*message) bool {
	return func(m *message) bool {
		e := p.event(m.world, id)
		changed := e.remove(m.Offset)
		p.touchEvent(m.world, e)
		return changed
	}
}

func (p *Offering) offerFull(rd *codec.Reader) func(*message) bool {
	rd.Tuple(7)
	id, event := rd.Int(), rd.Checked(codec.OptInt)
	var values [offerRegisters][]byte
	for i := range values {
		values[i] = rd.Checked(offerShapes[i])
	}
	terms := rd.Checked(codec.OfferTerms)
	outcomes := readOutcomes(rd)
	return func(m *message) bool {
		for i := range outcomes {
			for k := range outcomes[i].regs {
				outcomes[i].regs[k].at = m.Offset
			}
		}
		o := p.offer(m.world, id)
		was, before := o.visible(), p.look(m.world, o)
		changed := o.full(m.Offset, values, event, terms, outcomes)
		p.touchOffer(m.world, o)
		p.tell(m.world, o, &before)
		if changed && !was {
			p.surfaceNewOffer(m, o)
		}
		return changed
	}
}

func readOutcomes(rd *codec.Reader) []outcome {
	if rd.Nil() {
		return nil
	}
	n := rd.Array()
	outcomes := make([]outcome, 0, min(n, 64))
	for range n {
		rd.Tuple(2 + outcomeRegisters)
		c := outcome{id: rd.Int()}
		for k := range c.regs {
			c.regs[k].v = rd.Checked(outcomeShapes[k])
		}
		c.terms = rd.Checked(codec.OutcomeTerms)
		if rd.Err() != nil {
			return nil
		}
		outcomes = append(outcomes, c)
	}
	return outcomes
}

func (p *Offering) offerPatch(i int, id int64, v []byte) func(*message) bool {
	return func(m *message) bool {
		o := p.offer(m.world, id)
		was, before := o.regs[offerStatus].text(), p.look(m.world, o)
		changed := o.patch(i, m.Offset, v)
		p.touchOffer(m.world, o)
		p.tell(m.world, o, &before)
		if changed && i == offerStatus && m.surfaces() && o.visible() {
			p.surfaceStatus(o, was, m.Flow, m.record.Time)
		}
		return changed
	}
}

func (p *Offering) outcomePatch(i int, id, outcome int64, v []byte) func(*message) bool {
	return func(m *message) bool {
		o := p.offer(m.world, id)
		changed := o.patchOutcome(outcome, i, m.Offset, v)
		p.touchOffer(m.world, o)
		if changed && i == outcomeOdds && m.surfaces() && o.visible() {
			p.surfaceOdds(m, o, outcome)
		}
		return changed
	}
}

func (p *Offering) offerDeleted(id int64) func(*message) bool {
	return func(m *message) bool {
		o := p.offer(m.world, id)
		before := p.look(m.world, o)
		changed := o.remove(m.Offset)
		p.touchOffer(m.world, o)
		p.tell(m.world, o, &before)
		return changed
	}
}
