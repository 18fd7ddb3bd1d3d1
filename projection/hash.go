package projection

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
)

// Digest is a number of 256 bits: the SHA-256 of one key and value, or a sum
// of such.
type Digest [4]uint64 // least significant word first

// keyDigest is the SHA-256 of the key behind its length and the value.
func keyDigest(scratch []byte, key, value []byte) (Digest, []byte) {
	scratch = binary.BigEndian.AppendUint32(scratch[:0], uint32(len(key)))
	scratch = append(append(scratch, key...), value...)
	sum := sha256.Sum256(scratch)
	var d Digest
	for i := range d {
		d[3-i] = binary.BigEndian.Uint64(sum[8*i:])
	}
	return d, scratch
}

// add adds modulo 2^256.
func (d *Digest) add(other *Digest) {
	var carry uint64
	for i := range d {
		d[i], carry = bits.Add64(d[i], other[i], carry)
	}
}

// sub subtracts modulo 2^256.
func (d *Digest) sub(other *Digest) {
	var borrow uint64
	for i := range d {
		d[i], borrow = bits.Sub64(d[i], other[i], borrow)
	}
}

// Bytes is the digest as 32 bytes, most significant first.
func (d Digest) Bytes() (b [32]byte) {
	for i := range d {
		binary.BigEndian.PutUint64(b[8*i:], d[3-i])
	}
	return b
}

// DigestOf is the digest of 32 bytes.
func DigestOf(b [32]byte) (d Digest) {
	for i := range d {
		d[3-i] = binary.BigEndian.Uint64(b[8*i:])
	}
	return d
}

// String is the digest in hex.
func (d Digest) String() string {
	b := d.Bytes()
	return hex.EncodeToString(b[:])
}

// Cell remembers the digest that a key has in the state hash, so that the hash
// can be updated without reading the key's old value. A projection keeps one
// beside everything that it stores under a key of its own; the zero Cell is a
// key that is not in the state.
type Cell struct {
	digest Digest
	live   bool
}

// Live tells whether the key is in the state.
func (c *Cell) Live() bool { return c.live }

// Loaded is the cell of a key that a store gave back.
func Loaded(d Digest) Cell { return Cell{digest: d, live: true} }

// StateHash is the sum modulo 2^256 of the SHA-256 of every live key and its
// value. It does not depend on the order of changes or on when they are
// counted. It finds drift, not an attacker: sums can be forged by whoever may
// choose values.
type StateHash struct {
	sum     Digest
	scratch []byte
}

// Put counts a key's new value; nil removes the key.
func (h *StateHash) Put(key, value []byte, cell *Cell) {
	if cell.live {
		h.sum.sub(&cell.digest)
	}
	if value == nil {
		*cell = Cell{}
		return
	}
	cell.digest, h.scratch = keyDigest(h.scratch, key, value)
	cell.live = true
	h.sum.add(&cell.digest)
}

// load counts a key that a store gave back.
func (h *StateHash) load(key, value []byte) Digest {
	var cell Cell
	h.Put(key, value, &cell)
	return cell.digest
}

// Sum is the hash.
func (h *StateHash) Sum() Digest { return h.sum }
