package main

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/journal/crash"
	"github.com/deadheat-io/deadheat/journal/kafka/kafkatest"
)

// notOfOrders are the points that only feeds come to, and one that takes more
// bytes than a few orders have.
var notOfOrders = []crash.Point{
	crash.SnapshotBegin, crash.SnapshotMid, crash.SnapshotEnd, crash.SessionResumed, crash.SegmentRolled,
}

// TestOrdersThroughKillsAtEveryHook kills a process that takes orders at every
// named moment, one after the other on one journal, DEADHEAT_HOOKS times.
func TestOrdersThroughKillsAtEveryHook(t *testing.T) {
	rounds := count(t, "DEADHEAT_HOOKS", 1)
	for _, where := range []string{"local", "kafka"} {
		t.Run(where, func(t *testing.T) {
			for range rounds {
				at := localPlace()
				if where == "kafka" {
					at = kafkaPlace(t, kafkatest.Shared(t))
				}
				x := newOrderTrial(t, at, 6, "one")
				for _, p := range hookOrder(at, x.rng) {
					if !slices.Contains(notOfOrders, p) {
						x.killedAt(p, 1+x.rng.IntN(max(1, min(passes[p], 60))))
					}
				}
				x.finish(make([]*process, 1))
			}
		})
	}
}

// killedAt runs the node until it has died at the n-th pass of a point.
func (x *orderTrial) killedAt(point crash.Point, n int) {
	x.crowd.t.Helper()
	arm := fmt.Sprintf("%s:%d", point, n)
	p := x.nodes[0].start(x.look(), crashVariable+"="+arm)
	x.use(p)
	if slices.Contains(orderly, point) {
		x.awaitAnswers(20, p)
		p.signal(syscall.SIGTERM)
	}
	select {
	case <-p.ended:
	case <-time.After(hookTime):
		x.crowd.t.Fatalf("%s was never reached\n%s", arm, p.stderr)
	}
	if !p.killed() || !p.says(crashMark+arm) {
		x.crowd.t.Fatalf("the process ended at something else than %s: %v\n%s", arm, p.cmd.ProcessState, p.stderr)
	}
	x.fault("SIGKILL at " + string(point))
	x.recovery(p)
	x.collect(p)
}
