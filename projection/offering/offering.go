package offering

import (
	"fmt"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
)

// Name is the projection's name.
const Name = "offering"

// Rules is the version of the rules in this package.
const Rules = 1

// DefaultConfig is what a journal without OFFERING_CONFIG is folded by: a
// window of 100,000 feed offsets and the three criteria of the NBA and WNBA
// (handicap, money line and total points, overtime included).
func DefaultConfig() schema.OfferingConfig {
	return schema.OfferingConfig{
		Window:   100_000,
		Criteria: []int64{1001159509, 1001159512, 1001159732},
	}
}

// MaxJurisdictions is how many bits a jurisdiction mask has.
const MaxJurisdictions = 63

// floorSteps is in how many steps the floor crosses one window.
const floorSteps = 100

// Stats count what the state does not show. They are no part of the state.
type Stats struct {
	Applied   int64 // entity messages that changed the state
	Duplicate int64 // that did not, because it knew as much or more
	Late      int64 // at or below the floor, dropped
	Unknown   int64 // of unknown kinds
	Rejected  int64 // that could not be decoded, or have no place in the feed
}

// Offering is the projection. Use New.
type Offering struct {
	config schema.OfferingConfig
	top    int64 // highest feed offset seen
	floor  int64 // messages at or below it are dropped
	taken  int64 // offset of the last snapshot
	resync bool

	live   *world
	shadow *world // nil while no snapshot is being taken

	metaDirty   bool
	metaCell    projection.Cell
	dirtyEvents []*event
	dirtyOffers []*offer
	deleted     []deletion

	stats  Stats
	out    []schema.SurfacedItem // of the record that is being folded
	offset int64                 // of it
	watch  func(*Change)         // nil when nobody does
	w      *codec.Writer
}

// New is the projection at offset 0.
func New() *Offering {
	return &Offering{config: DefaultConfig(), live: newWorld(false), w: codec.NewWriter()}
}

// Name implements [projection.Projection].
func (p *Offering) Name() string { return Name }

// Rules implements [projection.Projection].
func (p *Offering) Rules() int64 { return Rules }

// Config is the configuration in force.
func (p *Offering) Config() schema.OfferingConfig { return p.config }

// Stats are the counters since this process began to fold.
func (p *Offering) Stats() Stats { return p.stats }

// Resync tells whether a real-time message came too late to count and was not in
// the last snapshot either: only a new one repairs what is missing. It is part of
// the state, so that no restart forgets it, and clears when a snapshot begins.
func (p *Offering) Resync() bool { return p.resync }

// Floor is the feed offset at or below which messages are dropped.
func (p *Offering) Floor() int64 { return p.floor }

// Apply implements [projection.Projection].
func (p *Offering) Apply(r *journal.Record, emit projection.Emit) error {
	p.out, p.offset = p.out[:0], r.Offset
	if err := p.apply(r); err != nil {
		return err
	}
	p.tellSession(r.Kind)
	for part, items := range split(p.out) {
		emit(r.Key, &schema.Surfaced{Cause: r.Offset, Part: int64(part), Items: items})
	}
	return nil
}

func (p *Offering) apply(r *journal.Record) error {
	if r.Kind.Entity() {
		return p.message(r)
	}
	switch r.Kind {
	case schema.KindSnapshotBegin, schema.KindSnapshotEnd, schema.KindFeedUnknown, schema.KindOfferingConfig:
	case schema.KindRejectedRaw:
		p.stats.Rejected++
		return nil
	default: // of the session, or of another projection
		return nil
	}
	body, err := codec.DecodeBody(r.Kind, r.Body)
	if err != nil {
		return err
	}
	switch b := body.(type) {
	case *schema.SnapshotBegin:
		p.beginSnapshot()
	case *schema.SnapshotEnd:
		p.endSnapshot(b.Offset, r.Time)
	case *schema.FeedUnknown:
		p.stats.Unknown++
		if b.Offset.OK && p.shadow == nil {
			p.raise(b.Offset.V)
		}
	case *schema.OfferingConfig:
		if b.Window < 1 || len(b.Jurisdictions) > MaxJurisdictions {
			return fmt.Errorf("window of %d offsets, %d jurisdictions: want at least 1 and at most %d", b.Window, len(b.Jurisdictions), MaxJurisdictions)
		}
		p.config, p.metaDirty = *b, true
		p.refloor()
	}
	return nil
}

