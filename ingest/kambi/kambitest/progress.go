package kambitest

import (
	"sync"
	"time"
)

// progress is what all connections share: how far the feed has been handed out. Each
// connection has its own cursor; a message below furthest was handed out before.
type progress struct {
	cutEvery, stallAfter int64
	interval             time.Duration // between fresh messages, 0: no limit
	burst                int           // fresh messages at once under a limit

	mu       sync.Mutex
	furthest int
	fresh    int64
	due      time.Time // when the next fresh message may go
	stalled  bool
}

// grant is the answer to a claim: send n messages, then cut or stall; with n of 0
// come back after wait.
type grant struct {
	n          int
	wait       time.Duration
	cut, stall bool
}

// perSecondSingle is the rate up to which messages go one by one; above it, those that
// are due go together, as no timer is fine enough.
const perSecondSingle = 1000

// maxLag bounds what a limited feed makes up for after a pause.
const maxLag = 100 * time.Millisecond

func newProgress(cfg *Config) *progress {
	p := &progress{
		cutEvery: int64(cfg.Faults.CutEvery), stallAfter: int64(cfg.Faults.StallAfter), burst: 1,
	}
	if cfg.Rate > 0 {
		p.interval = max(time.Duration(float64(time.Second)/cfg.Rate), 1)
		if cfg.Rate > perSecondSingle {
			p.burst = maxFrames
		}
	}
	return p
}

// claim asks to send up to want messages from index on.
func (p *progress) claim(index, want int, now time.Time) grant {
	p.mu.Lock()
	defer p.mu.Unlock()
	if index < p.furthest {
		return grant{n: min(want, p.furthest-index)}
	}
	n := int64(want)
	if p.cutEvery > 0 {
		n = min(n, p.cutEvery-p.fresh%p.cutEvery)
	}
	if p.stallAfter > 0 && !p.stalled {
		n = min(n, p.stallAfter-p.fresh)
	}
	if p.interval > 0 {
		if p.due.Before(now.Add(-maxLag)) {
			p.due = now // a pause is not made up for
		}
		if wait := p.due.Sub(now); wait > 0 {
			return grant{wait: wait}
		}
		n = min(n, int64(now.Sub(p.due)/p.interval)+1, int64(p.burst))
		p.due = p.due.Add(time.Duration(n) * p.interval)
	}
	p.furthest = index + int(n)
	p.fresh += n
	g := grant{n: int(n)}
	switch {
	case p.stallAfter > 0 && !p.stalled && p.fresh == p.stallAfter:
		p.stalled, g.stall = true, true
	case p.cutEvery > 0 && p.fresh%p.cutEvery == 0:
		g.cut = true
	}
	return g
}

func (p *progress) sent() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.furthest
}

func (p *progress) freshSent() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fresh
}
