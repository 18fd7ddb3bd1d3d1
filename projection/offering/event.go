package offering

import (
	"slices"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/projection"
)

// The registers of an event. Full messages write the first four, also when they
// do not carry the value; they write score and clock only when they do.
const (
	eventStatus = iota
	eventCashOut
	eventTags
	eventParticipants
	eventScore
	eventClock
	eventRegisters
	eventFull = eventScore // registers below this are written by every full message
)

// event is the state of one event.
type event struct {
	life
	id    int64
	regs  [eventRegisters]register
	terms []byte

	// An event's score must vanish with it and must not come back with a
	// later namesake, in whatever order the messages arrive. So it is known
	// whether the event existed at the floor, and at which offsets above the
	// floor full messages came.
	base  bool
	fulls []int64 // ascending, above floor and gone

	cell  projection.Cell
	state entityState
}

// entityState says where an entity stands in the projection's lists.
type entityState struct {
	shadow    bool // of the snapshot that is being taken
	dirty     bool
	dropped   bool // not part of the state any more
	unsettled bool // on the list of what the floor may change
}

// full takes a full message's registers. It tells whether the event changed.
func (e *event) full(at int64, values [eventRegisters][]byte, terms []byte) bool {
	if at <= e.gone {
		return false
	}
	changed := e.existed(at)
	for i := eventFull; i < eventRegisters; i++ {
		if values[i] != nil && e.regs[i].write(at, values[i]) {
			changed = true
		}
	}
	if at <= e.whole {
		return changed
	}
	e.whole, e.terms = at, terms
	for i := range eventFull {
		e.regs[i].write(at, values[i])
	}
	return true
}

// existed notes that a full message came at an offset.
func (e *event) existed(at int64) bool {
	i, found := slices.BinarySearch(e.fulls, at)
	if !found {
		e.fulls = slices.Insert(e.fulls, i, at)
	}
	return !found
}

// patch takes one register. Registers that full messages write count only above
// the last of those.
func (e *event) patch(i int, at int64, v []byte) bool {
	if at <= e.gone || i < eventFull && at <= e.whole {
		return false
	}
	return e.regs[i].write(at, v)
}

// remove takes a delete.
func (e *event) remove(at int64) bool {
	if at <= e.gone {
		return false
	}
	e.gone = at
	for i := range e.regs {
		e.regs[i].erase(at)
	}
	if e.whole <= at {
		e.whole, e.terms = 0, nil
	}
	e.base = false
	e.fulls = slices.DeleteFunc(e.fulls, func(o int64) bool { return o <= at })
	return true
}

// settle takes the floor: what is at or below it can change no more. A register
// stays if the event existed, or came to exist before the first floor at or
// above the register's offset; cover says which floor that is. Asking about that
// one floor, and not about the one at hand, makes it no matter which floors were
// skipped.
func (e *event) settle(floor int64, cover func(at int64) int64) (changed bool) {
	if e.gone != 0 && e.gone <= floor {
		e.gone, changed = 0, true
	}
	for i := range e.regs {
		r := &e.regs[i]
		if r.at == 0 || r.at > floor || e.base {
			continue
		}
		if i < eventFull && e.whole != 0 || len(e.fulls) > 0 && e.fulls[0] <= cover(r.at) {
			continue
		}
		*r, changed = register{}, true
	}
	n := 0
	for n < len(e.fulls) && e.fulls[n] <= floor {
		n++
	}
	if n > 0 {
		e.fulls, e.base, changed = slices.Delete(e.fulls, 0, n), true, true
	}
	return changed
}

// settled tells whether no floor can change the event.
func (e *event) settled() bool { return e.base && e.gone == 0 && len(e.fulls) == 0 }

// empty tells whether nothing is left of the event.
func (e *event) empty() bool {
	return e.gone == 0 && e.whole == 0 && !slices.ContainsFunc(e.regs[:], func(r register) bool { return r.at != 0 })
}

func (e *event) encode(w *codec.Writer) {
	w.Array(5 + 2*eventRegisters)
	w.Int(e.gone)
	w.Int(e.whole)
	w.Bool(e.base)
	w.Array(len(e.fulls))
	for _, at := range e.fulls {
		w.Int(at)
	}
	rawOrNil(w, e.terms)
	for i := range e.regs {
		e.regs[i].encode(w, e.whole)
	}
}

func (e *event) decode(r *codec.Reader) {
	r.Tuple(5 + 2*eventRegisters)
	e.gone, e.whole, e.base = r.Int(), r.Int(), r.Bool()
	if n := r.Array(); n > 0 {
		e.fulls = make([]int64, n)
		for i := range e.fulls {
			e.fulls[i] = r.Int()
		}
	}
	if !r.Nil() {
		e.terms = r.Raw()
	}
	for i := range e.regs {
		e.regs[i] = decodeRegister(r, e.whole)
	}
}
