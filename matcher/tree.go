package matcher

import "math/bits"

// tree finds the levels of one ladder by key. It is a radix tree of pages with
// 64 places: pages of 64 neighbouring keys below a directory that skips what
// all its keys have in common. So a market that uses a few hundred prices needs
// a handful of pages, and prices scattered over all of int64 need at most two
// pages for each level.
type tree struct {
	root uint32 // page, with isLeaf; 0 when empty
	best uint32 // level with the lowest key, 0 when empty
}

// level finds the level with a key, or makes it. It goes down as if the key were
// there, and looks at the end whether it is.
func (e *Engine) level(t *tree, key uint64, price int64) uint32 {
	at := t.root
	for at != 0 && at&isLeaf == 0 {
		n := e.node(at)
		at = n.child[n.place(key)&63]
	}
	if at != 0 {
		n := e.node(at)
		down := n.child[key&63] // does not wait for the prefix
		if n.prefix == key>>6 {
			if down != 0 {
				return down
			}
			return e.plant(t, at, key, price)
		}
	}
	return e.plant(t, e.leaf(t, key), key, price)
}

// leaf finds the page for a key, or makes it.
func (e *Engine) leaf(t *tree, key uint64) uint32 {
	parent, at := uint32(0), t.root
	for at != 0 {
		n := e.node(at)
		if !n.holds(key) {
			break
		}
		if n.shift == 0 {
			return at
		}
		parent, at = at, n.child[n.place(key)&63]
	}
	return e.page(t, parent, at, key)
}

// page makes the page for a key: below parent (0: as the root), where at may be
// a page that the key does not belong to, so that a directory goes between.
func (e *Engine) page(t *tree, parent, at uint32, key uint64) uint32 {
	leaf := e.takeNode(key, 0)
	top := leaf
	if at != 0 {
		n := e.node(at)
		other := n.prefix << 6 << n.shift
		shift := uint32(bits.Len64(key^other)-1) / 6 * 6
		top = e.takeNode(key, shift)
		d := e.node(top)
		d.put(d.place(other), at)
		d.put(d.place(key), leaf)
	}
	if parent == 0 {
		t.root = top
	} else {
		p := e.node(parent)
		p.put(p.place(key), top)
	}
	return leaf
}

// plant puts a new level into its page.
func (e *Engine) plant(t *tree, page uint32, key uint64, price int64) uint32 {
	s := e.takeLevel()
	l := &e.levels[s]
	l.key, l.price, l.page = key, price, page
	l.total, l.shown, l.head, l.tail, l.count = 0, 0, 0, 0, 0
	n := e.node(page)
	n.put(n.place(key), s)
	if t.best == 0 || key < e.levels[t.best].key {
		t.best = s
	}
	return s
}

// drop takes an empty level out, with the pages that this empties and the
// directory that is left with one page.
func (e *Engine) drop(t *tree, s uint32) {
	l := &e.levels[s]
	key, page := l.key, l.page
	n := e.node(page)
	n.cut(n.place(key))
	e.freeLevel(s)
	switch {
	case n.bits == 0:
		e.fell(t, page, key)
		if t.best == s {
			t.best = e.first(t.root)
		}
	case t.best == s: // what follows the best is in its page
		t.best = n.child[bits.TrailingZeros64(n.bits)&63]
	}
}

// fell takes out an empty page that a key belongs to.
func (e *Engine) fell(t *tree, page uint32, key uint64) {
	above, parent, at := uint32(0), uint32(0), t.root
	for at != page {
		above, parent, at = parent, at, e.node(at).child[e.node(at).place(key)]
	}
	e.freeNode(page)
	e.prune(t, above, parent, key)
}

// prune takes the page of a key out of the directory parent, which is below
// above (0: it is the root).
func (e *Engine) prune(t *tree, above, parent uint32, key uint64) {
	if parent == 0 {
		t.root = 0
		return
	}
	d := e.node(parent)
	d.cut(d.place(key))
	if d.bits&(d.bits-1) != 0 {
		return
	}
	last := uint32(bits.TrailingZeros64(d.bits))
	only := d.child[last&63]
	d.cut(last)
	e.freeNode(parent)
	if above == 0 {
		t.root = only
	} else {
		a := e.node(above)
		a.put(a.place(key), only)
	}
}

// first is the level with the lowest key below a page.
func (e *Engine) first(at uint32) uint32 {
	if at == 0 {
		return 0
	}
	for {
		n := e.node(at)
		at = n.child[bits.TrailingZeros64(n.bits)&63]
		if n.shift == 0 {
			return at
		}
	}
}

// after is the level that follows one, 0 at the end.
func (e *Engine) after(t *tree, s uint32) uint32 {
	key := e.levels[s].key
	next, at := uint32(0), t.root // next: the page that follows where the path turns last
	for {
		n := e.node(at)
		place := n.place(key)
		if later := n.bits &^ (2<<place - 1); later != 0 {
			next = n.child[bits.TrailingZeros64(later)&63]
			if n.shift == 0 {
				return next
			}
		}
		if n.shift == 0 {
			return e.first(next)
		}
		at = n.child[place&63]
	}
}
