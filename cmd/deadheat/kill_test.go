package main

import (
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/journal/kafka/kafkatest"
)

// These tests kill and pause real processes, at random moments and at every
// named one. What must hold all the same is checked by killcheck_test.go.

// eachPlace runs a test with a journal at every place that there is.
func eachPlace(t *testing.T, test func(t *testing.T, at journalPlace)) {
	t.Run("local", func(t *testing.T) { test(t, localPlace()) })
	t.Run("kafka", func(t *testing.T) { test(t, kafkaPlace(t, kafkatest.Shared(t))) })
}

// eachFeed runs a test with every feed that there is.
func eachFeed(t *testing.T, test func(t *testing.T, f feedFile)) {
	t.Run("generated", func(t *testing.T) { test(t, generatedFile(t, 20_000)) })
	if os.Getenv("DEADHEAT_CAPTURE_DIR") != "" {
		t.Run("capture", func(t *testing.T) { test(t, captureFeed(t)) })
	}
}

// recoverTime bounds how long a test waits for new records.
const recoverTime = time.Minute

// pace is the arguments that make a feed last about so long.
func pace(f feedFile, d time.Duration) []string {
	return []string{"--rate", strconv.Itoa(max(1, int(float64(len(f.offsets))/d.Seconds())))}
}

// shuffled is a feed out of order.
var shuffled = []string{"--shuffle", "3", "--window", "300"}

// TestKilledAtRandomMoments kills the process with SIGKILL, DEADHEAT_KILLS times:
// in turn soon after its start, and some time after it has come to new records.
func TestKilledAtRandomMoments(t *testing.T) {
	n := count(t, "DEADHEAT_KILLS", 2)
	eachPlace(t, func(t *testing.T, at journalPlace) {
		eachFeed(t, func(t *testing.T, f feedFile) {
			want := calm(t, f)
			x := newTrial(t, at, f, append(shuffled, pace(f, time.Duration(n)*700*time.Millisecond)...)...)
			for i := range n {
				p := x.start(x.look())
				if i%2 == 1 {
					p.awaitRecovery(recoverTime)
				}
				time.Sleep(x.between(30*time.Millisecond, 330*time.Millisecond))
				p.kill()
				x.fault("SIGKILL")
				x.recovery(p)
				x.collect(p)
			}
			x.finish(want)
		})
	})
}

// TestPausedAndContinued stops the process with SIGSTOP and lets it go on, for
// moments and once for longer than a feed may be silent.
func TestPausedAndContinued(t *testing.T) {
	t.Parallel() // it sleeps most of the time
	n := count(t, "DEADHEAT_KILLS", 2)
	eachPlace(t, func(t *testing.T, at journalPlace) {
		for name, pause := range map[string]func(x *trial) time.Duration{
			"short": func(x *trial) time.Duration { return x.between(20*time.Millisecond, 800*time.Millisecond) },
			"stale": func(x *trial) time.Duration { return x.between(20500*time.Millisecond, 22*time.Second) },
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				f := generatedFile(t, 20_000)
				want, times := calm(t, f), n
				if name == "stale" {
					times = max(1, n/10)
				}
				x := newTrial(t, at, f, append(shuffled, pace(f, time.Duration(times)*time.Second)...)...)
				p := x.start(0)
				p.awaitRecovery(recoverTime)
				for range times {
					time.Sleep(x.between(0, 300*time.Millisecond))
					p.signal(syscall.SIGSTOP)
					time.Sleep(pause(x))
					x.fault("SIGSTOP (" + name + ")")
					p.healed()
					p.signal(syscall.SIGCONT)
					p.awaitRecovery(recoverTime)
					x.recovery(p)
				}
				p.stop(recoverTime)
				x.collect(p)
				x.finish(want)
			})
		}
	})
}
