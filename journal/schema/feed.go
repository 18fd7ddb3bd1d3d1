package schema

import "fmt"

// Flow says in which part of a feed session a message came. It is stamped
// once, when the message is received, and journalled.
type Flow uint8

const (
	FlowSnapshot Flow = 1 // between the request of a snapshot and its completion
	FlowReplay   Flow = 2 // what the feed sends again from an offset
	FlowRealtime Flow = 3
)

var flowNames = [...]string{"", "snapshot", "replay", "realtime"}

// String is the name that outputs carry as msg_flow.
func (f Flow) String() string {
	if f >= FlowSnapshot && f <= FlowRealtime {
		return flowNames[f]
	}
	return fmt.Sprintf("flow_%d", uint8(f))
}

// MarshalText prints the flow's name.
func (f Flow) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// FeedUp says that a session with the feed was initialised.
type FeedUp struct {
	Source string `json:"source"` // name of the source in the configuration
}

// FeedDown says that the session ended, and why.
type FeedDown struct {
	Source string `json:"source"`
	Reason string `json:"reason"`
}

// SnapshotBegin says that the client asked for a snapshot.
type SnapshotBegin struct {
	Source string `json:"source"`
}

// SnapshotEnd says that the snapshot is complete as of a feed offset.
type SnapshotEnd struct {
	Source string `json:"source"`
	Offset int64  `json:"offset"` // feed offset
}

// ReplayBegin says that the client asked for all messages above an offset.
type ReplayBegin struct {
	Source string `json:"source"`
	Offset int64  `json:"offset"` // feed offset
}

// ReplayEnd says that the feed has sent them.
type ReplayEnd struct {
	Source string `json:"source"`
	Offset int64  `json:"offset"` // feed offset
}

// RejectedRaw keeps a message that could not be decoded.
type RejectedRaw struct {
	Flow   Flow   `json:"flow"`
	Reason string `json:"reason"`
	Size   int64  `json:"size"` // bytes of the message; Raw may be shorter
	Raw    []byte `json:"raw"`  // at most MaxRejectedRaw bytes of it
}

// MaxRejectedRaw is how many bytes of a rejected message are kept.
const MaxRejectedRaw = 64 << 10

// FeedUnknown keeps a well-formed message of a kind that this build does not
// know, whole.
type FeedUnknown struct {
	Flow    Flow       `json:"flow"`
	Offset  Opt[int64] `json:"offset"` // feed offset, when it has one
	Message JSON       `json:"message"`
}

func (*FeedUp) RecordKind() Kind        { return KindFeedUp }
func (*FeedDown) RecordKind() Kind      { return KindFeedDown }
func (*SnapshotBegin) RecordKind() Kind { return KindSnapshotBegin }
func (*SnapshotEnd) RecordKind() Kind   { return KindSnapshotEnd }
func (*ReplayBegin) RecordKind() Kind   { return KindReplayBegin }
func (*ReplayEnd) RecordKind() Kind     { return KindReplayEnd }
func (*RejectedRaw) RecordKind() Kind   { return KindRejectedRaw }
func (*FeedUnknown) RecordKind() Kind   { return KindFeedUnknown }
