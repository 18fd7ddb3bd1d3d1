// Package projection folds one partition of a journal into state, keeps the
// state in a store, and proves with a hash that every fold of the same records
// ends in the same state.
//
// A [Projection] is a pure fold: it sees records in order and nothing else. A
// [Fold] adds what all projections share: which records take effect (lanes),
// the chain over what was read, the state hash and the numbering of outputs. A
// [Runner] adds the outside: it reads the journal, commits state and position
// as one batch, and publishes outputs.
//
// It promises: any crash, any cadence of checkpoints and any second process
// rebuild identical state and identical outputs under identical numbers. It
// refuses to skip: a gap, a damaged or unknown record, a store or a journal that
// do not belong together stop the partition with an error that names the
// position.
package projection
