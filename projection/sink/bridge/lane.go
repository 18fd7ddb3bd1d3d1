package bridge

import (
	"context"
	"errors"
	"fmt"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
)

// errOvertaken says that another bridge has claimed the lane since.
var errOvertaken = errors.New("overtaken")

// lane is the bridge's lane in one partition of the orders.
type lane struct {
	lane   *journal.Lane // nil when it must be opened
	epoch  int64         // of the last one; 0 before
	unsure bool          // a claim of ours may have landed since
}

// transientError is a failure of the journal after which the lane is opened
// again.
type transientError struct{ err error }

func (e *transientError) Error() string { return e.err.Error() }
func (e *transientError) Unwrap() error { return e.err }

// transient tells whether trying again may help.
func transient(err error) bool {
	var t *transientError
	return errors.As(err, &t) && !journal.IsCorrupt(err) && !errors.Is(err, journal.ErrClosed) && !errors.Is(err, journal.ErrFailed) &&
		!errors.Is(err, journal.ErrReadOnly) && !errors.Is(err, journal.ErrNoTopic)
}

// openLane claims the lane of a partition if it is not open. At the start it is
// taken from whoever has it; later another's claim is respected.
func (b *Bridge) openLane(ctx context.Context, p int32) error {
	l, partition := &b.lanes[p], b.c.partition(p)
	if l.lane != nil {
		return nil
	}
	_, end, err := b.c.Journal.Bounds(ctx, partition)
	if err != nil {
		return &transientError{err}
	}
	fold := b.c.Books.Fold(p)
	state, err := fold.Lane(ctx, end, b.c.Lane)
	if err != nil {
		return fmt.Errorf("bridge: the books of %s: %w", partition, err)
	}
	if l.epoch != 0 && !l.unsure && state.Epoch > l.epoch {
		return overtaken(partition, state.Epoch, l.epoch)
	}
	opened, err := journal.OpenLane(ctx, journal.LaneConfig{
		Journal: b.c.Journal, Partition: partition, Name: b.c.Lane, Fold: fold, Encode: codec.Body, Who: b.c.Who, Now: b.c.Now,
	})
	switch {
	case errors.Is(err, journal.ErrLaneLost):
		return fmt.Errorf("%w: %w", errOvertaken, err)
	case err != nil:
		l.unsure = true
		return &transientError{err}
	}
	*l = lane{lane: opened, epoch: opened.Epoch()}
	return nil
}

func overtaken(p journal.Partition, theirs, ours int64) error {
	return fmt.Errorf("%w: %s has a claim of epoch %d, ours was %d", errOvertaken, p, theirs, ours)
}
