package schema

import (
	"encoding/json"
	"time"
)

// MarshalJSON prints the item flat, as its consumers expect it: type, the
// content's members, msg_flow, msg_datetime (RFC 3339, UTC).
func (s SurfacedItem) MarshalJSON() ([]byte, error) {
	at := time.Unix(0, s.Time).UTC().Format(time.RFC3339Nano)
	if s.Event != nil {
		return json.Marshal(struct {
			Type string `json:"type"`
			*SurfacedEvent
			Flow Flow   `json:"msg_flow"`
			At   string `json:"msg_datetime"`
		}{s.Type, s.Event, s.Flow, at})
	}
	return json.Marshal(struct {
		Type string `json:"type"`
		*SurfacedOffer
		Flow Flow   `json:"msg_flow"`
		At   string `json:"msg_datetime"`
	}{s.Type, s.Offer, s.Flow, at})
}
