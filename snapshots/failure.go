package snapshots

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
)

// failure is how a store ends that cannot go on. Pebble has no way back from a
// write that failed: it panics or calls Fatalf with its locks held, or tries
// again for ever. So the process ends, with one line that says why; what was
// committed is on the disk, and the rest is folded again.
type failure struct {
	dir   string
	fatal func(error)
	once  sync.Once
}

func newFailure(dir string, o Options) *failure {
	f := &failure{dir: dir, fatal: o.Fatal}
	if f.fatal == nil {
		f.fatal = exit
	}
	return f
}

// Exit codes of a process that ends itself.
const (
	exitFailed  = 1
	exitDamaged = 3
)

func exit(err error) {
	fmt.Fprintf(os.Stderr, "deadheat: %v\n", err)
	if isDamage(err) {
		os.Exit(exitDamaged)
	}
	os.Exit(exitFailed)
}

func isDamage(err error) bool {
	var damage *DamageError
	return errors.As(err, &damage)
}

// stop ends the process. Only the first failure is told: what fails after it
// fails because of it. A second caller waits for the end.
func (f *failure) stop(err error) {
	f.once.Do(func() {
		if marked := damaged(f.dir, err); isDamage(marked) {
			f.fatal(marked)
			return
		}
		f.fatal(&stoppedError{f.dir, err})
	})
	select {} // never go on with a broken store
}

// stoppedError says that a store cannot be written any more.
type stoppedError struct {
	dir string
	err error
}

func (e *stoppedError) Error() string {
	return fmt.Sprintf("store %s cannot be written: %s; what was committed is kept: make sure that the disk is sound and has space, then start again",
		e.dir, oneLine(e.err.Error()))
}

func (e *stoppedError) Unwrap() error { return e.err }

// onPanic makes a failure of a panic of Pebble. It is deferred.
func (f *failure) onPanic() {
	if r := recover(); r != nil {
		f.stop(asError(r))
	}
}

func asError(r any) error {
	if err, ok := r.(error); ok {
		return err
	}
	return fmt.Errorf("%v", r)
}

// logger passes on what Pebble says.
type logger struct {
	*slog.Logger
	fail *failure
}

func (l logger) Infof(format string, args ...any)  { l.Debug(fmt.Sprintf(format, args...)) }
func (l logger) Errorf(format string, args ...any) { l.Error(fmt.Sprintf(format, args...)) }

// Fatalf is called when Pebble cannot go on. It does not return.
func (l logger) Fatalf(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	for _, arg := range args {
		if cause, ok := arg.(error); ok { // which tells damage from a full disk
			err = &causedError{err, cause}
		}
	}
	l.fail.stop(err)
}

// causedError has the text of one error and the cause of another.
type causedError struct {
	error
	cause error
}

func (e *causedError) Unwrap() error { return e.cause }
