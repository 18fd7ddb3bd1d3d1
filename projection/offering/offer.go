package offering

import (
	"cmp"
	"slices"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/projection"
)

// The registers of a bet offer; full messages write all of them.
const (
	offerStatus = iota
	offerCashOut
	offerLineType
	offerRegisters
)

// The registers of an outcome; full messages of its offer write all of them.
const (
	outcomeStatus = iota
	outcomeCashOut
	outcomeOdds
	outcomeRegisters
)

// offer is the state of one bet offer and its outcomes.
type offer struct {
	life
	id       int64
	regs     [offerRegisters]register
	event    []byte // event id as msgpack
	terms    []byte
	outcomes []outcome // those listed, in the list's order; then the others, by id
	facts    facts

	cell  projection.Cell
	state entityState
}

// outcome is the state of one outcome.
type outcome struct {
	id    int64
	terms []byte // nil when the last full message does not list the outcome
	regs  [outcomeRegisters]register
}

// full takes a full message. It tells whether the offer changed.
func (o *offer) full(at int64, values [offerRegisters][]byte, event, terms []byte, listed []outcome) bool {
	if at <= o.gone || at <= o.whole {
		return false
	}
	o.whole, o.event, o.terms, o.facts = at, event, terms, facts{}
	for i := range o.regs {
		o.regs[i].write(at, values[i])
	}
	o.list(at, listed)
	return true
}

// list takes the outcomes of a full message, and keeps of the old ones only the
// registers that are newer.
func (o *offer) list(at int64, listed []outcome) {
	index := outcomeIndex(listed)
	for i := range o.outcomes {
		old := &o.outcomes[i]
		for k := range old.regs {
			old.regs[k].erase(at)
		}
		if n := index(old.id); n >= 0 {
			for k, r := range old.regs {
				listed[n].regs[k].write(r.at, r.v)
			}
		} else if old.terms = nil; !old.empty() {
			listed = append(listed, *old)
		}
	}
	o.outcomes = listed
	o.order()
}

// order puts outcomes that are not listed behind the listed ones, by id.
func (o *offer) order() {
	n := 0
	for n < len(o.outcomes) && o.outcomes[n].terms != nil {
		n++
	}
	slices.SortFunc(o.outcomes[n:], byID)
}

func byID(a, b outcome) int { return cmp.Compare(a.id, b.id) }

// unlisted tells whether there are outcomes that the last full message does not
// list.
func (o *offer) unlisted() bool {
	return len(o.outcomes) > 0 && o.outcomes[len(o.outcomes)-1].terms == nil
}

func indexOutcome(list []outcome, id int64) int {
	return slices.IndexFunc(list, func(o outcome) bool { return o.id == id })
}

// outcomeIndex is indexOutcome for many look-ups: a long list gets a map.
func outcomeIndex(list []outcome) func(id int64) int {
	if len(list) <= 64 {
		return func(id int64) int { return indexOutcome(list, id) }
	}
	at := make(map[int64]int, len(list))
	for i := range list {
		at[list[i].id] = i
	}
	return func(id int64) int {
		if i, ok := at[id]; ok {
			return i
		}
		return -1
	}
}

func (c *outcome) empty() bool {
	return c.terms == nil && !slices.ContainsFunc(c.regs[:], func(r register) bool { return r.at != 0 })
}

// patch takes one register of the offer.
func (o *offer) patch(i int, at int64, v []byte) bool {
	if at <= o.gone || at <= o.whole {
		return false
	}
	return o.regs[i].write(at, v)
}

// patchOutcome takes one register of an outcome, which may be unknown so far.
func (o *offer) patchOutcome(id int64, i int, at int64, v []byte) bool {
	if at <= o.gone || at <= o.whole {
		return false
	}
	n := indexOutcome(o.outcomes, id)
	if n < 0 {
		fresh := outcome{id: id}
		fresh.regs[i].write(at, v)
		o.insert(fresh)
		return true
	}
	return o.outcomes[n].regs[i].write(at, v)
}

