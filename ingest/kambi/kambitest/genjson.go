package kambitest

import (
	"strconv"
	"time"
)

// The generator writes JSON by hand: it is to keep up with load tests, and the key
// order is to be that of the feed.

func (g *Generator) eventText(key string, e *genEvent, field, value string) {
	g.emit(key, func(b []byte) []byte {
		b = strconv.AppendInt(append(b, `{"id":`...), e.id, 10)
		return append(appendText(appendKey(b, field), value), '}')
	})
}

func (g *Generator) offerPatch(key string, o *genOffer, field, value string) {
	g.emit(key, func(b []byte) []byte {
		b = strconv.AppendInt(append(b, `{"id":`...), o.id, 10)
		return append(appendText(appendKey(b, field), value), '}')
	})
}

func (g *Generator) outcomePatch(key string, o *genOffer, oc *genOutcome, field string, value func([]byte) []byte) {
	g.emit(key, func(b []byte) []byte {
		b = strconv.AppendInt(append(b, `{"betOfferId":`...), o.id, 10)
		b = strconv.AppendInt(append(b, `,"outcomeId":`...), oc.id, 10)
		return append(value(appendKey(b, field)), '}')
	})
}

func (g *Generator) fullEvent(key string, e *genEvent) {
	g.emit(key, func(b []byte) []byte {
		b = strconv.AppendInt(append(b, `{"event":{"id":`...), e.id, 10)
		b = appendName(append(b, `,"name":`...), e.people[0].name+" - "+e.people[1].name)
		b = appendText(append(b, `,"status":`...), e.status)
		b = appendText(append(b, `,"cashOutStatus":`...), e.cashOut)
		b = appendText(append(b, `,"sport":`...), e.sport.name)
		b = appendText(append(b, `,"startsAt":`...), e.startsAt.Format(time.RFC3339))
		b = strconv.AppendInt(append(b, `,"group":{"id":`...), 1_000_095_000+int64(e.group), 10)
		b = appendName(append(b, `,"name":`...), e.sport.groups[e.group])
		b = appendName(append(b, `},"competitionName":`...), e.sport.groups[e.group])
		b = appendList(append(b, `,"tags":`...), e.tags)
		b = appendPeople(append(b, `,"participants":`...), e)
		if e.extra {
			b = append(b, `,"xTrial":{"arm":"b","weights":[1,2.50,-3e2],"note":null}`...)
		}
		return append(b, `}}`...)
	})
}

func (g *Generator) fullOffer(key string, o *genOffer) {
	g.emit(key, func(b []byte) []byte {
		b = strconv.AppendInt(append(b, `{"betOffer":{"id":`...), o.id, 10)
		b = strconv.AppendInt(append(b, `,"eventId":`...), o.eventID, 10)
		b = appendText(append(b, `,"status":`...), o.status)
		b = appendText(append(b, `,"cashOutStatus":`...), o.cashOut)
		b = strconv.AppendInt(append(b, `,"betOfferType":{"id":`...), int64(o.kind.typeID), 10)
		b = appendName(append(b, `,"name":`...), o.kind.typeName)
		b = strconv.AppendInt(append(b, `},"criterion":{"id":`...), o.kind.criterion, 10)
		b = appendName(append(b, `,"label":`...), o.kind.label)
		b = appendText(append(b, `,"lifetime":`...), o.kind.lifetime)
		b = appendLineType(append(b, `},"lineType":`...), o)
		b = append(b, `,"tags":["OFFERED_PREMATCH"`...)
		if o.kind.live {
			b = append(b, `,"OFFERED_LIVE"`...)
		}
		b = append(b, `],"outcomes":[`...)
		for i, oc := range o.outcomes {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendOutcome(b, o, oc)
		}
		b = append(b, ']')
		if o.closesAt != "" {
			b = appendText(append(b, `,"closesAt":`...), o.closesAt)
		}
		if o.extra {
			b = append(b, `,"xRank":7,"xNotes":["a \u00e9","b"]`...)
		}
		return append(b, `}}`...)
	})
}

func appendOutcome(b []byte, o *genOffer, oc *genOutcome) []byte {
	b = strconv.AppendInt(append(b, `{"id":`...), oc.id, 10)
	b = strconv.AppendInt(append(b, `,"betOfferId":`...), o.id, 10)
	b = appendName(append(b, `,"label":`...), oc.label)
	b = appendText(append(b, `,"type":`...), oc.typ)
	b = appendText(append(b, `,"status":`...), oc.status)
	b = appendText(append(b, `,"cashOutStatus":`...), oc.cashOut)
	b = appendOdds(append(b, `,"odds":`...), o, oc)
	if oc.line != 0 {
		b = strconv.AppendInt(append(b, `,"line":`...), int64(oc.line), 10)
	}
	if oc.person != 0 {
		b = strconv.AppendInt(append(b, `,"participantId":`...), oc.person, 10)
	}
	return append(b, '}')
}

// appendOdds writes one price per group of offerings, each a bit off the other. A
// suspended outcome has none.
func appendOdds(b []byte, o *genOffer, oc *genOutcome) []byte {
	b = append(b, '[')
	for i, group := range o.groups {
		if oc.status == "SUSPENDED" {
			break
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, `{"offerings":`...), group...)
		b = appendDecimal(append(b, `,"odds":{"decimal":`...), oc.price+30*i)
		b = append(b, `}}`...)
	}
	return append(b, ']')
}

// appendDecimal writes thousandths as decimal text with at least one decimal: 2.0, 2.35.
func appendDecimal(b []byte, milli int) []byte {
	b = strconv.AppendInt(b, int64(milli/1000), 10)
	rest := milli % 1000
	b = append(b, '.', byte('0'+rest/100))
	if rest%100 != 0 {
		b = append(b, byte('0'+rest/10%10))
	}
	if rest%10 != 0 {
		b = append(b, byte('0'+rest%10))
	}
	return b
}

func appendPeople(b []byte, e *genEvent) []byte {
	b = append(b, '[')
	for i, p := range e.people {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, `{"id":`...), p.id, 10)
		b = appendName(append(b, `,"name":`...), p.name)
		b = append(b, `,"type":"TEAM","homeParticipant":`...)
		b = append(strconv.AppendBool(b, p.home), '}')
	}
	return append(b, ']')
}

func appendLineType(b []byte, o *genOffer) []byte {
	if o.main {
		return append(b, `["MAIN_LINE"]`...)
	}
	return append(b, `[]`...)
}

func appendList(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, s)
	}
	return append(b, ']')
}

func appendName(b []byte, s string) []byte {
	return append(appendText(append(b, `{"defaultTranslation":`...), s), '}')
}

func appendKey(b []byte, key string) []byte {
	return append(appendText(append(b, ','), key), ':')
}

// appendText writes a string. What the generator writes needs no escapes but quotes
// and backslashes.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return append(b, '"')
}
