package kambi

import (
	"context"
	"errors"
	"sync"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/journal"
)

var _ ingest.Source = (*Source)(nil)

// Source receives one feed and journals it. Make it with New.
type Source struct {
	c      Config
	key    []byte // of records about no entity
	counts counters
	status statusBox
	retry  ingest.Backoff // between sessions; of Run's goroutine

	attached bool // Run has had the lane before
	harmed   bool // by what the feed sent, in the last session that got so far

	mu      sync.Mutex
	at      *attachment             // in force; nil between two
	opening bool                    // a snapshot is being received
	end     context.CancelCauseFunc // ends a session that is past its request or its snapshot; else nil
	resync  bool                    // a snapshot was asked for from outside
	highest int64                   // epoch of the lane, as told from outside
}

// New makes a source. It reads the certificates, to find mistakes early, and
// connects to nothing.
func New(c Config) (*Source, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	s := &Source{c: c.withDefaults(), key: []byte(c.Name), retry: c.Backoff}
	s.status.enter(ingest.Disconnected, s.c.Now())
	return s, nil
}

// Name implements [ingest.Source].
func (s *Source) Name() string { return s.c.Name }

// connected counts a session. Its back-off begins again, unless sessions keep
// ending without anything new, or by what the feed sends: a feed that breaks
// down at once every time is not helped by ten clients a second.
func (s *Source) connected() {
	s.counts.sessions.Add(1)
	if s.at.barren() == 0 && !s.harmed {
		s.retry.Reset()
	}
}

// blame notes how a session ended. One that ends well makes good for those
// that did not; one that came to nothing says nothing.
func (s *Source) blame(at *attachment, cause string, initialised bool) {
	switch {
	case harmful(cause):
		s.harmed = true
	case s.harmed && initialised && at.barren() == 0:
		s.harmed = false
		s.retry.Reset()
	}
}

// Run implements [ingest.Source].
func (s *Source) Run(ctx context.Context) error {
	var lanes ingest.Backoff
	lanes.First, lanes.Cap, lanes.Rand = s.c.Backoff.First, s.c.Backoff.Cap, s.c.Backoff.Rand
	for {
		before := s.counts.journalled.Load()
		at, err := s.attach(ctx)
		if err == nil {
			err = s.serve(ctx, at)
			at.close()
		}
		if ctx.Err() != nil {
			s.status.enter(ingest.Disconnected, s.c.Now())
			return nil
		}
		if permanent(err) {
			return s.fail(err)
		}
		s.counts.event("lane lost")
		s.status.broken(ingest.Disconnected, s.c.Now(), err)
		if s.counts.journalled.Load() > before {
			lanes.Reset()
		}
		wait := lanes.Next()
		s.c.Logger.Error("the journal does not take the feed, opening the lane again", "source", s.c.Name, "in", wait, "error", err)
		_ = s.c.Sleep(ctx, wait) // the context is looked at in attach
	}
}

// fail ends the source for good.
func (s *Source) fail(err error) error {
	if _, ok := errors.AsType[*PermanentError](err); !ok {
		err = &PermanentError{s.c.Name, err}
	}
	s.status.broken(ingest.Failed, s.c.Now(), err)
	s.c.Logger.Error("the feed is given up", "source", s.c.Name, "error", err)
	return err
}

// permanent tells errors that trying again does not help against. A journal
// that has failed for good may say so with a method Permanent of its own.
func permanent(err error) bool {
	final, ok := errors.AsType[interface {
		error
		Permanent() bool
	}](err)
	return ok && final.Permanent() || journal.IsCorrupt(err) || errors.Is(err, ErrOvertaken) || errors.Is(err, journal.ErrClosed) || errors.Is(err, journal.ErrFailed) ||
		errors.Is(err, journal.ErrReadOnly) || errors.Is(err, journal.ErrNoTopic)
}

// serve holds one session after another, until the source ends or the lane
// does.
func (s *Source) serve(ctx context.Context, at *attachment) error {
	for {
		sessions := s.counts.sessions.Load()
		err := s.session(at)
		cause := causeOf(err)
		switch {
		case ctx.Err() != nil:
			s.stop(ctx, at)
			return nil
		case at.ctx.Err() != nil:
			return context.Cause(at.ctx)
		}
		s.counts.event(cause)
		s.status.broken(ingest.Disconnected, s.c.Now(), err)
		if err := at.down(at.ctx, err.Error()); err != nil {
			if ctx.Err() != nil {
				s.stop(ctx, at)
				return nil
			}
			return at.lost(err)
		}
		if permanent(err) {
			return err
		}
		s.blame(at, cause, s.counts.sessions.Load() > sessions)
		wait := s.retry.Next()
		s.c.Logger.Warn("the feed's session ended, trying again", "source", s.c.Name, "in", wait, "error", err)
		_ = s.c.Sleep(at.ctx, wait) // the context is looked at in session
	}
}

// lost prefers why the attachment ended to what that broke.
func (at *attachment) lost(err error) error {
	if cause := context.Cause(at.ctx); cause != nil {
		return cause
	}
	return err
}

// stop says goodbye in the journal, in bounded time.
func (s *Source) stop(ctx context.Context, at *attachment) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.c.Limits.Stop)
	defer cancel()
	if err := at.down(ctx, causeStopped); err != nil {
		s.c.Logger.Error("the end of the feed's session is not journalled", "source", s.c.Name, "error", err)
	}
}

// session holds one session and says why it ended.
func (s *Source) session(at *attachment) error {
	ctx, cancel := context.WithCancelCause(at.ctx)
	defer cancel(nil)
	if err := context.Cause(ctx); err != nil {
		return err
	}
	s.status.enter(ingest.Connecting, s.c.Now())
	x, err := s.connect(ctx, at)
	if err == nil {
		x.cancel = cancel
		err = x.run()
		s.receiving(false, nil)
	} else if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return err
}
