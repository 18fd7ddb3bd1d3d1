package kambi

import (
	"context"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

func encodeBody(b schema.Body) []byte { return codec.Body(b) }

func claimRecord(epoch int64) journal.Record {
	return journal.Record{Kind: schema.KindClaim, Lane: journal.LaneFeed, Epoch: epoch, Body: codec.Body(&schema.Claim{Nonce: "other"})}
}

// appendBodies appends through a lane and waits until it is durable.
func appendBodies(t testing.TB, lane *journal.Lane, bodies ...schema.Body) {
	t.Helper()
	entries := make([]journal.Entry, len(bodies))
	for i, b := range bodies {
		entries[i] = journal.Entry{Kind: b.RecordKind(), Time: int64(i + 1), Key: []byte("test"), Body: codec.Body(b)}
	}
	answer := make(chan error, 1)
	if err := lane.Append(context.Background(), entries, func(_ int64, err error) { answer <- err }); err != nil {
		t.Fatal(err)
	}
	if err := <-answer; err != nil {
		t.Fatal(err)
	}
}
