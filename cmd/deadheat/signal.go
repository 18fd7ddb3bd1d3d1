package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// errInterrupted is the cause of a context that a signal cancelled.
var errInterrupted = errors.New("interrupted")

// signalContext returns a context that the first SIGINT or SIGTERM cancels. A
// second one ends the process at once: who asks twice does not want to wait
// for an orderly end.
func signalContext(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		first, ok := <-signals
		if !ok {
			return
		}
		cancel(fmt.Errorf("%w by signal: %s", errInterrupted, first))
		if _, ok := <-signals; ok {
			os.Exit(exitInterrupted)
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(signals)
		cancel(nil)
	}
}

// signalled tells whether a signal asked the command to end.
func signalled(ctx context.Context) bool {
	return errors.Is(context.Cause(ctx), errInterrupted)
}

// interrupted turns the end of a cancelled context into the signal that was
// its cause. Other errors stay: a failure on the way down is a failure.
func interrupted(ctx context.Context, err error) error {
	if signalled(ctx) && errors.Is(err, context.Canceled) {
		return context.Cause(ctx)
	}
	return err
}
