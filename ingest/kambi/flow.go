package kambi

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// session handles a session message.
func (x *session) session(frame []byte) error {
	if len(frame) > maxSession {
		return ended(causeProtocol, "session message of %d bytes, at most %d", len(frame), maxSession)
	}
	var e envelope
	if err := json.Unmarshal(frame, &e); err != nil {
		return ended(causeProtocol, "malformed session message: %w", err)
	}
	switch e.Type {
	case "SESSION_WELCOME":
		return x.welcome()
	case "SESSION_INITIALIZED":
		return x.initialized()
	case "SESSION_PING":
		return x.ping(e.Ping)
	case "SESSION_PONG":
		return nil // to the ping that goes with commands
	case "SESSION_SNAPSHOT_COMPLETED":
		return x.snapshotCompleted(e.SnapshotCompleted)
	case "SESSION_REPLAY_COMPLETED":
		return x.replayCompleted(e.ReplayCompleted)
	case "SESSION_ERROR":
		if e.Error == nil {
			return ended(causeProtocol, "SESSION_ERROR without a code")
		}
		return x.refused(e.Error.Code)
	}
	x.s.counts.event("session message unknown")
	if x.phase == serving {
		return x.entity(frame) // whatever it is, it is kept whole
	}
	return nil
}

func (x *session) welcome() error {
	if x.phase != awaitWelcome {
		return ended(causeProtocol, "SESSION_WELCOME in the middle of a session")
	}
	x.phase = awaitInitialized
	x.expect()
	return x.send(&envelope{Type: "SESSION_INITIALIZE", Initialize: &initialize{
		ProtocolVersion: protocolVersion, Offerings: x.s.c.Offerings, Token: x.token,
	}})
}

func (x *session) initialized() error {
	if x.phase != awaitInitialized {
		return ended(causeProtocol, "SESSION_INITIALIZED where none was asked for")
	}
	x.phase = serving
	x.token = ""
	x.wire.by = time.Time{}
	snapshot, offset := x.s.next(x.cancel)
	if err := x.mark(&schema.FeedUp{Source: x.s.c.Name}); err != nil {
		return err
	}
	x.at.up = true
	x.s.connected()
	if snapshot || x.tooOld(offset) {
		return x.askSnapshot()
	}
	return x.askReplay(offset)
}

// tooOld tells whether messages that were missed may be too late to count.
func (x *session) tooOld(offset int64) bool {
	if x.s.c.Floor == nil {
		return false
	}
	floor, err := x.s.c.Floor(x.ctx)
	if err != nil || offset >= floor {
		return false // without a floor, the replay is as good as any
	}
	x.s.c.Logger.Warn("the feed was missed for too long, asking for a snapshot", "source", x.s.c.Name, "offset", offset, "floor", floor)
	return true
}

func (x *session) askSnapshot() error {
	x.flow, x.tail, x.wire.tail = schema.FlowSnapshot, false, 0
	x.s.receiving(true, nil)
	x.s.status.enter(ingest.Snapshot, x.s.c.Now())
	if err := x.mark(&schema.SnapshotBegin{Source: x.s.c.Name}); err != nil {
		return err
	}
	x.s.c.Logger.Info("feed connected, asking for a snapshot", "source", x.s.c.Name)
	return x.send(&envelope{Type: "SESSION_SNAPSHOT", Snapshot: &struct{}{}})
}

func (x *session) askReplay(offset int64) error {
	x.flow = schema.FlowReplay
	x.s.status.enter(ingest.Replay, x.s.c.Now())
	if err := x.mark(&schema.ReplayBegin{Source: x.s.c.Name, Offset: offset}); err != nil {
		return err
	}
	x.s.c.Logger.Info("feed connected, asking for a replay", "source", x.s.c.Name, "above", offset)
	return x.send(&envelope{Type: "SESSION_REPLAY", Replay: &position{Offset: &offset}})
}

// snapshotCompleted goes on as in a replay, because a feed may now send what
// changed during the snapshot. A feed that does not do so says nothing; then
// the first ping, or silence, means that real time has begun.
func (x *session) snapshotCompleted(p *position) error {
	if x.phase != serving || x.flow != schema.FlowSnapshot || p == nil || p.Offset == nil || *p.Offset < 0 {
		return ended(causeProtocol, "SESSION_SNAPSHOT_COMPLETED without a snapshot or without an offset")
	}
	if err := x.mark(&schema.SnapshotEnd{Source: x.s.c.Name, Offset: *p.Offset}); err != nil {
		return err
	}
	x.s.receiving(false, x.cancel)
	x.flow, x.tail, x.wire.tail = schema.FlowReplay, true, x.s.c.Limits.Tail
	x.s.status.enter(ingest.Replay, x.s.c.Now())
	return nil
}

// replayCompleted may also come late, when silence after a snapshot was taken
// for real time already.
func (x *session) replayCompleted(p *position) error {
	if x.phase != serving || x.flow == schema.FlowSnapshot || p == nil || p.Offset == nil || *p.Offset < 0 {
		return ended(causeProtocol, "SESSION_REPLAY_COMPLETED without a replay or without an offset")
	}
	if err := x.mark(&schema.ReplayEnd{Source: x.s.c.Name, Offset: *p.Offset}); err != nil {
		return err
	}
	x.realtime()
	return nil
}

func (x *session) realtime() {
	if x.flow != schema.FlowRealtime {
		x.s.c.Logger.Info("feed in real time", "source", x.s.c.Name)
		x.s.status.enter(ingest.Realtime, x.s.c.Now())
	}
	x.flow, x.tail, x.wire.tail = schema.FlowRealtime, false, 0
}

func (x *session) ping(p *life) error {
	if x.tail {
		x.realtime()
	}
	if p == nil {
		p = new(life)
	}
	x.s.counts.event("ping")
	return x.send(&envelope{Type: "SESSION_PONG", Pong: p})
}

// refused handles the feed's errors. Codes that are not known end the session
// and are tried again: nothing says that they last.
func (x *session) refused(code string) error {
	switch code {
	case "OFFSET_TOO_OLD":
		if x.phase != serving || x.flow != schema.FlowReplay || x.tail {
			return ended(causeProtocol, "OFFSET_TOO_OLD where no replay is open")
		}
		x.s.counts.event(causeOffset)
		x.s.c.Logger.Warn("the feed does not know the offset any more, asking for a snapshot", "source", x.s.c.Name)
		return x.askSnapshot()
	case "INVALID_TOKEN":
		return ended(causeToken, "the feed refused the token")
	case "INVALID_PROTOCOL_VERSION":
		return x.refusedForGood(fmt.Errorf("it does not speak protocol version %s any more: INVALID_PROTOCOL_VERSION; a newer build is needed", protocolVersion))
	case "INVALID_OFFERING":
		return x.refusedForGood(fmt.Errorf("it does not know the configured offerings: INVALID_OFFERING; correct them"))
	}
	return ended(causeProtocol, "the feed reports error %.64q", code)
}

func (x *session) refusedForGood(err error) error {
	return &endError{causeRefused, &PermanentError{x.s.c.Name, fmt.Errorf("the feed at %s refuses this client: %w", x.s.c.Addr, err)}}
}
