package kafkatest_test

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/deadheat-io/deadheat/journal/kafka/kafkatest"
)

// create makes a topic of one partition, replicated as the broker does by default.
func create(t *testing.T, cl *kgo.Client, topic string) {
	t.Helper()
	if _, err := kadm.NewClient(cl).CreateTopic(t.Context(), 1, -1, nil, topic); err != nil {
		t.Fatal(err)
	}
}

func TestShared(t *testing.T) {
	topic := kafkatest.Topic(t)
	cl := client(t, kafkatest.Shared(t), kgo.ConsumeTopics(topic))
	create(t, cl, topic)
	t.Cleanup(func() { kadm.NewClient(cl).DeleteTopic(context.Background(), topic) })
	produce(t, cl, topic, 0, 3)
	consume(t, cl, 3)
}

func TestRealThroughProxy(t *testing.T) {
	k := kafkatest.Start(t, kafkatest.Config{Proxy: true})
	topic := kafkatest.Topic(t)
	cl := client(t, k.Proxied())
	create(t, cl, topic)
	produce(t, cl, topic, 0, 5)
	k.Proxy().DropReplies(3)
	produce(t, cl, topic, 5, 20)
	k.Proxy().Cut()
	produce(t, cl, topic, 20, 25)
	if k.Proxy().Dropped() != 3 {
		t.Errorf("%d replies were dropped, want 3", k.Proxy().Dropped())
	}

	k.Proxy().FlipFetch(1)
	if failed := consume(t, client(t, k.Proxied(), kgo.ConsumeTopics(topic)), 25); failed == 0 {
		t.Error("no fetch failed")
	}
	consume(t, client(t, k.Addr(), kgo.ConsumeTopics(topic)), 25)

	// A broker that crashes has what it acknowledged, and its proxy finds it again.
	k.Kill(1)
	k.Restart(1)
	produce(t, cl, topic, 25, 30)
	consume(t, client(t, k.Proxied(), kgo.ConsumeTopics(topic)), 30)
}

func TestRealThreeBrokers(t *testing.T) {
	k := kafkatest.Start(t, kafkatest.Config{Brokers: 3})
	topic := kafkatest.Topic(t)
	// A leader that is paused is noticed by the client's timeouts only.
	cl := client(t, k.Addr(), kgo.ConsumeTopics(topic), kgo.ProduceRequestTimeout(3*time.Second), kgo.RequestTimeoutOverhead(2*time.Second))
	create(t, cl, topic)
	produce(t, cl, topic, 0, 5)
	k.Kill(1)
	produce(t, cl, topic, 5, 10)
	k.Restart(1)
	k.Pause(2)
	produce(t, cl, topic, 10, 15)
	k.Continue(2)
	produce(t, cl, topic, 15, 20)
	consume(t, cl, 20)
}

// TestRealPause wants a broker that is paused to be silent, and to go on where
// it was.
func TestRealPause(t *testing.T) {
	k := kafkatest.Start(t, kafkatest.Config{})
	topic := kafkatest.Topic(t)
	cl := client(t, k.Addr(), kgo.ConsumeTopics(topic))
	create(t, cl, topic)
	k.Pause(1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	done := make(chan error, 1)
	cl.Produce(t.Context(), &kgo.Record{Topic: topic, Value: []byte("0")}, func(_ *kgo.Record, err error) { done <- err })
	select {
	case err := <-done:
		t.Fatalf("a paused broker answered: %v", err)
	case <-ctx.Done():
	}
	k.Continue(1)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	consume(t, cl, 1)
}
