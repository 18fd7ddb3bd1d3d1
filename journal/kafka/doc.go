// Package kafka is the journal on Apache Kafka, Redpanda and whatever else
// speaks their protocol.
//
// A topic NAME of the journal is the topic PREFIX.NAME of the cluster, made
// with the settings that a journal needs: never compacted, never expired,
// stamped by the writer. Records are those of ../FORMAT.md: key and value, no
// headers, the record's time in milliseconds; their batches are compressed with
// zstd by the client.
//
// Append is answered when all replicas in sync have the records, which is as
// durable as the topic's replication, and no more: brokers usually do not sync
// to disk before they answer. [Journal.Check] says what that means here.
//
// The client is never trusted to decide what became of a record. It waits as
// long as the broker is away, with its queue bounded, and when it has to give
// up, everything in its queue fails with it: what it had sent may or may not
// land, what it had not sent never does. The lanes of the failed records are
// not continued ([journal.Lane]); only the log tells what is in it.
//
// A reader starts where it is told and nowhere else. An offset that the topic
// does not have, a gap between offsets, a topic that was made again and a batch
// that stays damaged are errors; nothing is skipped, and no consumer group has
// a say. Kafka transactions are not used: their markers would leave gaps.
package kafka
