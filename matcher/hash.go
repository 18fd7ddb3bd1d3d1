package matcher

import "math/bits"

// The hash of a book is a sum of one term for each order, so that a change
// costs one or two terms, with its counters mixed in at the end. A term holds
// everything a report or a later match could show, the time priority too:
// two orders that change places change the hash, slots and history do not.
// It finds drift between replicas; it is no defence against an attacker.

const (
	k0 = 0xA0761D6478BD642F
	k1 = 0xE7037ED1A0B428DB
	k2 = 0x8EBC6AF09C88C6E3
	k3 = 0x589965CC75374CC3
	k4 = 0x1D8E4E27C47D124F
	k5 = 0xEB44ACCAB455D165
	k6 = 0x9E3779B97F4A7C15
)

// mix folds the 128-bit product of two numbers.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// salt hashes what an order with a limit price keeps while it only trades.
func (e *Engine) salt(o *order, price int64) uint64 {
	kinds := uint64(o.side)<<24 | uint64(o.typ)<<16 | uint64(o.tif)<<8 | uint64(o.stp)
	h := mix(o.id^k0, uint64(price)^k1) + mix(uint64(o.account)<<32^kinds^k2, uint64(o.qty)^k3)
	if o.extra == 0 {
		return mix(h^k4, o.seq^k5)
	}
	x := &e.extras[o.extra]
	h = mix(h^k4, x.born^k5)
	if x.display|x.expire|x.stop != 0 {
		h ^= mix(mix(uint64(x.display)^k0, uint64(x.expire)^k2)^k4, uint64(x.stop)^k3)
	}
	return h
}

// term is the part of one order in the hash of its book.
func term(salt uint64, left, shown int64, seq uint64) uint64 {
	return mix(salt^uint64(left)*k6, (seq^k1)+uint64(left-shown)*k3)
}

// hash is the hash of one market.
func (e *Engine) hash(b *book) uint64 {
	h := mix(b.sum^k0, b.seq^k1)
	h = mix(h^uint64(b.last)^k2, uint64(b.state)<<1^k3)
	h = mix(h^uint64(b.low)^k4, uint64(b.high)^k5)
	if b.betting {
		h = mix(h^k2, k0)
	}
	for _, r := range e.ladders[b.ladder].runs {
		h = mix(h^uint64(r.From), k1^uint64(r.To))
		h = mix(h^k5, uint64(r.By)^k6)
	}
	return h
}

// BookHash is a hash of everything that a market's future depends on, the
// engine's clock aside: orders in their time priority, stops, counters, state
// and configuration. It is equal for equal states in every process and on
// every architecture, whatever history led there. A market that does not exist
// has hash 0.
func (e *Engine) BookHash(m Market) uint64 {
	if b := e.book(m); b != nil {
		return e.hash(b)
	}
	return 0
}

// Hash covers all markets and the clock. It costs a little for each market that
// changed since the last call.
func (e *Engine) Hash() uint64 {
	for _, m := range e.dirty {
		b := &e.books[m]
		e.sum -= b.folded
		b.folded = mix(e.hash(b)^k4, uint64(m)^k6)
		e.sum += b.folded
		b.dirty = false
	}
	e.dirty = e.dirty[:0]
	return mix(e.sum^k0, uint64(e.clock)^k5)
}

// touch remembers that the hash of a market changes.
func (e *Engine) touch(m Market, b *book) {
	if !b.dirty {
		b.dirty = true
		e.dirty = append(e.dirty, uint32(m))
	}
}
