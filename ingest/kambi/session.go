package kambi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/journal/crash"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
)

// phase is how far a session has come.
type phase uint8

const (
	awaitWelcome phase = iota
	awaitInitialized
	serving
)

// session is one connection with the feed. Everything in it belongs to one
// goroutine.
type session struct {
	s       *Source
	at      *attachment
	ctx     context.Context
	cancel  context.CancelCauseFunc
	token   string
	wire    *wire
	frames  *frameReader
	packer  packer
	decoder *kambijson.Decoder

	phase   phase
	flow    schema.Flow
	tail    bool  // a snapshot is complete, and nothing tells yet whether more comes before real time
	time    int64 // of the last frame, ns since 1970; never goes back
	counted int64 // packed bytes that are in the counters

	asked    int64 // offset of the replay asked for; 0 for a snapshot
	replayed bool  // it, or what follows a snapshot, is complete

	rubbish int          // messages that are of no use, less those that are
	large   atomic.Int64 // of those, found when they were encoded; not yet in rubbish
	pings   int          // within the second
	second  int64        // of the last ping, since 1970
}

// connect gets a token and a connection. The session ends with the context.
func (s *Source) connect(ctx context.Context, at *attachment) (*session, error) {
	settings, err := s.c.TLS.load()
	if err != nil {
		return nil, &endError{causeConnect, err}
	}
	token, err := s.token(ctx, settings)
	if err != nil {
		return nil, &endError{causeToken, err}
	}
	conn, err := s.dial(ctx, settings)
	if err != nil {
		return nil, &endError{causeConnect, err}
	}
	x := &session{s: s, at: at, ctx: ctx, token: token, decoder: kambijson.NewDecoder(), time: at.time}
	x.packer.ping = !s.c.NoPiggyback
	x.wire = &wire{conn: conn, stale: s.c.Limits.Stale, quiet: x.realtime}
	x.frames = newFrameReader(x.wire, s.c.Limits)
	x.expect("SESSION_WELCOME")
	return x, nil
}

// expect bounds the time until the next step of the greeting.
func (x *session) expect(step string) {
	x.wire.by, x.wire.step = time.Now().Add(x.s.c.Limits.FirstMessage), "no "+step+" within "+x.s.c.Limits.FirstMessage.String()
}

// run reads until the session ends, and says why.
func (x *session) run() error {
	// The connection below TLS is closed: nothing is said that could take time.
	under := x.wire.conn.NetConn()
	defer under.Close()
	defer context.AfterFunc(x.ctx, func() { under.Close() })()
	for {
		frame, err := x.frames.next()
		x.count(len(frame))
		if err == nil {
			x.wire.waited = 0
			x.stamp()
			err = x.message(frame)
		}
		if err == nil {
			continue
		}
		if cause := context.Cause(x.ctx); cause != nil {
			return cause // what that broke does not matter
		}
		return x.why(err)
	}
}

// why says what an error of the stream means.
func (x *session) why(err error) error {
	if errors.Is(err, io.EOF) {
		err = ended(causeClosed, "the feed closed the connection")
	}
	var known *endError
	if x.phase == awaitWelcome && errors.As(err, &known) {
		// A server that refuses a certificate says so only now.
		err = &endError{known.cause, x.s.c.TLS.explain(known.err, x.s.c.Addr)}
	}
	if cause := causeOf(err); harmful(cause) {
		err = ended(cause, "%w; what listens at %s must be the feed and keep to its protocol: check the address, then ask who runs it", unwrapEnd(err), x.s.c.Addr)
	}
	return err
}

// unwrapEnd is the error without its cause, for another one with the same.
func unwrapEnd(err error) error {
	if e, ok := err.(*endError); ok {
		return e.err
	}
	return err
}

func (x *session) count(frame int) {
	c := &x.s.counts
	c.wire.Add(x.frames.raw.total - x.counted)
	x.counted = x.frames.raw.total
	if frame > 0 {
		c.frames.Add(1)
		c.bytes.Add(int64(frame))
	}
}

// stamp takes the time once for everything that a frame leads to.
func (x *session) stamp() {
	x.time = max(x.time, x.s.c.Now().UnixNano())
	x.at.time = x.time
}

// message handles one frame.
func (x *session) message(frame []byte) error {
	if isSession(frame) {
		return x.session(frame)
	}
	if x.phase != serving {
		return ended(causeProtocol, "the feed sent an entity message before SESSION_INITIALIZED")
	}
	return x.entity(frame)
}

