package kambi

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"
)

const protocolVersion = "V1"

// envelope is a session message, in either direction. The type comes first:
// peers know session messages by their first bytes.
type envelope struct {
	Type       string      `json:"type"`
	Initialize *initialize `json:"sessionInitialize,omitempty"`
	Snapshot   *struct{}   `json:"sessionSnapshot,omitempty"`
	Replay     *position   `json:"sessionReplay,omitempty"`
	Ping       *life       `json:"sessionPing,omitempty"`
	Pong       *life       `json:"sessionPong,omitempty"`

	SnapshotCompleted *position `json:"sessionSnapshotCompleted,omitempty"`
	ReplayCompleted   *position `json:"sessionReplayCompleted,omitempty"`
	Error             *refusal  `json:"sessionError,omitempty"`
}

type initialize struct {
	ProtocolVersion string `json:"protocolVersion"`
	Offerings       []any  `json:"offerings"`
	Token           string `json:"token"`
}

type position struct {
	Offset *int64 `json:"offset"`
}

// life is a ping or a pong. The id is echoed as it came, whatever it is.
type life struct {
	ID json.RawMessage `json:"id,omitempty"`
}

type refusal struct {
	Code string `json:"code"`
}

const sessionPrefix = "SESSION_"

var (
	typeFirst    = []byte(`{"type":"`)
	sessionFirst = []byte(`{"type":"` + sessionPrefix)
)

// maxSession is the largest session message that is looked into.
const maxSession = 64 << 10

// isSession tells session messages from entity messages. The feed writes the
// type first and without white space, which is all that is looked at in
// nearly every message.
func isSession(frame []byte) bool {
	if bytes.HasPrefix(frame, typeFirst) {
		return bytes.HasPrefix(frame, sessionFirst)
	}
	if len(frame) > maxSession || !bytes.Contains(frame, []byte(`"`+sessionPrefix)) {
		return false
	}
	var e envelope
	return json.Unmarshal(frame, &e) == nil && len(e.Type) > len(sessionPrefix) && e.Type[:len(sessionPrefix)] == sessionPrefix
}

// packer makes what goes out: one complete gzip member for every send.
type packer struct {
	ping bool // a ping goes with every command
	out  bytes.Buffer
	gzip *gzip.Writer
	sent int
}

func (p *packer) pack(e *envelope) ([]byte, error) {
	p.out.Reset()
	if p.gzip == nil {
		p.gzip = gzip.NewWriter(&p.out)
	} else {
		p.gzip.Reset(&p.out)
	}
	messages := []*envelope{e}
	if p.ping {
		p.sent++
		id := strconv.AppendQuote(nil, "deadheat-"+strconv.Itoa(p.sent))
		messages = append(messages, &envelope{Type: "SESSION_PING", Ping: &life{ID: id}})
	}
	for _, m := range messages {
		text, err := json.Marshal(m)
		if err != nil {
			return nil, err
		}
		frame := binary.BigEndian.AppendUint32(nil, uint32(len(text)))
		if _, err := p.gzip.Write(append(frame, text...)); err != nil {
			return nil, err
		}
	}
	if err := p.gzip.Close(); err != nil {
		return nil, err
	}
	return p.out.Bytes(), nil
}

// send sends one command. It is called from the session's goroutine only.
func (x *session) send(e *envelope) error {
	packed, err := x.packer.pack(e)
	if err == nil {
		_ = x.wire.conn.SetWriteDeadline(time.Now().Add(x.s.c.Limits.Send))
		_, err = x.wire.conn.Write(packed)
	}
	if err != nil {
		return &endError{causeSend, fmt.Errorf("%s: %w", e.Type, err)}
	}
	return nil
}
