package matcher

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// ErrSnapshot says that bytes are not a snapshot of this version, or damaged.
var ErrSnapshot = errors.New("not a snapshot of the matcher")

// Load makes an engine from the bytes of [Engine.AppendSnapshot]. It has the same
// hash and the same future as the engine that wrote them. Bytes that are cut,
// damaged or contradict themselves are refused with [ErrSnapshot].
func Load(src []byte) (*Engine, error) {
	e := New()
	d := decoder{src: src}
	if d.byte() != version {
		return nil, ErrSnapshot
	}
	e.clock = d.signed()
	next := uint64(0)
	for n := d.count(marketBytes); n > 0; n-- {
		m := d.number()
		if d.bad || m < next || m >= MaxMarkets {
			return nil, ErrSnapshot
		}
		next = m + 1
		if e.loadMarket(Market(m), &d); d.bad {
			return nil, ErrSnapshot
		}
	}
	if d.bad || len(d.src) != 0 {
		return nil, ErrSnapshot
	}
	return e, nil
}

// LoadMarket adds a market from the bytes of [Engine.AppendMarket], under a
// number that is not in use. After an error the engine must not be used.
func (e *Engine) LoadMarket(m Market, src []byte) error {
	d := decoder{src: src}
	if m < MaxMarkets && e.book(m) == nil {
		if e.loadMarket(m, &d); !d.bad && len(d.src) == 0 {
			return nil
		}
	}
	return ErrSnapshot
}

// SetClock sets the clock of an engine that was loaded market by market, without
// expiring anything. It does not go back.
func (e *Engine) SetClock(now int64) { e.clock = max(e.clock, now) }

func (e *Engine) loadMarket(m Market, d *decoder) {
	if d.byte() != version {
		d.bad = true
		return
	}
	state, odds := State(d.byte()), d.byte()
	ladder := d.ladder()
	low, high, last, seq := d.positive(), d.positive(), d.positive(), d.number()
	d.require(state >= Open && state <= Closed && odds <= 1 && last <= ladder.Len())
	if d.bad || e.Create(m, Config{odds == 1, ladder, low, high}) != OK {
		d.bad = true
		return
	}
	b := &e.books[m]
	b.state, b.last, b.seq = state, last, seq
	e.orders = slices.Grow(e.orders, len(d.src)/(2*orderBytes)) // about right
	e.rings = slices.Grow(e.rings, len(d.src)/(2*orderBytes))
	var slots []uint32
	for i, t := range b.trees() {
		slots = e.loadLadder(m, b, t, i, d, slots)
	}
	e.loadOwners(slots, d)
	d.require(state != Closed || len(slots) == 0)
	for side, t := range b.resting {
		d.require(side == offer || t.best == 0 || b.resting[offer].best == 0 || ^e.levels[t.best].key < e.levels[b.resting[offer].best].key)
	}
	d.require(d.fixed() == e.hash(b))
}

// loadLadder reads one of the four ladders of a book.
func (e *Engine) loadLadder(m Market, b *book, t *tree, which int, d *decoder, slots []uint32) []uint32 {
	side, waits := which&1, which>>1 == 1
	prices := e.ladders[b.ladder]
	key := lowest(side, waits)
	for n := d.count(2 + orderBytes); n > 0 && !d.bad; n-- {
		key += d.number()
		at := key
		if waits {
			at = ^key
		}
		price := prices.Price(toTick(side, at))
		d.require(price > 0)
		seq := uint64(0)
		count := d.count(orderBytes)
		d.require(count > 0)
		for ; count > 0 && !d.bad; count-- {
			slot := e.takeSlot()
			e.resting++
			o := &e.orders[slot]
			*o = order{market: m, known: true}
			e.loadOrder(b, slot, waits, price, seq, d)
			d.require(o.side.index() == side && o.side.betting() == b.betting)
			d.require(o.left <= math.MaxInt64-b.open[side] && !e.taken(m, ID(o.id)) && e.resting <= e.limit)
			if d.bad {
				break
			}
			seq = o.seq
			e.ids.add(tag(m, o.id), slot)
			o.level = e.level(t, key, price)
			e.enqueue(b, o, slot, side, e.price(o), e.shown(o))
			slots = append(slots, slot)
		}
	}
	return slots
}