// keepRaw is the size from which on a frame is kept beside its decoded form,
// for the case that it does not fit into a record. No message grows as much as
// eight times in its encoding.
const keepRaw = schema.MaxEntity / 8

// entity decodes and journals a message that is not about the session.
func (x *session) entity(frame []byte) error {
	item := ingest.Item{Time: x.time}
	body, err := x.decoder.Decode(frame, x.flow)
	switch m := body.(type) {
	case *schema.Message:
		item.Key, item.Limit = kambijson.Key(m), schema.MaxEntity
	default:
		item.Key = x.s.key
	}
	item.Body, item.Size = body, len(frame)+footprint(body)
	if err != nil {
		item.Body = x.reject(kambijson.Reason(err), frame, x.flow)
	} else if len(frame) >= keepRaw {
		raw, flow := append([]byte(nil), frame...), x.flow
		item.Size += len(raw)
		item.TooLarge = func(int) (schema.Body, []byte) { // in the pump's goroutine
			x.large.Add(1)
			return x.reject("larger than a record may be", raw, flow), x.s.key
		}
	}
	if err := x.at.pump.Put(x.ctx, item); err != nil {
		return &endError{causeLane, err}
	}
	if x.flow == schema.FlowSnapshot {
		crash.At(crash.SnapshotMid)
	}
	x.s.counts.last.Store(x.time)
	return x.judge(item.Body)
}

// judge keeps count of messages that are of no use to anybody. They are
// journalled like all others, for whoever looks into it, but not without end.
func (x *session) judge(body schema.Body) error {
	if useful(body) {
		x.wire.barren = 0
		x.rubbish = max(0, x.rubbish-1)
	} else {
		x.rubbish++
	}
	// What turned out too large was counted as useful when it came.
	x.rubbish += 2 * int(x.large.Swap(0))
	if x.rubbish > x.s.c.Limits.Rubbish {
		return ended(causeRubbish, "%d more messages that cannot be decoded or have no offset than others (the last one is %s); they are journalled as %s and %s",
			x.rubbish, x.frames.last(), schema.KindRejectedRaw, schema.KindFeedUnknown)
	}
	return nil
}

// useful tells messages of the feed: each of them has its offset.
func useful(body schema.Body) bool {
	switch b := body.(type) {
	case *schema.Message:
		return true
	case *schema.FeedUnknown:
		return b.Offset.OK
	}
	return false
}

// itemOverhead is about what a small message takes in memory beside its text.
const itemOverhead = 512

// What parts of a message take in memory beside their text, roughly.
const (
	outcomeSize, participantSize, priceSize, wordSize = 256, 128, 96, 16
)

// footprint is about what a body takes in memory beside its text. Lists of
// nearly empty objects take many times their text.
func footprint(body schema.Body) int {
	m, ok := body.(*schema.Message)
	if !ok {
		return itemOverhead
	}
	n := itemOverhead + pricesFootprint(m.Odds) + len(m.Participants)*participantSize + len(m.Words)*wordSize
	if e := m.Event; e != nil {
		n += len(e.Participants)*participantSize + len(e.Tags)*wordSize
	}
	if o := m.Offer; o != nil {
		n += len(o.Outcomes)*outcomeSize + (len(o.LineType)+len(o.Terms.Tags))*wordSize
		for i := range o.Outcomes {
			n += pricesFootprint(o.Outcomes[i].Odds)
		}
	}
	return n
}

func pricesFootprint(prices []schema.Price) int {
	n := len(prices) * priceSize
	for i := range prices {
		n += len(prices[i].Offerings) * wordSize
	}
	return n
}

// reject is the record of a message that cannot be journalled as what it is.
func (x *session) reject(reason string, frame []byte, flow schema.Flow) *schema.RejectedRaw {
	x.s.counts.reject(reason)
	raw := append([]byte(nil), frame[:min(len(frame), schema.MaxRejectedRaw)]...)
	return &schema.RejectedRaw{Flow: flow, Reason: reason, Size: int64(len(frame)), Raw: raw}
}

// mark journals a record about the session.
func (x *session) mark(body schema.Body) error {
	if err := x.at.put(x.ctx, body, x.time); err != nil {
		return &endError{causeLane, fmt.Errorf("%s: %w", body.RecordKind(), err)}
	}
	return nil
}
