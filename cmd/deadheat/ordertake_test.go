package main

import (
	"syscall"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/journal/kafka/kafkatest"
)

// TestOrdersAreOvertaken runs two processes with one node's name. The later one
// takes the lane; the earlier one must notice and end, also when it slept while
// that happened, and nothing that it told anybody may be wrong.
func TestOrdersAreOvertaken(t *testing.T) {
	t.Parallel() // it waits for others some of the time
	addr := kafkatest.Shared(t)
	for _, sleeps := range []bool{false, true} {
		name := "awake"
		if sleeps {
			name = "asleep"
		}
		t.Run(name, func(t *testing.T) {
			x := newOrderTrial(t, kafkaPlace(t, addr), 6, "one", "one")
			x.http.Timeout = 2 * time.Second // one that sleeps does not answer
			x.overtaken(sleeps, count(t, "DEADHEAT_KILLS", 1))
		})
	}
}

func (x *orderTrial) overtaken(sleeps bool, times int) {
	x.t.Helper()
	old := x.nodes[0].start(x.look())
	x.use(old)
	for i := range times {
		x.awaitAnswers(20+x.rng.IntN(200), old)
		if sleeps {
			old.signal(syscall.SIGSTOP)
			x.fault("SIGSTOP")
		}
		heir := x.nodes[(i+1)%2].start(x.look())
		x.use(old, heir) // clients know both, and the earlier one still answers
		if sleeps {
			x.use(heir)
			x.awaitAnswers(20+x.rng.IntN(100), heir)
			x.use(old, heir)
			old.signal(syscall.SIGCONT)
		}
		x.fault("take-over")
		old.await(recoverTime)
		if code := old.cmd.ProcessState.ExitCode(); code != exitLocked || !old.says("another process") {
			x.t.Fatalf("the process that was overtaken ended with %d and does not say why\n%s", code, old.stderr)
		}
		x.collect(old)
		x.use(heir)
		x.awaitAnswers(20, heir)
		if heir.over() {
			x.t.Fatalf("the heir ended: %v\n%s", heir.cmd.ProcessState, heir.stderr)
		}
		old = heir
		time.Sleep(x.between(0, 200*time.Millisecond))
	}
	x.end()
	last := x.lastHash(old)
	old.stop(recoverTime)
	x.collect(old)
	x.told = append(x.told, last)
	x.nodes = x.nodes[times%2:][:1] // the other one has ended long before the end
	x.prove()
}
