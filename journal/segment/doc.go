// Package segment is the file format of the journal: a segment file holds a
// run of records of one partition, in batches.
//
// It promises that what a [Scanner] returns is what was written: every batch is
// guarded by checksums, offsets are dense, and the header says to which journal
// and partition the file belongs. A batch is the unit of one commit. Its writer
// begins the next batch only after the fsync of the one before has returned, so
// a crash can tear the last batch of the last file and nothing else.
//
// [Recover] tells such a torn tail, which was never acknowledged and may be
// cut, from damage, which it refuses: bytes that changed under a complete
// batch, or anything wrong that valid batches follow. When in doubt it refuses.
//
// Every length is checked against the limits of the format and against the
// size of the file before memory is taken for it. The package does not know
// what is in a record; FORMAT.md draws the bytes.
package segment
