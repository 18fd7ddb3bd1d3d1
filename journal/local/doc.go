// Package local is the embedded journal: segment files in a directory, for one
// machine.
//
//	DIR/LOCK                                    held by the writer
//	DIR/journal.json                            {"format":1,"id":"…"}
//	DIR/topics/TOPIC/topic.json                 {"id":"…","partitions":n}
//	DIR/topics/TOPIC/PARTITION/BASE.seg         records from offset BASE (20 digits) on
//
// One process writes, by a lock; any number read beside it with
// [Options.ReadOnly], while it runs, after it crashed and while it starts
// again. Reading only writes nothing at all.
//
// Append is answered after fsync. Appends that wait meanwhile are committed
// together, with one write and one fsync. Readers of the writer's own process
// see only what is durable. A reader in another process sees a batch as soon
// as it is written, which may be one fsync earlier: after a loss of power it
// may have seen up to one batch more than the journal then holds.
//
// When a write or an fsync fails, its partition stops for good: that append
// and all later ones get the error, nothing is tried again, and the journal
// must be opened anew. Opening to write reads the last segment of every
// partition, cuts a batch that a crash left unfinished, and refuses damage.
// Damage elsewhere is found by reading. Nothing is ever skipped or repaired.
//
// A segment is never changed in place but for appending, so that readers may
// hold it open: a torn tail is cut by writing the good part anew and renaming.
package local
