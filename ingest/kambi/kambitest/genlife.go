package kambitest

import (
	"slices"
	"time"
)

// step lets something happen and queues at least one message.
func (g *Generator) step() {
	g.now = g.now.Add(time.Duration(50+g.rng.IntN(400)) * time.Millisecond)
	if len(g.events) < g.cfg.Events {
		g.announce()
		return
	}
	if g.oneIn(400) {
		g.unknownKind(pick(g, g.events))
		return
	}
	e := pick(g, g.events)
	e.left--
	switch {
	case e.left <= 0 && e.status == "NOT_STARTED":
		g.kickOff(e)
	case e.left <= 0:
		g.finish(e)
	case e.status == "STARTED":
		g.live(e)
	default:
		g.prematch(e)
	}
}

// announce brings a new event with its bet offers. The first ones are of all ages,
// so that a young feed has live events and sees the end of some.
func (g *Generator) announce() {
	e := g.newEvent()
	g.born++
	e.left = 20 + g.rng.IntN(200)
	if g.born <= g.cfg.Events && g.oneIn(2) {
		e.left, e.short = 1+g.rng.IntN(10), g.oneIn(2)
	}
	g.events = append(g.events, e)
	key := "eventAdded"
	if g.oneIn(30) {
		key = "eventUpdated" // creates what is unknown as well
	}
	g.fullEvent(key, e)
	for range 10 + g.rng.IntN(g.cfg.Offers-9) {
		g.addOffer(e)
	}
}

// addOffer announces one more bet offer.
func (g *Generator) addOffer(e *genEvent) {
	o := g.newOffer(e, len(e.offers))
	e.offers = append(e.offers, o)
	key := "betOfferAdded"
	if g.oneIn(50) {
		key = "betOfferUpdated"
	}
	g.fullOffer(key, o)
}

// kickOff starts an event.
func (g *Generator) kickOff(e *genEvent) {
	e.status, e.left = "STARTED", 60+g.rng.IntN(150)
	if e.short {
		e.left = 2 + g.rng.IntN(30)
	}
	g.eventStatus(e)
	g.matchClock(e, true)
	g.score(e, "UNKNOWN")
	g.reprice(e)
}

// finish ends an event: offers close, their outcomes are settled, everything goes.
func (g *Generator) finish(e *genEvent) {
	e.status = "FINISHED"
	g.matchClock(e, false)
	g.eventStatus(e)
	for _, o := range e.offers {
		g.setOffer(o, "CLOSED")
		if g.oneIn(3) {
			g.setOutcome(o, pick(g, o.outcomes), "SETTLED")
		}
	}
	early := g.oneIn(4) // an event may go before its offers
	if early {
		g.dropEvent(e)
	}
	for _, o := range e.offers {
		g.dropOffer(e, o)
	}
	if !early {
		g.dropEvent(e)
	}
	g.events = slices.DeleteFunc(g.events, func(x *genEvent) bool { return x == e })
}

// prematch is what happens before the start: mostly single prices.
func (g *Generator) prematch(e *genEvent) {
	switch r := g.rng.IntN(100); {
	case r < 60:
		g.move(pick(g, e.offers), 1+g.rng.IntN(3))
	case r < 64:
		g.reprice(e)
	case r < 68:
		g.rotateTags(e)
	case r < 71:
		g.rotateParticipants(e)
	case r < 75:
		e.startsAt = e.startsAt.Add(time.Duration(g.rng.IntN(3)*15) * time.Minute)
		g.fullEvent(pick(g, []string{"eventUpdated", "eventUpdated", "eventAdded"}), e)
	case r < 78:
		g.cashOutEvent(e)
	case r < 82:
		g.switchMainLine(e)
	case r < 86:
		g.addOffer(e)
	case r < 90 && len(e.offers) > 10:
		o := pick(g, e.offers)
		e.offers = slices.DeleteFunc(e.offers, func(x *genOffer) bool { return x == o })
		g.dropOffer(e, o)
	case r < 93:
		g.recreate(e)
	case r < 96:
		g.refresh(pick(g, e.offers))
	default:
		g.smallChange(pick(g, e.offers))
	}
}

// live is what happens in play: clock, score, and bursts over the whole event.
func (g *Generator) live(e *genEvent) {
	e.second += 5 + g.rng.IntN(40)
	switch r := g.rng.IntN(100); {
	case r < 8:
		g.goal(e)
	case r < 25:
		g.reprice(e)
	case r < 60:
		g.move(pick(g, e.offers), 1+g.rng.IntN(6))
	case r < 75:
		g.matchClock(e, true)
	case r < 80:
		g.switchMainLine(e)
	case r < 84:
		g.recreate(e)
	case r < 87:
		g.refresh(pick(g, e.offers))
	case r < 90 && len(e.offers) < g.cfg.Offers:
		g.addOffer(e)
	default:
		g.smallChange(pick(g, e.offers))
	}
}

// goal suspends everything, moves the score and opens again at new prices.
func (g *Generator) goal(e *genEvent) {
	for _, o := range e.offers {
		g.setOffer(o, "SUSPENDED")
	}
	e.points[g.rng.IntN(2)] += 1 + g.rng.IntN(e.sport.points)
	g.score(e, pick(g, []string{"HOME", "AWAY"}))
	g.reprice(e)
	for _, o := range e.offers {
		g.setOffer(o, "OPEN")
	}
}

// reprice changes every outcome of an event: the burst.
func (g *Generator) reprice(e *genEvent) {
	for _, o := range e.offers {
		g.move(o, len(o.outcomes))
	}
}

// recreate deletes and announces the same id at once, as the real feed does.
func (g *Generator) recreate(e *genEvent) {
	if g.oneIn(10) {
		g.dropEvent(e)
		g.fullEvent("eventAdded", e)
		return
	}
	i := g.rng.IntN(len(e.offers))
	old := e.offers[i]
	g.dropOffer(e, old)
	fresh := g.newOffer(e, old.slot)
	fresh.id = old.id
	for _, oc := range fresh.outcomes {
		oc.offerID = old.id
	}
	e.offers[i] = fresh
	g.fullOffer("betOfferAdded", fresh)
}
