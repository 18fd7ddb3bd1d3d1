package offering

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/deadheat-io/deadheat/projection"
)

// world is a set of events and bet offers: the live one, or the shadow that a
// snapshot fills.
type world struct {
	shadow bool
	events map[int64]*event
	offers map[int64]*offer
	// What the next floor may change: entities with a tombstone, entities
	// that are not whole, events with full messages above the floor.
	unsettledEvents []*event
	unsettledOffers []*offer
}

func newWorld(shadow bool) *world {
	return &world{shadow: shadow, events: make(map[int64]*event), offers: make(map[int64]*offer)}
}

// eventIDs and offerIDs are in ascending order: no order of a map gets out.
func (w *world) eventIDs() []int64 { return slices.Sorted(maps.Keys(w.events)) }
func (w *world) offerIDs() []int64 { return slices.Sorted(maps.Keys(w.offers)) }

// Keys of the state: a letter and the id. Shadow entities have capitals, so
// that a snapshot that is being taken survives a restart.
const (
	keyEvent       = 'e'
	keyOffer       = 'o'
	keyShadowEvent = 'E'
	keyShadowOffer = 'O'
	keyMeta        = 'm'
)

func stateKey(kind byte, id int64) []byte {
	return binary.BigEndian.AppendUint64([]byte{kind}, uint64(id))
}

func (e *event) key() []byte {
	if e.state.shadow {
		return stateKey(keyShadowEvent, e.id)
	}
	return stateKey(keyEvent, e.id)
}

func (o *offer) key() []byte {
	if o.state.shadow {
		return stateKey(keyShadowOffer, o.id)
	}
	return stateKey(keyOffer, o.id)
}

// deletion is a key that leaves the state at the next Dirty.
type deletion struct {
	key  []byte
	cell projection.Cell
}

// event finds an event or makes an empty one.
func (p *Offering) event(w *world, id int64) *event {
	e := w.events[id]
	if e == nil {
		e = &event{id: id, state: entityState{shadow: w.shadow}}
		w.events[id] = e
	}
	return e
}

// offer finds a bet offer or makes an empty one.
func (p *Offering) offer(w *world, id int64) *offer {
	o := w.offers[id]
	if o == nil {
		o = &offer{id: id, state: entityState{shadow: w.shadow}}
		w.offers[id] = o
	}
	return o
}

// touchEvent notes that an event changed; one of which nothing is left goes.
func (p *Offering) touchEvent(w *world, e *event) {
	if e.empty() {
		p.dropEvent(w, e)
		return
	}
	p.markEvent(e)
	if !e.state.unsettled && !e.settled() {
		e.state.unsettled = true
		w.unsettledEvents = append(w.unsettledEvents, e)
	}
}

func (p *Offering) touchOffer(w *world, o *offer) {
	if o.empty() {
		p.dropOffer(w, o)
		return
	}
	p.markOffer(o)
	if !o.state.unsettled && !o.settled() {
		o.state.unsettled = true
		w.unsettledOffers = append(w.unsettledOffers, o)
	}
}

// markEvent and markOffer put an entity on the list of what changed.
func (p *Offering) markEvent(e *event) {
	if !e.state.dirty {
		e.state.dirty = true
		p.dirtyEvents = append(p.dirtyEvents, e)
	}
}

func (p *Offering) markOffer(o *offer) {
	if !o.state.dirty {
		o.state.dirty = true
		p.dirtyOffers = append(p.dirtyOffers, o)
	}
}

func (p *Offering) dropEvent(w *world, e *event) {
	e.state.dropped = true
	delete(w.events, e.id)
	p.forget(e.key(), &e.cell)
}

func (p *Offering) dropOffer(w *world, o *offer) {
	o.state.dropped = true
	delete(w.offers, o.id)
	p.forget(o.key(), &o.cell)
}

// forget takes a key out of the state, if it is there.
func (p *Offering) forget(key []byte, cell *projection.Cell) {
	if cell.Live() {
		p.deleted = append(p.deleted, deletion{key, *cell})
		*cell = projection.Cell{}
	}
}

// settle lets the floor decide everything that is at or below it. cover is the
// first floor at or above an offset.
func (p *Offering) settle(w *world, floor int64, cover func(at int64) int64) {
	events, offers := w.unsettledEvents, w.unsettledOffers
	w.unsettledEvents, w.unsettledOffers = nil, nil
	for _, e := range events {
		if e.state.dropped {
			continue
		}
		e.state.unsettled = false
		if e.settle(floor, cover) {
			p.touchEvent(w, e)
		} else if !e.settled() {
			e.state.unsettled = true
			w.unsettledEvents = append(w.unsettledEvents, e)
		}
	}
	for _, o := range offers {
		if o.state.dropped {
			continue
		}
		o.state.unsettled = false
		before := p.look(w, o)
		if o.settle(floor) {
			p.touchOffer(w, o)
			p.tell(w, o, &before)
		} else if !o.settled() {
			o.state.unsettled = true
			w.unsettledOffers = append(w.unsettledOffers, o)
		}
	}
}
