package kambitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// Naive is the state after a run of messages, kept as plain JSON. It is slow and
// obvious on purpose. Its rules:
//
//   - a full message (added or updated) creates the entity or replaces all of it, but
//     the score and the clock of an event stay unless the message carries them;
//   - a patch sets one field; a patch of an entity, or of an outcome of a bet offer, that
//     is not there is ignored (no stub is kept for it);
//   - a delete removes one entity; bet offers survive the delete of their event;
//   - messages of other kinds are ignored.
type Naive struct {
	events map[int64]*entity
	offers map[int64]*entity
	last   int64
}

// entity is one event or bet offer with the offsets that last touched it.
type entity struct {
	body  map[string]any
	last  int64 // all but score and clock
	score int64
	clock int64
}

// NewNaive returns the empty state.
func NewNaive() *Naive {
	return &Naive{events: map[int64]*entity{}, offers: map[int64]*entity{}, last: -1}
}

// Fold applies messages in offset order, whatever order they are given in and however
// often each of them is there.
func Fold(msgs []Message) (*Naive, error) {
	sorted := slices.Clone(msgs)
	slices.SortStableFunc(sorted, byOffset)
	n := NewNaive()
	for _, m := range sorted {
		if err := n.Apply(m); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// Apply applies one message. Offsets must not go back; a message that comes again right
// behind itself changes nothing.
func (n *Naive) Apply(m Message) error {
	if m.Offset < n.last {
		return fmt.Errorf("fold offset %d: already at %d", m.Offset, n.last)
	}
	dec := json.NewDecoder(bytes.NewReader(m.Line))
	dec.UseNumber()
	var env map[string]any
	if err := dec.Decode(&env); err != nil {
		return fmt.Errorf("fold offset %d: %w", m.Offset, err)
	}
	n.last = m.Offset
	for key, value := range env {
		apply := kinds[key]
		if apply == nil {
			continue
		}
		body, ok := value.(map[string]any)
		if !ok {
			return fmt.Errorf("fold offset %d: %s is no object", m.Offset, key)
		}
		if typ := env["type"]; typ != snake(key) {
			return fmt.Errorf("fold offset %d: type %v with body %s", m.Offset, typ, key)
		}
		if err := apply(n, m.Offset, body); err != nil {
			return fmt.Errorf("fold offset %d: %s: %w", m.Offset, key, err)
		}
	}
	return nil
}

// Offset returns the highest offset applied, -1 before the first.
func (n *Naive) Offset() int64 { return n.last }

// Len returns how many events and bet offers there are.
func (n *Naive) Len() (events, offers int) { return len(n.events), len(n.offers) }

// State exports everything as {"betOffers":{id:entity},"events":{id:entity}} with
// sorted keys: the same state gives the same bytes.
func (n *Naive) State() ([]byte, error) {
	out := map[string]map[string]any{"betOffers": bodies(n.offers), "events": bodies(n.events)}
	b, err := marshal(out)
	if err != nil {
		return nil, fmt.Errorf("export state: %w", err)
	}
	return b, nil
}

func bodies(from map[int64]*entity) map[string]any {
	to := make(map[string]any, len(from))
	for id, e := range from {
		to[strconv.FormatInt(id, 10)] = e.body
	}
	return to
}

// marshal encodes without the escapes that are only meant for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
