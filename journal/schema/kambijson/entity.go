package kambijson

import (
	"slices"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// The functions here read an object whose beginning comes next.

func (d *Decoder) event() *schema.Event {
	e := new(schema.Event)
	t := &e.Terms
	seen := false
	outer := d.open()
	for d.next() {
		switch string(d.name) {
		case "id":
			e.ID, seen = d.integer(), true
		case "status":
			e.Status = d.optText("status")
		case "cashOutStatus":
			e.CashOutStatus = d.optText("cashOutStatus")
		case "tags":
			e.Tags = d.optWords("tags")
		case "participants":
			if d.is(list, "participants") {
				e.Participants = d.participantList()
			}
		case "score":
			e.Score = d.any()
		case "matchClock":
			e.Clock = d.any()
		case "name":
			t.Name = d.optTranslated("name")
		case "sport":
			t.Sport = d.optText("sport")
		case "startsAt":
			t.StartsAt = d.optText("startsAt")
		case "group":
			t.Group = d.optNamed("group")
		case "competitionName":
			t.CompetitionName = d.optTranslated("competitionName")
		default:
			d.keepNext()
		}
	}
	t.Rest = d.rest(outer)
	d.require(seen, "id")
	return e
}

func (d *Decoder) offer() *schema.BetOffer {
	o := new(schema.BetOffer)
	t := &o.Terms
	seen := false
	outer := d.open()
	for d.next() {
		switch string(d.name) {
		case "id":
			o.ID, seen = d.integer(), true
		case "eventId":
			o.EventID = d.optInt("eventId")
		case "status":
			o.Status = d.optText("status")
		case "cashOutStatus":
			o.CashOutStatus = d.optText("cashOutStatus")
		case "lineType":
			o.LineType = d.optWords("lineType")
		case "betOfferType":
			t.Type = d.optNamed("betOfferType")
		case "criterion":
			t.Criterion = d.optCriterion("criterion")
		case "tags":
			t.Tags = d.optWords("tags")
		case "closesAt":
			t.ClosesAt = d.optText("closesAt")
		case "outcomes":
			if d.is(list, "outcomes") {
				o.Outcomes = d.outcomeList()
			}
		default:
			d.keepNext()
		}
	}
	t.Rest = d.rest(outer)
	d.require(seen, "id")
	return o
}

func (d *Decoder) outcomeList() []schema.Outcome {
	d.token()
	d.outcomes = d.outcomes[:0]
	for d.more() {
		if d.must(object, "not an object") {
			d.outcomes = append(d.outcomes, schema.Outcome{})
			d.outcome(&d.outcomes[len(d.outcomes)-1])
		}
	}
	d.distinct()
	return taken(d.outcomes)
}

// distinct refuses a list with two outcomes of one id: a change by id would
// not know which is meant. It sorts, as lists may be long.
func (d *Decoder) distinct() {
	d.ids = d.ids[:0]
	for i := range d.outcomes {
		d.ids = append(d.ids, d.outcomes[i].ID)
	}
	slices.Sort(d.ids)
	for i := 1; i < len(d.ids); i++ {
		if d.ids[i] == d.ids[i-1] {
			d.fail("two outcomes with one id")
			return
		}
	}
}

func (d *Decoder) outcome(o *schema.Outcome) {
	t := &o.Terms
	seen := false
	outer := d.open()
	for d.next() {
		switch string(d.name) {
		case "id":
			o.ID, seen = d.integer(), true
		case "status":
			o.Status = d.optText("status")
		case "cashOutStatus":
			o.CashOutStatus = d.optText("cashOutStatus")
		case "odds":
			if d.is(list, "odds") {
				o.Odds = d.priceList()
			}
		case "betOfferId":
			t.BetOfferID = d.optInt("betOfferId")
		case "label":
			t.Label = d.optTranslated("label")
		case "type":
			t.Type = d.optText("type")
		case "line":
			t.Line = d.optInt("line")
		case "participantId":
			t.ParticipantID = d.optInt("participantId")
		case "eventParticipantId":
			t.EventParticipantID = d.optInt("eventParticipantId")
		default:
			d.keepNext()
		}
	}
	t.Rest = d.rest(outer)
	d.require(seen, "id")
}
