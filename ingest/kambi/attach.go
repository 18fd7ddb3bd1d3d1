package kambi

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/crash"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// attachment is one epoch of the feed's lane and what hangs on it. It lasts
// for many sessions and ends at the first error of the journal.
type attachment struct {
	s      *Source
	ctx    context.Context // ends with the source, with the lane and when overtaken
	cancel context.CancelCauseFunc
	lane   *journal.Lane
	pump   *ingest.Pump
	time   int64 // of the last record, ns since 1970
	up     bool  // FEED_UP is journalled, FEED_DOWN not yet

	mu     sync.Mutex // Durable comes from the journal's goroutine
	resume *Resume
}

// attach claims the lane and finds out from the journal where the feed stands.
func (s *Source) attach(ctx context.Context) (*attachment, error) {
	_, end, err := s.c.Journal.Bounds(ctx, s.c.Partition)
	if err != nil {
		return nil, err
	}
	if end == 0 {
		return nil, &PermanentError{s.c.Name, fmt.Errorf("%s is empty; its GENESIS must be written before a feed is journalled", s.c.Partition)}
	}
	lane, err := journal.OpenLane(ctx, journal.LaneConfig{
		Journal: s.c.Journal, Partition: s.c.Partition, Name: journal.LaneFeed, Fold: s.c.Fold,
		Encode: codec.Body, Who: s.c.Who, Now: s.c.Now,
	})
	if err != nil {
		return nil, err
	}
	resume, up, err := rebuild(ctx, s.c.Journal, s.c.Partition, s.c.R, lane.Epoch())
	if err != nil {
		return nil, err
	}
	at := &attachment{s: s, lane: lane, resume: resume, up: up, time: s.c.Now().UnixNano()}
	at.ctx, at.cancel = context.WithCancelCause(ctx)
	config := s.c.Pump
	config.Lane, config.Durable = lane, at.durable
	at.pump = ingest.NewPump(config)
	go at.watch()
	if err := s.hold(at); err != nil {
		at.close()
		return nil, err
	}
	if up {
		reason := causeRestart
		if s.attached {
			reason = causeLane
		}
		if err := at.down(at.ctx, reason); err != nil {
			at.close()
			return nil, err
		}
	}
	s.attached = true
	return at, nil
}

// watch ends the attachment when its lane is lost.
func (at *attachment) watch() {
	select {
	case <-at.pump.Failed():
		at.cancel(&endError{causeLane, at.pump.Err()})
	case <-at.ctx.Done():
	}
}

// put journals a record about the session.
func (at *attachment) put(ctx context.Context, body schema.Body, time int64) error {
	return at.pump.Put(ctx, ingest.Item{Body: body, Key: at.s.key, Time: time, Size: itemOverhead})
}

// maxDownReason is the longest reason of a FEED_DOWN, in bytes.
const maxDownReason = 256

// down journals the end of a session and waits until everything is durable, so
// that the next session knows all that the last one brought.
func (at *attachment) down(ctx context.Context, reason string) error {
	if at.up {
		at.time = max(at.time, at.s.c.Now().UnixNano())
		if err := at.put(ctx, &schema.FeedDown{Source: at.s.c.Name, Reason: clip(reason, maxDownReason)}, at.time); err != nil {
			return err
		}
		at.up = false
	}
	return at.pump.Flush(ctx)
}

// durable folds what the journal holds.
func (at *attachment) durable(_ int64, items []ingest.Item) {
	at.s.counts.journalled.Add(int64(len(items)))
	at.mu.Lock()
	defer at.mu.Unlock()
	for i := range items {
		at.s.counts.kind(items[i].Body.RecordKind())
		at.resume.ObserveBody(items[i].Body)
		switch items[i].Body.(type) {
		case *schema.SnapshotBegin:
			crash.At(crash.SnapshotBegin)
		case *schema.SnapshotEnd:
			crash.At(crash.SnapshotEnd)
		}
	}
}

// next is what the next session asks for, as far as the journal tells.
func (at *attachment) next() (snapshot bool, offset int64) {
	at.mu.Lock()
	defer at.mu.Unlock()
	return at.resume.Next()
}

func (at *attachment) barren() int {
	at.mu.Lock()
	defer at.mu.Unlock()
	return at.resume.Barren()
}

// close gives the lane up. It is called when everything is flushed or when
// nothing can be.
func (at *attachment) close() {
	at.cancel(nil)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(at.ctx), at.s.c.Limits.Stop)
	defer cancel()
	at.s.release(at)
	at.lane.Lose(errors.New("the source ended"))
	at.pump.Close(ctx)
}

// clip cuts a text to n bytes, never inside a character.
func clip(text string, n int) string {
	if len(text) > n {
		text = text[:n]
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "?")
	}
	return text
}
