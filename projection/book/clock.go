package book

import (
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/matcher"
)

const (
	slack = 2_000_000_000          // how far commands may move time past the last tick
	day   = 24 * 3_600_000_000_000 // ns
)

// Time is the fold time, in ns since 1970.
func (b *Book) Time() schema.Time { return schema.Time(b.time) }

// Ticked is the time of the last tick, 0 before the first.
func (b *Book) Ticked() schema.Time { return schema.Time(b.ticked) }

// Timed is how many open orders end at a time: while there are some, time must go
// on.
func (b *Book) Timed() int { return b.timed }

// sentBy is the time by which a command was sent, as far as a client's clock is
// believed: a repetition with the same sent_at is not later.
func (b *Book) sentBy(sent schema.Opt[schema.Time]) int64 {
	return max(b.time, min(int64(sent.V), b.time+slack))
}

// advance moves fold time as far as a record of a time may, and lets expire what
// expires.
func (b *Book) advance(now int64, tick bool) {
	first := b.ticked == 0
	if tick {
		if now > b.ticked {
			b.ticked, b.metaDirty = now, true
		}
	} else {
		now = min(now, b.ticked+slack)
	}
	if now <= b.time {
		return
	}
	midnight := b.time - b.time%day + day
	b.time, b.metaDirty = now, true
	if midnight <= now && !first {
		b.expire(midnight)
		for m := range b.byNumber {
			b.note(matcher.OpEndDay, matcher.Market(m))
			b.engine.EndDay(matcher.Market(m))
		}
	}
	b.expire(now)
	b.record(schema.Opt[string]{}, false)
}

func (b *Book) expire(now int64) {
	b.note(matcher.OpExpire, 0).Now = now
	b.engine.Expire(now)
}
