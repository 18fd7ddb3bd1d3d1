package projection_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/projection"
)

// mute is a journal that takes outputs, never answers, and never has them.
type mute struct {
	journal.Journal
	asked atomic.Bool
}

func (m *mute) Append(ctx context.Context, p journal.Partition, records []journal.Record, done func(int64, error)) error {
	if p == out {
		m.asked.Store(true)
		return nil
	}
	return m.Journal.Append(ctx, p, records, done)
}

// An output is the outbox's until it was read in the output topic: what a
// journal was given and does not have is published by the next start.
func TestAnOutputThatWasNotTakenIsSentAgain(t *testing.T) {
	r := newRig(t)
	r.add(5)
	c, j := r.config(newTally()), &mute{Journal: r.journal}
	c.Journal = j
	r.ok(r.run(c, func(s projection.Status) bool { return s.Committed == 7 && j.asked.Load() }))
	if n := len(r.outputs()); n != 0 {
		t.Fatalf("%d outputs were published by a journal that takes none", n)
	}
	r.ok(r.all(newTally()))
	if n := len(r.outputs()); n != 5 {
		t.Fatalf("%d outputs after a start, want 5: outputs were lost", n)
	}
}
