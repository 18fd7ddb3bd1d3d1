package kambitest

import (
	"slices"
	"strconv"
	"time"
)

// move changes the price of n outcomes of an offer.
func (g *Generator) move(o *genOffer, n int) {
	first := g.rng.IntN(len(o.outcomes))
	for i := range min(n, len(o.outcomes)) {
		oc := o.outcomes[(first+i)%len(o.outcomes)]
		oc.price = min(max(oc.price+10*(g.rng.IntN(41)-20), 1010), 121_000)
		g.outcomePatch("outcomeOddsUpdated", o, oc, "odds", func(b []byte) []byte { return appendOdds(b, o, oc) })
	}
}

func (g *Generator) setOffer(o *genOffer, status string) {
	if o.status == status {
		return
	}
	o.status = status
	g.offerPatch("betOfferStatusUpdated", o, "status", status)
}

func (g *Generator) setOutcome(o *genOffer, oc *genOutcome, status string) {
	oc.status = status
	g.outcomePatch("outcomeStatusUpdated", o, oc, "status", func(b []byte) []byte { return appendText(b, status) })
}

// smallChange is one of the rarer patches of an offer.
func (g *Generator) smallChange(o *genOffer) {
	oc := pick(g, o.outcomes)
	states := []string{"ENABLED", "SUSPENDED", "DISABLED"}
	switch g.rng.IntN(5) {
	case 0:
		oc.cashOut = pick(g, states)
		g.outcomePatch("outcomeCashoutStatusUpdated", o, oc, "cashOutStatus", func(b []byte) []byte { return appendText(b, oc.cashOut) })
	case 1:
		o.cashOut = pick(g, states)
		g.offerPatch("betOfferCashOutStatusUpdated", o, "cashOutStatus", o.cashOut)
	case 2:
		g.setOutcome(o, oc, pick(g, []string{"OPEN", "SUSPENDED", "CLOSED"}))
		// A suspended outcome has no price.
		g.outcomePatch("outcomeOddsUpdated", o, oc, "odds", func(b []byte) []byte { return appendOdds(b, o, oc) })
	case 3:
		if o.status == "OPEN" {
			g.setOffer(o, "SUSPENDED")
		} else {
			g.setOffer(o, "OPEN")
		}
	default:
		g.move(o, 1)
	}
}

// refresh states a bet offer as a whole, with a price moved and a side gone or back.
func (g *Generator) refresh(o *genOffer) {
	oc := pick(g, o.outcomes)
	oc.price = min(oc.price+50, 121_000)
	if len(o.outcomes) > 3 && g.oneIn(2) {
		o.outcomes = slices.DeleteFunc(o.outcomes, func(x *genOutcome) bool { return x == oc })
	}
	g.fullOffer(pick(g, []string{"betOfferUpdated", "betOfferUpdated", "betOfferAdded"}), o)
}

// switchMainLine takes the main line from one offer and gives it to another.
func (g *Generator) switchMainLine(e *genEvent) {
	for _, o := range []*genOffer{pick(g, e.offers), pick(g, e.offers)} {
		if o.slot < 3 && o.main && !g.oneIn(8) {
			continue // the first offers stay main lines most of the time
		}
		o.main = !o.main
		g.emit("betOfferLineTypesUpdated", func(b []byte) []byte {
			b = strconv.AppendInt(append(b, `{"id":`...), o.id, 10)
			b = append(b, `,"lineTypes":`...)
			return append(appendLineType(b, o), '}')
		})
	}
	g.move(pick(g, e.offers), 1)
}

func (g *Generator) eventStatus(e *genEvent) {
	g.eventText("eventStatusUpdated", e, "status", e.status)
}

func (g *Generator) cashOutEvent(e *genEvent) {
	e.cashOut = pick(g, []string{"ENABLED", "SUSPENDED", "DISABLED"})
	g.eventText("eventCashOutStatusUpdated", e, "cashOutStatus", e.cashOut)
}