// raise takes a feed offset into account; the floor follows in steps, and never
// goes back. It moves before the message that moves it counts, so that the
// order of arrival makes no difference.
func (p *Offering) raise(offset int64) {
	if offset <= p.top {
		return
	}
	p.top, p.metaDirty = offset, true
	p.refloor()
}

// refloor moves the floor to where top and window put it.
func (p *Offering) refloor() {
	step := max(1, p.config.Window/floorSteps)
	if floor := (p.top - p.config.Window - 1) / step * step; floor > p.floor {
		p.floor = floor
		p.settle(p.live, floor, func(at int64) int64 { return (at + step - 1) / step * step })
	}
}

// beginSnapshot opens an empty shadow; one that was open is discarded.
func (p *Offering) beginSnapshot() {
	p.discardShadow()
	p.shadow, p.resync, p.metaDirty = newWorld(true), false, true
}

func (p *Offering) discardShadow() {
	if p.shadow == nil {
		return
	}
	for _, id := range p.shadow.eventIDs() {
		p.dropEvent(p.shadow, p.shadow.events[id])
	}
	for _, id := range p.shadow.offerIDs() {
		p.dropOffer(p.shadow, p.shadow.offers[id])
	}
	p.shadow = nil
}

// endSnapshot puts the shadow in the place of the live state, whole.
func (p *Offering) endSnapshot(offset, time int64) {
	if p.shadow == nil {
		return // of a snapshot whose beginning was never folded
	}
	old, fresh := p.live, p.shadow
	top := offset
	for _, id := range fresh.eventIDs() {
		top = max(top, p.promoteEvent(old, fresh.events[id]))
	}
	for _, id := range fresh.offerIDs() {
		top = max(top, p.promoteOffer(old, fresh.offers[id]))
	}
	fresh.shadow = false
	p.settle(fresh, offset, func(int64) int64 { return offset })
	p.surfaceSnapshot(old, fresh, time)
	p.tellSwap(old, fresh)
	p.dropRest(old)
	p.live, p.shadow = fresh, nil
	p.top, p.floor, p.taken, p.metaDirty = top, offset, offset, true
}

// promoteEvent gives a shadow entity the key of the live one it replaces, and
// returns the highest offset in it.
func (p *Offering) promoteEvent(old *world, e *event) int64 {
	p.forget(e.key(), &e.cell)
	e.state.shadow = false
	p.markEvent(e)
	if was := old.events[e.id]; was != nil {
		e.cell, was.cell = was.cell, projection.Cell{}
	}
	top := max(e.gone, e.whole)
	for i := range e.regs {
		top = max(top, e.regs[i].at)
	}
	return top
}

func (p *Offering) promoteOffer(old *world, o *offer) int64 {
	p.forget(o.key(), &o.cell)
	o.state.shadow = false
	p.markOffer(o)
	if was := old.offers[o.id]; was != nil {
		o.cell, was.cell = was.cell, projection.Cell{}
	}
	top := max(o.gone, o.whole)
	for i := range o.regs {
		top = max(top, o.regs[i].at)
	}
	for i := range o.outcomes {
		for k := range o.outcomes[i].regs {
			top = max(top, o.outcomes[i].regs[k].at)
		}
	}
	return top
}

// dropRest takes what the snapshot does not have out of the state. The cells of
// entities that it has were handed over.
func (p *Offering) dropRest(old *world) {
	for _, id := range old.eventIDs() {
		p.dropEvent(old, old.events[id])
	}
	for _, id := range old.offerIDs() {
		p.dropOffer(old, old.offers[id])
	}
}
