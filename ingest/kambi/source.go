package kambi

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

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

	mu      sync.Mutex
	at      *attachment             // in force; nil between two
	end     context.CancelCauseFunc // ends the session; nil when there is none
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

// errResync ends a session whose state is not to be trusted any more.
var errResync = &endError{causeResync, errors.New("a new snapshot was asked for")}

// Resync ends the session and makes the next one ask for a snapshot. While a
// snapshot is being received it does nothing: that one will do.
func (s *Source) Resync() {
	if s.Status().State == ingest.Snapshot {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resync = true
	if s.end != nil {
		s.end(errResync)
	}
}

// Overtaken tells the source that the journal holds a claim of its lane with
// this epoch. When the epoch is above the source's own, Run ends with
// [ErrOvertaken]: two writers that take the lane from each other would both do
// the work and neither get anywhere.
func (s *Source) Overtaken(epoch int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.highest = max(s.highest, epoch)
	if s.at != nil {
		s.at.checkOvertaken(s.highest)
	}
}

func (at *attachment) checkOvertaken(epoch int64) bool {
	if epoch <= at.lane.Epoch() {
		return false
	}
	err := fmt.Errorf("lane %q of %s was claimed with epoch %d, ours is %d: %w",
		journal.LaneFeed, at.s.c.Partition, epoch, at.lane.Epoch(), ErrOvertaken)
	at.lane.Lose(err)
	at.cancel(&endError{causeOvertake, err})
	return true
}

// hold makes an attachment known to Overtaken.
func (s *Source) hold(at *attachment) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at.checkOvertaken(s.highest) {
		return context.Cause(at.ctx)
	}
	s.at = at
	return nil
}

func (s *Source) release(at *attachment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == at {
		s.at = nil
	}
}

// next is what a session asks for.
func (s *Source) next() (snapshot bool, offset int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.resync {
		return true, 0
	}
	return s.at.next()
}

// asked notes that a snapshot is on its way.
func (s *Source) asked() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resync = false
}

// connected counts a session. Its back-off begins again, unless sessions keep
// ending without anything new: a feed that breaks down at once every time is
// not helped by ten clients a second.
func (s *Source) connected() {
	s.counts.sessions.Add(1)
	if s.at.barren() == 0 {
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

// permanent tells errors that trying again does not help against.
func permanent(err error) bool {
	_, refused := errors.AsType[*PermanentError](err)
	return refused || journal.IsCorrupt(err) || errors.Is(err, ErrOvertaken) || errors.Is(err, journal.ErrClosed) ||
		errors.Is(err, journal.ErrReadOnly) || errors.Is(err, journal.ErrNoTopic)
}

// serve holds one session after another, until the source ends or the lane
// does.
func (s *Source) serve(ctx context.Context, at *attachment) error {
	for {
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
	s.mu.Lock()
	s.end = cancel
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.end = nil
		s.mu.Unlock()
	}()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	s.status.enter(ingest.Connecting, s.c.Now())
	x, err := s.connect(ctx, at)
	if err == nil {
		err = x.run()
	} else if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return err
}

// clip cuts a text to n bytes, never inside a character.
func clip(text string, n int) string {
	if len(text) > n {
		text = text[:n]
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "?")
	}
	return text
}
