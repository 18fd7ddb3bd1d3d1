package kambitest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// applyFunc applies the body of one message.
type applyFunc func(n *Naive, offset int64, body map[string]any) error

// kinds are the 18 kinds of entity messages by the key of their body. The spelling of
// the id fields is the feed's own and follows no rule, hence a table.
var kinds = map[string]applyFunc{
	"eventAdded":                   fullEvent,
	"eventUpdated":                 fullEvent,
	"eventDeleted":                 removeEvent,
	"eventStatusUpdated":           eventPatch("id", "status", "status"),
	"eventCashOutStatusUpdated":    eventPatch("id", "cashOutStatus", "cashOutStatus"),
	"eventTagsUpdated":             eventPatch("id", "tags", "tags"),
	"eventParticipantsUpdated":     eventPatch("eventId", "participants", "participants"),
	"eventScoreUpdated":            eventPatch("eventId", "score", "score"),
	"matchClockUpdated":            eventPatch("eventId", "matchClock", "matchClock"),
	"betOfferAdded":                fullOffer,
	"betOfferUpdated":              fullOffer,
	"betOfferDeleted":              removeOffer,
	"betOfferStatusUpdated":        offerPatch("status", "status"),
	"betOfferLineTypesUpdated":     offerPatch("lineTypes", "lineType"),
	"betOfferCashOutStatusUpdated": offerPatch("cashOutStatus", "cashOutStatus"),
	"outcomeOddsUpdated":           outcomePatch("odds"),
	"outcomeStatusUpdated":         outcomePatch("status"),
	"outcomeCashoutStatusUpdated":  outcomePatch("cashOutStatus"),
}

// Kinds returns the types of the 18 known kinds of entity messages, sorted.
func Kinds() []string {
	var types []string
	for key := range maps.Keys(kinds) {
		types = append(types, snake(key))
	}
	slices.Sort(types)
	return types
}

func fullEvent(n *Naive, offset int64, body map[string]any) error {
	id, event, err := full(body, "event")
	if err != nil {
		return err
	}
	e := &entity{body: event, last: offset, score: offset, clock: offset}
	if old := n.events[id]; old != nil {
		if _, ok := event["score"]; !ok && old.body["score"] != nil {
			event["score"], e.score = old.body["score"], old.score
		}
		if _, ok := event["matchClock"]; !ok && old.body["matchClock"] != nil {
			event["matchClock"], e.clock = old.body["matchClock"], old.clock
		}
	}
	n.events[id] = e
	return nil
}

func fullOffer(n *Naive, offset int64, body map[string]any) error {
	id, offer, err := full(body, "betOffer")
	if err != nil {
		return err
	}
	n.offers[id] = &entity{body: offer, last: offset}
	return nil
}

func full(body map[string]any, key string) (int64, map[string]any, error) {
	whole, ok := body[key].(map[string]any)
	if !ok {
		return 0, nil, fmt.Errorf("%s is no object", key)
	}
	id, err := number(whole, "id")
	return id, whole, err
}

func removeEvent(n *Naive, _ int64, body map[string]any) error {
	id, err := number(body, "id")
	delete(n.events, id)
	return err
}

func removeOffer(n *Naive, _ int64, body map[string]any) error {
	id, err := number(body, "betOfferId")
	delete(n.offers, id)
	return err
}

// eventPatch sets a field of an event. Score and clock have offsets of their own.
func eventPatch(idKey, from, to string) applyFunc {
	return func(n *Naive, offset int64, body map[string]any) error {
		id, value, err := patch(body, idKey, from)
		e := n.events[id]
		if err != nil || e == nil {
			return err
		}
		e.body[to] = value
		switch to {
		case "score":
			e.score = offset
		case "matchClock":
			e.clock = offset
		default:
			e.last = offset
		}
		return nil
	}
}

func offerPatch(from, to string) applyFunc {
	return func(n *Naive, offset int64, body map[string]any) error {
		id, value, err := patch(body, "id", from)
		if e := n.offers[id]; err == nil && e != nil {
			e.body[to], e.last = value, offset
		}
		return err
	}
}

// outcomePatch sets a field of one outcome of a bet offer.
func outcomePatch(field string) applyFunc {
	return func(n *Naive, offset int64, body map[string]any) error {
		id, value, err := patch(body, "betOfferId", field)
		if err != nil {
			return err
		}
		outcome, err := number(body, "outcomeId")
		e := n.offers[id]
		if err != nil || e == nil {
			return err
		}
		list, _ := e.body["outcomes"].([]any)
		for _, item := range list {
			o, _ := item.(map[string]any)
			if got, err := number(o, "id"); err == nil && got == outcome {
				o[field], e.last = value, offset
			}
		}
		return nil
	}
}

func patch(body map[string]any, idKey, field string) (int64, any, error) {
	id, err := number(body, idKey)
	if err != nil {
		return 0, nil, err
	}
	value, ok := body[field]
	if !ok {
		return 0, nil, fmt.Errorf("has no %s", field)
	}
	return id, value, nil
}

func number(body map[string]any, key string) (int64, error) {
	text, ok := body[key].(json.Number)
	if !ok {
		return 0, fmt.Errorf("%s is no number", key)
	}
	id, err := text.Int64()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", key, err)
	}
	return id, nil
}
