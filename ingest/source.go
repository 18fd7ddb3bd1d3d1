package ingest

import (
	"context"
	"fmt"
	"time"
)

// State says how far a source has come.
type State uint8

// States of a source, in the order in which a session goes through them.
const (
	Disconnected State = iota // between two sessions, or not started
	Connecting                // token, connection and handshake are under way
	Snapshot                  // the whole state is being received
	Replay                    // what was missed is being received
	Realtime                  // what comes is new
	Failed                    // Run has ended with an error
)

var stateNames = [...]string{"disconnected", "connecting", "snapshot", "replay", "realtime", "failed"}

// String is the state's name in status answers.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state_%d", uint8(s))
}

// MarshalText prints the state's name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Status is what a source says about itself, for people and for health checks.
type Status struct {
	State       State     `json:"state"`
	Since       time.Time `json:"since"`                 // when the state was entered
	LastMessage time.Time `json:"last_message,omitzero"` // when the last message came; signs of life do not count
	Error       string    `json:"error,omitempty"`       // why the last session ended, or why the source failed
}

// Live tells whether the source is connected and what it receives is new.
func (s Status) Live() bool { return s.State == Realtime }

// Stats are a source's counters since it was made. They only grow.
type Stats struct {
	Sessions   int64            `json:"sessions"`   // that were initialised
	Frames     int64            `json:"frames"`     // messages of any kind received
	WireBytes  int64            `json:"wire_bytes"` // as received, packed
	Bytes      int64            `json:"bytes"`      // of all frames, unpacked
	Journalled int64            `json:"journalled"` // records known to be durable
	Kinds      map[string]int64 `json:"kinds"`      // of them, by kind
	Rejected   map[string]int64 `json:"rejected"`   // messages that could not be decoded, by reason
	Events     map[string]int64 `json:"events"`     // what happened to sessions: ends by cause, limits reached, retries
}

// Source receives from one place outside and journals what it receives.
type Source interface {
	// Name is the source's name in the configuration.
	Name() string
	// Run receives until the context ends, then finishes what it has begun,
	// and returns nil. It reconnects by itself; an error means that trying
	// again cannot help. It is called once.
	Run(ctx context.Context) error
	// Status may be called at any time.
	Status() Status
	// Stats may be called at any time. The maps belong to the caller.
	Stats() Stats
}
