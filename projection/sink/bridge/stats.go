package bridge

import "github.com/deadheat-io/deadheat/journal/schema"

// Stats count what a bridge did since its process started.
type Stats struct {
	Created, Halted, Resumed, Closed int64 // commands that the book took

	Skipped  int64 // offers whose market's id would be no id
	Reopened int64 // offers that opened after their market was closed
	Refused  int64 // commands that the book took nothing of, such as one market too many
	Stale    int64 // commands that another bridge was ahead of
	Failed   int64 // appends with an error or an unknown outcome

	Dirty   int  // offers that wait to be looked at
	Waiting int  // markets that wait until this fold is as far as the last cause
	Offers  int  // offers that are followed
	Idle    bool // everything was looked at
	Standby bool // another process has the lane
}

// Stats may be called at any time.
func (b *Bridge) Stats() Stats {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.stats
	s.Dirty = len(b.dirty)
	s.Idle = b.resting && !b.sweep && s.Dirty+s.Waiting == 0
	return s
}

func (b *Bridge) count(f func(*Stats)) {
	b.mu.Lock()
	f(&b.stats)
	b.mu.Unlock()
}

// took counts a command that the book took.
func (s *Stats) took(a schema.MarketAction) {
	switch a {
	case schema.MarketCreate:
		s.Created++
	case schema.MarketHalt:
		s.Halted++
	case schema.MarketResume:
		s.Resumed++
	case schema.MarketClose:
		s.Closed++
	}
}

// maxNotices is how many lines are logged about single offers; the others are
// only counted.
const maxNotices = 100

// notice logs a line about one offer.
func (b *Bridge) notice(text string, args ...any) {
	b.notices++
	if b.notices <= maxNotices {
		b.c.Logger.Warn(text, append(args, "feed", b.c.Name)...)
	}
	if b.notices == maxNotices {
		b.c.Logger.Warn("more lines about single offers are not logged, only counted", "feed", b.c.Name)
	}
}
