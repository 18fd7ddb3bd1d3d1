package codec

import "github.com/deadheat-io/deadheat/journal/schema"

// An event is [id, status, cash-out status, tags, participants, score, clock,
// terms]; a bet offer is [id, event id, status, cash-out status, line type,
// terms, outcomes]; an outcome is [id, status, cash-out status, odds, terms].
// Terms come as one value each, so that a fold can keep them as bytes.

func (w *Writer) event(e *schema.Event) {
	w.Array(8)
	w.Int(e.ID)
	w.optStr(e.Status)
	w.optStr(e.CashOutStatus)
	w.Words(e.Tags)
	w.Participants(e.Participants)
	w.json(e.Score)
	w.json(e.Clock)
	w.eventTerms(&e.Terms)
}

// Event reads an event.
func (r *Reader) Event() *schema.Event {
	r.Tuple(8)
	return &schema.Event{
		ID: r.Int(), Status: r.optStr(), CashOutStatus: r.optStr(),
		Tags: r.Words(), Participants: r.Participants(),
		Score: r.json(), Clock: r.json(), Terms: r.EventTerms(),
	}
}

func (w *Writer) eventTerms(t *schema.EventTerms) {
	w.Array(6)
	w.optText(t.Name)
	w.optStr(t.Sport)
	w.optStr(t.StartsAt)
	w.optNamed(t.Group)
	w.optText(t.CompetitionName)
	w.json(t.Rest)
}

// EventTerms reads the terms of an event.
func (r *Reader) EventTerms() schema.EventTerms {
	r.Tuple(6)
	return schema.EventTerms{
		Name: r.optText(), Sport: r.optStr(), StartsAt: r.optStr(),
		Group: r.optNamed(), CompetitionName: r.optText(), Rest: r.json(),
	}
}

func (w *Writer) offer(o *schema.BetOffer) {
	w.Array(7)
	w.Int(o.ID)
	w.optInt(o.EventID)
	w.optStr(o.Status)
	w.optStr(o.CashOutStatus)
	w.Words(o.LineType)
	w.offerTerms(&o.Terms)
	if o.Outcomes == nil {
		w.Nil()
		return
	}
	w.Array(len(o.Outcomes))
	for i := range o.Outcomes {
		w.outcome(&o.Outcomes[i])
	}
}

// Offer reads a bet offer.
func (r *Reader) Offer() *schema.BetOffer {
	r.Tuple(7)
	o := &schema.BetOffer{
		ID: r.Int(), EventID: r.optInt(), Status: r.optStr(), CashOutStatus: r.optStr(),
		LineType: r.Words(), Terms: r.OfferTerms(),
	}
	if r.Nil() {
		return o
	}
	o.Outcomes = make([]schema.Outcome, r.arrayOf(13))
	for i := range o.Outcomes {
		o.Outcomes[i] = r.outcome()
	}
	return o
}

func (w *Writer) offerTerms(t *schema.OfferTerms) {
	w.Array(5)
	w.optNamed(t.Type)
	w.optCriterion(t.Criterion)
	w.Words(t.Tags)
	w.optStr(t.ClosesAt)
	w.json(t.Rest)
}

// OfferTerms reads the terms of a bet offer.
func (r *Reader) OfferTerms() schema.OfferTerms {
	r.Tuple(5)
	return schema.OfferTerms{
		Type: r.optNamed(), Criterion: r.optCriterion(), Tags: r.Words(),
		ClosesAt: r.optStr(), Rest: r.json(),
	}
}

func (w *Writer) outcome(o *schema.Outcome) {
	w.Array(5)
	w.Int(o.ID)
	w.optStr(o.Status)
	w.optStr(o.CashOutStatus)
	w.Prices(o.Odds)
	w.outcomeTerms(&o.Terms)
}

func (r *Reader) outcome() schema.Outcome {
	r.Tuple(5)
	return schema.Outcome{
		ID: r.Int(), Status: r.optStr(), CashOutStatus: r.optStr(),
		Odds: r.Prices(), Terms: r.OutcomeTerms(),
	}
}

func (w *Writer) outcomeTerms(t *schema.OutcomeTerms) {
	w.Array(7)
	w.optInt(t.BetOfferID)
	w.optText(t.Label)
	w.optStr(t.Type)
	w.optInt(t.Line)
	w.optInt(t.ParticipantID)
	w.optInt(t.EventParticipantID)
	w.json(t.Rest)
}

// OutcomeTerms reads the terms of an outcome.
func (r *Reader) OutcomeTerms() schema.OutcomeTerms {
	r.Tuple(7)
	return schema.OutcomeTerms{
		BetOfferID: r.optInt(), Label: r.optText(), Type: r.optStr(), Line: r.optInt(),
		ParticipantID: r.optInt(), EventParticipantID: r.optInt(), Rest: r.json(),
	}
}
