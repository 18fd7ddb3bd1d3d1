package matcher

// Sides of a book.
const (
	bid   = 0
	offer = 1
)

// book is one market.
type book struct {
	sum     uint64   // over the terms of its orders, see hash.go
	folded  uint64   // its part of Engine.sum
	seq     uint64   // the last time priority given
	last    int64    // tick of the last trade, 0 before the first
	low     int64    // price band
	high    int64    // 0: no bound
	open    [2]int64 // lots that rest or wait, by side
	resting [2]tree  // levels of orders that rest, by side
	waiting [2]tree  // levels of stops by stop price, by side
	ladder  uint32
	state   State
	betting bool
	dirty   bool
}

// order is two cache lines that the processor loads together. The first is what
// matching looks at.
type order struct {
	id         uint64
	left       int64  // not filled
	shown      int64  // the part of left that others see
	salt       uint64 // hash of what does not change
	seq        uint64 // time priority
	next, prev uint32 // FIFO of its level
	level      uint32
	market     Market
	account    Account
	side       Side
	typ        Type
	tif        TIF
	stp        STP
	detail
}

// detail is the second line of an order.
type detail struct {
	qty        int64 // total
	display    int64
	price      int64 // limit price
	stop       int64 // stop price while it waits
	expire     int64
	born       uint64 // seq at entry: order of arrival
	next, prev uint32 // orders of its account, in order of arrival
	holder     uint32
	heap       uint32 // 1 + place in Engine.expiry
}

// level is one price of a book: a FIFO of orders.
type level struct {
	key        uint64
	price      int64
	total      int64
	shown      int64
	head, tail uint32
	count      uint32
}

// index is the side of the book, without a branch: sides come at random.
func (s Side) index() int {
	const offers = 1<<Sell | 1<<SellShort | 1<<Back
	return offers >> (s & 7) & 1
}

// restKey is the key of the level where an order with a tick rests. The level
// that trades first has the lowest key, so keys of bids go down. The complement
// is the highest key on the other side that the order may trade with; it is
// also the key of a stop with this tick, since stop bids trigger upwards.
func restKey(side int, tick int64) uint64 { return uint64(tick) ^ (uint64(side) - 1) }

// toTick is the inverse of restKey.
func toTick(side int, key uint64) int64 { return int64(key ^ (uint64(side) - 1)) }

// takeOrder finds a free slot.
func (e *Engine) takeOrder() uint32 {
	e.resting++
	if s := e.freed.order; s != 0 {
		e.freed.order = e.orders[s].next
		return s
	}
	e.orders = append(e.orders, order{})
	return uint32(len(e.orders) - 1)
}

func (e *Engine) freeOrder(s uint32) {
	e.resting--
	e.orders[s].next = e.freed.order
	e.freed.order = s
}

func (e *Engine) takeLevel() uint32 {
	if s := e.freed.level; s != 0 {
		e.freed.level = e.levels[s].head
		return s
	}
	e.levels = append(e.levels, level{})
	return uint32(len(e.levels) - 1)
}

func (e *Engine) freeLevel(s uint32) {
	e.levels[s].head = e.freed.level
	e.freed.level = s
}

// link puts an order at the back of its level.
func (e *Engine) link(slot uint32) {
	o := &e.orders[slot]
	l := &e.levels[o.level]
	o.next, o.prev = 0, l.tail
	if l.tail != 0 {
		e.orders[l.tail].next = slot
	} else {
		l.head = slot
	}
	l.tail = slot
	l.count++
	l.total += o.left
	l.shown += o.shown
}

// unlink takes an order out of its level, which stays even when empty.
func (e *Engine) unlink(slot uint32) {
	o := &e.orders[slot]
	l := &e.levels[o.level]
	if o.prev != 0 {
		e.orders[o.prev].next = o.next
	} else {
		l.head = o.next
	}
	if o.next != 0 {
		e.orders[o.next].prev = o.prev
	} else {
		l.tail = o.prev
	}
	l.count--
	l.total -= o.left
	l.shown -= o.shown
}
