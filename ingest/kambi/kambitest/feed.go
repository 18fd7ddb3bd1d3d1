package kambitest

// Feed is what a server serves: an ordered run of messages with an index each
// (order of arrival), beside the offsets (logical order). [Sequence] is a fixed feed,
// [GeneratorFeed] an endless one. Implementations are safe for concurrent use.
type Feed interface {
	// Batch returns up to max messages from index on, none when the feed has no
	// more for now. It does not wait. ErrTooOld: the index is no longer kept.
	Batch(index, max int) ([]Message, error)

	// Snapshot returns the messages that make up the state the feed starts from.
	Snapshot() (Snapshot, error)

	// Replay returns what a client that has everything up to offset after is missing,
	// when the first sent messages have been handed out at least once. It fails
	// with ErrTooOld when that is not known any more, or not yet and never will be.
	Replay(after int64, sent int) (Replay, error)

	// Complete returns the highest offset for which every message with that offset
	// or a lower one is in the snapshot or among the first n messages.
	Complete(n int) int64
}

// Snapshot is a state as messages.
type Snapshot struct {
	Messages []Message
	// Offset is the offset up to which the state is complete.
	Offset int64
	// Next is the index at which the feed goes on.
	Next int
}

// Replay is the missing part of a feed.
type Replay struct {
	// Messages are in offset order, each once.
	Messages []Message
	// Offset is the offset up to which the client is complete afterwards.
	Offset int64
	// Next is the index at which the feed goes on. It may repeat messages of the
	// replay, it never leaves one out.
	Next int
}
