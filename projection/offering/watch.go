package offering

import (
	"iter"
	"slices"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// Status says what a bet offer is to those who trade on it.
type Status uint8

const (
	OfferGone      Status = iota // it does not exist, or not any more
	OfferOpen                    // the feed says OPEN
	OfferSuspended               // SUSPENDED, nothing, or a word that is not known
	OfferClosed                  // CLOSED
	statusLength                 // number of statuses
)

var statusNames = [statusLength]string{"gone", "open", "suspended", "closed"}

// String names the status for people.
func (s Status) String() string { return statusNames[s] }

// Shown is what can be seen of one bet offer. Of one that is gone it is the id
// and the status.
type Shown struct {
	ID        int64
	Status    Status
	Event     schema.Opt[int64]
	Criterion schema.Opt[int64]
	Outcomes  []int64 // those that the last full message lists, in its order
}

func (s *Shown) same(t *Shown) bool {
	return s.Status == t.Status && s.Event == t.Event && s.Criterion == t.Criterion && slices.Equal(s.Outcomes, t.Outcomes)
}

// Change is one thing that a record changed: what can be seen of a bet offer, or
// where the session with the feed stands.
type Change struct {
	Offset int64 // of the record
	// Session is FEED_UP, FEED_DOWN, SNAPSHOT_END or REPLAY_END; 0 when an offer
	// changed.
	Session schema.Kind
	Before  Shown // as it was shown before: gone when it appears
	After   Shown
}

// Watch makes the fold hand every change to a function: of the session, and of
// what can be seen of an offer (status, event, criterion, outcomes; odds are no
// part of it), whatever caused it. The function is called while the record is
// folded: it must be quick, must not touch the projection and must not keep the
// pointer. Nil ends it. It is no part of the state: after a restart somebody must
// watch again, and go through [Offering.Offers].
func (p *Offering) Watch(f func(*Change)) { p.watch = f }

// Offers goes through all bet offers that exist, ids ascending. Nothing must be
// folded meanwhile.
func (p *Offering) Offers() iter.Seq[Shown] {
	return func(yield func(Shown) bool) {
		for _, id := range p.live.offerIDs() {
			if o := p.live.offers[id]; o.visible() && !yield(o.shown()) {
				return
			}
		}
	}
}

// Show is what can be seen of one bet offer now.
func (p *Offering) Show(id int64) Shown {
	if o := p.live.offers[id]; o != nil {
		return o.shown()
	}
	return Shown{ID: id}
}

func (o *offer) shown() Shown {
	if !o.visible() {
		return Shown{ID: o.id}
	}
	f := o.fact()
	s := Shown{ID: o.id, Status: statusOf(o.regs[offerStatus].v), Event: f.event, Criterion: f.criterion}
	for i := range o.outcomes {
		if o.outcomes[i].terms == nil {
			break // those that are not listed come last
		}
		s.Outcomes = append(s.Outcomes, o.outcomes[i].id)
	}
	return s
}

// statusOf reads a status. What is not known to be open or closed may not be
// traded on, and may be again.
func statusOf(v []byte) Status {
	if v == nil {
		return OfferSuspended
	}
	rd := codec.Read(v)
	if rd.Nil() {
		return OfferSuspended
	}
	switch string(rd.StrBytes()) {
	case statusOpen:
		return OfferOpen
	case statusClosed:
		return OfferClosed
	}
	return OfferSuspended
}

// watched tells whether a message may change what a watcher sees.
func (p *Offering) watched(w *world) bool { return p.watch != nil && !w.shadow }

// look is what a watcher saw of an offer before it changes; nothing when nobody
// sees it.
func (p *Offering) look(w *world, o *offer) Shown {
	if !p.watched(w) {
		return Shown{}
	}
	return o.shown()
}

// tell tells the watcher of an offer that may have changed.
func (p *Offering) tell(w *world, o *offer, before *Shown) {
	if p.watched(w) {
		after := o.shown()
		p.tellChange(before, &after)
	}
}

func (p *Offering) tellChange(before, after *Shown) {
	if !before.same(after) {
		p.watch(&Change{Offset: p.offset, Before: *before, After: *after})
	}
}

// tellSwap tells the watcher what a snapshot has changed, ids ascending.
func (p *Offering) tellSwap(old, fresh *world) {
	if p.watch == nil {
		return
	}
	ids := append(old.offerIDs(), fresh.offerIDs()...)
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		before, after := Shown{ID: id}, Shown{ID: id}
		if o := old.offers[id]; o != nil {
			before = o.shown()
		}
		if o := fresh.offers[id]; o != nil {
			after = o.shown()
		}
		p.tellChange(&before, &after)
	}
}

// tellSession tells the watcher where the session stands, once the record is
// folded.
func (p *Offering) tellSession(kind schema.Kind) {
	switch kind {
	case schema.KindFeedUp, schema.KindFeedDown, schema.KindSnapshotEnd, schema.KindReplayEnd:
		if p.watch != nil {
			p.watch(&Change{Offset: p.offset, Session: kind})
		}
	}
}
