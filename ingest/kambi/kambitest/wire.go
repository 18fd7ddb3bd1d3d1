package kambitest

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Session messages of the server that never change.
var (
	welcome     = []byte(`{"type":"SESSION_WELCOME","sessionWelcome":{}}`)
	initialized = []byte(`{"type":"SESSION_INITIALIZED","sessionInitialized":{}}`)
)

// Codes of SESSION_ERROR.
const (
	codeProtocol = "INVALID_PROTOCOL_VERSION"
	codeOffering = "INVALID_OFFERING"
	codeToken    = "INVALID_TOKEN"
	codeTooOld   = "OFFSET_TOO_OLD"
)

// protocolVersion is the only one there is.
const protocolVersion = "V1"

func sessionError(code string) []byte {
	return []byte(`{"type":"SESSION_ERROR","sessionError":{"code":"` + code + `"}}`)
}

func snapshotCompleted(offset int64) []byte {
	return []byte(`{"type":"SESSION_SNAPSHOT_COMPLETED","sessionSnapshotCompleted":{"offset":` + strconv.FormatInt(offset, 10) + `}}`)
}

func replayCompleted(offset int64) []byte {
	return []byte(`{"type":"SESSION_REPLAY_COMPLETED","sessionReplayCompleted":{"offset":` + strconv.FormatInt(offset, 10) + `}}`)
}

func sessionPing(id int64) []byte {
	return []byte(`{"type":"SESSION_PING","sessionPing":{"id":"` + strconv.FormatInt(id, 10) + `"}}`)
}

// sessionPong echoes the id as the client wrote it.
func sessionPong(id json.RawMessage) []byte {
	if len(id) == 0 {
		id = json.RawMessage("null")
	}
	return []byte(`{"type":"SESSION_PONG","sessionPong":{"id":` + string(id) + `}}`)
}

// clientMessage is what a client may say. Exactly the body of its type is set.
type clientMessage struct {
	Type       string          `json:"type"`
	Initialize *initializeBody `json:"sessionInitialize"`
	Snapshot   *struct{}       `json:"sessionSnapshot"`
	Replay     *replayBody     `json:"sessionReplay"`
	Ping       *idBody         `json:"sessionPing"`
	Pong       *idBody         `json:"sessionPong"`
}

type initializeBody struct {
	ProtocolVersion string            `json:"protocolVersion"`
	Offerings       []json.RawMessage `json:"offerings"`
	Token           string            `json:"token"`
}

type replayBody struct {
	Offset *int64 `json:"offset"`
}

type idBody struct {
	ID json.RawMessage `json:"id"`
}

// parseClient refuses what a real server could not understand either.
func parseClient(frame []byte) (*clientMessage, error) {
	var m clientMessage
	if err := json.Unmarshal(frame, &m); err != nil {
		return nil, fmt.Errorf("client message: %w", err)
	}
	ok := false
	switch m.Type {
	case "SESSION_INITIALIZE":
		ok = m.Initialize != nil
	case "SESSION_SNAPSHOT":
		ok = m.Snapshot != nil
	case "SESSION_REPLAY":
		ok = m.Replay != nil && m.Replay.Offset != nil
	case "SESSION_PING":
		ok = m.Ping != nil
	case "SESSION_PONG":
		ok = m.Pong != nil
	default:
		return nil, fmt.Errorf("client message of unknown type %.40q", m.Type)
	}
	if !ok {
		return nil, fmt.Errorf("client message %s has no proper body: %.100q", m.Type, frame)
	}
	return &m, nil
}
