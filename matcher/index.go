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

// tag hashes a key. The two lowest bits stay, so that four numbers given in
// sequence become neighbours in one cache line.
func tag(m Market, number uint64) uint32 {
	h := (number>>2 ^ uint64(m)<<40) * k6
	return uint32(h>>34)<<2 | uint32(number)&3
}

// home is where a tag wants to be.
func (x *index) home(tag uint32) uint32 { return tag>>2>>(x.shift&31)<<2 | tag&3 }

// next is the first slot with a tag at or after a place, and its place, or 0 if
// there is none.
func (x *index) next(tag, at uint32) (slot, place uint32) {
	mask := len(x.cells) - 1
	if mask < 0 {
		return 0, at
	}
	for {
		c := x.cells[int(at)&mask]
		if c.slot == 0 || c.tag == tag {
			return c.slot, at
		}
		at++
	}
}

// add enters a slot.
func (x *index) add(tag, slot uint32) {
	if x.used*2 >= len(x.cells) {
		x.grow()
	}
	x.used++
	x.insert(cell{tag, slot})
}

func (x *index) insert(c cell) {
	mask := uint32(len(x.cells) - 1)
	at := x.home(c.tag) & mask
	for x.cells[at].slot != 0 {
		at = (at + 1) & mask
	}
	x.cells[at] = c
}

// remove takes out a slot that is there.
func (x *index) remove(tag, slot uint32) {
	mask := uint32(len(x.cells) - 1)
	hole := x.home(tag) & mask
	for x.cells[hole].slot != slot {
		hole = (hole + 1) & mask
	}
	x.used--
	for at := (hole + 1) & mask; x.cells[at].slot != 0; at = (at + 1) & mask {
		if home := x.home(x.cells[at].tag); (at-home)&mask >= (at-hole)&mask { // the hole lies on its way
			x.cells[hole] = x.cells[at]
			hole = at
		}
	}
	x.cells[hole] = cell{}
}

func (x *index) grow() {
	old := x.cells
	if len(old) == 0 {
		x.cells, x.shift = make([]cell, 64), 30-4
		return
	}
	x.cells, x.shift = make([]cell, 2*len(old)), x.shift-1
	for _, c := range old {
		if c.slot != 0 {
			x.insert(c)
		}
	}
}
