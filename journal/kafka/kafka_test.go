package kafka_test

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/journaltest"
	"github.com/deadheat-io/deadheat/journal/kafka"
	"github.com/deadheat-io/deadheat/journal/kafka/kafkatest"
)

// fake starts a broker in this process.
func fake(t testing.TB, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// open opens the journal of a cluster.
func open(t testing.TB, opts kafka.Options) *kafka.Journal {
	t.Helper()
	j, err := kafka.Open(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func opener(opts kafka.Options) journaltest.Opener {
	return func(t *testing.T) journal.Journal { return open(t, opts) }
}

// brokers are the goroutines of fake brokers, which outlive a connection for a
// moment.
var brokers = []goleak.Option{
	goleak.IgnoreAnyFunction("github.com/twmb/franz-go/pkg/kfake.(*clientConn).read"),
	goleak.IgnoreAnyFunction("github.com/twmb/franz-go/pkg/kfake.(*clientConn).write"),
}

func TestConformanceFake(t *testing.T) {
	journaltest.Run(t, func(t *testing.T) journaltest.Opener {
		return opener(kafka.Options{Brokers: fake(t).ListenAddrs()})
	}, brokers...)
}

func TestConformanceFakeThreeBrokersSmallQueue(t *testing.T) {
	journaltest.Run(t, func(t *testing.T) journaltest.Opener {
		return opener(kafka.Options{Brokers: fake(t, kfake.NumBrokers(3)).ListenAddrs(), QueueBytes: 300})
	}, brokers...)
}

// seeds is how many random histories a test tries.
func seeds(t testing.TB, short int) int {
	t.Helper()
	if s := os.Getenv("DEADHEAT_KAFKA_SEEDS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return short
}

// TestConformanceReal runs on an Apache Kafka.
func TestConformanceReal(t *testing.T) {
	addr := kafkatest.Shared(t)
	journaltest.Run(t, func(t *testing.T) journaltest.Opener {
		return opener(kafka.Options{Brokers: strings.Split(addr, ","), Prefix: kafkatest.Topic(t)})
	})
}
