package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/snapshots"
)

// TestExitCode is the contract of the exit codes.
func TestExitCode(t *testing.T) {
	at := journal.Position{Partition: journal.Partition{Topic: "feed.demo"}, Offset: 7}
	wrap := func(err error) error { return &journal.PositionError{Position: at, Err: err} }
	corrupt := &journal.CorruptError{Position: at, Reason: "test"}
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, exitOK},
		{errors.New("anything"), exitFailure},
		{context.Canceled, exitFailure}, // nobody has asked for it
		{context.DeadlineExceeded, exitFailure},
		{&codec.KindError{Kind: 999}, exitFailure}, // a newer build helps: nothing is proved
		{usagef("wrong"), exitUsage},
		{fmt.Errorf("wrapped: %w", usagef("wrong")), exitUsage},
		{&configError{[]fault{{what: "wrong"}}}, exitUsage},
		{&journal.SpanError{Text: "x"}, exitUsage},
		{wrap(corrupt), exitDivergence},
		{&codec.DecodeError{Err: errors.New("test")}, exitDivergence},
		{errors.Join(journal.ErrOutOfRange, corrupt), exitDivergence}, // the proof goes first
		{wrap(journal.ErrOutOfRange), exitUnavailable},
		{wrap(journal.ErrNoTopic), exitUnavailable},
		{fmt.Errorf("x: %w", journal.ErrNoJournal), exitUnavailable},
		{fmt.Errorf("x: %w", snapshots.ErrNoStore), exitUnavailable},
		{&snapshots.IdentityError{}, exitUnavailable},
		{fmt.Errorf("x: %w", journal.ErrLocked), exitLocked},
		{fmt.Errorf("x: %w", &intakeError{fmt.Errorf("x: %w", journal.ErrLaneLost)}), exitLocked},
		{&intakeError{errors.Join(journal.ErrLaneLost, journal.ErrFailed)}, exitFailure}, // a full disk takes the lane, too
		{fmt.Errorf("%w by signal", errInterrupted), exitInterrupted},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%v: %d, want %d", c.err, got, c.want)
		}
	}
}

// TestInterrupted checks that only a cancelled wait becomes an interruption.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	wait := fmt.Errorf("wait: %w", context.Canceled)
	if err := interrupted(ctx, wait); exitCode(err) != exitFailure {
		t.Errorf("without a signal: %v", err)
	}
	cancel(errInterrupted)
	if err := interrupted(ctx, wait); exitCode(err) != exitInterrupted {
		t.Errorf("with a signal: %v", err)
	}
	if err := interrupted(ctx, errors.New("disk full")); exitCode(err) != exitFailure {
		t.Errorf("a failure on the way down: %v", err)
	}
	if err := interrupted(ctx, nil); err != nil {
		t.Errorf("an orderly end: %v", err)
	}
}
