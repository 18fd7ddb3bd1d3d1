package main

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/journal/kafka/kafkatest"
)

// TestBrokerInTrouble makes trouble for the broker and for the way to it while
// the process runs: the process must live on and lose nothing.
func TestBrokerInTrouble(t *testing.T) {
	t.Parallel() // it waits for others most of the time
	cluster := kafkatest.Start(t, kafkatest.Config{Brokers: 1, Proxy: true})
	at := kafkaPlace(t, cluster.Proxied())
	n := count(t, "DEADHEAT_KILLS", 2)
	away := time.Duration(count(t, "DEADHEAT_AWAY", 15)) * time.Second

	t.Run("killed", func(t *testing.T) {
		x, p := livingOn(t, at, time.Duration(n)*15*time.Second) // a broker may take that long to come back
		for range n {
			time.Sleep(x.between(100*time.Millisecond, time.Second))
			cluster.Kill(1)
			x.fault("SIGKILL of the broker")
			time.Sleep(x.between(0, time.Second))
			cluster.Restart(1)
			x.comesBack(p)
		}
		x.endsInOrder(p)
	})
	t.Run("away", func(t *testing.T) {
		x, p := livingOn(t, at, 8*time.Second) // what does not fit into the queues waits in the feed
		cluster.Proxy().Refuse(true)
		cluster.Proxy().Cut()
		x.fault("broker away for " + away.String())
		before := p.lines()
		time.Sleep(away)
		if said := p.lines() - before; said > 20*int(away.Seconds()) {
			t.Errorf("the process said %d lines while the broker was away: it does not back off\n%s", said, p.stderr)
		}
		cluster.Proxy().Refuse(false)
		x.comesBack(p)
		x.endsInOrder(p)
	})
	t.Run("replies lost", func(t *testing.T) {
		x, p := livingOn(t, at, time.Duration(2*n)*2*time.Second)
		for range 2 * n {
			time.Sleep(x.between(50*time.Millisecond, 400*time.Millisecond))
			lost := cluster.Proxy().Dropped()
			cluster.Proxy().DropReplies(1 + x.rng.IntN(3))
			for deadline := time.Now().Add(recoverTime); cluster.Proxy().Dropped() == lost; time.Sleep(5 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("nothing was written")
				}
			}
			x.fault("reply lost")
			x.comesBack(p)
		}
		cluster.Proxy().DropReplies(0)
		x.endsInOrder(p)
	})
	t.Run("connections cut", func(t *testing.T) {
		x, p := livingOn(t, at, time.Duration(2*n)*time.Second)
		for range 2 * n {
			time.Sleep(x.between(50*time.Millisecond, 400*time.Millisecond))
			cluster.Proxy().Cut()
			x.fault("connections cut")
			x.comesBack(p)
		}
		x.endsInOrder(p)
	})
	t.Run("paused", func(t *testing.T) {
		x, p := livingOn(t, at, time.Duration(n)*9*time.Second)
		for range n {
			cluster.Pause(1)
			x.fault("SIGSTOP of the broker")
			time.Sleep(x.between(100*time.Millisecond, 8*time.Second))
			cluster.Continue(1)
			x.comesBack(p)
		}
		x.endsInOrder(p)
	})
}

// livingOn starts a node whose feed lasts about so long and lets it come to
// new records.
func livingOn(t testing.TB, at journalPlace, lasting time.Duration) (*trial, *process) {
	t.Helper()
	f := generatedFile(t, 20_000)
	x := newTrial(t, at, f, append(shuffled, pace(f, lasting)...)...)
	p := x.start(0)
	p.awaitRecovery(recoverTime)
	return x, p
}

// comesBack waits until a process that lives on folds new records.
func (x *trial) comesBack(p *process) {
	x.t.Helper()
	p.healed()
	p.awaitRecovery(recoverTime)
	if p.over() {
		x.t.Fatalf("the process ended: %v\n%s", p.cmd.ProcessState, p.stderr)
	}
	x.recovery(p)
	x.look()
}

// endsInOrder ends a process that has lived on, and then the trial.
func (x *trial) endsInOrder(p *process) {
	x.t.Helper()
	p.stop(recoverTime)
	x.collect(p)
	x.finish(calm(x.t, x.f))
}

// lines is how many lines a process has said.
func (p *process) lines() int { return strings.Count(p.stderr.all(), "\n") }

// TestZombieIsOvertaken pauses a process while another one takes its feed over.
// When it goes on it must notice and end, and nothing that it still sends may
// take effect.
func TestZombieIsOvertaken(t *testing.T) {
	t.Parallel() // it waits for others most of the time
	at := kafkaPlace(t, kafkatest.Shared(t))
	times := count(t, "DEADHEAT_KILLS", 2)
	x, old := livingOn(t, at, time.Duration(times)*5*time.Second)
	nodes := []*node{x.node, x.node.twin()}
	for i := range times {
		time.Sleep(x.between(0, 300*time.Millisecond))
		old.signal(syscall.SIGSTOP)
		heir := nodes[(i+1)%2].start(x.look())
		heir.awaitRecovery(recoverTime)
		x.recovery(heir)
		time.Sleep(x.between(0, time.Second))
		old.signal(syscall.SIGCONT)
		x.fault("take-over")
		old.await(recoverTime)
		if code := old.cmd.ProcessState.ExitCode(); code != exitLocked || !old.says("took over") {
			t.Fatalf("the process that was overtaken ended with %d and does not say why\n%s", code, old.stderr)
		}
		heir.healed()
		heir.awaitRecovery(recoverTime)
		if heir.over() {
			t.Fatalf("the heir ended: %v\n%s", heir.cmd.ProcessState, heir.stderr)
		}
		x.collect(old)
		old = heir
	}
	old.stop(recoverTime)
	x.collect(old)
	x.finish(calm(t, x.f))
}

// TestLeadersKilled kills one broker of three after the other, DEADHEAT_LEADERS
// times; it needs a gigabyte and is left out when that is not set.
func TestLeadersKilled(t *testing.T) {
	n := count(t, "DEADHEAT_LEADERS", 0)
	if n == 0 {
		t.Skip("DEADHEAT_LEADERS is not set: three brokers are not started")
	}
	cluster := kafkatest.Start(t, kafkatest.Config{Brokers: 3})
	x, p := livingOn(t, kafkaPlace(t, cluster.Addr()), time.Duration(n)*25*time.Second)
	for i := range n {
		broker := 1 + i%3
		cluster.Kill(broker)
		x.fault("SIGKILL of one broker of three")
		x.comesBack(p) // the other two are enough
		time.Sleep(x.between(0, time.Second))
		cluster.Restart(broker)
		time.Sleep(5 * time.Second) // it must be in sync before the next one dies
	}
	x.endsInOrder(p)
}