// loadOrder reads an order whose predecessor in the level has seq.
func (e *Engine) loadOrder(b *book, slot uint32, waits bool, price int64, seq uint64, d *decoder) {
	o := &e.orders[slot]
	flags := d.flags()
	o.side, o.typ = Side(flags&7), Type(flags>>typeShift&3)+1
	o.tif, o.stp = TIF(flags>>tifShift&7), STP(flags>>stpShift&7)
	o.id, o.account = d.number(), Account(d.below(1<<32))
	o.left = d.positive()
	o.seq = seq + d.number()
	o.qty = o.left
	if flags&hasFilled != 0 {
		o.qty += d.positive()
	}
	x := e.more(o)
	if flags&hasDisplay != 0 {
		x.display, x.shown = d.positive(), d.positive()
		d.require(x.display > 0 && o.typ.priced() && (o.qty-1)/max(x.display, 1) < MaxSlices && x.shown <= x.display)
	}
	if waits {
		d.require(flags&hasDisplay == 0 || x.shown == 0)
		x.shown, x.stop = 0, price
	} else {
		d.require(o.typ == LimitOrder && o.tif.rests() && x.shown > 0)
	}
	if flags&hasExpire != 0 {
		x.expire = d.signed()
	}
	if flags&hasBorn != 0 {
		x.born -= d.number()
	}
	if flags&hasPrice != 0 {
		x.price = d.positive()
		d.require(e.ladders[b.ladder].Tick(x.price) != 0)
	}
	d.require((o.tif == GTD) == (flags&hasExpire != 0) && (o.tif != GTD || x.expire != 0))
	d.require((o.typ == StopLimitOrder) == (flags&hasPrice != 0) && o.typ.waits() == waits && o.typ.valid())
	d.require(o.side.valid() && o.tif.valid() && o.stp.valid())
	d.require(o.left > 0 && x.shown <= o.left && o.qty >= o.left)
	d.require(o.seq > seq && o.seq <= b.seq && x.born > 0 && x.born <= o.seq)
	if x != e.more(o) {
		*e.extend(o) = x
	}
}

// loadOwners restores the lists that go by order of arrival.
func (e *Engine) loadOwners(slots []uint32, d *decoder) {
	slices.SortFunc(slots, func(a, b uint32) int { return cmp.Compare(e.born(&e.orders[a]), e.born(&e.orders[b])) })
	last := uint64(0)
	for _, slot := range slots {
		o := &e.orders[slot]
		d.require(e.born(o) > last)
		last = e.born(o)
		if o.tif == GTD {
			e.schedule(o, slot)
		}
		e.own(o.market, o.account, slot) // may move all orders
	}
}

// decoder takes numbers from the front of bytes. After the first fault it is bad
// and gives zeros.
type decoder struct {
	src []byte
	bad bool
}

func (d *decoder) require(ok bool) { d.bad = d.bad || !ok }

func (d *decoder) take(n int) []byte {
	if d.bad || len(d.src) < n {
		d.bad = true
		return make([]byte, 8)
	}
	head := d.src[:n]
	d.src = d.src[n:]
	return head
}

func (d *decoder) byte() byte    { return d.take(1)[0] }
func (d *decoder) flags() uint16 { return binary.LittleEndian.Uint16(d.take(2)) }
func (d *decoder) fixed() uint64 { return binary.LittleEndian.Uint64(d.take(8)) }

// number takes a varint in its shortest form.
func (d *decoder) number() uint64 {
	n, size := binary.Uvarint(d.src)
	if d.bad || size <= 0 || size > 1 && d.src[size-1] == 0 {
		d.bad = true
		return 0
	}
	d.src = d.src[size:]
	return n
}

func (d *decoder) signed() int64 {
	n := d.number()
	return int64(n>>1) ^ -int64(n&1)
}

func (d *decoder) below(limit uint64) uint64 {
	n := d.number()
	d.require(n < limit)
	return n
}

func (d *decoder) positive() int64 { return int64(d.below(1 << 63)) }

// count takes the number of things that follow, each of at least size bytes.
func (d *decoder) count(size int) int {
	n := d.number()
	d.require(n <= uint64(len(d.src)/size))
	if d.bad {
		return 0
	}
	return int(n)
}

// ladder takes the runs of a ladder.
func (d *decoder) ladder() Ladder {
	var steps []Steps
	for n := d.count(3); n > 0 && !d.bad; n-- {
		steps = append(steps, Steps{d.positive(), d.positive(), d.positive()})
	}
	l, err := NewLadder(steps...)
	d.require(err == nil)
	return l
}
