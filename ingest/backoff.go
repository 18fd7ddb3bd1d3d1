package ingest

import (
	"context"
	"math/rand/v2"
	"time"
)

// Defaults of a Backoff.
const (
	DefaultFirst = 100 * time.Millisecond
	DefaultCap   = 30 * time.Second
)

// Backoff tells how long to wait before each retry: twice as long as before,
// up to a cap, and a random part of up to half taken off, so that clients that
// failed together do not come back together.
//
// The zero value is ready. It is not safe for several goroutines.
type Backoff struct {
	First time.Duration  // longest wait before the first retry; DefaultFirst if 0
	Cap   time.Duration  // longest wait; DefaultCap if 0
	Rand  func() float64 // in [0, 1); the process's own source if nil

	retries int
}

// Next returns the wait before the next retry.
func (b *Backoff) Next() time.Duration {
	first, limit := b.First, b.Cap
	if first <= 0 {
		first = DefaultFirst
	}
	if limit <= 0 {
		limit = DefaultCap
	}
	random := b.Rand
	if random == nil {
		random = rand.Float64
	}
	wait := limit
	// The shift is bounded, so that a long outage cannot overflow it.
	if b.retries < 32 && first < limit>>b.retries {
		wait = first << b.retries
	}
	b.retries++
	return wait - time.Duration(random()*float64(wait/2))
}

// Retries is how often Next was called since the last Reset.
func (b *Backoff) Retries() int { return b.retries }

// Reset makes the next wait the first one again.
func (b *Backoff) Reset() { b.retries = 0 }

// Sleep waits, or returns the context's error when that ends first.
func Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
