package kambitest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Message is one entity message of the feed: its offset in the logical order and
// the JSON text as it goes over the wire (no line end).
type Message struct {
	Offset int64
	Line   []byte
}

// ErrTooOld says that a feed cannot serve an offset or an index: it lies before
// what is kept, or beyond what the feed will ever reach.
var ErrTooOld = errors.New("offset is outside what the feed keeps")

// typePrefix is how every message has to begin: clients of this protocol tell
// session messages from entity messages by their first bytes.
const typePrefix = `{"type":"`

// ParseMessage checks one line of NDJSON and returns it as a message. The line must
// be one JSON object whose first key is type and which carries an integer offset
// of at least 0. White space outside strings is taken out, all else is kept.
func ParseMessage(line []byte) (Message, error) {
	packed, err := compact(line)
	if err != nil {
		return Message{}, err
	}
	if !strings.HasPrefix(string(packed[:min(len(packed), len(typePrefix))]), typePrefix) {
		return Message{}, fmt.Errorf("message does not start with %s: %.60q", typePrefix, packed)
	}
	var head struct {
		Offset *int64 `json:"offset"`
	}
	if err := json.Unmarshal(packed, &head); err != nil {
		return Message{}, fmt.Errorf("message envelope: %w", err)
	}
	if head.Offset == nil {
		return Message{}, fmt.Errorf("message has no offset: %.60q", packed)
	}
	if *head.Offset < 0 {
		return Message{}, fmt.Errorf("message offset %d is negative", *head.Offset)
	}
	return Message{Offset: *head.Offset, Line: packed}, nil
}

// snake turns the key of a message body into its type: betOfferAdded becomes
// BET_OFFER_ADDED.
func snake(key string) string {
	var b strings.Builder
	for _, r := range key {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}