func (g *Generator) rotateTags(e *genEvent) {
	e.tags = append(slices.Clone(e.tags[1:]), e.tags[0])
	if g.oneIn(3) {
		e.tags = append(e.tags, "PREMATCH_STATS_"+strconv.Itoa(g.rng.IntN(4)))
		e.tags = e.tags[max(0, len(e.tags)-5):]
	}
	g.emit("eventTagsUpdated", func(b []byte) []byte {
		b = strconv.AppendInt(append(b, `{"id":`...), e.id, 10)
		return append(appendList(append(b, `,"tags":`...), e.tags), '}')
	})
}

// rotateParticipants mostly changes nothing but the order, as the real feed does.
func (g *Generator) rotateParticipants(e *genEvent) {
	e.people[0], e.people[1] = e.people[1], e.people[0]
	if g.oneIn(5) {
		e.people[0].name = pick(g, e.sport.teams)
	}
	g.emit("eventParticipantsUpdated", func(b []byte) []byte {
		b = strconv.AppendInt(append(b, `{"eventId":`...), e.id, 10)
		return append(appendPeople(append(b, `,"participants":`...), e), '}')
	})
}

func (g *Generator) score(e *genEvent, who string) {
	g.emit("eventScoreUpdated", func(b []byte) []byte {
		b = strconv.AppendInt(append(b, `{"eventId":`...), e.id, 10)
		b = appendText(append(b, `,"score":{"home":`...), strconv.Itoa(e.points[0]))
		b = appendText(append(b, `,"away":`...), strconv.Itoa(e.points[1]))
		b = appendText(append(b, `,"info":"","who":`...), who)
		b = strconv.AppendInt(append(b, `,"version":`...), g.version(), 10)
		return append(b, `}}`...)
	})
}

func (g *Generator) matchClock(e *genEvent, running bool) {
	g.now = g.now.Add(time.Millisecond) // two clocks never share a version
	g.emit("matchClockUpdated", func(b []byte) []byte {
		b = strconv.AppendInt(append(b, `{"eventId":`...), e.id, 10)
		b = strconv.AppendInt(append(b, `,"matchClock":{"minute":`...), int64(e.second/60), 10)
		b = strconv.AppendInt(append(b, `,"second":`...), int64(e.second%60), 10)
		b = appendText(append(b, `,"period":`...), e.sport.period)
		b = strconv.AppendInt(append(b, `,"periodId":`...), int64(1+e.second/e.sport.length), 10)
		b = strconv.AppendBool(append(b, `,"running":`...), running)
		b = strconv.AppendBool(append(b, `,"disabled":`...), e.sport.name == "TENNIS")
		b = strconv.AppendInt(append(b, `,"version":`...), g.version(), 10)
		return append(b, `}}`...)
	})
}

func (g *Generator) dropEvent(e *genEvent) {
	g.emit("eventDeleted", func(b []byte) []byte {
		return append(strconv.AppendInt(append(b, `{"id":`...), e.id, 10), '}')
	})
}

func (g *Generator) dropOffer(e *genEvent, o *genOffer) {
	g.emit("betOfferDeleted", func(b []byte) []byte {
		b = strconv.AppendInt(append(b, `{"betOfferId":`...), o.id, 10)
		return append(strconv.AppendInt(append(b, `,"eventId":`...), e.id, 10), '}')
	})
}

// unknownKind is a message no reader of 18 kinds can know.
func (g *Generator) unknownKind(e *genEvent) {
	g.emit("eventStatsUpdated", func(b []byte) []byte {
		b = strconv.AppendInt(append(b, `{"eventId":`...), e.id, 10)
		b = strconv.AppendInt(append(b, `,"stats":{"corners":[`...), int64(g.rng.IntN(9)), 10)
		return append(b, `,2],"possession":null}}`...)
	})
}
