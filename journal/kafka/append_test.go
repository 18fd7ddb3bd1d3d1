package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/journaltest"
	"github.com/deadheat-io/deadheat/journal/kafka"
)

var p0 = journal.Partition{Topic: "feed.demo"}

// topicOf is p0's topic in the cluster.
const topicOf = "deadheat.feed.demo"

func create(t testing.TB, j *kafka.Journal, partitions int32) {
	t.Helper()
	if err := j.Create(t.Context(), p0.Topic, partitions); err != nil {
		t.Fatal(err)
	}
}

func appendAll(t testing.TB, j journal.Journal, records ...journal.Record) int64 {
	t.Helper()
	first, err := journal.AppendWait(t.Context(), j, p0, records...)
	if err != nil {
		t.Fatal(err)
	}
	return first
}

// Whatever a broker answers to a produce request, and whether it wrote or not:
// what is acknowledged takes effect once and in order, what is not leaves no
// hole in its lane, and other writers of the partition go on.
func TestWhateverABrokerAnswersLeavesNoHole(t *testing.T) {
	t.Parallel()
	answers := []*kerr.Error{
		kerr.MessageTooLarge, kerr.InvalidRecord, kerr.TopicAuthorizationFailed, kerr.PolicyViolation, // refused
		kerr.RequestTimedOut, kerr.NotEnoughReplicasAfterAppend, // written all the same
		kerr.NotLeaderForPartition, kerr.NotEnoughReplicas, kerr.KafkaStorageError, // to be tried again
		kerr.OutOfOrderSequenceNumber, kerr.UnknownProducerID, kerr.InvalidProducerEpoch,
	}
	losses, stale := 0, 0
	for seed := range uint64(seeds(t, 8)) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			c := fake(t)
			j := open(t, kafka.Options{Brokers: c.ListenAddrs(), QueueBytes: 1 << (8 + rng.IntN(12))})
			create(t, j, 1)
			c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Count: 1 << 30, Observe: true, When: func(kmsg.Request) bool {
				if rng.IntN(6) == 0 {
					c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: answers[rng.IntN(len(answers))]})
				}
				return true
			}})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var running sync.WaitGroup
			writers := make([]*laneWriter, 3)
			for i := range writers {
				writers[i] = &laneWriter{name: fmt.Sprint("intake/", i), fold: &laneFold{j: j, p: p0}}
				running.Go(func() {
					if err := writers[i].run(ctx, 200); err != nil {
						t.Error(err)
					}
				})
			}
			running.Wait()
			for _, w := range writers {
				w.fold.all(t)
				w.check(t)
				losses += w.losses
			}
			stale += writers[0].fold.stale
		})
	}
	t.Logf("%d lanes lost and opened again, %d records took no effect", losses, stale)
	if losses == 0 {
		t.Error("no lane was ever lost: nothing was tested")
	}
}

// A reply that is lost after the write makes the client send again; the broker
// knows the batch and writes it once.
func TestLostReplies(t *testing.T) {
	c := fake(t)
	j := open(t, kafka.Options{Brokers: c.ListenAddrs()})
	create(t, j, 1)
	h := c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.RequestTimedOut, Count: 5})
	records := journaltest.Records(50)
	for i := range records {
		if first := appendAll(t, j, records[i]); first != int64(i) {
			t.Fatalf("record %d has offset %d", i, first)
		}
	}
	if h.Hits() != 5 {
		t.Fatalf("%d replies were lost, want 5", h.Hits())
	}
	if _, end, err := j.Bounds(t.Context(), p0); err != nil || end != 50 {
		t.Fatalf("the partition ends at %d (%v), want 50", end, err)
	}
}

// While the broker is away an append waits, the next ones wait for space, and
// Close ends that in bounded time with an answer that does not say no.
func TestBrokerAway(t *testing.T) {
	c := fake(t)
	j := open(t, kafka.Options{Brokers: c.ListenAddrs(), QueueBytes: 1000, CloseWait: 300 * time.Millisecond})
	create(t, j, 1)
	appendAll(t, j, journaltest.Record(0, "x"))
	c.Close()
	answered := make(chan error, 100)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	queued := 0
	var err error
	for err == nil {
		if err = j.Append(ctx, p0, []journal.Record{journaltest.Record(int64(queued+1), "x")}, func(_ int64, err error) { answered <- err }); err == nil {
			queued++
		}
	}
	if !errors.Is(err, context.DeadlineExceeded) || queued < 2 || queued > 50 {
		t.Fatalf("%d appends went into a queue of 1000 bytes, then: %v", queued, err)
	}
	start := time.Now()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Fatalf("Close took %s", took)
	}
	for range queued {
		var unknown *journal.UnknownError
		if err := <-answered; !errors.As(err, &unknown) {
			t.Fatalf("an append that was cut off is answered with %v, want an UnknownError", err)
		}
	}
}

// Two processes write one partition; the one whose lane was claimed by the
// other gets its records in, and they take no effect.
func TestZombie(t *testing.T) {
	c := fake(t)
	a, b := open(t, kafka.Options{Brokers: c.ListenAddrs()}), open(t, kafka.Options{Brokers: c.ListenAddrs()})
	create(t, a, 1)
	writers := []*laneWriter{{name: "feed", fold: &laneFold{j: a, p: p0}}, {name: "feed", fold: &laneFold{j: b, p: p0}}}
	lane := func(w *laneWriter) *journal.Lane {
		l, err := journal.OpenLane(t.Context(), journal.LaneConfig{Journal: w.fold.j, Partition: p0, Name: "feed", Fold: w.fold, Encode: codec.Body})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	old := lane(writers[0])
	put(t, old, 1)
	young := lane(writers[1])
	put(t, old, 2) // is acknowledged by the broker, and too late
	put(t, young, 3)
	put(t, old, 4)
	put(t, young, 5)
	for _, w := range writers {
		w.fold.all(t)
		if got := fmt.Sprint(w.fold.applied["feed"]); got != "[1 3 5]" {
			t.Errorf("entries %s took effect, want [1 3 5]", got)
		}
	}
}

// put appends one entry to a lane and waits for the answer.
func put(t *testing.T, l *journal.Lane, number uint64) {
	t.Helper()
	answer := make(chan error, 1)
	if err := l.Append(t.Context(), []journal.Entry{entry(number)}, func(_ int64, err error) { answer <- err }); err != nil {
		t.Fatal(err)
	}
	if err := <-answer; err != nil {
		t.Fatal(err)
	}
}
