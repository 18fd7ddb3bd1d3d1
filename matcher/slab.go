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

// order is one cache line: a book of many orders is as fast as its lines are few.
// The limit price of an order that rests is that of its level, and the price of
// the one order that is in no level is Engine.aside. What most orders do not
// have lies in a slab of its own.
type order struct {
	id         uint64
	left       int64  // not filled
	qty        int64  // total
	seq        uint64 // time priority
	next, prev uint32 // FIFO of its level
	level      uint32 // 0: in none
	extra      uint32 // 0: it is plain
	market     Market
	account    Account
	side       Side
	typ        Type
	tif        TIF
	stp        STP
	known      bool // it was in a book
}

// level is one price of a book: a FIFO of orders.
type level struct {
	key        uint64
	price      int64
	total      int64
	shown      int64
	head, tail uint32
	count      uint32
	page       uint32 // of its tree
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

// takeSlot finds a free slot of an order.
func (e *Engine) takeSlot() uint32 {
	if s := e.freed.order; s != 0 {
		e.freed.order = e.orders[s].next
		return s
	}
	e.orders = append(e.orders, order{})
	e.rings = append(e.rings, links{})
	return uint32(len(e.orders) - 1)
}

func (e *Engine) freeSlot(o *order, s uint32) {
	o.next = e.freed.order
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

// link puts an order at the back of its level. Slot 0 takes what is written to a
// neighbour that is not there: whether there is one is anybody's guess, and a
// wrong guess of the processor costs more than the write.
func (e *Engine) link(o *order, l *level, slot uint32, shown int64) {
	tail := l.tail
	o.next, o.prev = 0, tail
	e.orders[tail].next = slot
	head := l.head
	if tail == 0 {
		head = slot
	}
	l.head, l.tail = head, slot
	l.count++
	l.total += o.left
	l.shown += shown
}

// unlink takes an order out of its level, which stays even when empty.
func (e *Engine) unlink(o *order, l *level, shown int64) {
	next, prev := o.next, o.prev
	e.orders[prev].next = next
	e.orders[next].prev = prev
	head, tail := l.head, l.tail
	if prev == 0 {
		head = next
	}
	if next == 0 {
		tail = prev
	}
	l.head, l.tail = head, tail
	l.count--
	l.total -= o.left
	l.shown -= shown
}
