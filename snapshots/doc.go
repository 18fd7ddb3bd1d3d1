// Package snapshots keeps the state of one projection of one partition in a
// Pebble store: keys and values, and a checkpoint that says which position they
// belong to.
//
// It promises that state and checkpoint are one unit: both are written in ONE
// synced batch, so that after any crash the store holds exactly what some
// checkpoint held. It promises that a store is never used for anything but what
// it was made for: it carries an [Identity], and Open refuses another.
//
// It knows bytes only. What they mean, and whether they are right, is for
// package projection to say.
package snapshots
