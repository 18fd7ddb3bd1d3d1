package kambi

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// maxReasons bounds how many reasons are counted apart: the feed's own bytes
// may be part of them.
const maxReasons = 256

const otherReasons = "other"

// counters are what Stats returns. The hot ones are atomic.
type counters struct {
	sessions, frames, wire, bytes, journalled atomic.Int64

	kinds [schema.KindSurfaced + 1]atomic.Int64
	last  atomic.Int64 // time of the last entity message, ns since 1970

	mu       sync.Mutex
	rejected map[string]int64
	events   map[string]int64
}

func (c *counters) kind(kind schema.Kind) {
	if int(kind) < len(c.kinds) {
		c.kinds[kind].Add(1)
	}
}

func (c *counters) reject(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rejected == nil {
		c.rejected = make(map[string]int64)
	}
	if _, ok := c.rejected[reason]; !ok && len(c.rejected) >= maxReasons {
		reason = otherReasons
	}
	c.rejected[reason]++
}

// event counts what happens to sessions. Names are constants of this package.
func (c *counters) event(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.events == nil {
		c.events = make(map[string]int64)
	}
	c.events[name]++
}

// Stats implements [ingest.Source].
func (s *Source) Stats() ingest.Stats {
	c := &s.counts
	stats := ingest.Stats{
		Sessions: c.sessions.Load(), Frames: c.frames.Load(), WireBytes: c.wire.Load(), Bytes: c.bytes.Load(),
		Journalled: c.journalled.Load(), Kinds: make(map[string]int64),
	}
	for kind := range c.kinds {
		if n := c.kinds[kind].Load(); n > 0 {
			stats.Kinds[schema.Kind(kind).String()] = n
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	stats.Rejected, stats.Events = maps.Clone(c.rejected), maps.Clone(c.events)
	return stats
}

// statusBox holds what Status returns.
type statusBox struct {
	mu  sync.Mutex
	now ingest.Status
}

// enter sets the state. What it says about the last error stays until the
// source is live again.
func (b *statusBox) enter(state ingest.State, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.now.State != state || b.now.Since.IsZero() {
		b.now.State, b.now.Since = state, at.UTC()
	}
	if state == ingest.Realtime {
		b.now.Error = ""
	}
}

// broken sets the state and why.
func (b *statusBox) broken(state ingest.State, at time.Time, err error) {
	b.enter(state, at)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now.Error = err.Error()
}

// Status implements [ingest.Source]. Pings are no messages.
func (s *Source) Status() ingest.Status {
	s.status.mu.Lock()
	defer s.status.mu.Unlock()
	status := s.status.now
	if last := s.counts.last.Load(); last != 0 {
		status.LastMessage = time.Unix(0, last).UTC()
	}
	return status
}
