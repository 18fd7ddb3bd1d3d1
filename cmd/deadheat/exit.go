package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/ingest/kambi"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/replay"
	"github.com/deadheat-io/deadheat/snapshots"
)

// Exit codes. Scripts depend on them; they are never renumbered.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2   // usage or configuration
	exitDivergence  = 3   // divergence or corruption proved
	exitUnavailable = 4   // position or store not available
	exitBroker      = 5   // broker unreachable
	exitLocked      = 6   // another process holds the lock, or took a feed or an intake over
	exitInterrupted = 130 // by a signal
)

// usageError says that the command line is wrong. The user is pointed to the
// help of the command.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// usagef makes a usageError.
func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// notFoundError says that what was asked for is not in the state.
type notFoundError struct{ err error }

func (e *notFoundError) Error() string { return e.err.Error() }
func (e *notFoundError) Unwrap() error { return e.err }

// exitCode maps an error to the exit code. What proves damage comes first: it
// must not hide behind an error that happened beside it.
func exitCode(err error) int {
	switch {
	case err == nil:
		return exitOK
	case is[*replay.DivergenceError](err), is[*snapshots.DamageError](err), journal.IsCorrupt(err), is[*codec.DecodeError](err):
		return exitDivergence
	case is[*usageError](err), is[*configError](err), is[*lineError](err), is[*journal.SpanError](err):
		return exitUsage
	case errors.Is(err, journal.ErrOutOfRange), errors.Is(err, journal.ErrNoJournal),
		errors.Is(err, journal.ErrNoTopic), errors.Is(err, snapshots.ErrNoStore),
		is[*snapshots.IdentityError](err), is[*notFoundError](err):
		return exitUnavailable
	case errors.Is(err, journal.ErrUnreachable):
		return exitBroker
	case errors.Is(err, journal.ErrLocked), errors.Is(err, kambi.ErrOvertaken), overtaken(err):
		return exitLocked
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	}
	return exitFailure
}

// overtaken tells whether another process takes orders under this node's name.
func overtaken(err error) bool {
	intake, ok := errors.AsType[*intakeError](err)
	return ok && intake.overtaken()
}

// is tells whether an error of the type is in the chain.
func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// report prints an error for people.
func report(w io.Writer, cmd *cobra.Command, err error) {
	if err == nil {
		return
	}
	fmt.Fprintf(w, "deadheat: %v\n", err)
	if is[*usageError](err) && cmd != nil {
		fmt.Fprintf(w, "Try: %s --help\n", cmd.CommandPath())
	}
}
