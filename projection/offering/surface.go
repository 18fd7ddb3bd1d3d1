package offering

import (
	"cmp"
	"slices"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// Values of the feed that decide what surfaces.
const (
	statusOpen    = "OPEN"
	statusClosed  = "CLOSED"
	statusStarted = "STARTED"
	mainLine      = "MAIN_LINE"
	offeredLive   = "OFFERED_LIVE"
)

// facts are what an offer's terms say about surfacing, read when first asked.
type facts struct {
	known     bool
	live      bool // has the tag OFFERED_LIVE
	event     schema.Opt[int64]
	criterion schema.Opt[int64]
	label     schema.Opt[string]
}

func (o *offer) fact() *facts {
	if o.facts.known {
		return &o.facts
	}
	rd := codec.Read(o.terms)
	terms := rd.OfferTerms()
	o.facts = facts{
		known: true, live: slices.Contains(terms.Tags, offeredLive), event: readOptInt(o.event),
		criterion: terms.Criterion.V.ID, label: terms.Criterion.V.Label.V.Default,
	}
	return &o.facts
}

func readOptInt(v []byte) (n schema.Opt[int64]) {
	if rd := codec.Read(v); len(v) > 0 && !rd.Nil() {
		n = schema.Some(rd.Int())
	}
	return n
}

// eventSurface is what event_data would say of the event; nil when it does not
// exist, or when nothing surfaces now.
func (p *Offering) eventSurface(m *message, e *event) *schema.SurfacedEvent {
	if !m.surfaces() {
		return nil
	}
	return e.surface()
}

func (e *event) surface() *schema.SurfacedEvent {
	if !e.visible() {
		return nil
	}
	rd := codec.Read(e.terms)
	terms := rd.EventTerms()
	s := &schema.SurfacedEvent{
		EventID: e.id, CompetitionName: terms.CompetitionName.V.Default,
		StartsAt: terms.StartsAt, GroupID: terms.Group.V.ID, Sport: terms.Sport,
		Participants: []schema.SurfacedParticipant{},
	}
	if v := e.regs[eventParticipants].v; v != nil {
		rd := codec.Read(v)
		for _, c := range rd.Participants() {
			s.Participants = append(s.Participants, schema.SurfacedParticipant{ID: c.ID, Name: c.Name.V.Default, Type: c.Type, Home: c.Home})
		}
	}
	// A set: the feed permutes participants, which is no news.
	slices.SortStableFunc(s.Participants, func(a, b schema.SurfacedParticipant) int {
		return cmp.Or(cmp.Compare(a.ID.V, b.ID.V), cmp.Compare(a.Name.V, b.Name.V))
	})
	return s
}

// sameNews tells whether event_data has nothing new to say. The competition's
// name alone is no news.
func sameNews(a, b *schema.SurfacedEvent) bool {
	return a.StartsAt == b.StartsAt && a.GroupID == b.GroupID && a.Sport == b.Sport &&
		slices.Equal(a.Participants, b.Participants)
}

// surfaceEvent compares an event with what it was.
func (p *Offering) surfaceEvent(m *message, e *event, before *schema.SurfacedEvent) {
	if m.surfaces() {
		p.eventNews(before, e.surface(), m.Flow, m.record.Time)
	}
}

func (p *Offering) eventNews(before, after *schema.SurfacedEvent, flow schema.Flow, time int64) {
	if after == nil || before != nil && sameNews(before, after) {
		return
	}
	p.out = append(p.out, schema.SurfacedItem{Type: schema.SurfacedEventData, Flow: flow, Time: time, Event: after})
}

// surfaceNewOffer is for an offer that a full message has made visible: it may
// be open, and odds that came before it may be of the game.
func (p *Offering) surfaceNewOffer(m *message, o *offer) {
	if !m.surfaces() {
		return
	}
	if o.regs[offerStatus].text() == statusOpen {
		p.surfaceOffer(schema.SurfacedBetOfferOpened, o, m.Flow, m.record.Time)
	}
	for i := range o.outcomes {
		if o.outcomes[i].regs[outcomeOdds].at > o.whole {
			p.surfaceOdds(m, o, o.outcomes[i].id)
		}
	}
}

// surfaceStatus compares an offer's status with what it was.
func (p *Offering) surfaceStatus(o *offer, was string, flow schema.Flow, time int64) {
	switch now := o.regs[offerStatus].text(); {
	case now == was:
	case now == statusOpen:
		p.surfaceOffer(schema.SurfacedBetOfferOpened, o, flow, time)
	case now == statusClosed:
		p.surfaceOffer(schema.SurfacedBetOfferClosed, o, flow, time)
	}
}

// surfaceOdds surfaces one outcome's odds if they are of a game that is on.
func (p *Offering) surfaceOdds(m *message, o *offer, outcome int64) {
	f := o.fact()
	if !f.live || !f.criterion.OK || !f.event.OK || !slices.Contains(p.config.Criteria, f.criterion.V) ||
		!o.regs[offerLineType].has(mainLine) {
		return
	}
	e := m.world.events[f.event.V]
	if e == nil || !e.visible() || e.regs[eventStatus].text() != statusStarted {
		return
	}
	s := p.offerSurface(o)
	i := indexOutcome(o.outcomes, outcome)
	s.Outcomes = []schema.SurfacedOutcome{p.outcomeSurface(&o.outcomes[i])}
	p.out = append(p.out, schema.SurfacedItem{Type: schema.SurfacedInGameOdds, Flow: m.Flow, Time: m.record.Time, Offer: s})
}

// surfaceOffer surfaces an offer with all its outcomes.
func (p *Offering) surfaceOffer(what string, o *offer, flow schema.Flow, time int64) {
	item := schema.SurfacedItem{Type: what, Flow: flow, Time: time, Offer: p.offerSurface(o)}
	size := itemSize(&item)
	for i := range o.outcomes {
		if o.outcomes[i].terms == nil {
			continue
		}
		c := p.outcomeSurface(&o.outcomes[i])
		if size += outcomeSize(&c); size > maxBytes && len(item.Offer.Outcomes) > 0 {
			p.out = append(p.out, item) // an offer larger than a record comes in several items
			item.Offer = p.offerSurface(o)
			size = itemSize(&item) + outcomeSize(&c)
		}
		item.Offer.Outcomes = append(item.Offer.Outcomes, c)
	}
	p.out = append(p.out, item)
}

func (p *Offering) offerSurface(o *offer) *schema.SurfacedOffer {
	f := o.fact()
	return &schema.SurfacedOffer{
		EventID: f.event, BetOfferID: o.id, CriterionID: f.criterion, CriterionLabel: f.label,
		MainLine: o.regs[offerLineType].has(mainLine), Outcomes: []schema.SurfacedOutcome{},
	}
}

func (p *Offering) outcomeSurface(c *outcome) schema.SurfacedOutcome {
	s := schema.SurfacedOutcome{ID: c.id, Odds: []schema.SurfacedPrice{}}
	if c.terms != nil {
		rd := codec.Read(c.terms)
		s.Label = rd.OutcomeTerms().Label.V.Default
	}
	for _, price := range c.prices() {
		sp := schema.SurfacedPrice{Offerings: price.Offerings, Decimal: price.Decimal}
		if sp.Offerings == nil {
			sp.Offerings = []string{}
		}
		for _, name := range sp.Offerings {
			if i := slices.Index(p.config.Jurisdictions, name); i >= 0 {
				sp.Mask |= 1 << i
			}
		}
		s.Odds = append(s.Odds, sp)
	}
	return s
}

func (c *outcome) prices() []schema.Price {
	if c.regs[outcomeOdds].v == nil {
		return nil
	}
	rd := codec.Read(c.regs[outcomeOdds].v)
	return rd.Prices()
}

// surfaceSnapshot compares the state before and after a snapshot: a reader of
// the outputs learns what it would have learned from the messages between.
func (p *Offering) surfaceSnapshot(old, fresh *world, time int64) {
	for _, id := range fresh.eventIDs() {
		var before *schema.SurfacedEvent
		if was := old.events[id]; was != nil {
			before = was.surface()
		}
		p.eventNews(before, fresh.events[id].surface(), schema.FlowSnapshot, time)
	}
	for _, id := range fresh.offerIDs() {
		o := fresh.offers[id]
		was := old.offers[id]
		switch {
		case !o.visible():
		case was != nil && was.visible():
			p.surfaceStatus(o, was.regs[offerStatus].text(), schema.FlowSnapshot, time)
		case o.regs[offerStatus].text() == statusOpen:
			p.surfaceOffer(schema.SurfacedBetOfferOpened, o, schema.FlowSnapshot, time)
		}
	}
}

// Sizes of an output record. A single outcome is never split: see
// [schema.MaxEntity].
const (
	maxItems = 64
	maxBytes = 256 << 10
)

// split cuts the items of one record into output records of bounded size.
func split(items []schema.SurfacedItem) [][]schema.SurfacedItem {
	var parts [][]schema.SurfacedItem
	from, size := 0, 0
	for i := range items {
		n := itemSize(&items[i])
		if i > from && (i-from == maxItems || size+n > maxBytes) {
			parts = append(parts, items[from:i])
			from, size = i, 0
		}
		size += n
	}
	if from < len(items) {
		parts = append(parts, items[from:])
	}
	return parts
}

// itemSize estimates the encoding's size from above.
func itemSize(item *schema.SurfacedItem) int {
	n := 64
	if e := item.Event; e != nil {
		n += 64 + len(e.CompetitionName.V) + len(e.StartsAt.V) + len(e.Sport.V)
		for i := range e.Participants {
			n += 24 + len(e.Participants[i].Name.V) + len(e.Participants[i].Type.V)
		}
	}
	if o := item.Offer; o != nil {
		n += 64 + len(o.CriterionLabel.V)
		for i := range o.Outcomes {
			n += outcomeSize(&o.Outcomes[i])
		}
	}
	return n
}

func outcomeSize(c *schema.SurfacedOutcome) int {
	n := 24 + len(c.Label.V)
	for i := range c.Odds {
		n += 24
		for _, name := range c.Odds[i].Offerings {
			n += 5 + len(name)
		}
	}
	return n
}
