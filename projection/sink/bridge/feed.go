package bridge

import (
	"context"
	"fmt"
	"slices"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/offering"
)

// session says where the session with the feed stands.
type session uint8

const (
	unknown session = iota // as good as down
	down                   // it ended, or it has begun and is not complete
	live
)

// sessionOf is where a record leaves the session; unknown if it says nothing.
func sessionOf(kind schema.Kind) session {
	switch kind {
	case schema.KindFeedUp, schema.KindFeedDown:
		return down
	case schema.KindSnapshotEnd, schema.KindReplayEnd:
		return live
	}
	return unknown
}

// changed is told by the fold what a record changed.
func (b *Bridge) changed(c *offering.Change) {
	b.mu.Lock()
	switch s := sessionOf(c.Session); {
	case b.ended:
	case c.Session == 0:
		b.dirty[c.After.ID] = struct{}{}
	case s != b.session:
		b.session, b.sweep = s, true
	}
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// offering visits the feed's fold.
func (b *Bridge) offering(ctx context.Context, f func(p *offering.Offering, next int64)) error {
	var strange error
	err := b.c.Feed.Do(ctx, func(v *projection.View) {
		if p, ok := v.Projection.(*offering.Offering); ok {
			f(p, v.Position.Offset)
		} else {
			strange = fmt.Errorf("bridge: %s is folded by %q, want an offering", b.c.Source, v.Projection.Name())
		}
	})
	if err == nil {
		err = strange
	}
	return err
}

// catchUp waits until the fold has passed what the feed's partition holds now:
// what is long past makes no markets, and nothing is decided that a bridge before
// this one knew better.
func (b *Bridge) catchUp(ctx context.Context) error {
	_, end, err := b.c.Journal.Bounds(ctx, b.c.Source)
	if err != nil {
		return err
	}
	_, err = b.c.Feed.Lane(ctx, end, journal.LaneFeed)
	return err
}

// maxLookback is how many records are searched for the state of the session.
const maxLookback = 1 << 20

// lookBack finds in the journal where the session stood at next, which no fold
// keeps. Mostly the last record says it. Epoch is that of the feed's lane at some
// offset up to next.
func (b *Bridge) lookBack(ctx context.Context, next, epoch int64) (session, error) {
	start, _, err := b.c.Journal.Bounds(ctx, b.c.Source)
	if err != nil {
		return unknown, err
	}
	least := max(start, next-maxLookback)
	for size := int64(64); next > least; size *= 4 {
		from := max(least, next-size)
		var list []evidence
		err := journal.ReadRange(ctx, b.c.Journal, b.c.Source, from, next, func(r *journal.Record) error {
			if r.Lane == journal.LaneFeed {
				list = append(list, evidenceOf(r))
			}
			return nil
		})
		if err != nil {
			return unknown, err
		}
		if slices.ContainsFunc(list, func(e evidence) bool { return e.claim && e.epoch == epoch }) {
			epoch = 0 // older ones counted before it
		}
		if s := weigh(list, epoch); s != unknown {
			return s, nil
		}
		next = from
	}
	return unknown, nil
}

// weigh is what records say in the end. Those of an older epoch than the one in
// force came too late to count.
func weigh(list []evidence, epoch int64) session {
	s := unknown
	for _, e := range list {
		switch {
		case e.claim:
			epoch = max(epoch, e.epoch)
		case e.epoch >= epoch && e.session != unknown:
			s = e.session
		}
	}
	return s
}

// evidence is what a record of the feed's lane says about the session.
type evidence struct {
	claim   bool
	epoch   int64
	session session
}

func evidenceOf(r *journal.Record) evidence {
	e := evidence{claim: r.Kind == schema.KindClaim, epoch: r.Epoch, session: sessionOf(r.Kind)}
	if r.Kind.Entity() {
		rd := codec.Read(r.Body)
		switch rd.MessageHead(r.Kind).Flow {
		case schema.FlowSnapshot: // which has not ended
			e.session = down
		case schema.FlowRealtime: // after the end of a snapshot or a replay
			e.session = live
		}
	}
	return e
}