// insert adds an outcome that is not listed.
func (o *offer) insert(c outcome) {
	first := slices.IndexFunc(o.outcomes, func(c outcome) bool { return c.terms == nil })
	if first < 0 {
		first = len(o.outcomes)
	}
	i, _ := slices.BinarySearchFunc(o.outcomes[first:], c, byID)
	o.outcomes = slices.Insert(o.outcomes, first+i, c)
}

// remove takes a delete.
func (o *offer) remove(at int64) bool {
	if at <= o.gone {
		return false
	}
	o.gone = at
	o.erase(at)
	if o.whole <= at {
		o.whole, o.event, o.terms, o.facts = 0, nil, nil, facts{}
		for i := range o.outcomes {
			o.outcomes[i].terms = nil
		}
		o.compact()
	}
	return true
}

// erase forgets all registers that are not newer than at.
func (o *offer) erase(at int64) {
	for i := range o.regs {
		o.regs[i].erase(at)
	}
	for i := range o.outcomes {
		for k := range o.outcomes[i].regs {
			o.outcomes[i].regs[k].erase(at)
		}
	}
}

// compact drops outcomes of which nothing is left.
func (o *offer) compact() {
	o.outcomes = slices.DeleteFunc(o.outcomes, func(c outcome) bool { return c.empty() })
	o.order()
}

// settle takes the floor: what is at or below it can change no more. An offer
// that does not exist leaves nothing of that time behind, and neither does an
// outcome that is not listed: a full message that lists it would write it anew.
func (o *offer) settle(floor int64) (changed bool) {
	if o.gone != 0 && o.gone <= floor {
		o.gone, changed = 0, true
	}
	if o.whole == 0 && o.gone <= floor {
		o.erase(floor)
		o.compact()
		return true
	}
	for i := len(o.outcomes) - 1; i >= 0 && o.outcomes[i].terms == nil; i-- {
		for k := range o.outcomes[i].regs {
			changed = o.outcomes[i].regs[k].erase(floor) || changed
		}
	}
	o.compact()
	return changed
}

// settled tells whether no floor can change the offer.
func (o *offer) settled() bool { return o.gone == 0 && o.whole != 0 && !o.unlisted() }

// empty tells whether nothing is left of the offer.
func (o *offer) empty() bool {
	return o.gone == 0 && o.whole == 0 && len(o.outcomes) == 0 &&
		!slices.ContainsFunc(o.regs[:], func(r register) bool { return r.at != 0 })
}

func (o *offer) encode(w *codec.Writer) {
	w.Array(5 + 2*offerRegisters)
	w.Int(o.gone)
	w.Int(o.whole)
	rawOrNil(w, o.event)
	rawOrNil(w, o.terms)
	for i := range o.regs {
		o.regs[i].encode(w, o.whole)
	}
	w.Array(len(o.outcomes))
	for i := range o.outcomes {
		c := &o.outcomes[i]
		w.Array(2 + 2*outcomeRegisters)
		w.Int(c.id)
		rawOrNil(w, c.terms)
		for k := range c.regs {
			c.regs[k].encode(w, o.whole)
		}
	}
}

func (o *offer) decode(r *codec.Reader) {
	r.Tuple(5 + 2*offerRegisters)
	o.gone, o.whole = r.Int(), r.Int()
	event := r.Raw()
	if !r.Nil() {
		o.event, o.terms = event, r.Raw()
	}
	for i := range o.regs {
		o.regs[i] = decodeRegister(r, o.whole)
	}
	o.outcomes = make([]outcome, r.Array())
	for i := range o.outcomes {
		c := &o.outcomes[i]
		r.Tuple(2 + 2*outcomeRegisters)
		c.id = r.Int()
		if !r.Nil() {
			c.terms = r.Raw()
		}
		for k := range c.regs {
			c.regs[k] = decodeRegister(r, o.whole)
		}
	}
}
