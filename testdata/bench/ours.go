package main

import (
	"github.com/deadheat-io/deadheat/matcher"
	"github.com/deadheat-io/deadheat/matcher/matchertest"
)

// ours is the matcher with everything that it does: checks, overflow, hash,
// accounts, reports.
type ours struct{ engine *matcher.Engine }

func newOurs(w *matchertest.Workload) engine {
	warm := w.Prepare()
	prepared := warm.Copy(nil)
	matchertest.Run(warm, w.Ops)
	return ours{prepared.Copy(warm)}
}

func (o ours) run(ops []matchertest.Op) matchertest.Totals { return matchertest.Run(o.engine, ops) }
