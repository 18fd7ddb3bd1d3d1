package main

import (
	"context"
	"sync"
	"time"
)

const (
	// endEvery is how often the ends of the journal are looked at.
	endEvery = time.Second
	// endFresh is how old a look may be for the journal to count as reachable.
	endFresh = 5 * time.Second
)

// ends is what is known of where a unit's journal ends. Whoever looks at the
// process from outside gets the last answer at once, and does not wait for a
// broker that is away.
type ends struct {
	mu   sync.Mutex
	end  int64
	at   time.Time // of the last answer
	err  error     // of the last question
	lost time.Time // since when there is no answer; zero while there is one
}

// last is the last end that was seen, and whether the journal still answers.
func (e *ends) last() (end int64, reachable bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.end, time.Since(e.at) < endFresh, e.err
}

// followEnds looks at the ends until the context ends, and says when the
// journal stops to answer and when it answers again.
func (e *engine) followEnds(ctx context.Context) {
	tick := time.NewTicker(endEvery)
	defer tick.Stop()
	for {
		for _, u := range e.units {
			e.look(ctx, u)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (e *engine) look(ctx context.Context, u *unit) {
	limited, cancel := context.WithTimeout(ctx, endFresh/2)
	defer cancel()
	_, end, err := e.journal.Bounds(limited, u.part.Partition)
	if ctx.Err() != nil {
		return
	}
	log := e.log.With("partition", u.part.Partition.String())
	u.ends.mu.Lock()
	defer u.ends.mu.Unlock()
	u.ends.err = err
	switch {
	case err != nil && u.ends.lost.IsZero():
		u.ends.lost = time.Now()
		log.Warn("the journal does not answer; what comes in waits, and is journalled when it does", "error", err)
	case err == nil && !u.ends.lost.IsZero():
		log.Info("the journal answers again", "after", time.Since(u.ends.lost).Round(time.Millisecond).String())
		u.ends.lost = time.Time{}
	}
	if err == nil {
		u.ends.end, u.ends.at = end, time.Now()
	}
}
