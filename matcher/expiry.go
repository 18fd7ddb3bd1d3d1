package matcher

// expiry is a GTD order in a binary heap. Its deadline, market and order of
// arrival make a total order, so that the heap's history does not show.
type expiry struct {
	deadline int64
	born     uint64
	market   Market
	slot     uint32
}

func (a *expiry) before(b *expiry) bool {
	switch {
	case a.deadline != b.deadline:
		return a.deadline < b.deadline
	case a.market != b.market:
		return a.market < b.market
	}
	return a.born < b.born
}

// schedule enters a GTD order.
func (e *Engine) schedule(o *order, slot uint32) {
	x := &e.extras[o.extra]
	e.expiry = append(e.expiry, expiry{x.expire, x.born, o.market, slot})
	e.rise(len(e.expiry) - 1)
}

// unschedule takes an order out of the heap.
func (e *Engine) unschedule(o *order) {
	i := int(e.extras[o.extra].heap) - 1
	last := len(e.expiry) - 1
	moved := e.expiry[last]
	e.expiry = e.expiry[:last]
	if i != last {
		e.expiry[i] = moved
		e.sink(e.rise(i))
	}
}

// rise moves an entry up to where it belongs and returns the place.
func (e *Engine) rise(i int) int {
	x := e.expiry[i]
	for i > 0 {
		up := (i - 1) / 2
		if !x.before(&e.expiry[up]) {
			break
		}
		e.settle(i, e.expiry[up])
		i = up
	}
	e.settle(i, x)
	return i
}

// sink moves an entry down to where it belongs.
func (e *Engine) sink(i int) {
	x := e.expiry[i]
	for {
		down := 2*i + 1
		if down >= len(e.expiry) {
			break
		}
		if down+1 < len(e.expiry) && e.expiry[down+1].before(&e.expiry[down]) {
			down++
		}
		if !e.expiry[down].before(&x) {
			break
		}
		e.settle(i, e.expiry[down])
		i = down
	}
	e.settle(i, x)
}

func (e *Engine) settle(i int, x expiry) {
	e.expiry[i] = x
	e.extras[e.orders[x.slot].extra].heap = uint32(i) + 1
}
