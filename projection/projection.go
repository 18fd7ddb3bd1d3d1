package projection

import (
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// Projection is a deterministic fold of one partition. Its methods are called
// from one goroutine at a time. Apply must depend on nothing but the records
// seen so far: no clock, no randomness, no I/O, no order of map iteration.
type Projection interface {
	// Name is the projection's name, part of a store's identity.
	Name() string

	// Rules is the version of the rules that this instance folds by. Another
	// version needs another store.
	Rules() int64

	// Apply folds one record that takes effect. What it surfaces goes to emit,
	// in order. An error stops the partition at this record, so Apply must not
	// fail after it has changed anything.
	Apply(r *journal.Record, emit Emit) error

	// Load takes back one key of a checkpoint, before any Apply. The value's
	// bytes belong to the projection; the digest is for the key's [Cell].
	Load(key, value []byte, digest Digest) error

	// Dirty calls put for every key that changed since the last call, in
	// ascending order of keys. A nil value means that the key is gone.
	Dirty(put func(key, value []byte, cell *Cell))
}

// Emit takes one output: the key it is published under and its content.
type Emit func(key []byte, body schema.Body)
