package kambi

import (
	"context"
	"errors"
	"fmt"

	"github.com/deadheat-io/deadheat/journal"
)

// errResync ends a session whose state is not to be trusted any more.
var errResync = &endError{causeResync, errors.New("a new snapshot was asked for")}

// Resync ends the session and makes the next one ask for a snapshot. While a
// snapshot is being received it does nothing: that one will do.
func (s *Source) Resync() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opening {
		return
	}
	s.resync = true
	if s.end != nil { // a session that has not asked yet will ask for it
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

// next is what a session asks for. From a replay on, Resync may end it.
func (s *Source) next(end context.CancelCauseFunc) (snapshot bool, offset int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if snapshot, offset = s.at.next(); snapshot || s.resync {
		return true, 0
	}
	s.end = end
	return false, offset
}

// receiving notes that a snapshot is on its way, or (with the end of its
// session) that it is complete.
func (s *Source) receiving(snapshot bool, end context.CancelCauseFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opening, s.end = snapshot, end; snapshot {
		s.resync = false
	}
}
