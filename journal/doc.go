// Package journal is the vocabulary of an append-only log of records: what a
// record, a position and a lane are, and what every journal promises.
//
// A [Journal] is a set of topics, each with a fixed number of partitions. A
// partition is a dense sequence of records: offsets begin at 0 and have no
// holes. Appending is durable: when an append is answered without an error its
// records survive a crash of the process, and where the journal says so, a loss
// of power.
//
// Several writers may share a partition, each in its own lane ([Lane]). A lane
// is opened with a claim that the log itself decides, and [Lanes] tells, the
// same for every reader, which records take effect: records of an overtaken
// writer are ignored, records that came twice count once, and a missing record
// is an error.
//
// The package refuses to skip. There is no default offset: a reader names
// where it begins, and a position that the journal does not hold is an error.
package journal
