package kambijson

import "github.com/deadheat-io/deadheat/journal/schema"

// AppendEvent appends an event as canonical JSON to dst.
func AppendEvent(dst []byte, e *schema.Event) []byte {
	t := &e.Terms
	w := newWriter(dst, t.Rest)
	w.text("cashOutStatus", e.CashOutStatus)
	w.translated("competitionName", &t.CompetitionName)
	w.named("group", &t.Group)
	w.int("id", schema.Some(e.ID))
	w.json("matchClock", e.Clock)
	w.translated("name", &t.Name)
	array(&w, "participants", e.Participants, appendParticipant)
	w.json("score", e.Score)
	w.text("sport", t.Sport)
	w.text("startsAt", t.StartsAt)
	w.text("status", e.Status)
	w.words("tags", e.Tags)
	return w.done()
}

// AppendOffer appends a bet offer as canonical JSON to dst. With emptyOdds an
// outcome that has no odds is written with an empty list of them, as the feed
// itself writes one whose odds were taken away; without, absent stays absent.
func AppendOffer(dst []byte, o *schema.BetOffer, emptyOdds bool) []byte {
	t := &o.Terms
	w := newWriter(dst, t.Rest)
	w.named("betOfferType", &t.Type)
	w.text("cashOutStatus", o.CashOutStatus)
	w.text("closesAt", t.ClosesAt)
	w.criterion("criterion", &t.Criterion)
	w.int("eventId", o.EventID)
	w.int("id", schema.Some(o.ID))
	w.words("lineType", o.LineType)
	item := appendOutcome
	if emptyOdds {
		item = appendOutcomeWithOdds
	}
	array(&w, "outcomes", o.Outcomes, item)
	w.text("status", o.Status)
	w.words("tags", t.Tags)
	return w.done()
}

func appendOutcomeWithOdds(dst []byte, o *schema.Outcome) []byte {
	// Odds that are no list are among the kept members.
	if o.Odds != nil || has(o.Terms.Rest, "odds") {
		return appendOutcome(dst, o)
	}
	with := *o
	with.Odds = []schema.Price{}
	return appendOutcome(dst, &with)
}

func appendOutcome(dst []byte, o *schema.Outcome) []byte {
	t := &o.Terms
	w := newWriter(dst, t.Rest)
	w.int("betOfferId", t.BetOfferID)
	w.text("cashOutStatus", o.CashOutStatus)
	w.int("eventParticipantId", t.EventParticipantID)
	w.int("id", schema.Some(o.ID))
	w.translated("label", &t.Label)
	w.int("line", t.Line)
	array(&w, "odds", o.Odds, appendPrice)
	w.int("participantId", t.ParticipantID)
	w.text("status", o.Status)
	w.text("type", t.Type)
	return w.done()
}

func appendPrice(dst []byte, p *schema.Price) []byte {
	w := newWriter(dst, p.Rest)
	if p.Decimal.OK || p.OddsRest != "" {
		w.name("odds")
		odds := newWriter(w.dst, p.OddsRest)
		if p.Decimal.OK {
			odds.name("decimal")
			odds.dst = p.Decimal.V.Append(odds.dst)
		}
		w.dst = odds.done()
	}
	w.words("offerings", p.Offerings)
	return w.done()
}

func appendParticipant(dst []byte, p *schema.Participant) []byte {
	w := newWriter(dst, p.Rest)
	w.bool("homeParticipant", p.Home)
	w.int("id", p.ID)
	w.translated("name", &p.Name)
	w.text("type", p.Type)
	return w.done()
}

func (w *writer) translated(name string, t *schema.Opt[schema.Text]) {
	if !t.OK {
		return
	}
	w.name(name)
	in := newWriter(w.dst, t.V.Rest)
	in.text("defaultTranslation", t.V.Default)
	w.dst = in.done()
}

func (w *writer) named(name string, n *schema.Opt[schema.Named]) {
	if !n.OK {
		return
	}
	w.name(name)
	in := newWriter(w.dst, n.V.Rest)
	in.int("id", n.V.ID)
	in.translated("name", &n.V.Name)
	w.dst = in.done()
}

func (w *writer) criterion(name string, c *schema.Opt[schema.Criterion]) {
	if !c.OK {
		return
	}
	w.name(name)
	in := newWriter(w.dst, c.V.Rest)
	in.int("id", c.V.ID)
	in.translated("label", &c.V.Label)
	in.text("lifetime", c.V.Lifetime)
	in.text("occurrenceType", c.V.OccurrenceType)
	w.dst = in.done()
}
