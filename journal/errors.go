package journal

import (
	"errors"
	"fmt"
)

// Errors returned when a journal is asked for something it does not have.
var (
	// ErrNoTopic says that the topic or the partition does not exist.
	ErrNoTopic = errors.New("no such topic or partition")
	// ErrOutOfRange says that the journal does not hold the offset.
	ErrOutOfRange = errors.New("offset out of range")
	// ErrNoJournal says that there is no journal at the place named.
	ErrNoJournal = errors.New("no journal here")
	// ErrUnreachable says that no broker answers.
	ErrUnreachable = errors.New("no broker answers")
)

// Errors returned when a journal does not take a write.
var (
	// ErrReadOnly says that the journal was opened for reading only.
	ErrReadOnly = errors.New("journal is open for reading only")
	// ErrLocked says that another process writes the journal.
	ErrLocked = errors.New("locked by another process")
	// ErrFailed says that a write failed before, and that nothing is written
	// any more: what is on the disk is not known. Only opening the journal
	// again, in a new process, finds out.
	ErrFailed = errors.New("the journal has failed")
	// ErrTooLarge says that a record is larger than MaxRecord. It was not appended.
	ErrTooLarge = errors.New("record too large")
	// ErrClosed says that the journal, a reader or a lane was closed.
	ErrClosed = errors.New("closed")
	// ErrPartitions says that a topic has another number of partitions.
	ErrPartitions = errors.New("topic has another number of partitions")
	// ErrLaneLost says that the lane failed or was claimed by another writer;
	// it must be opened again.
	ErrLaneLost = errors.New("lane lost")
)

// UnknownError says that the fate of an append is not known: the records may
// or may not be in the journal. Only the journal itself can tell.
type UnknownError struct {
	Partition Partition
	Err       error
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("append to %s: outcome unknown: %v", e.Partition, e.Err)
}

func (e *UnknownError) Unwrap() error { return e.Err }

// PositionError ties an error to a position.
type PositionError struct {
	Position Position
	Err      error
}

func (e *PositionError) Error() string { return fmt.Sprintf("%s: %v", e.Position, e.Err) }

func (e *PositionError) Unwrap() error { return e.Err }

// CorruptError says that stored bytes are not what was written, or that what
// was written breaks a law of the journal: data is damaged or lost.
type CorruptError struct {
	Position Position // zero when it is about no partition
	File     string   // where it is stored, when that is a file
	Reason   string
}

// restoreFiles is all that helps when a file of a journal is damaged.
const restoreFiles = "; restore the journal's files from a copy"

func (e *CorruptError) Error() string {
	if e.Position.Topic == "" { // of no partition
		return fmt.Sprintf("%s: corrupt: %s%s", e.File, e.Reason, restoreFiles)
	}
	if e.File == "" {
		return fmt.Sprintf("%s: corrupt: %s", e.Position, e.Reason)
	}
	return fmt.Sprintf("%s: corrupt: %s (file %s)%s", e.Position, e.Reason, e.File, restoreFiles)
}

// IsCorrupt tells whether an error proves damage or loss.
func IsCorrupt(err error) bool {
	var c *CorruptError
	return errors.As(err, &c)
}
