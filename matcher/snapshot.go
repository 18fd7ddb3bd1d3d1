package matcher

import "encoding/binary"

// The format of snapshots. All numbers are varints unless said otherwise.
//
//	snapshot  version byte, clock (signed), number of markets, {market number, market}...
//	market    version byte, state byte, betting byte,
//	          number of ladder runs, {from, to, by}...,
//	          low, high, tick of the last trade, sequence number,
//	          4 ladders: bids, offers, stop bids, stop offers,
//	          BookHash (8 bytes, little endian)
//	ladder    number of levels, {key above the previous one's, number of orders, order...}...
//	order     flags (2 bytes, little endian), id, account, left, seq above the previous one's in its level,
//	          then what the flags say: total-left, display, shown, deadline (signed), seq-born, limit price
//
// Levels stand in book order, orders in time priority, and markets by number, so
// equal states have equal bytes, whatever history led there.
const version = 1

// Flags of an order: side, type-1, time in force and mode of self-trade
// prevention, then which optional numbers follow.
const (
	typeShift  = 3
	tifShift   = 5
	stpShift   = 8
	hasFilled  = 1 << 11
	hasDisplay = 1 << 12
	hasExpire  = 1 << 13
	hasBorn    = 1 << 14
	hasPrice   = 1 << 15 // a stop limit that waits; else the level says it
)

// Least sizes, against counts that promise more than there is.
const (
	orderBytes  = 6
	marketBytes = 20
)

// AppendSnapshot appends the canonical bytes of all markets and the clock.
// Reports that were not drained are no part of them. [Load] is the inverse.
func (e *Engine) AppendSnapshot(dst []byte) []byte {
	dst = append(dst, version)
	dst = binary.AppendVarint(dst, e.clock)
	n := 0
	for m := range e.books {
		if e.books[m].state != 0 {
			n++
		}
	}
	dst = binary.AppendUvarint(dst, uint64(n))
	for m := range e.books {
		if e.books[m].state != 0 {
			dst = binary.AppendUvarint(dst, uint64(m))
			dst = e.AppendMarket(dst, Market(m))
		}
	}
	return dst
}

// AppendMarket appends the canonical bytes of one market, so that a snapshot may
// be written market by market as they change. Neither the market's number nor
// the clock is in them. A market that does not exist has no bytes.
// [Engine.LoadMarket] is the inverse.
func (e *Engine) AppendMarket(dst []byte, m Market) []byte {
	b := e.book(m)
	if b == nil {
		return dst
	}
	var odds byte
	if b.betting {
		odds = 1
	}
	dst = append(dst, version, byte(b.state), odds)
	runs := e.ladders[b.ladder].runs
	dst = binary.AppendUvarint(dst, uint64(len(runs)))
	for _, r := range runs {
		dst = appendNumbers(dst, uint64(r.From), uint64(r.To), uint64(r.By))
	}
	dst = appendNumbers(dst, uint64(b.low), uint64(b.high), uint64(b.last), b.seq)
	for i, t := range b.trees() {
		dst = e.appendLadder(dst, t, lowest(i&1, i>>1 == 1))
	}
	return binary.LittleEndian.AppendUint64(dst, e.hash(b))
}

func appendNumbers(dst []byte, numbers ...uint64) []byte {
	for _, n := range numbers {
		dst = binary.AppendUvarint(dst, n)
	}
	return dst
}

// lowest is below all keys of a ladder: those of bids and of stop offers go
// down.
func lowest(side int, waits bool) uint64 {
	if (side == bid) != waits {
		return 1 << 63
	}
	return 0
}

// appendLadder appends the levels of a ladder, whose keys are above key.
func (e *Engine) appendLadder(dst []byte, t *tree, key uint64) []byte {
	n := uint64(0)
	for s := t.best; s != 0; s = e.after(t, s) {
		n++
	}
	dst = binary.AppendUvarint(dst, n)
	for s := t.best; s != 0; s = e.after(t, s) {
		l := &e.levels[s]
		dst = binary.AppendUvarint(dst, l.key-key)
		dst = binary.AppendUvarint(dst, uint64(l.count))
		key = l.key
		seq := uint64(0)
		for slot := l.head; slot != 0; slot = e.orders[slot].next {
			dst = e.appendOrder(dst, slot, seq)
			seq = e.orders[slot].seq
		}
	}
	return dst
}

// appendOrder appends an order whose predecessor in the level has seq.
func (e *Engine) appendOrder(dst []byte, slot uint32, seq uint64) []byte {
	o := &e.orders[slot]
	x := e.more(o)
	flags := uint16(o.side) | uint16(o.typ-1)<<typeShift | uint16(o.tif)<<tifShift | uint16(o.stp)<<stpShift
	at := len(dst)
	dst = append(dst, 0, 0)
	dst = binary.AppendUvarint(dst, o.id)
	dst = binary.AppendUvarint(dst, uint64(o.account))
	dst = binary.AppendUvarint(dst, uint64(o.left))
	dst = binary.AppendUvarint(dst, o.seq-seq)
	if o.qty != o.left {
		flags |= hasFilled
		dst = binary.AppendUvarint(dst, uint64(o.qty-o.left))
	}
	if x.display != 0 {
		flags |= hasDisplay
		dst = binary.AppendUvarint(dst, uint64(x.display))
		dst = binary.AppendUvarint(dst, uint64(x.shown))
	}
	if o.tif == GTD {
		flags |= hasExpire
		dst = binary.AppendVarint(dst, x.expire)
	}
	if x.born != o.seq {
		flags |= hasBorn
		dst = binary.AppendUvarint(dst, o.seq-x.born)
	}
	if o.typ == StopLimitOrder {
		flags |= hasPrice
		dst = binary.AppendUvarint(dst, uint64(x.price))
	}
	binary.LittleEndian.PutUint16(dst[at:], flags)
	return dst
}
