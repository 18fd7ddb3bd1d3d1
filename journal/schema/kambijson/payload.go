package kambijson

import "github.com/deadheat-io/deadheat/journal/schema"

// payload reads the member of the envelope that next found, if it is one; any
// other is kept.
func (d *Decoder) payload(h *head) {
	p := payloadByKey[string(d.name)]
	switch {
	case p == nil:
		d.keepNext()
		return
	case h.payload != nil:
		d.failValue("a second payload beside " + h.payload.key)
		return
	case d.peek() != object:
		d.failValue("not an object")
		return
	}
	h.payload = p
	m := h.message
	outer := d.open()
	seen := 0
	for d.next() {
		i := p.find(d.name)
		if i < 0 {
			d.keepNext()
			continue
		}
		seen |= 1 << i
		d.field(p.fields[i].role, m)
	}
	rest := d.rest(outer)
	for i, f := range p.fields {
		d.require(seen&(1<<i) != 0, f.name)
	}
	switch {
	case !p.doc:
		m.More = rest
	case rest == "":
		d.fail("nothing beside eventId")
	default:
		m.Doc = rest
	}
}

// require fails at the object read last when it had no such member.
func (d *Decoder) require(seen bool, name string) {
	if !seen {
		d.fail(name + " is missing")
	}
}

func (d *Decoder) field(r role, m *schema.Message) {
	switch r {
	case anID:
		m.ID = d.integer()
	case anOutcomeID:
		m.Outcome = d.integer()
	case anEvent:
		if d.must(object, "not an object") {
			m.Event = d.event()
			m.ID = m.Event.ID
		}
	case anOffer:
		if d.must(object, "not an object") {
			m.Offer = d.offer()
			m.ID = m.Offer.ID
		}
	case aStatus:
		m.Status = d.text()
	case someWords:
		if d.must(list, "not a list") {
			m.Words = d.wordList()
		}
	case someParticipants:
		if d.must(list, "not a list") {
			m.Participants = d.participantList()
		}
	case somePrices:
		if d.must(list, "not a list") {
			m.Odds = d.priceList()
		}
	}
}
