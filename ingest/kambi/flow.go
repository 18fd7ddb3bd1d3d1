package kambi

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/journal/crash"
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
	x.expect("SESSION_INITIALIZED")
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

// request begins to wait for a snapshot, or for a replay above the offset.
func (x *session) request(offset int64) {
	x.asked, x.replayed = offset, false
	x.wire.request(x.s.c.Limits.Answer)
}

func (x *session) askSnapshot() error {
	x.flow, x.tail, x.wire.tail = schema.FlowSnapshot, false, 0
	x.request(0)
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
	x.request(offset)
	x.s.status.enter(ingest.Replay, x.s.c.Now())
	if err := x.mark(&schema.ReplayBegin{Source: x.s.c.Name, Offset: offset}); err != nil {
		return err
	}
	x.s.c.Logger.Info("feed connected, asking for a replay", "source", x.s.c.Name, "above", offset)
	err := x.send(&envelope{Type: "SESSION_REPLAY", Replay: &position{Offset: &offset}})
	crash.At(crash.SessionResumed)
	return err
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
	x.wire.request(0)
	x.flow, x.tail, x.wire.tail = schema.FlowReplay, true, x.s.c.Limits.Tail
	x.s.status.enter(ingest.Replay, x.s.c.Now())
	return nil
}

// replayCompleted may also come late, when silence after a snapshot was taken
// for real time already. A replay that ends below where it was to begin shows
// that the feed's offsets went back, or that ours was never one of the feed's:
// what is asked for by offset may lack anything.
func (x *session) replayCompleted(p *position) error {
	if x.phase != serving || x.flow == schema.FlowSnapshot || x.replayed || p == nil || p.Offset == nil || *p.Offset < 0 {
		return ended(causeProtocol, "SESSION_REPLAY_COMPLETED without a replay or without an offset")
	}
	if *p.Offset < x.asked {
		x.s.counts.event(causeBack)
		x.s.c.Logger.Warn("the feed's offsets went back, asking for a snapshot", "source", x.s.c.Name, "asked", x.asked, "completed", *p.Offset)
		return x.askSnapshot()
	}
	x.replayed = true
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
	x.wire.request(0)
}

func (x *session) ping(p *life) error {
	x.s.counts.event("ping")
	if err := x.floodOfPings(); err != nil {
		return err
	}
	if x.tail {
		x.realtime()
	}
	if p == nil {
		p = new(life)
	}
	return x.send(&envelope{Type: "SESSION_PONG", Pong: p})
}

// floodOfPings ends a session whose pings would keep the client busy with
// answers: packed, a ping takes hardly a byte, and each one costs a send.
func (x *session) floodOfPings() error {
	if second := x.time / int64(time.Second); second != x.second {
		x.second, x.pings = second, 0
	}
	if x.pings++; x.pings > x.s.c.Limits.Pings {
		return ended(causeProtocol, "more than %d pings within a second (%s)", x.s.c.Limits.Pings, x.frames.last())
	}
	return nil
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
	if !isCode(code) {
		return ended(causeProtocol, "the feed reports an error; its code of %d bytes is left out, it may repeat the token", len(code))
	}
	return ended(causeProtocol, "the feed reports error %s", code)
}

// isCode tells codes as the protocol has them. No token looks like that.
func isCode(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

func (x *session) refusedForGood(err error) error {
	return &endError{causeRefused, &PermanentError{x.s.c.Name, fmt.Errorf("the feed at %s refuses this client: %w", x.s.c.Addr, err)}}
}
