package journal

import (
	"context"
)

// Topic describes a topic of a journal.
type Topic struct {
	Name       string
	ID         string // changes when a topic is deleted and created again
	Partitions int32
}

// Journal is a set of topics. All its methods may be called at any time from
// any goroutine.
type Journal interface {
	// ID is the journal's own id. GENESIS records and checkpoints carry it.
	ID() string

	// Topics lists the topics, sorted by name.
	Topics(ctx context.Context) ([]Topic, error)

	// Create makes a topic, durably. It does nothing when the topic is there
	// with the same number of partitions, and fails with [ErrPartitions] when
	// the number is another. A read-only journal answers [ErrReadOnly].
	Create(ctx context.Context, topic string, partitions int32) error

	// Bounds returns the first offset that can be read and the first one that
	// is not there yet. Everything below end is durable.
	Bounds(ctx context.Context, p Partition) (start, end int64, err error)

	// OffsetAt returns the offset of the first record whose time, in whole
	// milliseconds, is at or after the given one (ns since 1970), or end when
	// there is none.
	OffsetAt(ctx context.Context, p Partition, time int64) (int64, error)

	// Append queues records, in order, for the end of one partition, and
	// returns once they are queued, in the order of calls. It waits while the
	// queue is full. The records' bytes must stay as they are until done is
	// called. done is called exactly once for every Append that returned nil,
	// in order, from a goroutine of the journal: with the offset of the first
	// record once all are durable, or with an error. After an error the fate
	// of the records is unknown unless it is [ErrTooLarge]. What was queued
	// behind an append that failed never lands without it: a partition has no
	// holes, and a lane none either.
	//
	// Append fails at once, and never calls done, when the context ends, when
	// the journal is closed or has failed, and with [ErrTooLarge] when a record
	// is larger than [MaxRecord]; then none of the records is appended.
	Append(ctx context.Context, p Partition, records []Record, done func(first int64, err error)) error

	// Read begins at an offset between start and end; anything else is
	// [ErrOutOfRange]. The reader follows the partition as it grows.
	Read(ctx context.Context, p Partition, from int64) (Reader, error)

	// Close ends all readers and writers. Appends in the queue are finished.
	Close() error
}

// Reader reads one partition in order.
type Reader interface {
	// Next waits for records and returns at least one, in offset order without
	// holes, or an error. The records belong to the caller. Damage is an error
	// that [IsCorrupt] knows and that names the position; the reader then
	// stays where it is.
	Next(ctx context.Context) ([]Record, error)

	// Close frees the reader.
	Close() error
}

// AppendWait appends records and waits until they are durable.
func AppendWait(ctx context.Context, j Journal, p Partition, records ...Record) (first int64, err error) {
	type result struct {
		first int64
		err   error
	}
	answer := make(chan result, 1)
	err = j.Append(ctx, p, records, func(first int64, err error) { answer <- result{first, err} })
	if err != nil {
		return 0, err
	}
	select {
	case r := <-answer:
		return r.first, r.err
	case <-ctx.Done():
		return 0, &UnknownError{Partition: p, Err: ctx.Err()}
	}
}

// ReadRange calls f for the records of [from, to) in order, and stops at the
// first error.
func ReadRange(ctx context.Context, j Journal, p Partition, from, to int64, f func(*Record) error) error {
	if from >= to {
		return nil
	}
	r, err := j.Read(ctx, p, from)
	if err != nil {
		return err
	}
	defer r.Close()
	for from < to {
		records, err := r.Next(ctx)
		if err != nil {
			return err
		}
		for i := range records {
			if records[i].Offset >= to {
				return nil
			}
			if err := f(&records[i]); err != nil {
				return err
			}
			from = records[i].Offset + 1
		}
	}
	return nil
}
