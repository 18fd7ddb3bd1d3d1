package projection

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/crash"
)

// maxPublish is how many bytes of outputs go into one append: an fsync takes
// its time however much there is to sync.
const maxPublish = 4 << 20

// checkOutputs refuses an output topic that has lost what was confirmed, and
// returns its end.
func (r *Runner) checkOutputs(ctx context.Context) (end int64, err error) {
	start, end, err := r.c.Journal.Bounds(ctx, r.output)
	if err != nil {
		return 0, fmt.Errorf("outputs: %w", err)
	}
	next := r.outbox.position()
	if next < start {
		return 0, &journal.PositionError{Position: r.output.At(next), Err: fmt.Errorf(
			"%w: outputs were read up to here, but the topic begins at %d, records %d to %d are missing; restore them, or restore a store that has read up to %d or further",
			journal.ErrOutOfRange, start, next, start-1, start)}
	}
	if next > end {
		return 0, &journal.PositionError{Position: r.output.At(next), Err: fmt.Errorf(
			"%w: outputs were read up to here, but the topic ends at %d: it has lost its tail; bring it back, or remove the store to publish again from the beginning",
			journal.ErrOutOfRange, end)}
	}
	return end, nil
}

// confirmOutputs reads the output topic and confirms the outbox with it. It
// closes caughtUp when it has read what was there at the beginning.
func (r *Runner) confirmOutputs(ctx context.Context, caughtUp chan<- struct{}) error {
	end, err := r.checkOutputs(ctx)
	if err != nil {
		return err
	}
	reader, err := r.c.Journal.Read(ctx, r.output, r.outbox.next)
	if err != nil {
		return fmt.Errorf("outputs: %w", err)
	}
	defer reader.Close()
	next := r.outbox.next
	for {
		if caughtUp != nil && next >= end {
			close(caughtUp)
			caughtUp = nil
		}
		records, err := reader.Next(ctx)
		if err != nil {
			return fmt.Errorf("outputs: %w", err)
		}
		for i := range records {
			if err := r.confirm(ctx, &records[i]); err != nil {
				return err
			}
			next = records[i].Offset + 1
		}
		crash.At(crash.OutputsConfirmed)
	}
}

// confirm waits for the fold when the topic is ahead of it.
func (r *Runner) confirm(ctx context.Context, record *journal.Record) error {
	for {
		changed := r.outbox.wait()
		err := r.outbox.confirm(r.output, record)
		if !errors.Is(err, errNotYet) {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// publishOutputs sends what the output topic does not hold, in order. It begins
// when the topic was read to its end, so that a restart repeats nothing but
// what was in flight.
func (r *Runner) publishOutputs(ctx context.Context, caughtUp <-chan struct{}) error {
	select {
	case <-caughtUp:
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		changed := r.outbox.wait()
		outputs := r.outbox.unsent(maxPublish)
		if len(outputs) == 0 {
			select {
			case <-changed:
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		err := r.send(ctx, outputs)
		switch {
		case err == nil:
			r.outbox.markSent(outputs[len(outputs)-1].Number + 1)
		case again(ctx, err):
			r.c.Logger.Warn("whether outputs were published is not known, sending them again",
				"outputs", r.output.String(), "from", outputs[0].Number, "in", sendAgain, "error", err)
			select {
			case <-time.After(sendAgain):
			case <-ctx.Done():
				return ctx.Err()
			}
		default:
			return fmt.Errorf("publish outputs %d to %d: %w", outputs[0].Number, outputs[len(outputs)-1].Number, err)
		}
	}
}

// sendAgain is how long the publisher waits after an append with an unknown
// outcome.
const sendAgain = time.Second

// again tells whether to send outputs once more. If they did land, readers
// drop the second copies by their numbers.
func again(ctx context.Context, err error) bool {
	_, unknown := errors.AsType[*journal.UnknownError](err)
	return unknown && ctx.Err() == nil &&
		!errors.Is(err, journal.ErrClosed) && !errors.Is(err, journal.ErrFailed) && !errors.Is(err, journal.ErrNoTopic)
}

func (r *Runner) send(ctx context.Context, outputs []Output) error {
	records := make([]journal.Record, len(outputs))
	for i, out := range outputs {
		if err := codec.DecodeRecord(out.Value, &records[i]); err != nil {
			return err
		}
		records[i].Key = out.Key
	}
	_, err := journal.AppendWait(ctx, r.c.Journal, r.output, records...)
	crash.At(crash.OutputSent)
	return err
}
