package codec

import "github.com/deadheat-io/deadheat/journal/schema"

func (w *Writer) offeringConfig(c *schema.OfferingConfig) {
	w.Array(3)
	w.Int(c.Window)
	w.Array(len(c.Criteria))
	for _, id := range c.Criteria {
		w.Int(id)
	}
	w.strs(c.Jurisdictions...)
}

func (r *Reader) offeringConfig() *schema.OfferingConfig {
	r.Tuple(3)
	c := &schema.OfferingConfig{Window: r.Int()}
	c.Criteria = make([]int64, r.Array())
	for i := range c.Criteria {
		c.Criteria[i] = r.Int()
	}
	c.Jurisdictions = r.required(r.Words)
	return c
}

// An output record is [cause, part, items]; an item is [type, flow, time,
// event or nil, offer or nil].

func (w *Writer) surfaced(s *schema.Surfaced) {
	w.Array(3)
	w.Int(s.Cause)
	w.Int(s.Part)
	w.Array(len(s.Items))
	for i := range s.Items {
		item := &s.Items[i]
		w.Array(5)
		w.Str(item.Type)
		w.flow(item.Flow)
		w.Int(item.Time)
		w.surfacedEvent(item.Event)
		w.surfacedOffer(item.Offer)
	}
}

func (r *Reader) surfaced() *schema.Surfaced {
	r.Tuple(3)
	s := &schema.Surfaced{Cause: r.Int(), Part: r.Int()}
	s.Items = make([]schema.SurfacedItem, r.arrayOf(6))
	for i := range s.Items {
		r.Tuple(5)
		s.Items[i] = schema.SurfacedItem{
			Type: r.Str(), Flow: r.flow(), Time: r.Int(),
			Event: r.surfacedEvent(), Offer: r.surfacedOffer(),
		}
	}
	return s
}

func (w *Writer) surfacedEvent(e *schema.SurfacedEvent) {
	if e == nil {
		w.Nil()
		return
	}
	w.Array(6)
	w.Int(e.EventID)
	w.optStr(e.CompetitionName)
	w.optStr(e.StartsAt)
	w.optInt(e.GroupID)
	w.optStr(e.Sport)
	w.Array(len(e.Participants))
	for i := range e.Participants {
		p := &e.Participants[i]
		w.Array(4)
		w.optInt(p.ID)
		w.optStr(p.Name)
		w.optStr(p.Type)
		w.optBool(p.Home)
	}
}

func (r *Reader) surfacedEvent() *schema.SurfacedEvent {
	if r.Nil() {
		return nil
	}
	r.Tuple(6)
	e := &schema.SurfacedEvent{
		EventID: r.Int(), CompetitionName: r.optStr(), StartsAt: r.optStr(),
		GroupID: r.optInt(), Sport: r.optStr(),
	}
	e.Participants = make([]schema.SurfacedParticipant, r.arrayOf(5))
	for i := range e.Participants {
		r.Tuple(4)
		e.Participants[i] = schema.SurfacedParticipant{
			ID: r.optInt(), Name: r.optStr(), Type: r.optStr(), Home: r.optBool(),
		}
	}
	return e
}

func (w *Writer) surfacedOffer(o *schema.SurfacedOffer) {
	if o == nil {
		w.Nil()
		return
	}
	w.Array(6)
	w.optInt(o.EventID)
	w.Int(o.BetOfferID)
	w.optInt(o.CriterionID)
	w.optStr(o.CriterionLabel)
	w.Bool(o.MainLine)
	w.Array(len(o.Outcomes))
	for i := range o.Outcomes {
		w.surfacedOutcome(&o.Outcomes[i])
	}
}

func (w *Writer) surfacedOutcome(o *schema.SurfacedOutcome) {
	w.Array(3)
	w.Int(o.ID)
	w.optStr(o.Label)
	w.Array(len(o.Odds))
	for i := range o.Odds {
		p := &o.Odds[i]
		w.Array(3)
		w.strs(p.Offerings...)
		w.optInt(schema.Opt[int64]{V: int64(p.Decimal.V), OK: p.Decimal.OK})
		w.Int(p.Mask)
	}
}

func (r *Reader) surfacedOffer() *schema.SurfacedOffer {
	if r.Nil() {
		return nil
	}
	r.Tuple(6)
	o := &schema.SurfacedOffer{
		EventID: r.optInt(), BetOfferID: r.Int(), CriterionID: r.optInt(),
		CriterionLabel: r.optStr(), MainLine: r.Bool(),
	}
	o.Outcomes = make([]schema.SurfacedOutcome, r.arrayOf(4))
	for i := range o.Outcomes {
		r.Tuple(3)
		o.Outcomes[i] = schema.SurfacedOutcome{ID: r.Int(), Label: r.optStr(), Odds: r.surfacedPrices()}
	}
	return o
}

func (r *Reader) surfacedPrices() []schema.SurfacedPrice {
	prices := make([]schema.SurfacedPrice, r.arrayOf(4))
	for i := range prices {
		r.Tuple(3)
		prices[i].Offerings = r.required(r.Words)
		decimal := r.optInt()
		prices[i].Decimal = schema.Opt[schema.Odds]{V: schema.Odds(decimal.V), OK: decimal.OK}
		prices[i].Mask = r.Int()
	}
	return prices
}
