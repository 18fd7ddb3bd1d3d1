package matcher

// index finds slots by the tag of their key; the key itself stands in the slab.
// Open addressing, at most half full; a removal shifts back what follows, so no
// marks of what was there are left. Its layout depends on history, and nothing
// is ever read from it in its order.
type index struct {
	cells []cell // none, or a power of two
	shift uint32
	used  int
}

type cell struct{ tag, slot uint32 } // slot 0: empty

// newIndex is never without cells, so that no search has to ask.
func newIndex() index { return index{cells: make([]cell, 64), shift: 32 - 6} }

// tag hashes a key. Its upper bits are the place where it wants to be. Numbers in
// sequence, which this spreads evenly, hardly ever meet.
func tag(m Market, number uint64) uint32 {
	return uint32((number ^ uint64(m)<<40) * k6 >> 32)
}

// home is where a tag wants to be.
func (x *index) home(tag uint32) uint32 { return tag >> (x.shift & 31) }

// next is the first slot with a tag at or after a place, and its place, or 0 if
// there is none.
func (x *index) next(tag, at uint32) (slot, place uint32) {
	cells := x.cells
	for mask := uint32(len(cells) - 1); ; at++ {
		at &= mask
		c := &cells[at]
		if c.slot == 0 || c.tag == tag {
			return c.slot, at
		}
	}
}

// add enters a slot.
func (x *index) add(tag, slot uint32) {
	if x.used*2 >= len(x.cells) {
		x.grow()
	}
	x.used++
	x.insert(tag, slot)
}

func (x *index) insert(tag, slot uint32) {
	cells, at := x.cells, x.home(tag)
	for mask := uint32(len(cells) - 1); ; at++ {
		if c := &cells[at&mask]; c.slot == 0 {
			c.tag, c.slot = tag, slot
			return
		}
	}
}

// remove takes out a slot that is there.
func (x *index) remove(tag, slot uint32) {
	cells, at := x.cells, x.home(tag)
	for mask := uint32(len(cells) - 1); ; at++ {
		if at &= mask; cells[at].slot == slot {
			x.clear(at)
			return
		}
	}
}

// clear empties a place, and shifts back what it was in the way of.
func (x *index) clear(hole uint32) {
	cells := x.cells
	mask := uint32(len(cells) - 1)
	x.used--
	for at := (hole + 1) & mask; cells[at].slot != 0; at = (at + 1) & mask {
		if home := x.home(cells[at].tag); (at-home)&mask >= (at-hole)&mask { // the hole lies on its way
			cells[hole] = cells[at]
			hole = at
		}
	}
	cells[hole].slot = 0
}

func (x *index) grow() {
	old := x.cells
	x.cells, x.shift = make([]cell, 2*len(old)), x.shift-1
	for _, c := range old {
		if c.slot != 0 {
			x.insert(c.tag, c.slot)
		}
	}
}
