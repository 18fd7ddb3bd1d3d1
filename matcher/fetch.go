package matcher

// A sweep through a book that is too large for the caches waits for memory again
// and again: each order says only where the next one lies. fetch goes ahead on
// many levels side by side, so that the processor waits for many of them at once,
// and what is then matched is near. It changes nothing.

const (
	cold  = 1 << 16 // orders that no cache nearby holds
	lanes = 16      // levels side by side
	steps = 8       // down each of them
)

// fetch looks at what an order with so many lots left will meet, up to a limit. It
// returns how many lots lie there, the end of long levels included.
func (e *Engine) fetch(t *tree, limit uint64, left int64) (lots int64) {
	var at [lanes]uint32
	n := 0
	for s := t.best; s != 0 && n < lanes && lots < left; s = e.after(t, s) {
		l := &e.levels[s]
		if l.key > limit {
			break
		}
		at[n] = l.head
		lots += l.total
		n++
	}
	seen := uint32(1)
	for step := 0; step < steps && seen != 0; step++ {
		seen = 0
		for i, slot := range at[:n] {
			if slot != 0 {
				o := &e.orders[slot]
				at[i] = o.next
				seen |= slot | e.glance(o, slot)
			}
		}
	}
	return lots
}

// glance looks where an order that goes is to be taken out. What it returns is of
// no use, but it has to come from there.
func (e *Engine) glance(o *order, slot uint32) uint32 {
	r := e.rings[slot]
	cell := &e.ids.cells[e.ids.home(tag(o.market, o.id))]
	return cell.slot | e.rings[r.next].prev | e.rings[r.prev].next
}
