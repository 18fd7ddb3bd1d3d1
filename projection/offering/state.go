package offering

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
)

// Dirty implements [projection.Projection].
func (p *Offering) Dirty(put func(key, value []byte, cell *projection.Cell)) {
	type change struct {
		key    []byte
		cell   *projection.Cell
		encode func(*codec.Writer) // nil for a deletion
	}
	changes := make([]change, 0, len(p.deleted)+len(p.dirtyEvents)+len(p.dirtyOffers)+1)
	for i := range p.deleted {
		changes = append(changes, change{p.deleted[i].key, &p.deleted[i].cell, nil})
	}
	for _, e := range p.dirtyEvents {
		if e.state.dirty = false; !e.state.dropped {
			changes = append(changes, change{e.key(), &e.cell, e.encode})
		}
	}
	for _, o := range p.dirtyOffers {
		if o.state.dirty = false; !o.state.dropped {
			changes = append(changes, change{o.key(), &o.cell, o.encode})
		}
	}
	if p.metaDirty {
		changes = append(changes, change{[]byte{keyMeta}, &p.metaCell, p.encodeMeta})
	}
	// Stable, so that a key that was deleted and written again ends written.
	slices.SortStableFunc(changes, func(a, b change) int { return bytes.Compare(a.key, b.key) })
	for _, c := range changes {
		if c.encode == nil {
			put(c.key, nil, c.cell)
			continue
		}
		p.w.Reset()
		c.encode(p.w)
		put(c.key, p.w.Bytes(), c.cell)
	}
	p.deleted, p.dirtyEvents, p.dirtyOffers, p.metaDirty = nil, p.dirtyEvents[:0], p.dirtyOffers[:0], false
}

// Load implements [projection.Projection].
func (p *Offering) Load(key, value []byte, digest projection.Digest) error {
	cell := projection.Loaded(digest)
	rd := codec.Read(value)
	if len(key) == 1 && key[0] == keyMeta {
		p.metaCell = cell
		p.decodeMeta(&rd)
		return loadError(key, rd.Done())
	}
	if len(key) != 9 {
		return loadError(key, fmt.Errorf("unknown key"))
	}
	w := p.live
	if key[0] == keyShadowEvent || key[0] == keyShadowOffer {
		if p.shadow == nil {
			p.shadow = newWorld(true)
		}
		w = p.shadow
	}
	id := keyID(key)
	switch key[0] {
	case keyEvent, keyShadowEvent:
		e := p.event(w, id)
		e.decode(&rd)
		e.cell = cell
		if e.state.unsettled = !e.settled(); e.state.unsettled {
			w.unsettledEvents = append(w.unsettledEvents, e)
		}
	case keyOffer, keyShadowOffer:
		o := p.offer(w, id)
		o.decode(&rd)
		o.cell = cell
		if o.state.unsettled = !o.settled(); o.state.unsettled {
			w.unsettledOffers = append(w.unsettledOffers, o)
		}
	default:
		rd.Failed("unknown key")
	}
	return loadError(key, rd.Done())
}

func keyID(key []byte) (id int64) {
	for _, c := range key[1:] {
		id = id<<8 | int64(c)
	}
	return id
}

func loadError(key []byte, err error) error {
	if err != nil {
		return fmt.Errorf("state key %x: %w", key, err)
	}
	return nil
}

func (p *Offering) encodeMeta(w *codec.Writer) {
	w.Array(6)
	w.Bool(p.resync)
	w.Int(p.top)
	w.Int(p.floor)
	w.Int(p.taken)
	w.Bool(p.shadow != nil)
	w.Raw(codec.Body(&p.config))
}

func (p *Offering) decodeMeta(rd *codec.Reader) {
	rd.Tuple(6)
	p.resync = rd.Bool()
	p.top, p.floor, p.taken = rd.Int(), rd.Int(), rd.Int()
	if rd.Bool() && p.shadow == nil {
		p.shadow = newWorld(true)
	}
	body, err := codec.DecodeBody(schema.KindOfferingConfig, rd.Raw())
	if err != nil {
		rd.Failed("configuration: %v", err)
		return
	}
	p.config = *body.(*schema.OfferingConfig)
}
