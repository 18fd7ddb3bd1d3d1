package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/local"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
	"github.com/deadheat-io/deadheat/projection"
)

// fixtureTime is the time of the first record; each next one is a second later.
var fixtureTime = time.Date(2026, 2, 14, 10, 0, 0, 123456789, time.UTC)

// fixture builds the records of a partition.
type fixture struct {
	records []journal.Record
}

func (f *fixture) add(epoch, seq int64, key string, body schema.Body) {
	f.records = append(f.records, journal.Record{
		Kind: body.RecordKind(), Lane: journal.LaneFeed, Epoch: epoch, Seq: seq, Key: []byte(key), Body: codec.Body(body),
		Time: fixtureTime.Add(time.Duration(len(f.records)+1) * time.Second).UnixNano(),
	})
}

// message adds an entity message, given as the feed's JSON.
func (f *fixture) message(epoch, seq int64, text string) error {
	body, err := kambijson.NewDecoder().Decode([]byte(text), schema.FlowRealtime)
	if err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	m, ok := body.(*schema.Message)
	if !ok {
		return fmt.Errorf("%s: decoded to %T", text, body)
	}
	f.add(epoch, seq, string(kambijson.Key(m)), m)
	return nil
}

// feedRecords are the records of feed.demo behind GENESIS: a session, a record
// that comes twice, a claim that loses, a second session, and a record of the
// first one that comes too late. With a gap, one record of it is missing.
func feedRecords(gap bool) ([]journal.Record, error) {
	f := &fixture{}
	f.add(1, 0, "", &schema.Claim{Nonce: "11", Who: "fixture"})
	f.add(1, 1, "demo", &schema.FeedUp{Source: "demo"})
	messages := []error{
		f.message(1, 2, `{"type":"EVENT_ADDED","offset":7,"eventAdded":{"event":{"id":5,"status":"STARTED","tags":["a<b"]}}}`),
		f.message(1, 2, `{"type":"EVENT_ADDED","offset":7,"eventAdded":{"event":{"id":5,"status":"STARTED","tags":["a<b"]}}}`),
		f.message(1, 3, `{"type":"EVENT_STATUS_UPDATED","offset":8,"eventStatusUpdated":{"id":5,"status":"SUSPENDED"}}`),
	}
	f.add(1, 0, "", &schema.Claim{Nonce: "22"}) // lost: the epoch is taken
	f.add(2, 0, "", &schema.Claim{Nonce: "33"})
	messages = append(messages, f.message(1, 4, `{"type":"EVENT_DELETED","offset":9,"eventDeleted":{"id":5}}`)) // stale
	f.add(2, 1, "demo", &schema.FeedUp{Source: "demo"})
	if gap {
		f.add(2, 3, "demo", &schema.FeedDown{Source: "demo", Reason: "gap"})
	}
	return f.records, errors.Join(messages...)
}

// writeJournal writes feed.demo and, with outputs, surfaced.demo: one that no
// fold makes, which nothing but the journal commands may meet. Every record is a commit of
// its own, so that what stands before damage is readable.
func writeJournal(dir string, gap, outputs bool) error {
	ctx := context.Background()
	j, err := local.Open(dir, local.Options{})
	if err != nil {
		return err
	}
	defer j.Close()
	if err := projection.Genesis(ctx, j, "feed.demo", 1, fixtureTime); err != nil {
		return err
	}
	records, err := feedRecords(gap)
	if err != nil {
		return err
	}
	for _, r := range records {
		if _, err := journal.AppendWait(ctx, j, journal.Partition{Topic: "feed.demo"}, r); err != nil {
			return err
		}
	}
	if !outputs {
		return j.Close()
	}
	out := journal.Record{
		Kind: schema.KindSurfaced, Time: fixtureTime.UnixNano(), Key: []byte("5"),
		Body: codec.Body(&schema.Surfaced{Cause: 3, Items: []schema.SurfacedItem{{
			Type: schema.SurfacedEventData, Flow: schema.FlowRealtime, Time: fixtureTime.UnixNano(),
			Event: &schema.SurfacedEvent{EventID: 5},
		}}}),
	}
	if err := j.Create(ctx, "surfaced.demo", 1); err != nil {
		return err
	}
	for range 2 { // two publishers: it comes twice
		if _, err := journal.AppendWait(ctx, j, journal.Partition{Topic: "surfaced.demo"}, out); err != nil {
			return err
		}
	}
	return j.Close()
}
