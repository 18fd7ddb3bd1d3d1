package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// executed is one output record of a book.
type executed struct {
	number int64
	time   int64
	market string
	*schema.Executions
}

func decodeExecuted(r *journal.Record) (executed, error) {
	body, err := codec.DecodeBody(r.Kind, r.Body)
	if err != nil {
		return executed{}, err
	}
	x, ok := body.(*schema.Executions)
	if !ok {
		return executed{}, &journal.CorruptError{Reason: "a record that is no executions"}
	}
	return executed{r.Seq, r.Time, string(r.Key), x}, nil
}

// executions are the n things that the command at an offset did, read from the
// output topic: nobody hears of a trade before it is published.
func (d *desk) executions(ctx context.Context, cause, n int64) ([]executed, error) {
	if n == 0 {
		return nil, nil
	}
	if err := d.reach(ctx, cause+1); err != nil {
		return nil, err
	}
	if err := d.published(ctx); err != nil {
		return nil, err
	}
	start, end, err := d.journal.Bounds(ctx, d.outputs)
	if err != nil {
		return nil, err
	}
	from, err := d.search(ctx, start, end, cause)
	if err != nil {
		return nil, err
	}
	// Where publishers met, second copies stand behind later causes, and the
	// search may have gone too far, never too short: before the first copy all
	// causes are lower. Then what lies before is read, too.
	end = min(end, from+n+collectBack)
	for back := int64(collectBack); ; back *= 8 {
		list, err := d.collect(ctx, from, end, cause, n)
		if err != nil || list != nil {
			return list, err
		}
		if from == start {
			return nil, fmt.Errorf("the executions of %s are not in %s any more", d.runner.Status().Source.Partition.At(cause), d.outputs)
		}
		from = max(start, from-back)
	}
}

// collectBack is how many records before a wrong place are read at first.
const collectBack = 256

// published waits until what the fold has made by now is in the output topic.
func (d *desk) published(ctx context.Context) error {
	made := d.runner.Status().Outputs
	for {
		if s := d.runner.Status(); s.Outputs-int64(s.Pending) >= made {
			return nil
		}
		select {
		case <-time.After(time.Millisecond):
		case <-d.runner.Stopped():
			return errDeskClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// search finds the first offset whose cause is not below the one that is looked
// for. It begins at the end, where those who ask are mostly interested.
func (d *desk) search(ctx context.Context, start, end, cause int64) (int64, error) {
	low, high := start, end // below low are lower causes, from high on there are none
	for step := int64(1); high > low; step *= 2 {
		at := max(low, high-step)
		below, err := d.below(ctx, at, cause)
		if err != nil {
			return 0, err
		}
		if below {
			low = at + 1
			break
		}
		high = at
	}
	for low < high {
		at := low + (high-low)/2
		below, err := d.below(ctx, at, cause)
		if err != nil {
			return 0, err
		}
		if below {
			low = at + 1
		} else {
			high = at
		}
	}
	return low, nil
}

// below tells whether the record at an offset is of a lower cause.
func (d *desk) below(ctx context.Context, at, cause int64) (below bool, err error) {
	err = journal.ReadRange(ctx, d.journal, d.outputs, at, at+1, func(r *journal.Record) error {
		x, err := decodeExecuted(r)
		below = err == nil && x.Cause < cause
		return err
	})
	return below, err
}

// errCollected ends a reading that has found all.
var errCollected = errors.New("collected")

// collect reads the n things that a cause did, in the part of the topic given; nil
// if not all of them are there.
func (d *desk) collect(ctx context.Context, from, end, cause, n int64) (list []executed, err error) {
	found := int64(0)
	err = journal.ReadRange(ctx, d.journal, d.outputs, from, end, func(r *journal.Record) error {
		x, err := decodeExecuted(r)
		switch {
		case err != nil:
			return err
		case x.Cause != cause || x.First != found:
			return nil // another cause's, or a second copy
		}
		list = append(list, x)
		if found += int64(len(x.Items)); found == n {
			return errCollected
		}
		return nil
	})
	if errors.Is(err, errCollected) {
		return list, nil
	}
	return nil, err
}
