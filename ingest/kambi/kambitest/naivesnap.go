package kambitest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Snapshot returns the state as messages: an EVENT_ADDED per event, its score and
// clock as messages of their own, then a BET_OFFER_ADDED per bet offer, sorted by id.
// Each carries the offset of the last message that touched what it states, so a fold
// that gates by offset takes later messages and drops earlier ones.
func (n *Naive) Snapshot() ([]Message, error) {
	var out []Message
	for _, id := range slices.Sorted(maps.Keys(n.events)) {
		msgs, err := eventMessages(id, n.events[id])
		if err != nil {
			return nil, fmt.Errorf("snapshot of event %d: %w", id, err)
		}
		out = append(out, msgs...)
	}
	for _, id := range slices.Sorted(maps.Keys(n.offers)) {
		e := n.offers[id]
		m, err := envelope("betOfferAdded", e.last, map[string]any{"betOffer": e.body})
		if err != nil {
			return nil, fmt.Errorf("snapshot of bet offer %d: %w", id, err)
		}
		out = append(out, m)
	}
	return out, nil
}

func eventMessages(id int64, e *entity) ([]Message, error) {
	event := maps.Clone(e.body)
	delete(event, "score")
	delete(event, "matchClock")
	m, err := envelope("eventAdded", e.last, map[string]any{"event": event})
	if err != nil {
		return nil, err
	}
	out := []Message{m}
	if score, ok := e.body["score"]; ok {
		m, err := envelope("eventScoreUpdated", e.score, map[string]any{"eventId": id, "score": score})
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	if clock, ok := e.body["matchClock"]; ok {
		m, err := envelope("matchClockUpdated", e.clock, map[string]any{"eventId": id, "matchClock": clock})
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// envelope builds a message with type first and no white space.
func envelope(key string, offset int64, body any) (Message, error) {
	text, err := marshal(body)
	if err != nil {
		return Message{}, err
	}
	line := appendHead(make([]byte, 0, len(text)+len(key)*2+48), key, snake(key), offset)
	line = append(line, text...)
	return Message{Offset: offset, Line: append(line, '}')}, nil
}

// appendHead writes a message up to its body.
func appendHead(b []byte, key, typ string, offset int64) []byte {
	b = append(b, typePrefix...)
	b = append(b, typ...)
	b = append(b, `","offset":`...)
	b = strconv.AppendInt(b, offset, 10)
	b = append(b, `,"`...)
	b = append(b, key...)
	return append(b, `":`...)
}
