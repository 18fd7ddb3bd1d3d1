package journal

import (
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"fmt"
	"hash"
)

// Chain is a running SHA-256 over every record read, key and value each behind
// its length (32 bits, big-endian). Equal chains at one position prove that two
// readers have read the same bytes from the beginning.
type Chain struct {
	h    hash.Hash
	head [4]byte
}

// NewChain is the chain at offset 0.
func NewChain() *Chain { return &Chain{h: sha256.New()} }

// Add absorbs one record.
func (c *Chain) Add(r *Record) {
	c.add(r.Key)
	c.add(r.Value)
}

func (c *Chain) add(b []byte) {
	binary.BigEndian.PutUint32(c.head[:], uint32(len(b)))
	c.h.Write(c.head[:])
	c.h.Write(b)
}

// Sum is the chain's value here. The chain can go on.
func (c *Chain) Sum() [32]byte { return [32]byte(c.h.Sum(nil)) }

// State is the inner state, for a checkpoint.
func (c *Chain) State() ([]byte, error) {
	return c.h.(encoding.BinaryMarshaler).MarshalBinary()
}

// RestoreChain goes on from a checkpoint's inner state.
func RestoreChain(state []byte) (*Chain, error) {
	c := NewChain()
	if err := c.h.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		return nil, fmt.Errorf("chain state of %d bytes: %w", len(state), err)
	}
	return c, nil
}

// RecordDigest is the SHA-256 of one record's key and value, to know it again.
func RecordDigest(r *Record) [32]byte {
	c := NewChain()
	c.Add(r)
	return c.Sum()
}
